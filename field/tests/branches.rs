//! No secret decides a branch or an address: the kernels run under valgrind's memcheck with their inputs marked as
//! undefined, and memcheck reports every jump and every access that depends on such data (the method of ctgrind).
//!
//! The program starts itself under valgrind. It needs an optimised build, since overflow checks are branches, and says so
//! if it cannot check: `cargo test -p speedwell-field --release --test branches`.
#![allow(unsafe_code, reason = "valgrind is asked by an instruction sequence that only `asm!` can write")]

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn main() {
    println!("branches: NOT CHECKED: written for x86-64 Linux");
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod valgrind;

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn main() -> std::process::ExitCode {
    valgrind::main("branches", checks::all)
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod checks {
    use super::valgrind::{self, clean, hidden, is_not_blind, reports};
    use speedwell_field::{Field, Fp127, Goldilocks, Prg, Seed, laws};
    use std::hint::black_box;

    const N: usize = 71;

    pub(super) fn all() {
        is_not_blind();
        for field in [kernels::<Fp127>, kernels::<Goldilocks>] {
            field();
            laws::portable(field);
        }
        println!("branches: none depends on a secret");
    }

    fn elements<F: Field>(label: u8, n: usize) -> Vec<F> {
        hidden(laws::random(label, n))
    }

    fn consume<F: Field>(x: F) {
        black_box(x);
    }

    fn kernels<F: Field>() {
        let mut a = elements::<F>(1, N);
        let [b, c, d] = [2, 3, 4].map(|label| elements::<F>(label, N));
        let k = b[0];
        clean("operators", || {
            let mut x = -a[0] + b[0] * c[0] - d[0];
            x += a[1];
            x -= b[1];
            x *= c[1];
            black_box(x.square());
        });
        // Equality gives a public bit; that it is public is the caller's claim.
        clean("==", || valgrind::mark_defined(&[black_box(a[0] == b[0])]));
        clean("inverse_or_zero", || consume(a[0].inverse_or_zero()));
        clean("from_u128", || {
            let x = hidden(vec![u128::MAX]);
            black_box(F::from_u128(x[0]));
        });
        clean("add_assign_slice", || F::add_assign_slice(&mut a, &b));
        clean("sub_assign_slice", || F::sub_assign_slice(&mut a, &b));
        clean("sub_from_slice", || F::sub_from_slice(&mut a, &b));
        clean("mul_assign_slice", || F::mul_assign_slice(&mut a, &b));
        clean("scale_slice", || F::scale_slice(&mut a, k));
        clean("axpy", || F::axpy(&mut a, k, &b));
        clean("mul_add_slice", || F::mul_add_slice(&mut a, &b, &c));
        clean("beaver", || F::beaver(&mut a, &b, &c, &d, &b, k));
        clean("batch_inverse", || F::batch_inverse(&mut a));
        clean("dot", || consume(F::dot(&a, &b)));
        clean("sum", || consume(F::sum(&a)));
        clean("horner", || consume(F::horner(&a, k)));
        let long = elements::<F>(5, 300);
        clean("horner of 300", || consume(F::horner(&long, k)));
        clean("encode", || F::encode(&a, &mut Vec::new()));
        // Bytes of a share; whether they are well-formed is public.
        let mut bytes = Vec::new();
        F::encode(&laws::random::<F>(6, N), &mut bytes);
        let bytes = hidden(bytes);
        clean("decode", || valgrind::mark_defined(&[black_box(F::decode(&bytes, &mut a))]));
        clean("pack", || F::pack(&a, &mut Vec::new()));
        clean("unpack", || valgrind::mark_defined(&[black_box(F::unpack(&bytes, &mut a))]));
        clean("unpack_add", || valgrind::mark_defined(&[black_box(F::unpack_add(&bytes, &mut a))]));
        // Sampling branches on its accept bits, which it declares public; one report a block, and no other.
        let seed = Seed([7; 16]);
        valgrind::mark_undefined(&seed.0);
        let mut prg = Prg::new(&seed);
        assert!(reports(|| F::sample(&mut prg, &mut a)) <= 1, "sample branches on more than its accept bits");
    }
}
