//! Statistics on shares: what a consortium asks.
//!
//! A [`Study`] says what is asked. Each party reduces its own rows in clear to a short vector of integers; only these
//! enter the secure computation, whose [`Layout`] says what is multiplied on shares and what is revealed.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod data_error;
mod exact;
mod finish;
pub mod generate;
mod interval;
mod layout;
mod plain;
mod records;
mod reduce;
mod results;
mod rows;
mod study;

pub use data_error::{DataError, DataFault, Excerpt};
pub use finish::{FinishError, finish};
pub use interval::Interval;
pub use layout::{
    Cell, CellId, Expression, Layout, LayoutError, Leak, Operand, Product, ProductId, Reveal, RevealId,
};
pub use plain::{Plain, PlainError, evaluate_files};
pub use reduce::{Aggregates, Progress, reduce, reduce_file};
pub use results::{Difference, Results, Row, Table, Undefined, Value, differences};
pub use study::{
    Column, ColumnId, Condition, Estimator, Fault, Kind, Measure, NullRule, Op, Products, Recipients, Source,
    Statistic, Study, StudyDigest, StudyError, Total,
};

#[cfg(test)]
mod testing {
    use proptest::test_runner::{Config, RngSeed};

    /// So many cases, the same on every run.
    pub fn cases(cases: u32) -> Config {
        Config { cases, rng_seed: RngSeed::Fixed(0), failure_persistence: None, ..Config::default() }
    }
}
