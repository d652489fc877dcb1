//! Proofs by themselves: what is accepted, to what it is bound, and what doubling is for.

use proptest::prelude::*;
use speedwell_field::{Field, Goldilocks, Prg, Seed};
use speedwell_net::PartyId;
use speedwell_online::transcript::{Place, commit, opens};

use super::code::{SmallCode, WideCode};
use super::plaintext::{cell, digest};
use super::*;
use crate::bgv::{
    Bgv, Choice, Ciphertext, FactorRole, MacRole, Params, PublicKey, Randomness, SecretKey, Small, Wide,
    pack, packed_len, uniform, uniform_wide, unpack,
};

type F = Goldilocks;

fn bgv(n: u32) -> Bgv<F> {
    Bgv::new(Params::insecure_toy::<F>(n, 40).unwrap(), Choice::Best).unwrap()
}

fn prg(label: u8) -> Prg {
    Prg::new(&Seed([label; 16]))
}

/// An honest proof of `count` ciphertexts, accepted.
struct Proven {
    bgv: Bgv<F>,
    public: PublicKey<FactorRole>,
    digests: Vec<[u8; 32]>,
    ciphers: Vec<Ciphertext<FactorRole>>,
    images: [u8; 32],
    response: Vec<u8>,
}

fn workers() -> Workers {
    Workers::new(1).unwrap()
}

impl Proven {
    fn new(count: usize) -> Self {
        let (bgv, mut prg) = (bgv(32), prg(1));
        let (_, public) = bgv.keygen::<FactorRole>(bgv.expand(&Seed([2; 16])), &mut prg).unwrap();
        let witness: Vec<Encrypted> = (0..count)
            .map(|_| {
                let mut m = vec![F::ZERO; 32];
                F::sample(&mut prg, &mut m);
                Encrypted { plain: Wide::centred(&m), randomness: Randomness::sample(&mut prg, 32).unwrap() }
            })
            .collect();
        let ciphers: Vec<_> =
            witness.iter().map(|own| bgv.encrypt(&public, &own.plain, &own.randomness)).collect();
        let digests: Vec<_> = ciphers.iter().map(|cipher| digest(&bgv, cipher)).collect();
        let (images, response) = {
            let mut prover = BlockProver::new(&bgv, &public, &digests, &witness);
            (0_u8..)
                .find_map(|attempt| {
                    let images = prover.first(&workers(), &Secret::of(attempt));
                    prover.respond(&mut super::tests::prg(77)).map(|response| (images, response))
                })
                .unwrap()
        };
        Self { bgv, public, digests, ciphers, images, response }
    }

    fn recompute(&self, ciphers: &[Ciphertext<FactorRole>], label: u8, response: &[u8]) -> Option<[u8; 32]> {
        let verifier = BlockVerifier::new(&self.bgv, &self.public, &self.digests, ciphers);
        assert_eq!(verifier.response_len(), self.response.len());
        verifier.recompute(&workers(), &mut prg(label), response)
    }
}

#[test]
fn a_proof_holds_for_its_statement_and_challenge_alone() {
    let proven = Proven::new(3);
    assert_eq!(proven.recompute(&proven.ciphers, 77, &proven.response), Some(proven.images));
    assert_ne!(proven.recompute(&proven.ciphers, 78, &proven.response), Some(proven.images));
    let mut swapped = proven.ciphers.clone();
    swapped.swap(0, 1);
    assert_ne!(proven.recompute(&swapped, 77, &proven.response), Some(proven.images));
    // A response too short gives the images of fewer rows.
    let short = &proven.response[..proven.response.len() - 1];
    assert_ne!(proven.recompute(&proven.ciphers, 77, short), Some(proven.images));
}

/// The last value within the accepted range is read, the next one is not: of u, e0 and e1 in every row, at both ends of a polynomial.
#[test]
fn responses_just_outside_the_range_are_refused() {
    let proven = Proven::new(2);
    let masks = proven.bgv.params().proof_masks();
    let rows = usize::try_from(proven.bgv.params().rows()).unwrap();
    let row = proven.response.len() / rows;
    let width = |bound: u32| 64 - (2 * u64::from(bound) - 1).leading_zeros();
    let [u, e] = [masks.accept_ternary(), masks.accept_error()];
    let [u_len, e_len] = [u, e].map(|bound| packed_len(32, width(bound)));
    let plain = row - u_len - 2 * e_len;
    for number in 0..rows {
        for (from, len, bound) in
            [(plain, u_len, u), (plain + u_len, e_len, e), (plain + u_len + e_len, e_len, e)]
        {
            for place in [0, 31] {
                for (value, within) in [(2 * u64::from(bound) - 1, true), (2 * u64::from(bound), false)] {
                    let mut response = proven.response.clone();
                    let part = &mut response[number * row + from..number * row + from + len];
                    let mut values = [0_u64; 32];
                    unpack(part, width(bound), &mut values);
                    values[place] = value;
                    pack(&values, width(bound), part);
                    let images = proven.recompute(&proven.ciphers, 77, &response);
                    assert_eq!(images.is_some(), within, "row {number}, {value}");
                    assert_ne!(images, Some(proven.images));
                }
            }
        }
    }
}

/// A commitment is of use in its epoch, session, block and attempt, at its place in the list, to its maker; so is a challenge.
#[test]
fn proofs_are_bound_to_everything_around_them() {
    let parties: Vec<PartyId> = PartyId::all(2).collect();
    let place = Place { epoch: [1; 16], session: [2; 16], number: 3 };
    let (statement, images, nonce) = ([4; 32], [5; 32], [6; 32]);
    let own = commit(LABEL, &place, parties[0], &bound(&statement, 0, 0, &images), &nonce);
    let holds =
        |place: &Place, party: PartyId, value: [u8; 32]| opens(&own, LABEL, place, party, &value, &nonce);
    let value = bound(&statement, 0, 0, &images);
    assert!(holds(&place, parties[0], value));
    assert!(!holds(&place, parties[1], value));
    assert!(!holds(&place, parties[0], bound(&[9; 32], 0, 0, &images)));
    assert!(!holds(&place, parties[0], bound(&statement, 1, 0, &images)));
    assert!(!holds(&place, parties[0], bound(&statement, 0, 1, &images)));
    let others = [
        Place { epoch: [9; 16], ..place },
        Place { session: [9; 16], ..place },
        Place { number: 9, ..place },
    ];
    let draw = |coin: u8, place: &Place, party: PartyId, index: usize, attempt: u64| {
        let mut bytes = [0; 16];
        challenge(&[coin; 32], place, party, index, attempt).fill(&mut bytes);
        bytes
    };
    let mut draws = vec![
        draw(0, &place, parties[0], 0, 0),
        draw(1, &place, parties[0], 0, 0),
        draw(0, &place, parties[1], 0, 0),
        draw(0, &place, parties[0], 1, 0),
        draw(0, &place, parties[0], 0, 1),
    ];
    for other in &others {
        assert!(!holds(other, parties[0], value));
        draws.push(draw(0, other, parties[0], 0, 0));
    }
    draws.sort_unstable();
    draws.dedup();
    assert_eq!(draws.len(), 8);
}

/// `X^exponent x`, over the integers.
fn rotated(x: &[i64], exponent: usize) -> Vec<i64> {
    let n = x.len();
    let mut out = vec![0; n];
    for (i, x) in x.iter().enumerate() {
        let place = (i + exponent) % (2 * n);
        out[place % n] = if place < n { *x } else { -x };
    }
    out
}

/// The product modulo 2, where X^N + 1 is X^N - 1.
fn product_mod_2(a: &[i64], b: &[i64]) -> Vec<i64> {
    let n = a.len();
    (0..n).map(|k| (0..n).map(|i| a[i] * b[(n + k - i) % n]).sum::<i64>().rem_euclid(2)).collect()
}

/// Halves of two odd encryptions: nobody knows a short witness of either, and the proof holds nearly always, since the sum of two odd
/// polynomials is even however they are rotated. A reply to such a ciphertext shows the parity of every coefficient of x v. A
/// reply to its double, which the proof speaks of, does not.
#[test]
fn without_doubling_halved_ciphertexts_read_parities() {
    let (n, bgv, mut prg) = (128, bgv(128), prg(5));
    let (secret, public): (SecretKey<FactorRole>, _) =
        bgv.keygen(bgv.expand(&Seed([6; 16])), &mut prg).unwrap();
    let mut odd = || -> Vec<i64> {
        uniform(&mut prg, n, 1).coefficients().iter().map(|x| i64::from(2 * x + 1)).collect()
    };
    let witness = [0; 2].map(|_| [odd(), odd(), odd(), odd()]);
    let small = |x: &[i64]| Small::new(x.iter().map(|x| i32::try_from(*x).unwrap()).collect());
    let wide = |x: &[i64]| Wide::from_planes(n, x.to_vec());
    let ciphers = witness.each_ref().map(|[m, u, e0, e1]| {
        let randomness = Randomness { u: small(u), e0: small(e0), e1: small(e1) };
        let mut cipher = bgv.encrypt(&public, &wide(m), &randomness);
        bgv.halve(&mut cipher);
        cipher
    });
    let digests = ciphers.each_ref().map(|cipher| digest(&bgv, cipher));

    // The prover of the halves.
    let masks = bgv.params().proof_masks();
    let rows = usize::try_from(bgv.params().rows()).unwrap();
    let plain_code = WideCode::new(
        bgv.params().accept_plain(masks),
        usize::try_from(masks.plain.unwrap().low()).unwrap() + 2,
        false,
    );
    let (u_code, e_code) = (SmallCode::new(masks.accept_ternary()), SmallCode::new(masks.accept_error()));
    let attempt = |prg: &mut Prg, label: u8| -> Option<([u8; 32], Vec<u8>)> {
        let (mut hashes, mut response, mut accepted) = (Vec::new(), Vec::new(), true);
        let mut challenge = super::tests::prg(label);
        for _ in 0..rows {
            let mut plain = uniform_wide(prg, n, masks.plain.unwrap());
            let mut u = uniform(prg, n, masks.ternary);
            let (mut e0, mut e1) = (uniform(prg, n, masks.error), uniform(prg, n, masks.error));
            let randomness = Randomness { u: u.clone(), e0: e0.clone(), e1: e1.clone() };
            hashes.push(digest(&bgv, &bgv.encrypt(&public, &plain, &randomness)));
            let cells = [0; 2].map(|_| cell(&mut challenge, 2 * n));
            let [Some(first), Some(second)] = cells else {
                accepted &= cells == [None, None];
                continue;
            };
            let half = |part: usize| -> Vec<i64> {
                let sum = rotated(&witness[0][part], first);
                sum.iter().zip(rotated(&witness[1][part], second)).map(|(x, y)| (x + y) / 2).collect()
            };
            plain.add_monomial(0, &wide(&half(0)));
            plain.normalise();
            u.add_monomial(0, &small(&half(1)));
            e0.add_monomial(0, &small(&half(2)));
            e1.add_monomial(0, &small(&half(3)));
            accepted &= plain_code.write(&plain, &mut response) && u_code.write(&u, &mut response);
            accepted &= e_code.write(&e0, &mut response) && e_code.write(&e1, &mut response);
        }
        accepted.then(|| (images(hashes.iter()), response))
    };
    let proofs: Vec<_> = (0..16).map(|label| (label, attempt(&mut prg, label))).collect();
    let made: Vec<_> =
        proofs.iter().filter_map(|(label, proof)| proof.as_ref().map(|p| (*label, p))).collect();
    assert!(made.len() > 4, "{} of 16", made.len());
    let verifier = BlockVerifier::new(&bgv, &public, &digests, &ciphers);
    for (label, (images, response)) in made {
        assert_eq!(
            verifier.recompute(&workers(), &mut super::tests::prg(label), response),
            Some(*images),
            "the proof of a half holds"
        );
    }

    // v = m + p (e u + e0 - e1 s), mod 2.
    let [m, u, e0, e1] = &witness[0];
    let key = |x: &Small| x.coefficients().iter().map(|x| i64::from(*x)).collect::<Vec<_>>();
    let (eu, es) = (product_mod_2(&key(secret.error()), u), product_mod_2(e1, &key(secret.secret())));
    let v: Vec<i64> = (0..n).map(|i| (m[i] + eu[i] + e0[i] + es[i]).rem_euclid(2)).collect();
    let mut x = vec![F::ZERO; n];
    F::sample(&mut prg, &mut x);
    let centred = Wide::centred(&x);
    let parity: Vec<i64> = centred.plane(0).iter().map(|digit| digit.rem_euclid(2)).collect();
    let known = product_mod_2(&parity, &v);
    let mut large = |cipher: &Ciphertext<FactorRole>| -> Vec<i64> {
        let (mut reply, mask) = (Vec::new(), vec![F::from_u64(99); n]);
        bgv.reply(&public, &bgv.multiplier(&x), cipher, &mask, &mut prg, &mut bgv.scratch(), &mut reply)
            .unwrap();
        let quarters = bgv.quarters_of_noise(&secret, &reply);
        quarters.iter().map(|quarter| i64::from([1, 2].contains(quarter))).collect()
    };
    assert_eq!(large(&ciphers[0]), known, "the parities of x v, all of them");
    let mut doubled = ciphers[0].clone();
    bgv.double(&mut doubled);
    assert_eq!(large(&doubled), vec![0; n], "nothing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_code_reads_it_writes_again(seed: u64, bound in 1_u32..1 << 31, top in 1_u128..1 << 96) {
        let mut bytes = vec![0; 4096];
        Prg::new(&Seed(u128::from(seed).to_le_bytes())).fill(&mut bytes);
        let code = SmallCode::new(bound);
        let own = &bytes[..code.len(16)];
        if let Some(x) = code.read(16, own) {
            let mut again = Vec::new();
            prop_assert!(code.write(&x, &mut again));
            prop_assert_eq!(&again, own);
        }
        for whole in [false, true] {
            let code = WideCode::new(top.into(), 3, whole);
            let own = &bytes[..code.len(16)];
            if let Some(x) = code.read(16, own) {
                let mut again = Vec::new();
                prop_assert!(code.write(&x, &mut again));
                prop_assert_eq!(&again, own);
            }
        }
    }

    /// No verifier panics on responses of any content, or of any length.
    #[test]
    fn verifiers_take_any_bytes(seed: u64, cut in 0_usize..300) {
        let (bgv, mut prg) = (bgv(16), Prg::new(&Seed(u128::from(seed).to_le_bytes())));
        let (_, mac) = bgv.keygen::<MacRole>(bgv.expand(&Seed([2; 16])), &mut prg).unwrap();
        let (_, factor) = bgv.keygen::<FactorRole>(bgv.expand(&Seed([3; 16])), &mut prg).unwrap();
        let randomness = Randomness::sample(&mut prg, 16).unwrap();
        let k = bgv.encrypt(&mac, &Wide::zero(16, 2), &randomness);
        let a = [bgv.encrypt(&factor, &Wide::zero(16, 2), &randomness)];
        let digests = [digest(&bgv, &a[0])];
        let verifiers: [Box<dyn Verifier>; 3] = [
            Box::new(KeyVerifier::new(&bgv, &mac)),
            Box::new(DiagonalVerifier::new(&bgv, &mac, &k)),
            Box::new(BlockVerifier::new(&bgv, &factor, &digests, &a)),
        ];
        for verifier in &verifiers {
            let mut bytes = vec![0; verifier.response_len()];
            prg.fill(&mut bytes);
            // All low: within bounds in places.
            for bytes in [bytes.clone(), vec![0; bytes.len()], vec![0xff; bytes.len()]] {
                let full = verifier.recompute(&workers(), &mut super::tests::prg(1), &bytes);
                let short = bytes.len().saturating_sub(cut);
                let part = verifier.recompute(&workers(), &mut super::tests::prg(1), &bytes[..short]);
                prop_assert!(cut == 0 || full.is_none() || full != part);
            }
        }
    }
}
