//! Secret numbers with public bounds: what a program computes with.
//!
//! A number's interval is public and its value is not. Every operation computes the interval of its result before it
//! runs; what could leave the field, or the range that a protocol is right on, is refused before anything is sent.
//!
//! # What operations cost
//!
//! Of a few numbers over `Fp127` on a local network: integers of 32 bits, fixed-point numbers of 16 fraction bits below
//! 2^15, or of 8 below 2^9 where it says *short*. Rounds include the making of masks and the check before a masked opening;
//! they hardly depend on the vector's length, and masks that were [laid in](crate::Session::lay_in) leave 4 to 6 of a
//! comparison's. Material is that of one element; a thousand elements and more take fewer bits, and input masks in their
//! place, with 4 rounds more. [`plan`](crate::plan()) counts it all for a program. The figures are those of `tests/costs`.
//!
//! | operation | rounds | triples | squares | bits |
//! |---|---|---|---|---|
//! | sums, differences, products by public integers, [`prefix_sums`](Int::prefix_sums) | 0 | | | |
//! | [`Int::mul`], [`Int::select`], [`Bit::and`] | 1 | 1 | | |
//! | [`Int::lt`], `le`, `gt`, `ge`, and by a public number | 9 | 42 | | 98 |
//! | [`Int::eq`], `ne`, and by a public number | 10 | 32 | | 98 |
//! | [`Int::min`], [`max`](Int::max) | 10 | 43 | | 98 |
//! | [`Int::abs`] | 10 | 42 | | 97 |
//! | [`Int::sign`] | 9 | 83 | | 195 |
//! | [`Int::clamp`] | 10 | 86 | | 196 |
//! | [`Int::argmin`], [`argmax`](Int::argmax) of n | 10·⌈log₂ n⌉ | 44·(n − 1) | | 98·(n − 1) |
//! | [`Int::div_pow2_floor`], [`div_pow2_round`](Int::div_pow2_round) | 7 | 8 | | 97 |
//! | [`Int::div_floor_public`], `div_rem_floor_public`, `div_round_public` | 18 | 216 | | 127 |
//! | [`Int::div_floor`] by positive numbers | 78 | 688 | 1 | 676 |
//! | [`Int::pow`] of e | ⌊log₂ e⌋, or 1 more | one for each further 1 of e | ⌊log₂ e⌋ | |
//! | [`Int::isqrt`] | 69 | 997 | 3 | 560 |
//! | [`Fixed::mul`], [`square`](Fixed::square), [`dot`](Fixed::dot) (once for all) | 19 | 199 | | 127 |
//! | the same, short | 8 | 9 | | 100 |
//! | [`Fixed::mul_pr`], short | 5 | 1 | | 100 |
//! | [`Fixed::mul_half_away`], short | 18 | 55 | | 201 |
//! | [`Fixed::div`], by positive numbers from 1 on | 67 | 568 | 1 | 579 |
//! | [`Fixed::sqrt`], [`rsqrt`](Fixed::rsqrt) | 60, 58 | 969, 756 | 2 | 477, 460 |
//! | [`Fixed::exp`], [`exp2`](Fixed::exp2) | 50, 49 | 530, 512 | | 414 |
//! | [`Fixed::ln`], [`log2`](Fixed::log2) | 39 | 627 | | 223 |
//! | [`Fixed::sigmoid`], [`tanh`](Fixed::tanh) | 45, 47 | 247, 289 | | 388, 404 |

mod bit;
mod compare;
mod divide;
pub(crate) mod fixed;
pub(crate) mod function;
mod input;
mod int;
mod interval;
pub(crate) mod limit;
mod power;
mod rational;
pub(crate) mod rounding;
mod ulps;

pub use bit::Bit;
pub use fixed::{Fixed, MAX_FRACTION_BITS, Opt};
pub use int::Int;
pub use interval::Interval;
pub use rational::Rational;
pub use ulps::Ulps;
