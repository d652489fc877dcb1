//! Every field obeys the laws of `speedwell_field::laws`, on both dispatch paths.

use speedwell_field as field;

mod fp127 {
    super::field::field_laws!(super::field::Fp127);
}

mod goldilocks {
    super::field::field_laws!(super::field::Goldilocks);
}

mod bls12_381 {
    super::field::field_laws!(super::field::ArkField<ark_bls12_381::Fr>);
}

mod bn254 {
    super::field::field_laws!(super::field::ArkField<ark_bn254::Fr>);
}

mod f251 {
    super::field::field_laws!(super::field::F251);
}

mod f257 {
    super::field::field_laws!(super::field::F257);
}
