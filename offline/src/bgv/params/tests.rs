//! The bounds recomputed by other means, and the table that the design promises.

use super::display::log2;
use super::*;

const BLS12_381: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
const BN254: &str = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";

fn p_of(field: &str) -> BigUint {
    match field {
        "fp127" => (BigUint::from(1_u32) << 127) - (BigUint::from(1_u32) << 65) + 1_u32,
        "goldilocks" => BigUint::from(0xffff_ffff_0000_0001_u64),
        "bls12-381" => BigUint::parse_bytes(BLS12_381.as_bytes(), 16).unwrap(),
        "bn254" => BigUint::parse_bytes(BN254.as_bytes(), 16).unwrap(),
        other => panic!("no field {other}"),
    }
}

fn all() -> Vec<Params> {
    let mut sets = Vec::new();
    for field in ["goldilocks", "fp127", "bls12-381", "bn254"] {
        sets.extend([40, 64, 80].map(|sec| Params::derive(field, &p_of(field), sec).unwrap()));
    }
    let toy = |n, sec| Params::at("f257", &BigUint::from(257_u32), n, 900, sec).unwrap();
    sets.extend([toy(16, 8), toy(64, 16), toy(128, 16), toy(128, 40)]);
    sets
}

#[test]
fn the_table_of_the_design() {
    // field, sec, N, V, U, log2 S, log2 S_k, least log2 q, log2 q taken, limbs, kept, bits of a reply coefficient
    #[rustfmt::skip]
    let table = [
        ("goldilocks", 40, 16384, 3, 12, 38.2, 23.5, 261, 264, 6, 2, [68, 80]),
        ("goldilocks", 64, 16384, 5, 20, 39.6, 25.1, 288, 288, 6, 2, [68, 80]),
        ("goldilocks", 80, 16384, 6, 24, 40.2, 26.4, 306, 308, 7, 2, [68, 80]),
        ("fp127",      40, 16384, 3, 12, 38.2, 23.5, 387, 387, 8, 3, [131, 143]),
        ("fp127",      64, 16384, 5, 20, 39.6, 26.1, 415, 417, 9, 3, [131, 143]),
        ("fp127",      80, 16384, 6, 24, 40.2, 24.4, 430, 430, 9, 3, [131, 143]),
        ("bls12-381",  40, 32768, 3, 12, 40.2, 24.5, 647, 650, 13, 6, [259, 272]),
        ("bls12-381",  64, 32768, 5, 20, 41.6, 27.1, 675, 678, 14, 6, [259, 272]),
        ("bls12-381",  80, 32768, 6, 24, 42.2, 27.4, 692, 692, 14, 6, [259, 272]),
    ];
    for (field, sec, n, v, u, slack, key_slack, least, taken, limbs, kept, reply) in table {
        let set = Params::derive(field, &p_of(field), sec).unwrap();
        assert_eq!((set.dimension(), set.rows(), set.block()), (n, v, u), "{field} {sec}");
        assert_eq!(
            format!("{:.1}", log2(&set.proof_witness().ternary)),
            format!("{slack:.1}"),
            "{field} {sec}"
        );
        assert_eq!(
            format!("{:.1}", log2(&set.key_witness().ternary)),
            format!("{key_slack:.1}"),
            "{field} {sec}"
        );
        assert_eq!((set.bounds.modulus.bits(), set.q().bits()), (least, taken), "{field} {sec}");
        assert_eq!((set.limbs().len(), set.kept(), set.reply_bits()), (limbs, kept, reply), "{field} {sec}");
    }
}

/// The closed formula of the literature: 2P + log S + log S_k + 1.5 log N + sec + log(8 · 42/√12) + 3.
#[test]
fn the_modulus_agrees_with_the_closed_formula() {
    for set in all().iter().filter(|set| set.dimension() > 128) {
        let slacks = log2(&set.proof_witness().ternary) + log2(&set.key_witness().ternary);
        let n = f64::from(set.dimension());
        let closed = 2.0 * log2(set.p())
            + slacks
            + 1.5 * n.log2()
            + f64::from(set.stat_sec())
            + (8.0 * 42.0 / 12_f64.sqrt()).log2()
            + 3.0;
        assert!((log2(&set.bounds.modulus) - closed).abs() < 1e-3, "{set}");
    }
}

/// Every bound against its defining inequality, multiplied out, with nothing taken from `bounds` but the values.
#[test]
fn every_bound_meets_its_definition_and_no_more() {
    for set in all() {
        let (p, n, sec) = (set.p().clone(), BigUint::from(set.dimension()), set.stat_sec());
        let big = |x: u32| BigUint::from(x);
        let (v, u, k) = (big(set.rows()), big(set.block()), big(set.setup_rows()));

        let challenges = &n * 2_u32 + 1_u32;
        assert!(challenges.pow(set.rows()) >= big(1) << (sec + 4), "{set}");
        assert!(challenges.pow(set.rows() - 1) < big(1) << (sec + 4), "{set}");

        let (tau, rule) =
            (&p >> 1, |coefficients: BigUint, statements: &BigUint| coefficients * statements * 4_u32);
        let proof = rule(&n * &v * 4_u32, &u);
        let (key_room, diagonal_room) = rooms(&set);
        let key = rule(&n * &k * 2_u32, &big(1)) << key_room;
        let diagonal = rule((&n * 3_u32 + 1_u32) * &k, &big(1)) << diagonal_room;
        for (masks, m) in
            [(set.proof_masks(), &proof), (set.key_masks(), &key), (set.diagonal_masks(), &diagonal)]
        {
            assert_eq!((big(masks.ternary), big(masks.error)), (m.clone(), m * 21_u32), "{set}");
            let Some(plain) = masks.plain else { continue };
            assert!(plain.half() >= m * &tau && plain.half() <= m * &tau * 1025_u32 / 1024_u32, "{set}");
        }

        let (su, se) = ((&proof - &u) * 2_u32 * &n, (&proof - &u) * 42_u32 * &n);
        assert_eq!((&set.proof_witness().ternary, &set.proof_witness().error), (&su, &se), "{set}");
        let (ks, ke) = ((&key - 1_u32) * 2_u32, (&key - 1_u32) * 42_u32);
        assert_eq!((&set.key_witness().ternary, &set.key_witness().error), (&ks, &ke), "{set}");

        let nu = &set.proof_witness().plain + &p * (&n * &ke * &su + &se + &n * &se * &ks);
        assert_eq!(set.noise(), &nu, "{set}");
        let fresh = &p * (&n * &ke + 21_u32 + &n * &ks * 21_u32) + &p * 2_u32;
        let (mean, peak) = (&set.bounds.mean_shift - &fresh, set.shift() - &fresh);
        let variance12 = (&p * &nu).pow(2) * &n;
        assert!(mean.pow(2) * 12_u32 >= variance12 && (&mean - 2_u32).pow(2) * 12_u32 < variance12, "{set}");
        assert!(peak.pow(2) * 12_u32 >= &variance12 * 64_u32, "{set}");
        assert!((&peak - 2_u32).pow(2) * 12_u32 < variance12 * 64_u32, "{set}");

        let flood = set.flood();
        assert!(&p * &flood >= set.shift() << sec, "{set}");
        assert!((&p * &flood + set.shift()) * 8_u32 <= set.q(), "{set}");
        assert!(set.bounds.modulus <= set.q() && set.q().bits() <= u64::from(set.limit), "{set}");

        // The distance lost by one batch of coefficients, times the allowed replies, against 2^-40.
        let replies = BigUint::from(set.replies_per_epoch());
        // m/(2pR) + 2^-93, times N and the replies, against 2^-40; everything times 2pR 2^93.
        let unit = &p * &flood * 2_u32;
        let loss = |replies: BigUint| replies * &n * ((&set.bounds.mean_shift << 93) + &unit);
        let most = &unit << 53;
        assert!(loss(replies.clone()) <= most && loss(replies + 1_u32) > most, "{set}");
    }
}

#[test]
fn only_sec_40_has_no_flooding_budget() {
    for set in all().iter().filter(|set| set.dimension() > 128) {
        let batches = set.replies_per_epoch() / 4;
        assert_eq!(set.stat_sec() == 40, batches == 0, "{set}");
        assert!(set.stat_sec() < 64 || batches >= 1 << 12, "{set}");
        assert!(set.stat_sec() < 80 || batches >= 1 << 27, "{set}");
    }
}

/// Flooding at its maximum, rounding and cuts for the densest ternary key stay below half of q''.
#[test]
fn the_worst_reply_decrypts() {
    for set in all() {
        let (p, n, switched) = (set.p(), set.dimension(), set.switched());
        let dropped = set.q() / &switched;
        let flooded = (p * set.flood() + set.shift()) / &dropped + 1_u32;
        let rounding = p * (n * 33 + 64) / 64_u32 + 1_u32;
        let [c0, c1] = set.cut();
        let cuts = (p << c0) + ((p * n) << c1);
        assert!((flooded + rounding + cuts) * 2_u32 < switched, "{set}");
        // An honest sender's own noise: x v with the honest, doubled ciphertext and the honest key, no statistics.
        let honest = p / 2_u32 * n * (p + p * (2 * 21 * (2 * n + 1)));
        assert!(honest <= *set.shift(), "{set}");
    }
}

/// log2 of how much wider than needed the masks of the key proof and of the diagonal proof are.
fn rooms(set: &Params) -> (u32, u32) {
    let (n, k) = (set.dimension(), set.setup_rows());
    let room = |ternary: u32, coefficients: u32| (ternary / (4 * coefficients)).ilog2();
    (room(set.key_masks().ternary, 2 * n * k), room(set.diagonal_masks().ternary, (3 * n + 1) * k))
}

/// The set-up proofs' masks are as wide as 31 bits and the modulus allow, up to four times what they need.
#[test]
fn set_up_masks_take_the_room_that_is_left() {
    for set in all() {
        let (key, diagonal) = rooms(&set);
        let diagonal_fits =
            |room: u32| (u64::from(set.diagonal_masks().error) << room) >> diagonal <= 1 << 31;
        assert!(diagonal == 2 || !diagonal_fits(diagonal + 1), "{set}");
        // One more bit there halves the replies of an epoch.
        let short = set.replies_per_epoch() < LEAST_REPLIES * 2;
        let wider = Bounds::derive(set.p(), set.dimension(), set.stat_sec(), key + 1);
        assert!(key == 2 || short || wider.is_none_or(|wider| wider.modulus > set.q()), "{set}");
        assert!(key == 0 || set.replies_per_epoch() >= LEAST_REPLIES, "{set}");
    }
    let sec_64 =
        ["goldilocks", "fp127", "bls12-381"].map(|field| Params::derive(field, &p_of(field), 64).unwrap());
    assert_eq!(sec_64.map(|set| rooms(&set)), [(1, 2), (2, 2), (2, 1)]);
}

/// 1/4 of an expected rejection a plaintext proof, whatever the witness; half or a quarter of that in the set-up.
#[test]
fn acceptance_is_78_percent_and_more() {
    for set in all() {
        let n = f64::from(set.dimension());
        let (v, u, k) = (f64::from(set.rows()), f64::from(set.block()), f64::from(set.setup_rows()));
        let proof = 1.0 - u / f64::from(set.proof_masks().ternary);
        let key = 1.0 - 1.0 / f64::from(set.key_masks().ternary);
        let diagonal = 1.0 - 1.0 / f64::from(set.diagonal_masks().ternary);
        let rates = [
            (4.0 * v * n * proof.ln()).exp(),
            (2.0 * k * n * key.ln()).exp(),
            ((3.0 * n + 1.0) * k * diagonal.ln()).exp(),
        ];
        let (key_room, diagonal_room) = rooms(&set);
        for (rate, room) in rates.into_iter().zip([0, key_room, diagonal_room]) {
            let expected = (-0.25 / f64::from(1_u32 << room)).exp();
            assert!((rate - expected).abs() < 1e-3, "{rates:?}");
        }
    }
}

/// The lemma behind the slack: 2/(X^a - X^b) has coefficients in {0, ±1}.
#[test]
fn twice_the_inverse_of_a_challenge_difference_is_ternary() {
    const N: usize = 32;
    for d in 1..2 * N {
        // 2/(1 - X^d) = Σ_{j < M} X^(d j) with d M ≡ N mod 2N; d = N is 2/2.
        let terms = if d == N { 1 } else { N / (1 << d.trailing_zeros()) };
        let mut inverse = [0_i32; N];
        for j in 0..terms {
            let e = d * j % (2 * N);
            inverse[e % N] += if e < N { 1 } else { -1 };
        }
        assert!(inverse.iter().all(|c| c.abs() <= 1), "d = {d}");
        let mut product = inverse;
        for (i, c) in inverse.iter().enumerate() {
            let e = (i + d) % (2 * N);
            product[e % N] -= if e < N { *c } else { -c };
        }
        let mut two = [0_i32; N];
        two[0] = 2;
        assert_eq!(product, two, "d = {d}");
    }
}

#[test]
fn refusals_name_the_cause() {
    let fp127 = p_of("fp127");
    assert_eq!(Params::derive("fp127", &fp127, 39), Err(ParamsError::Security { asked: 39 }));
    assert_eq!(Params::derive("fp127", &fp127, 81), Err(ParamsError::Security { asked: 81 }));
    let f257 = BigUint::from(257_u32);
    assert_eq!(
        Params::derive("f257", &f257, 64),
        Err(ParamsError::Slots { field: "f257", dimension: 32768 })
    );
    // One step beyond 127 bits at sec 80 no longer fits N = 16384; far beyond nothing fits.
    let wider = (BigUint::from(1_u32) << 128) + 1_u32;
    assert_eq!(Params::derive("wider", &wider, 80).unwrap().dimension(), 32768);
    let huge = (BigUint::from(1_u32) << 360) + 1_u32;
    let error = Params::derive("huge", &huge, 80).unwrap_err();
    assert!(
        matches!(error, ParamsError::Modulus { dimension: 32768, limit: 860, needed, .. } if needed > 860),
        "{error}"
    );
}

#[test]
fn fingerprints_separate_sets() {
    let prints: Vec<_> = all().iter().map(Params::fingerprint).collect();
    for (i, a) in prints.iter().enumerate() {
        assert!(prints.iter().skip(i + 1).all(|b| a != b));
    }
}
