//! Replies: right in the worst case, the same switched and unswitched, refused when malformed.

use super::*;
use crate::bgv::code::CodeError;
use crate::bgv::sampler::flooding;
use crate::bgv::switch::Half;
use num_bigint::{BigInt, BigUint, Sign};

/// x m - e for a product reply.
fn expected<F: Field>(bgv: &Bgv<F>, x: &[F], m: &[F], e: &[F]) -> Vec<F> {
    let mut out = product(bgv, x, m);
    F::sub_assign_slice(&mut out, e);
    out
}

fn replies_decrypt<F: Field>(bgv: &Bgv<F>) {
    let (n, mut prg) = (bgv.ring().dimension(), prg(11));
    let (secret, public) = pair::<F, FactorRole>(bgv, &mut prg);
    let mut scratch = bgv.scratch();
    let [m, x, e] = [0; 3].map(|_| random::<F>(n, &mut prg));
    let c = encrypt(bgv, &public, &m, &mut prg);

    let mut bytes = Vec::new();
    bgv.reply(&public, &bgv.multiplier(&x), &c, &e, &mut prg, &mut scratch, &mut bytes).unwrap();
    assert_eq!(bytes.len(), bgv.reply_len());
    let mut out = vec![F::ONE; n];
    bgv.add_decrypted(&secret, &bytes, &mut out).unwrap();
    F::sub_assign_slice(&mut out, &vec![F::ONE; n]);
    assert!(out == expected(bgv, &x, &m, &e));

    bytes.clear();
    let k = x[0];
    bgv.reply(&public, &bgv.constant_multiplier(k), &c, &e, &mut prg, &mut scratch, &mut bytes).unwrap();
    let mut out = vec![F::ZERO; n];
    bgv.add_decrypted(&secret, &bytes, &mut out).unwrap();
    assert!(out.iter().zip(m.iter().zip(&e)).all(|(out, (m, e))| *out == k * *m - *e));
}

#[test]
fn replies_decrypt_to_masked_products() {
    replies_decrypt(&real::<Fp127>());
    replies_decrypt(&real::<Goldilocks>());
    for n in [16, 32, 128] {
        replies_decrypt(&toy(n, Choice::Best));
        replies_decrypt(&toy(n, Choice::Portable));
    }
}

/// The integer with residues `residues` modulo the limbs, in [0, q).
fn integer(limbs: &[Limb], residues: &[u64]) -> BigUint {
    let q: BigUint = limbs.iter().map(|limb| BigUint::from(limb.modulus().q())).product();
    let term = |(limb, r): (&Limb, &u64)| {
        let m = limb.modulus();
        let rest = &q / m.q();
        &rest * m.inverse(u64::try_from(&rest % m.q()).unwrap()) * *r
    };
    limbs.iter().zip(residues).map(term).sum::<BigUint>() % q
}

fn centred(x: BigUint, q: &BigUint) -> BigInt {
    let x = BigInt::from_biguint(Sign::Plus, x);
    let q = BigInt::from_biguint(Sign::Plus, q.clone());
    if &x * 2 > q { x - q } else { x }
}

/// Column i of a limb-major array.
fn column(residues: &[u64], n: usize, i: usize) -> Vec<u64> {
    residues.iter().skip(i).step_by(n).copied().collect()
}

/// Switching and flooding against their definition in exact integers, for coefficients all over [0, q) and at its ends.
#[test]
fn flooding_on_the_way_is_flooding_before_switching() {
    for (n, choice) in [(128_u32, Choice::Best), (128, Choice::Portable), (16, Choice::Best)] {
        let bgv = toy(n, choice);
        let (ring, params, size) = (bgv.ring(), bgv.params(), n as usize);
        let (p, q, switched) = (params.p(), params.q(), params.switched());
        let dropped = BigInt::from(&q / &switched);
        let mut c: Poly<Coeff> = ring.to_coeff(bgv.expand(&Seed([4; 16])));
        for (l, limb) in c.limbs_mut().enumerate() {
            let m = ring.limbs()[l].modulus();
            // 0, -1, 1, and a multiple of Q.
            limb[0] = 0;
            limb[1] = m.q() - 1;
            limb[2] = 1;
            limb[3] = u64::try_from((&q - &q / &switched) % m.q()).unwrap();
        }
        let mut flood = vec![0; 3 * size];
        flooding(&mut prg(16), size, params.flood_units(), &mut flood);
        for (half, flood) in [(Half::C0, flood.as_slice()), (Half::C1, &[])] {
            let mut bytes = Vec::new();
            bgv.switch.encode(ring, half, &c, &bgv.error_weights, &vec![0; size], flood, &mut bytes);
            let codes = bgv.switch.decode(half, &bytes).unwrap();
            let cut = bgv.switch.code(half).cut();
            for i in 0..size {
                let value = integer(ring.limbs(), &column(c.residues(), size, i));
                let code = (0..codes.planes()).rev().fold(BigUint::default(), |acc, j| {
                    (acc << 48_u32) + BigUint::from(codes.plane(j)[i] as u64)
                });
                // 2^w Q code = c - p r + p T: T in [0, Q), or centred, but for the cut: less than 2^w Q.
                let difference = (code << cut) * dropped.magnitude() + &q - value;
                let t = centred(difference * p.modinv(&q).unwrap() % &q, &q);
                let (t, from, to) = match flood {
                    [] => (t, -(&dropped / 2_u32 + 1_u32), &dropped / 2_u32 + 1_u32),
                    v => (t + ((fixed(v, size, i) * &dropped) >> 96_u32), BigInt::from(-1), &dropped + 1_u32),
                };
                let slack = &dropped << cut;
                assert!(t >= from - &slack && t <= to + slack, "coefficient {i}, n = {n}: {t}");
            }
        }
    }
}

/// V of coefficient i, times 2^96.
fn fixed(planes: &[i64], n: usize, i: usize) -> BigInt {
    planes.chunks_exact(n).fold(BigInt::default(), |acc, plane| (acc << 48_u32) + plane[i])
}

/// V at one end of [-units, units), the same sign on every coefficient with `positive`.
fn extreme(scratch: &mut Scratch, n: usize, units: u64, positive: &[bool]) {
    let last = (1 << 48) - 1;
    let (integers, fractions) = scratch.flood.split_at_mut(n);
    integers
        .iter_mut()
        .zip(positive)
        .for_each(|(v, up)| *v = if *up { units as i64 - 1 } else { -(units as i64) });
    fractions.chunks_exact_mut(n).for_each(|plane| {
        plane.iter_mut().zip(positive).for_each(|(v, up)| *v = if *up { last } else { 0 });
    });
}

/// 10^5 coefficients with all that is admitted at once: noise E and flooding at the end of its interval, of the same sign.
#[test]
fn replies_with_the_most_noise_admitted_never_wrap() {
    for choice in [Choice::Best, Choice::Portable] {
        let bgv = toy(128, choice);
        let (n, mut prg) = (128, prg(13));
        let (secret, public) = pair::<F257, FactorRole>(&bgv, &mut prg);
        let mut scratch = bgv.scratch();
        let (p, q) = (bgv.params().p(), bgv.params().q());
        let most = bgv.params().shift() / p * p;
        for round in 0..400 {
            let [m, x, e] = [0; 3].map(|_| random::<F257>(n, &mut prg));
            let c = encrypt(&bgv, &public, &m, &mut prg);
            bgv.prepare(&public, &bgv.multiplier(&x), &c, &e, &mut prg, &mut scratch).unwrap();
            let negative: Vec<bool> =
                uniform(&mut prg, n, 1).coefficients().iter().map(|x| *x == 0).collect();
            for (limb, c0) in bgv.ring().limbs().iter().zip(scratch.c0.limbs_mut()) {
                let m = limb.modulus();
                let [plus, minus] = [&most % m.q(), (&q - &most) % m.q()].map(|x| u64::try_from(x).unwrap());
                let signed = c0.iter_mut().zip(&negative);
                signed.for_each(|(c, negative)| *c = m.add(*c, if *negative { minus } else { plus }));
            }
            extreme(&mut scratch, n, bgv.params().flood_units(), &negative);
            let mut bytes = Vec::new();
            bgv.finish::<FactorRole>(&scratch, &mut bytes);
            let mut out = vec![F257::ZERO; n];
            bgv.add_decrypted(&secret, &bytes, &mut out).unwrap();
            assert!(
                out == unswitched(&bgv, &secret, &scratch),
                "round {round}: switched and unswitched differ"
            );
            assert!(out == expected(&bgv, &x, &m, &e), "round {round}: wrapped");
        }
    }
}

/// The same at full size: seven replies of 16384 coefficients.
#[test]
fn full_replies_with_the_most_noise_admitted_never_wrap() {
    let bgv = real::<Fp127>();
    let (n, mut prg) = (bgv.ring().dimension(), prg(18));
    let (secret, public) = pair::<Fp127, FactorRole>(&bgv, &mut prg);
    let mut scratch = bgv.scratch();
    let (p, q) = (bgv.params().p(), bgv.params().q());
    let most = bgv.params().shift() / p * p;
    let [m, x, e] = [0; 3].map(|_| random::<Fp127>(n, &mut prg));
    let c = encrypt(&bgv, &public, &m, &mut prg);
    let (x, right) = (bgv.multiplier(&x), expected(&bgv, &x, &m, &e));
    for round in 0..7 {
        bgv.prepare(&public, &x, &c, &e, &mut prg, &mut scratch).unwrap();
        let positive: Vec<bool> = uniform(&mut prg, n, 1).coefficients().iter().map(|x| *x == 0).collect();
        for (limb, c0) in bgv.ring().limbs().iter().zip(scratch.c0.limbs_mut()) {
            let m = limb.modulus();
            let [plus, minus] = [&most % m.q(), (&q - &most) % m.q()].map(|x| u64::try_from(x).unwrap());
            let signed = c0.iter_mut().zip(&positive);
            // Flooding is subtracted.
            signed.for_each(|(c, positive)| *c = m.add(*c, if *positive { minus } else { plus }));
        }
        extreme(&mut scratch, n, bgv.params().flood_units(), &positive);
        let mut bytes = Vec::new();
        bgv.finish::<FactorRole>(&scratch, &mut bytes);
        let mut out = vec![Fp127::ZERO; n];
        bgv.add_decrypted(&secret, &bytes, &mut out).unwrap();
        assert!(out == right, "round {round}: wrapped");
    }
}

/// More noise than is admitted does wrap: the test above can fail.
#[test]
fn replies_with_four_times_the_noise_admitted_wrap() {
    let bgv = toy(128, Choice::Best);
    let (n, mut prg) = (128, prg(14));
    let (secret, public) = pair::<F257, FactorRole>(&bgv, &mut prg);
    let mut scratch = bgv.scratch();
    let [m, x, e] = [0; 3].map(|_| random::<F257>(n, &mut prg));
    let c = encrypt(&bgv, &public, &m, &mut prg);
    bgv.prepare(&public, &bgv.multiplier(&x), &c, &e, &mut prg, &mut scratch).unwrap();
    extreme(&mut scratch, n, 4 * bgv.params().flood_units(), &vec![true; n]);
    let mut bytes = Vec::new();
    bgv.finish::<FactorRole>(&scratch, &mut bytes);
    let mut out = vec![F257::ZERO; n];
    bgv.add_decrypted(&secret, &bytes, &mut out).unwrap();
    assert!(out != expected(&bgv, &x, &m, &e));
}

/// Decryption of what a reply would be, flooded but not switched.
fn unswitched<R: Role>(bgv: &Bgv<F257>, secret: &SecretKey<R>, scratch: &Scratch) -> Vec<F257> {
    let (n, ring, params) = (bgv.ring().dimension(), bgv.ring(), bgv.params());
    let q = BigInt::from(params.q());
    let dropped = BigInt::from(params.q() / params.switched());
    let p = BigInt::from(params.p().clone());
    let pr: Vec<BigInt> =
        (0..n).map(|i| (((fixed(&scratch.flood, n, i) * &dropped) >> 96_u32) * &p % &q + &q) % &q).collect();
    let residue = |limb: &Limb, x: &BigInt| u64::try_from(x % limb.modulus().q()).unwrap();
    let residues = ring.limbs().iter().flat_map(|limb| pr.iter().map(move |x| residue(limb, x))).collect();
    let mut c0 = scratch.c0.clone();
    ring.sub(&mut c0, &ring.from_residues(residues).unwrap());
    ring.sub(&mut c0, &ring.embed(&Wide::from_planes(n, scratch.mask.clone())));
    let mut c1 = scratch.c1.clone();
    let mut error = ring.zero();
    ring.axpy(
        &mut error,
        &ring.scalar(params.p()),
        &ring.embed(&Wide::from_planes(n, scratch.error.clone())),
    );
    ring.sub(&mut c1, &error);
    bgv.decrypt(secret, &Ciphertext::<R>::new(ring.to_eval(c0), ring.to_eval(c1)))
}

/// The integers that a reply decrypts to before they are reduced mod p.
fn noise_of<R: Role>(bgv: &Bgv<F257>, secret: &SecretKey<R>, bytes: &[u8]) -> Vec<BigInt> {
    let noisy = bgv.noisy(secret, &bytes[1..]).unwrap();
    let limbs = &bgv.ring().limbs()[..bgv.params().kept()];
    let n = bgv.ring().dimension();
    (0..n).map(|i| centred(integer(limbs, &column(&noisy, n, i)), &bgv.params().switched())).collect()
}

/// Flooding covers the secret: the noise of replies has one distribution, whatever is multiplied; without flooding it has not.
#[test]
fn noise_of_replies_does_not_depend_on_the_multiplier() {
    let bgv = toy(128, Choice::Best);
    let (n, mut prg) = (128, prg(17));
    let (secret, public) = pair::<F257, FactorRole>(&bgv, &mut prg);
    let mut scratch = bgv.scratch();
    // The noisiest ciphertext admitted: its noise is ν in every coefficient.
    let mut c = encrypt(&bgv, &public, &random(n, &mut prg), &mut prg);
    let p = bgv.params().p();
    let most = bgv.params().noise() / p * p;
    let constant = |limb: &Limb| vec![u64::try_from(&most % limb.modulus().q()).unwrap(); n];
    let noise =
        bgv.ring().from_residues::<Coeff>(bgv.ring().limbs().iter().flat_map(constant).collect()).unwrap();
    bgv.ring().add(&mut c.c0, &bgv.ring().to_eval(noise));
    let ends = [vec![F257::ZERO; n], vec![F257::from_u64(128); n]];

    let mut histogram = |x: &[F257], flooded: bool| {
        let mut cells = [0_u64; 32];
        for _ in 0..150 {
            let mask = random(n, &mut prg);
            bgv.prepare(&public, &bgv.multiplier(x), &c, &mask, &mut prg, &mut scratch).unwrap();
            if !flooded {
                scratch.flood.fill(0);
            }
            let mut bytes = Vec::new();
            bgv.finish::<FactorRole>(&scratch, &mut bytes);
            for noise in noise_of(&bgv, &secret, &bytes) {
                // Noise over the flooding interval, p R on either side.
                let scaled = (noise * 16) / BigInt::from(p * bgv.params().flood_units()) + 16;
                cells[usize::try_from(scaled).unwrap_or(0).min(31)] += 1;
            }
        }
        cells
    };
    let distance = |a: &[u64; 32], b: &[u64; 32]| -> f64 {
        a.iter()
            .zip(b)
            .filter(|(a, b)| **a + **b > 0)
            .map(|(a, b)| (*a as f64 - *b as f64).powi(2) / (a + b) as f64)
            .sum()
    };
    // 31 degrees of freedom: 87 is exceeded with probability 1e-6.
    let flooded = ends.each_ref().map(|x| histogram(x, true));
    assert!(distance(&flooded[0], &flooded[1]) < 87.0, "{flooded:?}");
    let bare = ends.each_ref().map(|x| histogram(x, false));
    assert!(distance(&bare[0], &flooded[0]) > 1000.0 && distance(&bare[1], &flooded[1]) > 1000.0);
}

#[test]
fn malformed_replies_are_refused() {
    let bgv = toy(128, Choice::Best);
    let (n, mut prg) = (128, prg(15));
    let (secret, public) = pair::<F257, FactorRole>(&bgv, &mut prg);
    let (mac_secret, _) = pair::<F257, MacRole>(&bgv, &mut prg);
    let [m, e] = [0; 2].map(|_| random::<F257>(n, &mut prg));
    let c = encrypt(&bgv, &public, &m, &mut prg);
    let x = bgv.multiplier(&m);
    let (mut bytes, mut scratch) = (Vec::new(), bgv.scratch());
    let short = bgv.reply(&public, &x, &c, &e[1..], &mut prg, &mut scratch, &mut bytes);
    assert_eq!(short, Err(ReplyError::Mask { found: n - 1, expected: n }));
    assert!(bytes.is_empty());
    bgv.reply(&public, &x, &c, &e, &mut prg, &mut scratch, &mut bytes).unwrap();

    let mut out = vec![F257::ZERO; n];
    let expected = bytes.len();
    for wrong in [&bytes[1..], &bytes[..0], &[bytes.as_slice(), &[0]].concat()] {
        let error = ReplyError::Length { found: wrong.len(), expected };
        assert_eq!(bgv.add_decrypted(&secret, wrong, &mut out), Err(error));
    }
    let role = ReplyError::Role { found: b'A', expected: b'K' };
    assert_eq!(bgv.add_decrypted(&mac_secret, &bytes, &mut out), Err(role));

    let lens = [Half::C0, Half::C1].map(|half| bgv.switch.code(half).len(n));
    assert_eq!(
        bgv.switch.decode(Half::C0, &bytes[1..lens[0]]).unwrap_err(),
        CodeError::Length { found: lens[0] - 1, expected: lens[0] }
    );
    let untouched = vec![F257::ONE; n];
    let mut out = untouched.clone();
    bytes[0] ^= 1;
    assert!(bgv.add_decrypted(&secret, &bytes, &mut out).is_err());
    assert_eq!(out, untouched);
}

/// Codes above (q'' - 1)/2^w are refused at any place, that one itself is not.
#[test]
fn codes_above_the_largest_are_refused() {
    let bgv = real::<Fp127>();
    let n = bgv.ring().dimension();
    for half in [Half::C0, Half::C1] {
        let code = bgv.switch.code(half);
        let largest = (bgv.params().switched() - 1_u32) >> code.cut();
        let all_ones = (BigUint::from(1_u32) << largest.bits()) - 1_u32;
        assert!(all_ones > largest);
        for (value, accepted) in [(largest.clone(), true), (&largest + 1_u32, false), (all_ones, false)] {
            for place in [0, 77, n - 1] {
                let mut bytes = vec![0; code.len(n)];
                let mut at = 0;
                for (digit, bits) in crate::bgv::wide::digits_of(&value).into_iter().zip(code.widths()) {
                    let mut plane = vec![0; n];
                    plane[place] = digit as u64;
                    let end = at + packed_len(n, *bits);
                    pack(&plane, *bits, &mut bytes[at..end]);
                    at = end;
                }
                assert_eq!(
                    bgv.switch.decode(half, &bytes).map(|_| ()),
                    if accepted { Ok(()) } else { Err(CodeError::Range) }
                );
            }
        }
    }
}
