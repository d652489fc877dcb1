//! Statistics on shares: what a consortium asks.
//!
//! A [`Study`] is one file that all parties hold; it says what is asked. Its [`Layout`] says which local aggregates answer
//! it, what is multiplied on shares and what is revealed. Each party [reduces](reduce_file) its own rows in clear to that
//! short vector of integers, the only thing that enters the secure computation; [`finish`] divides what was revealed.
//! Sums and counts are exact integers; quotients and roots are exact, with a decimal rounded correctly, the same digits on
//! every machine. The plain evaluator ([`evaluate_files`]) answers the same study with everyone's rows in hand, another
//! way, for comparison. [`generate`](mod@generate) makes data to try it on.
//!
//! ```
//! use speedwell_stats::{Layout, Study, finish, reduce};
//!
//! let study = Study::parse(br#"
//! title = "Average salary"
//! max_rows = 1_000
//! [columns.salary]
//! type = "integer"
//! unit = "euro"
//! range = [0, 1_000_000]
//! [[statistics]]
//! name = "average"
//! kind = "mean"
//! column = "salary"
//! decimals = 2
//! "#)?;
//! let layout = Layout::new(&study, 3)?;
//! let files = ["salary\n41000\n", "salary\n52500\n", "salary\n39000\n47000\n"];
//! let mut own = Vec::new();
//! for text in files {
//!     own.push(reduce(&layout, text.as_bytes(), "salaries.csv", &mut |_| ())?.values);
//! }
//! let revealed = layout.evaluate(&own); // in clear here, on shares in a run
//! let results = finish(&layout, &revealed)?;
//! assert_eq!(results.statistics[0].rows[0].value.to_string(), "44875.00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not covered here: small cells are revealed as they are, results carry no noise, and a party's rows are not proven to
//! keep to the study's ranges ([`finish`] refuses what no such rows could give).
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod advice;
mod compute;
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

pub use compute::{OutOfRange, Receivers, compute, integers};
pub use data_error::{DataError, DataFault, Excerpt};
pub use finish::{FinishError, finish};
pub use interval::Interval;
pub use layout::{
    Cell, CellId, Expression, Layout, LayoutError, Leak, Operand, Product, ProductId, Reveal, RevealId,
};
pub use plain::{Plain, PlainError, evaluate_files};
pub use reduce::{Aggregates, Progress, reduce, reduce_file};
pub use results::{Difference, Results, Row, Table, Undefined, Value, differences};
pub use speedwell_net::Advice;
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
