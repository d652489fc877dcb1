//! Choice of the instruction set at run time. This module and its child are the only ones with `unsafe` code.
//!
//! A [`Kernel`] is a function of portable Rust. [`dispatch`] compiles it twice, once for the target's baseline and once
//! with BMI2 (`mulx`) and AVX2, and runs the second where the CPU has them. Where AVX2 by hand beats
//! that, [`avx2`] takes the front of the slices and leaves the rest. Detection is the standard library's, which asks the
//! CPU once and caches the answer. All paths compute the same function. ADX is not asked for: the compiler makes no use of it.
#![allow(unsafe_code, reason = "calling a function compiled for more than the baseline needs a CPU check")]

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(not(target_arch = "x86_64"))]
#[path = "simd/no_avx2.rs"]
pub(crate) mod avx2;

/// A function that [`dispatch`] can compile for an instruction set.
///
/// A type, not a value of function type: the call of a function value goes through a shim, which is not always inlined,
/// and what is not inlined is compiled for the baseline. For the same reason `run` and what it calls in its loops are
/// `#[inline(always)]`.
pub(crate) trait Kernel<Arguments> {
    type Output;
    fn run(arguments: Arguments) -> Self::Output;
}

/// Declares kernels, each from an `#[inline(always)]` function of one tuple.
macro_rules! kernels {
    ($($(<$field:ident: $bound:path>)? $name:ident = $function:path: $arguments:ty => $output:ty;)*) => {$(
        #[doc = concat!("[`", stringify!($function), "`] as a kernel.")]
        pub(crate) struct $name;
        impl<'a $(, $field: $bound)?> $crate::simd::Kernel<$arguments> for $name {
            type Output = $output;
            #[inline(always)]
            fn run(arguments: $arguments) -> $output {
                $function(arguments)
            }
        }
    )*};
}
pub(crate) use kernels;

/// Runs the kernel, compiled for the best instruction set of this CPU.
#[inline]
pub(crate) fn dispatch<K: Kernel<A>, A>(_kernel: K, arguments: A) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if wide_available() {
        // SAFETY: `wide` needs BMI1, BMI2 and AVX2, and `wide_available` found all three.
        return unsafe { wide::<K, A>(arguments) };
    }
    K::run(arguments)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2,avx2")]
fn wide<K: Kernel<A>, A>(arguments: A) -> K::Output {
    K::run(arguments)
}

/// Whether this CPU has BMI1, BMI2 and AVX2.
#[cfg(target_arch = "x86_64")]
#[inline]
fn wide_available() -> bool {
    #[cfg(any(test, feature = "testing"))]
    if portable::forced() {
        return false;
    }
    is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("avx2")
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
