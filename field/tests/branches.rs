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
fn main() -> std::process::ExitCode {
    use std::process::{Command, ExitCode};
    if valgrind::is_running() {
        checks::all();
        return ExitCode::SUCCESS;
    }
    if cfg!(debug_assertions) {
        println!("branches: NOT CHECKED: needs --release");
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("branches: NOT CHECKED: valgrind is not installed");
        return ExitCode::SUCCESS;
    }
    let program = std::env::current_exe().expect("the path of this program");
    let run = Command::new("valgrind").arg("--quiet").arg("--log-file=/dev/null").arg(program).status();
    match run {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        other => {
            println!("branches: FAILED: {other:?}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod checks {
    use super::valgrind;
    use speedwell_field::{Field, Fp127, Goldilocks, Prg, Seed, laws};
    use std::hint::black_box;

    const N: usize = 71;

    pub(super) fn all() {
        // The method sees a branch on a secret where there is one.
        let secret = hidden(vec![black_box(7_u8)]);
        assert!(
            reports(|| if secret[0] > 5 {
                black_box(())
            }) > 0,
            "memcheck is blind"
        );
        for field in [kernels::<Fp127>, kernels::<Goldilocks>] {
            field();
            laws::portable(field);
        }
        println!("branches: none depends on a secret");
    }

    fn hidden<T>(secret: Vec<T>) -> Vec<T> {
        valgrind::mark_undefined(&secret);
        secret
    }

    fn elements<F: Field>(label: u8, n: usize) -> Vec<F> {
        hidden(laws::random(label, n))
    }

    /// How many errors memcheck reports for `work`.
    fn reports(work: impl FnOnce()) -> u64 {
        let before = valgrind::errors();
        work();
        valgrind::errors() - before
    }

    fn consume<F: Field>(x: F) {
        black_box(x);
    }

    fn clean(name: &str, work: impl FnOnce()) {
        assert_eq!(reports(work), 0, "{name} branches on a secret");
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
        clean("decode_add", || valgrind::mark_defined(&[black_box(F::decode_add(&bytes, &mut a))]));
        // Sampling branches on its accept bits, which it declares public; one report a block, and no other.
        let seed = Seed([7; 16]);
        valgrind::mark_undefined(&seed.0);
        let mut prg = Prg::new(&seed);
        assert!(reports(|| F::sample(&mut prg, &mut a)) <= 1, "sample branches on more than its accept bits");
    }
}

/// Client requests of valgrind and memcheck. Elsewhere the sequence rotates a register by 128 bits in all and does nothing.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod valgrind {
    use std::arch::asm;

    const RUNNING_ON_VALGRIND: u64 = 0x1001;
    const COUNT_ERRORS: u64 = 0x1201;
    const MAKE_MEM_UNDEFINED: u64 = 0x4d43_0001;
    const MAKE_MEM_DEFINED: u64 = 0x4d43_0002;

    pub(super) fn is_running() -> bool {
        request(RUNNING_ON_VALGRIND, 0, 0) != 0
    }

    pub(super) fn errors() -> u64 {
        request(COUNT_ERRORS, 0, 0)
    }

    pub(super) fn mark_undefined<T>(memory: &[T]) {
        request(MAKE_MEM_UNDEFINED, memory.as_ptr().addr(), size_of_val(memory));
    }

    pub(super) fn mark_defined<T>(memory: &[T]) {
        request(MAKE_MEM_DEFINED, memory.as_ptr().addr(), size_of_val(memory));
    }

    fn request(code: u64, address: usize, length: usize) -> u64 {
        let arguments = [code, address as u64, length as u64, 0, 0, 0];
        let mut result = 0_u64;
        // SAFETY: the rotations add up to a whole turn and leave rdi as it was; valgrind reads `arguments` and writes rdx.
        unsafe {
            asm!(
                "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
                in("rax") arguments.as_ptr(), inout("rdx") result, options(nostack),
            );
        }
        result
    }
}
