//! Protocols over a [`Session`](crate::Session).
//!
//! | protocol | source | rounds | material an element | opened an element |
//! |---|---|---|---|---|
//! | [`mul`] | Π_Online, *Multiply* (ePrint 2011/535) | 1 | 1 triple | 2 |
//! | [`square`] | Π_Online, *Square* (ePrint 2012/642) | 1 | 1 square | 1 |
//! | [`dot`], [`matmul`] | Π_Online, *Multiply*, summed | 1 | 1 triple a product | 2 a product |
//! | [`inverse`] | Bar-Ilan and Beaver (PODC 1989) | 2, and 6 of checks | 1 triple | 2 |

mod bits;
mod floor;
mod inverse;
mod mul;
mod square;
mod tree;
mod zero;

pub(crate) use bits::bits_below;
pub(crate) use floor::{floor, floor_or_one_more};
pub(crate) use tree::product_of_all;
pub(crate) use zero::is_zero;

pub use inverse::inverse;
pub(crate) use mul::mul_all;
pub use mul::{dot, matmul, mul};
pub use square::square;
pub(crate) use tree::less_than;
