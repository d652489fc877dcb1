//! Bytes from a peer: whatever they are, no decoder panics, and what one accepts it writes again.

use proptest::prelude::*;
use speedwell_field::{F257, Field, Goldilocks, Prg, Seed};

use crate::bgv::{Bgv, Choice, FactorRole, MacRole, Params, Randomness, Wide};

/// Valid bytes of a ciphertext, a key and a reply; then some of them changed, and some cut off or added.
fn decodes<F: Field>(seed: u64, changes: &[(usize, u8)], length: isize) {
    let bgv = Bgv::<F>::new(Params::insecure_toy::<F>(16, 40).unwrap(), Choice::Best).unwrap();
    let mut prg = Prg::new(&Seed(u128::from(seed).to_le_bytes()));
    let (secret, public) = bgv.keygen::<FactorRole>(bgv.expand(&Seed([1; 16])), &mut prg).unwrap();
    let cipher = bgv.encrypt(&public, &Wide::zero(16, 2), &Randomness::sample(&mut prg, 16).unwrap());
    let (mut key, mut encrypted, mut reply) = (Vec::new(), Vec::new(), Vec::new());
    bgv.encode_key(&public, &mut key);
    bgv.encode_ciphertext(&cipher, &mut encrypted);
    let x = bgv.constant_multiplier(F::from_u64(3));
    bgv.reply(&public, &x, &cipher, &[F::ONE; 16], &mut prg, &mut bgv.scratch(), &mut reply).unwrap();
    let mut random = vec![0; encrypted.len()];
    prg.fill(&mut random);

    for valid in [&key, &encrypted, &reply, &random] {
        let mut bytes = valid.clone();
        for (place, value) in changes {
            let place = place % bytes.len();
            bytes[place] ^= value;
        }
        let len = bytes.len().saturating_add_signed(length);
        bytes.resize(len, 0xff);

        let mut again = Vec::new();
        if let Ok(cipher) = bgv.decode_ciphertext::<FactorRole>(&bytes) {
            bgv.encode_ciphertext(&cipher, &mut again);
            assert_eq!(again, bytes);
        }
        if let Ok(key) = bgv.decode_key::<FactorRole>(public.a().clone(), &bytes) {
            again.clear();
            bgv.encode_key(&key, &mut again);
            assert_eq!(again, bytes);
        }
        assert!(bgv.decode_ciphertext::<MacRole>(&bytes).is_err() || bytes[0] == b'K');
        let mut out = vec![F::ONE; 16];
        if bgv.add_decrypted(&secret, &bytes, &mut out).is_err() {
            assert_eq!(out, vec![F::ONE; 16], "nothing is taken of what is refused");
        } else {
            assert_eq!(bytes.len(), bgv.reply_len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn decoders_take_any_bytes(
        seed: u64,
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4),
        length in prop_oneof![3 => Just(0_isize), 1 => -40_isize..40],
    ) {
        decodes::<Goldilocks>(seed, &changes, length);
        decodes::<F257>(seed, &changes, length);
    }
}
