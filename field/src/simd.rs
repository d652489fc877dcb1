//! Choice of the instruction set at run time. This module and its child are the only ones with `unsafe` code.
//!
//! A kernel is an `#[inline(always)]` function of portable Rust. [`dispatch`] compiles it twice, once for the target's
//! baseline and once with BMI2 (`mulx`), ADX and AVX2, and runs the second where the CPU has them. Where AVX2 by hand beats
//! that, [`avx2`] takes the front of the slices and leaves the rest. Detection is the standard library's, which asks the
//! CPU once and caches the answer. All paths compute the same function.
#![allow(unsafe_code, reason = "calling a function compiled for more than the baseline needs a CPU check")]

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(not(target_arch = "x86_64"))]
#[path = "simd/no_avx2.rs"]
pub(crate) mod avx2;

/// Runs `kernel(arguments)`, compiled for the best instruction set of this CPU.
///
/// `kernel` must be an `#[inline(always)]` function item, or it is compiled for the baseline only.
#[inline]
pub(crate) fn dispatch<A, R>(kernel: impl FnOnce(A) -> R, arguments: A) -> R {
    #[cfg(target_arch = "x86_64")]
    if wide_available() {
        // SAFETY: `wide` needs BMI1, BMI2, ADX and AVX2, and `wide_available` found all four.
        return unsafe { wide(kernel, arguments) };
    }
    kernel(arguments)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2,adx,avx2")]
fn wide<A, R>(kernel: impl FnOnce(A) -> R, arguments: A) -> R {
    kernel(arguments)
}

/// Whether this CPU has BMI1, BMI2, ADX and AVX2.
#[cfg(target_arch = "x86_64")]
#[inline]
fn wide_available() -> bool {
    #[cfg(any(test, feature = "testing"))]
    if portable::forced() {
        return false;
    }
    is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("adx")
        && is_x86_feature_detected!("avx2")
}

/// The switch by which tests reach the portable kernels on a CPU that has better ones.
#[cfg(any(test, feature = "testing"))]
pub(crate) mod portable {
    use core::cell::Cell;

    thread_local! {
        static FORCED: Cell<bool> = const { Cell::new(false) };
    }

    #[cfg(target_arch = "x86_64")]
    pub(super) fn forced() -> bool {
        FORCED.get()
    }

    /// Runs `work` with the portable kernels on this thread.
    pub(crate) fn force<R>(work: impl FnOnce() -> R) -> R {
        let before = FORCED.replace(true);
        let result = work();
        FORCED.set(before);
        result
    }
}
