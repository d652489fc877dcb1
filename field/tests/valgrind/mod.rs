//! Running a test under valgrind's memcheck, and asking memcheck: client requests. Elsewhere their instruction sequence
//! rotates a register by 128 bits in all and does nothing.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::arch::asm;

const RUNNING_ON_VALGRIND: u64 = 0x1001;
const COUNT_ERRORS: u64 = 0x1201;
const MAKE_MEM_UNDEFINED: u64 = 0x4d43_0001;
const MAKE_MEM_DEFINED: u64 = 0x4d43_0002;

pub fn is_running() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0) != 0
}

pub fn errors() -> u64 {
    request(COUNT_ERRORS, 0, 0)
}

pub fn mark_undefined<T>(memory: &[T]) {
    request(MAKE_MEM_UNDEFINED, memory.as_ptr().addr(), size_of_val(memory));
}

pub fn mark_defined<T>(memory: &[T]) {
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

/// Runs `checks` under valgrind: this program starts itself there. Says so if it cannot check.
pub fn main(name: &str, checks: impl FnOnce()) -> std::process::ExitCode {
    use std::process::{Command, ExitCode};
    if is_running() {
        checks();
        return ExitCode::SUCCESS;
    }
    if cfg!(debug_assertions) {
        println!("{name}: NOT CHECKED: needs --release");
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("{name}: NOT CHECKED: valgrind is not installed");
        return ExitCode::SUCCESS;
    }
    let program = std::env::current_exe().expect("the path of this program");
    let run = Command::new("valgrind").arg("--quiet").arg("--log-file=/dev/null").arg(program).status();
    match run {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        other => {
            println!("{name}: FAILED: {other:?}");
            ExitCode::FAILURE
        }
    }
}

/// Marks a secret.
pub fn hidden<T>(secret: Vec<T>) -> Vec<T> {
    mark_undefined(&secret);
    secret
}

/// Fails if memcheck reports anything for `work`.
pub fn clean(name: &str, work: impl FnOnce()) {
    assert_eq!(reports(work), 0, "{name} branches on a secret");
}

/// How many errors memcheck reports for `work`.
pub fn reports(work: impl FnOnce()) -> u64 {
    let before = errors();
    work();
    errors() - before
}

/// The method sees a branch on a secret where there is one.
pub fn is_not_blind() {
    let secret = hidden(vec![std::hint::black_box(7_u8)]);
    let seen = reports(|| {
        if secret[0] > 5 {
            std::hint::black_box(());
        }
    });
    assert!(seen > 0, "memcheck is blind");
}
