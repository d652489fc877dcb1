//! Secret numbers with public bounds: what a program computes with.
//!
//! A number's interval is public and its value is not. Every operation computes the interval of its result before it
//! runs; what could leave the field, or the range that a protocol is right on, is refused before anything is sent.

mod bit;
mod compare;
mod divide;
mod fixed;
pub(crate) mod function;
mod input;
mod int;
mod interval;
pub(crate) mod limit;
mod power;
mod rational;
mod rounding;
mod ulps;

pub use bit::Bit;
pub use fixed::{Fixed, MAX_FRACTION_BITS, Opt};
pub use int::Int;
pub use interval::Interval;
pub use rational::Rational;
pub use ulps::Ulps;
