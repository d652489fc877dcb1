//! Statistics on shares: what a consortium asks.
//!
//! A [`Study`] says what is asked. Each party reduces its own rows in clear to a short vector of integers; only these
//! enter the secure computation, whose [`Layout`] says what is multiplied on shares and what is revealed.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod data_error;
mod interval;
mod layout;
mod records;
mod reduce;
mod rows;
mod study;

pub use data_error::{DataError, DataFault, Excerpt};
pub use interval::Interval;
pub use layout::{
    Cell, CellId, Expression, Layout, LayoutError, Leak, Operand, Product, ProductId, Reveal, RevealId,
};
pub use reduce::{Aggregates, Progress, reduce, reduce_file};
pub use study::{
    Column, ColumnId, Condition, Estimator, Fault, Kind, Measure, NullRule, Op, Products, Recipients, Source,
    Statistic, Study, StudyDigest, StudyError, Total,
};
