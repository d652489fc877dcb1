//! Selection and order: shuffles, sorting, look-up and groups on secret rows.
//!
//! A table is a list of columns, each a vector with one element a row. What sorts, quantiles and look-ups give keeps interval,
//! scale and bound of error; what was moved as shares gets them back by [`Column::rearranged`]. S(r) = r·⌈log₂ r⌉ − 2^⌈log₂ r⌉ + 1 is the number of
//! switches of a permutation network of r rows, D(r) = 2·⌈log₂ r⌉ − 1 its depth; n is the number of parties.
//!
//! | operation | rounds | material | leaks |
//! |---|---|---|---|
//! | [`Permutation::draw_many`] | 9, or 16 for every 2^20 controls | S(r) masks and up to S(r) squares of each party, each | nothing |
//! | [`Permutation::apply`], [`invert`](Permutation::invert) | n·D(r) | n·S(r) triples a column | nothing |
//! | [`send_to`] | a drawing, n·D(r) + 7 | a drawing, n·S(r) triples a column and once more | destinations as a set |
//! | [`ranks`] | a drawing, 2·n·D(r) + 8 + w a digit of w bits | 3·n·S(r) + (2^(w+1) − 3)·r products a digit | nothing |
//! | [`sort`], [`sort_table`] | by digits or by comparisons | see [`Way`] and `docs/arithmetic.md` | nothing |
//! | [`quantiles`], [`median`], [`top`] | those of a sort | that of a sort | nothing |
//! | [`OneHot::of`] | those of the index's bits, and their logarithm | the bits, fewer than 2^⌈log₂ r⌉ triples an index | nothing |
//! | [`OneHot::look_up`], [`OneHot::update`] | 1 | r triples an index | nothing |
//! | [`group_by`] | a sort, a test for zero, a move | see `group.rs` | nothing |
//! | [`Groups::reveal_count`] | 7 | none | the number of groups |

mod column;
mod cost;
mod destinations;
mod group;
mod merge;
mod onehot;
mod permutation;
mod proof;
mod quantile;
mod radix;
mod sort;
mod table;
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "places below the size of the network, from this party's own permutation; nothing of a peer's gets here"
)]
mod waksman;

pub use column::{Column, Keys};
pub use destinations::send_to;
pub use group::{Aggregate, Groups, group_by};
#[cfg(feature = "testing")]
pub(crate) use permutation::Dice;
pub use permutation::{Permutation, shuffle};
#[cfg(feature = "testing")]
pub(crate) use proof::further_values;
pub use quantile::{Quantile, median, quantiles, top, twice_midpoint_quantiles};
pub use radix::ranks;
pub use sort::{Direction, Way, sort, sort_table, sort_table_by, way_for};
pub use table::OneHot;
