//! A run beside the plain answer, and the costs of all its parties, for the demonstration.

use speedwell_stats::{Results, Table as Statistic};

use super::cost::{bytes, grouped};
use super::outcome::{ResultFile, alike, flush_right, table, title};

/// The figures of a run, each with the plain one beneath or beside it.
pub(crate) fn show_beside(secure: &Results, plain: &Results) -> String {
    let mut text = String::new();
    let pairs: Vec<(&Statistic, &Statistic)> = secure.statistics.iter().zip(&plain.statistics).collect();
    for group in pairs.chunk_by(|(one, _), (other, _)| alike(one, other)) {
        let single = group.first().is_some_and(|(first, _)| first.headers.is_empty());
        text.push_str(&format!("{}\n", if single { singles(group) } else { by_row(group) }));
    }
    text
}

fn by_row(group: &[(&Statistic, &Statistic)]) -> comfy_table::Table {
    let headers = group.iter().take(1).flat_map(|(first, _)| first.headers.clone());
    let titles: Vec<String> =
        headers.chain(["".to_owned()]).chain(group.iter().map(|(secure, _)| title(secure))).collect();
    let mut shown = table(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    for (number, row) in group.iter().take(1).flat_map(|(first, _)| &first.rows).enumerate() {
        let value = |statistic: &Statistic| statistic.rows.get(number).map(|row| row.value.to_string());
        let both = group.iter().map(|(secure, plain)| {
            format!("{}\n{}", value(secure).unwrap_or_default(), value(plain).unwrap_or_default())
        });
        shown.add_row(row.labels.iter().cloned().chain(["on shares\nin clear".to_owned()]).chain(both));
    }
    flush_right(&mut shown, titles.len() - group.len()..titles.len());
    shown
}

fn singles(group: &[(&Statistic, &Statistic)]) -> comfy_table::Table {
    let mut shown = table(&["over all rows", "on shares", "in clear"]);
    for (secure, plain) in group {
        for (row, same) in secure.rows.iter().zip(&plain.rows) {
            shown.add_row([title(secure), row.value.to_string(), same.value.to_string()]);
        }
    }
    flush_right(&mut shown, [1, 2]);
    shown
}

/// What the run cost each party.
pub(crate) fn costs(files: &[ResultFile]) -> String {
    let header = [
        "party",
        "rounds",
        "sent",
        "received",
        "connect s",
        "rows s",
        "material s",
        "compute s",
        "total s",
        "CPU s",
        "memory",
    ];
    let mut shown = table(&header);
    for ResultFile { party, cost, .. } in files {
        let known = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
        shown.add_row([
            party.clone(),
            cost.rounds.to_string(),
            bytes(cost.bytes_sent),
            bytes(cost.bytes_received),
            format!("{:.3}", cost.seconds.connect),
            format!("{:.3}", cost.seconds.rows),
            format!("{:.3}", cost.seconds.material),
            format!("{:.3}", cost.seconds.compute),
            format!("{:.3}", cost.seconds.total),
            known(cost.cpu_seconds.map(|seconds| format!("{seconds:.2}"))),
            known(cost.peak_rss_bytes.map(bytes)),
        ]);
    }
    flush_right(&mut shown, 1..header.len());
    let material = files.first().map(|file| {
        let each: Vec<String> =
            file.cost.material.iter().map(|(kind, count)| format!("{} {kind}", grouped(*count))).collect();
        format!("material: {}, made in {:.3} s", each.join(", "), file.cost.seconds.material)
    });
    format!("{shown}\n{}", material.unwrap_or_default())
}
