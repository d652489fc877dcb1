//! What comes of a run: the result file, and how it is shown.

use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use serde::{Deserialize, Serialize};
use speedwell_stats::Results;

use super::cost::{Cost, bytes, grouped};
use crate::failure::{Failure, Outcome};

/// A result file. It names what it was computed from and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResultFile {
    /// Version of this shape.
    pub(crate) format: u32,
    /// What must be known before anybody trusts the result.
    pub(crate) warning: Option<String>,
    /// The parties, in order.
    pub(crate) parties: Vec<String>,
    /// Which of them wrote this file.
    pub(crate) party: String,
    /// SHA-256 of the consortium file.
    pub(crate) consortium: String,
    /// The run, the same at all parties.
    pub(crate) session: String,
    /// The field.
    pub(crate) field: String,
    /// Statistical security of the run, in bits.
    pub(crate) statistical_security_bits: u32,
    /// Where the material came from.
    pub(crate) preprocessing: String,
    /// The answers.
    pub(crate) results: Results,
    /// What the run cost this party.
    pub(crate) cost: Cost,
}

impl ResultFile {
    /// Reads a result file.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let what = "a result file, as `speedwell party` writes it";
        let remedy = "run the study again";
        let text = crate::file::text::read(path, what, remedy)?;
        serde_json::from_str(&text).map_err(|error| Failure::input(path.display(), error, what, remedy))
    }

    /// The file's bytes.
    pub(crate) fn to_bytes(&self) -> Outcome<Vec<u8>> {
        let mut bytes =
            serde_json::to_vec_pretty(self).map_err(|error| Failure::internal("the result", error))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// A table in the house's look.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
    table
}

/// Puts a column of numbers flush right.
pub(crate) fn flush_right(table: &mut Table, columns: impl IntoIterator<Item = usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// The answers as tables: statistics over the same categories side by side.
pub(crate) fn show(results: &Results) -> String {
    let mut text = String::new();
    for group in results.statistics.chunk_by(alike) {
        let single = group.first().is_some_and(|first| first.headers.is_empty());
        text.push_str(&format!("{}\n", if single { singles(group) } else { by_row(group) }));
    }
    text
}

/// One row for each combination of labels, one column for each statistic.
fn by_row(group: &[speedwell_stats::Table]) -> Table {
    let headers = group.iter().take(1).flat_map(|statistic| statistic.headers.clone());
    let titles: Vec<String> = headers.chain(group.iter().map(title)).collect();
    let mut shown = table(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    for (number, row) in group.iter().take(1).flat_map(|statistic| &statistic.rows).enumerate() {
        let values = group.iter().filter_map(|statistic| Some(statistic.rows.get(number)?.value.to_string()));
        shown.add_row(row.labels.iter().cloned().chain(values));
    }
    flush_right(&mut shown, titles.len() - group.len()..titles.len());
    shown
}

/// One row for each statistic.
fn singles(group: &[speedwell_stats::Table]) -> Table {
    let mut shown = table(&["over all rows", "value"]);
    for statistic in group {
        for row in &statistic.rows {
            shown.add_row([title(statistic), row.value.to_string()]);
        }
    }
    flush_right(&mut shown, [1]);
    shown
}

/// Whether two statistics have the same rows, so that they fit side by side.
pub(super) fn alike(one: &speedwell_stats::Table, other: &speedwell_stats::Table) -> bool {
    let labels = |statistic: &speedwell_stats::Table| -> Vec<Vec<String>> {
        statistic.rows.iter().map(|row| row.labels.clone()).collect()
    };
    one.headers == other.headers && labels(one) == labels(other)
}

/// A statistic's name with its unit.
pub(super) fn title(statistic: &speedwell_stats::Table) -> String {
    let unit = if statistic.unit.is_empty() { String::new() } else { format!(" [{}]", statistic.unit) };
    format!("{}{unit}", statistic.name)
}

/// What a run cost, a line for each.
pub(crate) fn show_cost(cost: &Cost) -> String {
    let material: Vec<String> =
        cost.material.iter().map(|(kind, count)| format!("{} {kind}", grouped(*count))).collect();
    let seconds = &cost.seconds;
    let known = |text: Option<String>| text.unwrap_or_else(|| "unknown".to_owned());
    format!(
        "rounds    {} ({} MAC checks)\n\
         bytes     {} sent, {} received\n\
         opened    {} elements, {} of them revealed\n\
         material  {}\n\
         seconds   {:.3} (rows {:.3}, connecting {:.3}, making material {:.3}, computing {:.3})\n\
         CPU       {} s\n\
         memory    {} at its peak",
        cost.rounds,
        cost.checks,
        bytes(cost.bytes_sent),
        bytes(cost.bytes_received),
        grouped(cost.opened),
        grouped(cost.revealed),
        if material.is_empty() { "none".to_owned() } else { material.join(", ") },
        seconds.total,
        seconds.rows,
        seconds.connect,
        seconds.material,
        seconds.compute,
        known(cost.cpu_seconds.map(|seconds| format!("{seconds:.2}"))),
        known(cost.peak_rss_bytes.map(bytes)),
    )
}
