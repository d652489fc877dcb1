//! Replies: right in the worst case, the same switched and unswitched, refused when malformed.

use super::*;
use crate::bgv::code::CodeError;
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

/// Switching against its definition in exact integers, for coefficients all over [0, q) and at its ends, both kernels.
#[test]
fn switching_divides_exactly_and_cutting_stays_in_range() {
    for (n, choice) in [(128_u32, Choice::Best), (128, Choice::Portable), (16, Choice::Best)] {
        let bgv = toy(n, choice);
        let (ring, params, size) = (bgv.ring(), bgv.params(), n as usize);
        let (p, q, switched) = (params.p(), params.q(), params.switched());
        let dropped = &q / &switched;
        let mut c: Poly<Coeff> = ring.to_coeff(bgv.expand(&Seed([4; 16])));
        for (l, limb) in c.limbs_mut().enumerate() {
            let m = ring.limbs()[l].modulus();
            // 0, -1, 1, and just below a multiple of Q.
            limb[0] = 0;
            limb[1] = m.q() - 1;
            limb[2] = 1;
            limb[3] = u64::try_from((&q - &dropped) % m.q()).unwrap();
        }
        let planes = vec![0; size];
        for half in [Half::C0, Half::C1] {
            let mut bytes = Vec::new();
            bgv.switch.encode(ring, half, &c, &bgv.error_weights, &planes, &mut bytes);
            let codes = bgv.switch.decode(half, &bytes).unwrap();
            let cut = bgv.switch.code(half).cut();
            for i in 0..size {
                let value = integer(ring.limbs(), &column(c.residues(), size, i));
                let code = (0..codes.planes()).rev().fold(BigUint::default(), |acc, j| {
                    (acc << 48_u32) + BigUint::from(codes.plane(j)[i] as u64)
                });
                // 2^w Q code - c = p T with |T| ≤ (1/2 + 1/64) Q + 2^w Q.
                let difference = (code << cut) * &dropped + &q - value;
                let t = centred(difference * p.modinv(&q).unwrap() % &q, &q);
                let bound = &dropped * (33_u64 + (64_u64 << cut)) / 64_u32;
                assert!(t.magnitude() <= &bound, "coefficient {i}, n = {n}");
            }
        }
    }
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
        let flood = crate::bgv::wide::digits_of(&bgv.params().flood().half());
        for round in 0..400 {
            let [m, x, e] = [0; 3].map(|_| random::<F257>(n, &mut prg));
            let c = encrypt(&bgv, &public, &m, &mut prg);
            bgv.prepare(&public, &bgv.multiplier(&x), &c, &e, &mut prg, &mut scratch).unwrap();
            let positive: Vec<bool> =
                uniform(&mut prg, n, 1).coefficients().iter().map(|x| *x == 0).collect();
            for (limb, c0) in bgv.ring().limbs().iter().zip(scratch.c0.limbs_mut()) {
                let m = limb.modulus();
                let [plus, minus] = [&most % m.q(), (&q - &most) % m.q()].map(|x| u64::try_from(x).unwrap());
                let signed = c0.iter_mut().zip(&positive);
                signed.for_each(|(c, positive)| *c = m.add(*c, if *positive { plus } else { minus }));
            }
            for (j, plane) in scratch.flood.chunks_exact_mut(n).take(bgv.flood_planes).enumerate() {
                let digit = flood.get(j).copied().unwrap_or(0);
                plane
                    .iter_mut()
                    .zip(&positive)
                    .for_each(|(r, positive)| *r = if *positive { -digit } else { digit });
            }
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

/// Twice the admitted noise does wrap: the test above can fail.
#[test]
fn replies_with_four_times_the_noise_admitted_wrap() {
    let bgv = toy(128, Choice::Best);
    let (n, mut prg) = (128, prg(14));
    let (secret, public) = pair::<F257, FactorRole>(&bgv, &mut prg);
    let mut scratch = bgv.scratch();
    let [m, x, e] = [0; 3].map(|_| random::<F257>(n, &mut prg));
    let c = encrypt(&bgv, &public, &m, &mut prg);
    bgv.prepare(&public, &bgv.multiplier(&x), &c, &e, &mut prg, &mut scratch).unwrap();
    let flood = crate::bgv::wide::digits_of(&(bgv.params().flood().half() * 4_u32));
    for (j, plane) in scratch.flood.chunks_exact_mut(n).take(bgv.flood_planes).enumerate() {
        plane.fill(flood.get(j).copied().unwrap_or(0));
    }
    let mut bytes = Vec::new();
    bgv.finish::<FactorRole>(&scratch, &mut bytes);
    let mut out = vec![F257::ZERO; n];
    bgv.add_decrypted(&secret, &bytes, &mut out).unwrap();
    assert!(out != expected(&bgv, &x, &m, &e));
}

/// Decryption of what a reply was before switching.
fn unswitched<R: Role>(bgv: &Bgv<F257>, secret: &SecretKey<R>, scratch: &Scratch) -> Vec<F257> {
    let n = bgv.ring().dimension();
    let at = n * bgv.flood_planes;
    let (p, one) = (bgv.ring().scalar(bgv.params().p()), bgv.ring().scalar(&BigUint::from(1_u32)));
    let minus = |c: &Poly<Coeff>, terms: &[(&Scalar, &[i64])]| {
        let mut c = c.clone();
        for (k, planes) in terms {
            let wide = bgv.ring().embed(&Wide::from_planes(n, planes.to_vec()));
            let mut scaled = bgv.ring().zero();
            bgv.ring().axpy(&mut scaled, k, &wide);
            bgv.ring().sub(&mut c, &scaled);
        }
        bgv.ring().to_eval(c)
    };
    let c0 = minus(&scratch.c0, &[(&p, &scratch.flood[..at]), (&one, &scratch.flood[at..])]);
    let c1 = minus(&scratch.c1, &[(&p, &scratch.error)]);
    bgv.decrypt(secret, &Ciphertext::<R>::new(c0, c1))
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
