//! Known answers: what a seed expands to must never change, or parties of two versions would disagree in silence.
//!
//! The answers come from an independent program: AES-128 of little-endian block counters, cut and compared as
//! `speedwell_field::Field::sample` documents.

use speedwell_field::{ArkField, F251, F257, Field, Fp127, Goldilocks, Prg, Seed};

fn drawn<F: Field>(n: usize) -> Vec<F> {
    let seed = Seed(core::array::from_fn(|i| u8::try_from(i).unwrap()));
    let mut out = vec![F::ZERO; n];
    F::sample(&mut Prg::new(&seed), &mut out);
    out
}

fn decimals<F: Field>(n: usize) -> Vec<String> {
    drawn::<F>(n).iter().map(|x| format!("{x:?}")).collect()
}

#[test]
fn stream_is_aes_128_of_the_block_number() {
    // The first block is AES-128 of zero under the zero key, as in the cipher's published test vectors.
    let mut bytes = [0; 32];
    Prg::new(&Seed([0; 16])).fill(&mut bytes);
    assert_eq!(bytes[..16], 0x66e9_4bd4_ef8a_2c3b_884c_fa59_ca34_2b2e_u128.to_be_bytes());
    assert_eq!(bytes[16..], 0x4771_1816_e91d_6ff0_59bb_bf2b_f58e_0fd3_u128.to_be_bytes());
}

#[test]
fn fp127_elements() {
    // The candidates are Montgomery forms: the elements are candidate / 2^128.
    assert_eq!(
        decimals::<Fp127>(3),
        [
            "86026220917524154903021698437113664789",
            "40095300636924505240904712577641231440",
            "169026021848957193154535677567323001759"
        ]
    );
}

#[test]
fn goldilocks_elements() {
    assert_eq!(
        decimals::<Goldilocks>(4),
        ["9393259258721313222", "8779988069026713455", "11567351458228829411", "9411644025260146586"]
    );
}

#[test]
fn curve_elements() {
    // The second candidate is refused by the smaller field, the first and third are the same in both.
    assert_eq!(
        decimals::<ArkField<ark_bls12_381::Fr>>(3),
        [
            "1181802425144053954123737225542904035559801081588920710229967151676387992006",
            "51660241466115924686242255474756030245189901356442097461343672550545361701627",
            "6767867721417145931885452337570571518963409294396356725696681175946984525040"
        ]
    );
    assert_eq!(
        decimals::<ArkField<ark_bn254::Fr>>(3),
        [
            "1181802425144053954123737225542904035559801081588920710229967151676387992006",
            "6767867721417145931885452337570571518963409294396356725696681175946984525040",
            "19986757588716018993670239283645265717745114742912927498556242879085028065003"
        ]
    );
}

#[test]
fn toy_elements() {
    let sum = |values: Vec<u128>| (values[..8].to_vec(), values.iter().sum::<u128>());
    let f251 = drawn::<F251>(100).iter().filter_map(Field::to_u128).collect();
    assert_eq!(sum(f251), (vec![198, 161, 59, 55, 135, 143, 91, 130], 12_872));
    let f257 = drawn::<F257>(100).iter().filter_map(Field::to_u128).collect();
    assert_eq!(sum(f257), (vec![91, 129, 161, 227, 221, 135, 14, 96], 13_280));
}

#[test]
fn names_on_the_wire() {
    let names = [
        Fp127::NAME,
        Goldilocks::NAME,
        ArkField::<ark_bls12_381::Fr>::NAME,
        ArkField::<ark_bn254::Fr>::NAME,
        F251::NAME,
        F257::NAME,
    ];
    assert_eq!(names, ["fp127", "goldilocks", "bls12-381", "bn254", "f251", "f257"]);
}
