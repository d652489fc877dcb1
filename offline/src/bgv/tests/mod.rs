//! Encryption and replies, end to end.

mod reply;
mod sampler;

use super::*;
use speedwell_field::{F257, Fp127, Goldilocks, Prg, Seed};

/// A generator for tests.
fn prg(label: u8) -> Prg {
    Prg::new(&Seed([label; 16]))
}

fn random<F: Field>(n: usize, prg: &mut Prg) -> Vec<F> {
    let mut out = vec![F::ZERO; n];
    F::sample(prg, &mut out);
    out
}

/// A real set, and toy rings with both kernels.
fn real<F: Field>() -> Bgv<F> {
    Bgv::new(Params::of::<F>(64).unwrap(), Choice::Best).unwrap()
}

fn toy(n: u32, choice: Choice) -> Bgv<F257> {
    Bgv::new(Params::insecure_toy::<F257>(n, 16).unwrap(), choice).unwrap()
}

fn pair<F: Field, R: Role>(bgv: &Bgv<F>, prg: &mut Prg) -> (SecretKey<R>, PublicKey<R>) {
    let a = bgv.expand(&Seed([9; 16]));
    bgv.keygen(a, prg).unwrap()
}

fn encrypt<F: Field, R: Role>(bgv: &Bgv<F>, key: &PublicKey<R>, m: &[F], prg: &mut Prg) -> Ciphertext<R> {
    let randomness = Randomness::sample(prg, m.len()).unwrap();
    bgv.encrypt(key, &Wide::centred(m), &randomness)
}

/// The product mod X^N + 1, by slots.
fn product<F: Field>(bgv: &Bgv<F>, a: &[F], b: &[F]) -> Vec<F> {
    let (mut x, mut y) = (a.to_vec(), b.to_vec());
    bgv.slots().forward(&mut x);
    bgv.slots().forward(&mut y);
    F::mul_assign_slice(&mut x, &y);
    bgv.slots().inverse(&mut x);
    x
}

fn encrypts_and_is_linear<F: Field>(bgv: &Bgv<F>) {
    let (n, mut prg) = (bgv.ring().dimension(), prg(1));
    let (secret, public) = pair::<F, FactorRole>(bgv, &mut prg);
    let (m, k) = (random::<F>(n, &mut prg), random::<F>(n, &mut prg));
    let mut c = encrypt(bgv, &public, &m, &mut prg);
    assert_eq!(bgv.decrypt(&secret, &c), m);

    let d = encrypt(bgv, &public, &k, &mut prg);
    bgv.add(&mut c, &d);
    bgv.double(&mut c);
    bgv.sub_monomial(&mut c, n + 3, &d);
    // 2 (m + k) + X^3 k
    let mut expected: Vec<F> = m.iter().zip(&k).map(|(m, k)| *m + *k + *m + *k).collect();
    for (i, k) in k.iter().enumerate() {
        let (place, sign) = ((i + 3) % n, i + 3 < n);
        expected[place] += if sign { *k } else { -*k };
    }
    assert_eq!(bgv.decrypt(&secret, &c), expected);
}

#[test]
fn decryption_inverts_encryption_and_ciphertexts_add_up() {
    encrypts_and_is_linear(&real::<Fp127>());
    encrypts_and_is_linear(&real::<Goldilocks>());
    for choice in [Choice::Best, Choice::Portable] {
        encrypts_and_is_linear(&toy(16, choice));
        encrypts_and_is_linear(&toy(128, choice));
    }
}

#[test]
fn the_key_equation_holds_and_encryption_is_linear_over_the_integers() {
    let bgv = toy(64, Choice::Best);
    let (n, mut prg) = (64, prg(2));
    let (secret, public) = pair::<F257, MacRole>(&bgv, &mut prg);
    assert_eq!(&bgv.key_image(public.a(), secret.secret(), secret.error()), public.b());

    // Enc(y + X^5 m; …) = Enc(y; …) + X^5 Enc(m; …), masks and all: the proof's equation.
    let masks = bgv.params().proof_masks().clone();
    let mut wide = uniform_wide(&mut prg, n, masks.plain.unwrap());
    let mut small = [0; 3].map(|_| uniform(&mut prg, n, masks.error));
    let [u, e0, e1] = small.clone();
    let mask = bgv.encrypt(&public, &wide, &Randomness { u, e0, e1 });
    let m = Wide::centred(&random::<F257>(n, &mut prg));
    let randomness = Randomness::sample(&mut prg, n).unwrap();
    let c = bgv.encrypt(&public, &m, &randomness);
    wide.add_monomial(5, &m);
    wide.normalise();
    let parts = [&randomness.u, &randomness.e0, &randomness.e1];
    small.iter_mut().zip(parts).for_each(|(z, x)| z.add_monomial(5, x));
    let [u, e0, e1] = small;
    let mut response = bgv.encrypt(&public, &wide, &Randomness { u, e0, e1 });
    assert_ne!(response, mask);
    bgv.sub_monomial(&mut response, 5, &c);
    assert_eq!(response, mask);
}

#[test]
fn kernels_give_the_same_ciphertexts_keys_and_replies() {
    let made = |choice| {
        let (bgv, mut prg) = (toy(64, choice), prg(3));
        let (_, public) = pair::<F257, FactorRole>(&bgv, &mut prg);
        let m = random::<F257>(64, &mut prg);
        let c = encrypt(&bgv, &public, &m, &mut prg);
        let mut bytes = Vec::new();
        bgv.encode_key(&public, &mut bytes);
        bgv.encode_ciphertext(&c, &mut bytes);
        let x = bgv.multiplier(&m);
        bgv.reply(&public, &x, &c, &m, &mut prg, &mut bgv.scratch(), &mut bytes).unwrap();
        bytes
    };
    assert!(made(Choice::Best) == made(Choice::Portable));
}

#[test]
fn what_travels_comes_back_and_nothing_else_is_accepted() {
    let bgv = toy(128, Choice::Best);
    let mut prg = prg(4);
    let (_, public) = pair::<F257, FactorRole>(&bgv, &mut prg);
    let c = encrypt(&bgv, &public, &random(128, &mut prg), &mut prg);
    let mut bytes = Vec::new();
    bgv.encode_ciphertext(&c, &mut bytes);
    assert_eq!(bytes.len(), bgv.ciphertext_len());
    assert_eq!(bgv.decode_ciphertext::<FactorRole>(&bytes), Ok(c));

    let role = WireError::Role { found: b'A', expected: b'K' };
    assert_eq!(bgv.decode_ciphertext::<MacRole>(&bytes), Err(role));
    let expected = bytes.len();
    for wrong in [&bytes[1..], &bytes[..0], &[bytes.as_slice(), &[0]].concat()] {
        let error = WireError::Length { found: wrong.len(), expected };
        assert_eq!(bgv.decode_ciphertext::<FactorRole>(wrong), Err(error));
    }

    // The first residue of every limb set to its modulus, and to all ones.
    let mut at = 1;
    for limb in bgv.ring().limbs() {
        let (q, bits) = (limb.modulus().q(), limb.modulus().bits());
        for value in [q, (1 << bits) - 1] {
            let mut bad = bytes.clone();
            let low = u64::from_le_bytes(bad[at..at + 8].try_into().unwrap());
            let mask = (1_u64 << bits) - 1;
            bad[at..at + 8].copy_from_slice(&((low & !mask) | value).to_le_bytes());
            assert_eq!(bgv.decode_ciphertext::<FactorRole>(&bad), Err(WireError::Residue));
        }
        at += packed_len(128, bits);
    }

    let mut key = Vec::new();
    bgv.encode_key(&public, &mut key);
    assert_eq!(key.len(), bgv.key_len());
    assert_eq!(bgv.decode_key::<FactorRole>(public.a().clone(), &key), Ok(public.clone()));
    key[1..].fill(0);
    assert_eq!(bgv.decode_key::<FactorRole>(public.a().clone(), &key), Err(WireError::ZeroKey));
    let mut key = vec![FactorRole::BYTE];
    bgv.ring().encode(public.a(), &mut key);
    assert_eq!(bgv.decode_key::<FactorRole>(public.a().clone(), &key), Err(WireError::TrivialKey));
}

#[test]
fn parameters_of_another_field_are_refused() {
    let params = Params::of::<Goldilocks>(64).unwrap();
    assert!(matches!(
        Bgv::<Fp127>::new(params, Choice::Best),
        Err(ParamsError::Slots { field: "fp127", .. })
    ));
}
