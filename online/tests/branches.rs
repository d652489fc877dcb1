//! No secret share, MAC share or MAC key decides a branch or an address: operations on shares, the comparison of
//! commitments and the samplers of masks and permutations run under valgrind's memcheck with what is secret marked as
//! undefined. A sampler branches on its accept bits, which it declares public, and on nothing else.
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
    use super::valgrind::{clean, hidden, is_not_blind, mark_defined, reports};
    use speedwell_field::{Field, Fp127, Goldilocks, Prg, Seed, laws};
    use speedwell_net::PartyId;
    use speedwell_online::testing::local::{self, Batch};
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
        for field in [steps::<Fp127>, steps::<Goldilocks>] {
            field();
            laws::portable(field);
        }
        commitments();
        bounded_numbers();
        attempts::<Fp127>();
        attempts::<Goldilocks>();
        numbers_of_a_permutation();
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

    /// The local steps of comparisons, permutations and matrix products.
    fn steps<F: Field>() {
        let alpha = hidden(laws::random::<F>(1, 1));
        let key = Arc::new(MacKey::new(PartyId::new(0).unwrap(), 2, alpha[0]));
        let secret = |label, n| {
            Shares::from_parts(&key, hidden(laws::random(label, n)), hidden(laws::random(label + 50, n)))
        };
        let vectors = |labels: std::ops::Range<u8>| labels.map(|label| secret(label, 70)).collect::<Vec<_>>();
        let (x, y) = (secret(2, 70), secret(3, 70));
        let public: Vec<F> = laws::random(4, 70);
        clean("plus_scaled", || drop(black_box(local::plus_scaled(x.clone(), public[0], &y))));
        let planes = vectors(5..9);
        clean("compose", || drop(black_box(local::compose(&planes))));
        clean("total", || drop(black_box(local::total(&planes))));
        clean("planes", || drop(black_box(local::planes(&x, 7))));
        clean("transformed", || drop(black_box(local::transformed(x.clone(), &y, F::add_assign_slice))));
        clean("prefix_sums", || drop(black_box(x.prefix_sums())));
        clean("tile", || drop(black_box(local::tile(x.clone(), 3))));
        let (positions, few) = ([69, 0, 3], secret(9, 3));
        clean("add_at", || drop(black_box(local::add_at(x.clone(), &positions, &few))));
        clean("put_at", || drop(black_box(local::put_at(x.clone(), &positions, &few))));
        // Two columns of 35 rows, three switches.
        let (pairs, moved) = ([[0, 34], [1, 2], [5, 4]], secret(10, 6));
        clean("differences", || drop(black_box(local::differences(&x, 35, &pairs))));
        clean("exchange", || drop(black_box(local::exchange(x.clone(), 35, &pairs, &moved))));
        let triple = [secret(11, 35), secret(12, 42), secret(13, 30)];
        let opened = [laws::random(14, 35), laws::random(15, 42)];
        clean("matrix_beaver", || drop(black_box(local::matrix_beaver(triple, opened, (5, 7, 6)))));
        // Every digit of two bits, also the last, which has no plane.
        let digits: Vec<usize> = (0..70).map(|k| k % 4).collect();
        clean("look_up", || drop(black_box(local::look_up(&planes[..3], &digits))));
        let (pairs, crossed) = (vectors(16..18), vectors(18..27));
        for public in [0, 6, 15] {
            let (bits, crossed) = (std::array::from_fn(|bit| &planes[bit]), crossed.clone());
            clean("a digit of four bits", || {
                black_box(local::digit(bits, [&pairs[0], &pairs[1]], crossed, public)).unwrap();
            });
        }
        let (controls, chi) = (hidden(laws::random::<F>(28, 48)), laws::random::<F>(29, 3));
        clean("further_values", || drop(black_box(local::further_values(&controls, &chi))));
    }

    /// The numbers that a range proof is about, and its masks.
    fn bounded_numbers() {
        let seed = hidden(vec![Seed([7; 16])]);
        for bits in [1, 40, 64, 126] {
            clean("below", || drop(black_box(local::below(&seed[0], bits, 9))));
        }
    }

    /// What work does under the eyes of memcheck, which is told what is declared public; untold, it objects.
    fn clean_but_for_accept_bits(name: &str, mut work: impl FnMut()) {
        local::tell_public(None);
        assert!(reports(&mut work) > 0, "{name} has no accept bits, or memcheck does not see them");
        local::tell_public(Some(|bit| mark_defined(std::slice::from_ref(bit))));
        clean(name, work);
    }

    /// A range proof branches on whether an attempt is accepted and on nothing else.
    fn attempts<F: Field>() {
        let owner = PartyId::new(0).unwrap();
        let mut said = [false; 9];
        for turn in 0..40 {
            // A row is accepted from 9·2^3 to 2^8: two attempts in five of three rows.
            let batch = Batch { values: 9, rows: 3, beta: 3, bound: 8, coin: [turn; 32] };
            let mut bytes = [0; 9 + 24];
            Prg::new(&Seed([turn; 16])).fill(&mut bytes);
            let (values, masks) = bytes.split_at(9);
            let values = hidden(values.iter().map(|byte| u128::from(byte & 7)).collect());
            let masks = hidden(masks.iter().map(|byte| u128::from(*byte)).collect());
            clean_but_for_accept_bits("an attempt of a range proof", || {
                let number: Vec<F> = batch.acceptable(owner, values.clone(), masks.clone());
                said[usize::try_from(number[0].to_u128().unwrap()).unwrap()] = true;
            });
        }
        assert!(said[..3].iter().all(|said| *said), "only the first attempt");
        let key = Arc::new(MacKey::new(owner, 2, hidden(laws::random::<F>(1, 1))[0]));
        let inputs = Shares::from_parts(&key, hidden(laws::random(2, 33)), hidden(laws::random(3, 33)));
        let batch = Batch { values: 9, rows: 3, beta: 3, bound: 8, coin: [1; 32] };
        clean("rows of a range proof", || drop(black_box(batch.rows(owner, &inputs, 7))));
    }

    /// Drawing a number for a permutation branches on whether a candidate is accepted and on nothing else.
    fn numbers_of_a_permutation() {
        for (turn, last) in (0..).zip([1, 2, 4, 4, 4, 4, 4, 1000, 1 << 16, (1 << 31) + 1]) {
            let seed = hidden(vec![Seed([turn; 16])]);
            clean_but_for_accept_bits("a number of a permutation", || {
                black_box(local::up_to(&seed[0], last));
            });
        }
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
