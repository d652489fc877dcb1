//! From the name of a field in a file to its type.

/// Evaluates an expression with a type name standing for the field that a [`crate::file::value::Field`] names.
macro_rules! over_field {
    ($field:expr, $name:ident => $body:expr) => {
        match $field {
            $crate::file::value::Field::Fp127 => {
                type $name = speedwell_field::Fp127;
                $body
            }
            $crate::file::value::Field::Goldilocks => {
                type $name = speedwell_field::Goldilocks;
                $body
            }
            $crate::file::value::Field::Bls12381 => {
                type $name = speedwell_field::ArkField<ark_bls12_381::Fr>;
                $body
            }
        }
    };
}

pub(crate) use over_field;
