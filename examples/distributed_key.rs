//! How do we keep one signing key among us, so that nobody ever has it? Custodians make a BLS key pair together and sign with
//! it (Boneh, Lynn, Shacham; ASIACRYPT 2001, over BLS12-381).
//!
//! The secret key x is random material that no party knows. Its public key x·G2 and each signature x·H(m) are computed on
//! shares, in the exponent, and revealed; everybody who has the public key verifies the signatures by a pairing. x·H(m) is
//! also a pseudo-random function of m under a key that nobody holds. All custodians are needed for each signature, and
//! whoever sends a wrong point is caught before it is used.
//!
//! Run it with `cargo run --release --features curve --example distributed_key`.

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use speedwell::curve::{Points, encode};
use speedwell::field::ArkField;
use speedwell::online::transcript::Transcript;
use speedwell::prelude::*;

/// Any number will do; each further one adds some seconds of preprocessing.
const CUSTODIANS: usize = 2;
const MESSAGES: [&str; 2] = ["pay 100 to Alice", "pay 200 to Bob"];

/// A public point that nobody knows the logarithm of, by trying: a message is public, so the time it takes may show. Two
/// hashes give the 48 bytes of a coordinate.
fn hash_to_curve(message: &str) -> G1Affine {
    let candidates = (0..u64::MAX).filter_map(|counter| {
        let half = |half: u64| {
            Transcript::new("example: hash to BLS12-381 G1")
                .bytes(message.as_bytes())
                .number(counter)
                .number(half)
                .finish()
        };
        let bytes = [half(0), half(1)].concat();
        G1Affine::from_random_bytes(&bytes[..48]).map(|point| point.clear_cofactor())
    });
    let mut points = candidates.filter(|point| !point.is_zero());
    points.next().unwrap_or_else(|| unreachable!("half of all candidates are points"))
}

/// Key pair and signatures: everything is revealed at one level, so one check covers it all (nothing was opened before).
async fn program(s: &Session<ArkField<Fr>>) -> Result<(G2Affine, Vec<G1Affine>)> {
    // Nobody knows x.
    let x = s.random(1)?;
    // x·G2 and x·H(m) are local.
    let public_key = s.in_exponent::<G2Projective>(&x);
    let hashes = MESSAGES.map(hash_to_curve);
    let signatures = Points::<G1Projective>::from_shares(&x.repeat_each(hashes.len()), &hashes);
    let (public_key, signatures) =
        try_join(s.reveal_points(&public_key), s.reveal_points(&signatures)).await?;
    Ok((public_key[0], signatures))
}

fn main() -> Result<()> {
    let started = std::time::Instant::now();
    let results = run_local(CUSTODIANS, async |s| Ok((program(s).await?, s.report())))?;
    println!("key and signatures after {:.1} s, preprocessing included", started.elapsed().as_secs_f64());

    for (party, ((public_key, signatures), cost)) in results.iter().enumerate() {
        println!(
            "custodian {party}: {} points revealed in {} rounds, {} bytes to each peer",
            cost.points_revealed, cost.rounds, cost.bytes_sent_per_peer
        );
        assert_eq!((public_key, signatures), (&results[0].0.0, &results[0].0.1), "all have the same");
        for (message, signature) in MESSAGES.iter().zip(signatures) {
            // e(x·H(m), G2) = e(H(m), x·G2), and for no other message.
            let signed = |message: &str| {
                let left = Bls12_381::pairing(*signature, G2Affine::generator());
                left == Bls12_381::pairing(hash_to_curve(message), *public_key)
            };
            assert!(signed(message) && !signed("pay 300 to Mallory"));
        }
    }
    let mut bytes = Vec::new();
    encode::<G2Projective>(&[results[0].0.0], &mut bytes);
    let begins: String = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    println!("both signatures verify under the public key {begins}…");
    Ok(())
}
