//! No secret share, MAC share or MAC key decides a branch or an address: operations on shares, the comparison of
//! commitments and the sampling of coefficients run under valgrind's memcheck with what is secret marked as undefined.
//!
//! It needs an optimised build and says so if it cannot check:
//! `cargo test -p speedwell-online --release --test branches`.
#![allow(unsafe_code, reason = "valgrind is asked by an instruction sequence that only `asm!` can write")]

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn main() {
    println!("branches of online: NOT CHECKED: written for x86-64 Linux");
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[path = "../../field/tests/valgrind/mod.rs"]
mod valgrind;

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn main() -> std::process::ExitCode {
    valgrind::main("branches of online", checks::all)
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod checks {
    use super::valgrind::{clean, hidden, is_not_blind, mark_defined};
    use speedwell_field::{Field, Fp127, Goldilocks, laws};
    use speedwell_net::PartyId;
    use speedwell_online::testing::{product, sigma};
    use speedwell_online::transcript::{Place, commit, opens};
    use speedwell_online::{MacKey, Shares};
    use std::hint::black_box;
    use std::sync::Arc;

    const N: usize = 71;

    pub(super) fn all() {
        is_not_blind();
        for field in [shares::<Fp127>, shares::<Goldilocks>] {
            field();
            laws::portable(field);
        }
        commitments();
        println!("branches of online: none depends on a secret");
    }

    fn shares<F: Field>() {
        let alpha = hidden(laws::random::<F>(1, 1));
        let key = Arc::new(MacKey::new(PartyId::new(0).unwrap(), 2, alpha[0]));
        let secret = |label| {
            Shares::from_parts(&key, hidden(laws::random(label, N)), hidden(laws::random(label + 50, N)))
        };
        let (x, y) = (secret(2), secret(3));
        let public: Vec<F> = laws::random(4, N);
        clean("+", || drop(black_box(&x + &y)));
        clean("-", || drop(black_box(&x - &y)));
        clean("negation", || drop(black_box(-&x)));
        clean("* constant", || drop(black_box(&x * public[0])));
        clean("+ constant", || drop(black_box(&x + public[0])));
        clean("add_public", || drop(black_box(x.clone().add_public(&public))));
        clean("mul_public", || drop(black_box(x.clone().mul_public(&public))));
        clean("dot_public", || drop(black_box(x.dot_public(&public))));
        clean("sum", || drop(black_box(x.sum())));
        clean("sum_groups", || drop(black_box(x.slice(0..70).sum_groups(7))));
        clean("gather", || drop(black_box(x.gather(&[70, 0, 3]))));
        clean("repeat_each", || drop(black_box(x.repeat_each(3))));
        clean("append", || drop(black_box(x.clone().append(&y))));
        clean("split_at", || drop(black_box(x.clone().split_at(30))));
        let (a, c, opened) = (secret(5), secret(6), public.clone());
        clean("a product", || {
            black_box(product([a, c], [&x, &y], [public, opened]));
        });
        let (opened, macs) = (laws::random::<F>(7, N), hidden(laws::random::<F>(8, N)));
        clean("sigma", || {
            black_box(sigma(opened, macs, &[9; 32], alpha[0]));
        });
        clean("erasing the key", || key.erase());
    }

    /// A commitment's opening is compared in constant time; the verdict is public.
    fn commitments() {
        let place = Place { epoch: [1; 16], session: [2; 16], number: 3 };
        let party = PartyId::new(1).unwrap();
        let (value, nonce) = (hidden(vec![7_u8; 16]), hidden(vec![[9_u8; 32]]));
        clean("commit", || {
            black_box(commit("branches", &place, party, &value, &nonce[0]));
        });
        let commitment = hidden(vec![commit("branches", &place, party, &value, &nonce[0])]);
        clean("opens", || {
            mark_defined(&[black_box(opens(&commitment[0], "branches", &place, party, &value, &nonce[0]))]);
        });
    }
}
