//! Selection and order: shuffles, sorting, look-up and groups on secret rows.
//!
//! A table is a list of columns, each a vector with one element a row. S(r) = r·⌈log₂ r⌉ − 2^⌈log₂ r⌉ + 1 is the number of
//! switches of a permutation network of r rows, D(r) = 2·⌈log₂ r⌉ − 1 its depth; n is the number of parties.
//!
//! | operation | rounds | material | leaks |
//! |---|---|---|---|
//! | [`Permutation::draw_many`] | 9 | n·S(r) squares, S(r) masks of each party, each | nothing |
//! | [`Permutation::apply`], [`invert`](Permutation::invert) | n·D(r) | n·S(r) triples a column | nothing |

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

pub use destinations::send_to;
pub use group::{Aggregate, Groups, group_by};
pub use permutation::{Permutation, shuffle};
pub use quantile::{Quantile, median, quantiles, top, twice_midpoint_quantiles};
pub use radix::ranks;
pub use sort::{Direction, Way, sort, sort_table, sort_table_by, way_for};
pub use table::OneHot;
