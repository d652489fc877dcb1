//! The dry run: what a run would share, cost and reveal, found out without a peer.

use std::path::Path;

use serde_json::json;
use speedwell_net::{PartyId, Roster};
use speedwell_online::NetworkProfile;
use speedwell_stats::Receivers;

use super::cost::{Cost, bytes, grouped};
use super::outcome::table;
use super::question::Question;
use super::seat::Seat;
use super::{data, plan, source};
use crate::failure::Outcome;
use crate::file::value::{Field, SecurityBits};
use crate::progress::Progress;
use crate::report::Report;

/// Rows of a table for people; machines get all.
const SHOWN: usize = 40;

/// Reads all rows and says what would come of them.
pub(crate) fn run(seat: &Seat, question: &Question, rows: &Path, progress: &Progress) -> Outcome<Report> {
    let aggregates = data::reduced(&question.layout, rows, progress)?;
    progress.clear();
    let (shared, revealed) = (shared(question), revealed(question));
    let recipients = recipients(seat, question);
    let estimate = Estimate::of(
        question,
        (seat.consortium.field, seat.consortium.security),
        seat.me,
        Some(&seat.roster),
    )?;

    let mut text = format!(
        "{}: {} rows, of which {} skipped for an empty field and {} left out by the filters\n\n\
         Shared, so that nobody sees them: {} totals of these rows\n{}\n\n\
         Revealed to {}: {} totals over all parties\n{}\n\n\
         The run\n{}",
        rows.display(),
        grouped(aggregates.rows),
        grouped(aggregates.skipped),
        grouped(aggregates.filtered),
        shared.len(),
        listed(&shared),
        recipients.join(", "),
        revealed.len(),
        listed(&revealed),
        estimate.text(),
    );
    for leak in question.layout.leaks() {
        text.push_str(&format!("\nnote      {leak}"));
    }
    let pairs = |list: &[(String, String)]| -> Vec<serde_json::Value> {
        list.iter().map(|(what, bound)| json!({ "what": what, "bound": bound })).collect()
    };
    let json = json!({
        "rows": aggregates.rows, "skipped": aggregates.skipped, "filtered": aggregates.filtered,
        "shared": pairs(&shared), "revealed": pairs(&revealed), "recipients": recipients,
        "plan": estimate.json(),
    });
    Report::done(text, &json)
}

/// What a run costs before it runs.
pub(crate) struct Estimate {
    cost: Cost,
    security_bits: u32,
    sent: u64,
    preprocessing: speedwell_offline::lowgear::Cost,
    lan: f64,
    wan: f64,
    preprocessing_lan: f64,
    preprocessing_wan: f64,
}

impl Estimate {
    /// The estimate at party `me`.
    pub(crate) fn of(
        question: &Question,
        (field, security): (Field, SecurityBits),
        me: PartyId,
        roster: Option<&Roster>,
    ) -> Outcome<Self> {
        let parties = question.layout.parties();
        let report = plan::plan(question, field, me)?;
        let time = |network| report.network_time(parties, &network).as_secs_f64();
        let preprocessing = preprocessing((field, security), parties, me, &report)?;
        // A party sends to all others over one line; the few dozen rounds hide behind the bytes.
        let bits = (preprocessing.set_up + preprocessing.material) as f64 * 8.0 * (parties as f64 - 1.0);
        let transfer = |network: NetworkProfile| bits / network.bits_per_second;
        Ok(Self {
            cost: Cost::of(&report, roster),
            security_bits: plan::security_bits(security, field, &report, preprocessing.checks),
            sent: report.bytes_sent_per_peer,
            preprocessing,
            lan: time(NetworkProfile::LAN),
            wan: time(NetworkProfile::WAN),
            preprocessing_lan: transfer(NetworkProfile::LAN),
            preprocessing_wan: transfer(NetworkProfile::WAN),
        })
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let Cost { rounds, checks, opened, revealed, material, .. } = &self.cost;
        let material: Vec<String> =
            material.iter().map(|(kind, count)| format!("{} {kind}", grouped(*count))).collect();
        format!(
            "security  {} bits, statistical, against up to all other parties together\n\
             rounds    {rounds} ({checks} MAC checks)\n\
             bytes     {} to each peer\n\
             opened    {} elements, {} of them revealed\n\
             material  {}\n\
             making it {} to each peer, {} of them to set the keys up\n\
             LAN       {:.3} s on the network, and {:.1} s to make the material (1 Gbit/s, 0.2 ms)\n\
             WAN       {:.3} s on the network, and {:.1} s to make the material (50 Mbit/s, 50 ms)\n\
             Computing comes on top: about 2 s for the keys, 4 s for a million triples, on one core.",
            self.security_bits,
            bytes(self.sent),
            grouped(*opened),
            grouped(*revealed),
            if material.is_empty() { "none".to_owned() } else { material.join(", ") },
            bytes(self.preprocessing.set_up + self.preprocessing.material),
            bytes(self.preprocessing.set_up),
            self.lan,
            self.preprocessing_lan,
            self.wan,
            self.preprocessing_wan,
        )
    }

    /// For machines.
    pub(crate) fn json(&self) -> serde_json::Value {
        let Cost { rounds, checks, opened, revealed, inputs, material, .. } = &self.cost;
        json!({
            "statistical_security_bits": self.security_bits, "rounds": rounds, "checks": checks, "opened": opened, "revealed": revealed, "inputs": inputs,
            "material": material, "bytes_sent_per_peer": self.sent,
            "seconds_lan": self.lan, "seconds_wan": self.wan,
            "preprocessing_bytes_sent_per_peer": self.preprocessing.set_up + self.preprocessing.material,
            "preprocessing_set_up_bytes": self.preprocessing.set_up,
            "preprocessing_seconds_lan": self.preprocessing_lan, "preprocessing_seconds_wan": self.preprocessing_wan,
        })
    }
}

/// What the preprocessing sends to a peer, to the one that it sends most.
pub(crate) fn preprocessing(
    (field, security): (Field, SecurityBits),
    parties: usize,
    me: PartyId,
    plan: &speedwell_online::Report,
) -> Outcome<speedwell_offline::lowgear::Cost> {
    let params = source::params(field, security.into())?;
    let costs =
        me.others(parties).map(|peer| speedwell_offline::lowgear::cost(&params, me, peer, &plan.material));
    Ok(costs.max_by_key(|cost| cost.material).unwrap_or_default())
}

fn shared(question: &Question) -> Vec<(String, String)> {
    question.layout.cells().iter().map(|cell| (cell.label.clone(), cell.party.to_string())).collect()
}

/// What a study reveals, with where it lies.
pub(crate) fn revealed(question: &Question) -> Vec<(String, String)> {
    question.layout.reveals().iter().map(|reveal| (reveal.label.clone(), reveal.bound.to_string())).collect()
}

/// A table of what and where it lies, cut after [`SHOWN`] rows.
pub(crate) fn listed(list: &[(String, String)]) -> String {
    let mut shown = table(&["what", "lies in"]);
    for (what, bound) in list.iter().take(SHOWN) {
        shown.add_row([what, bound]);
    }
    match list.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{shown}\n... and {more} more; --json lists all"),
        _ => shown.to_string(),
    }
}

fn recipients(seat: &Seat, question: &Question) -> Vec<String> {
    let all: Vec<_> = match &question.receivers {
        Receivers::All => seat.roster.ids().collect(),
        Receivers::Some(parties) => parties.clone(),
    };
    all.into_iter().map(|party| seat.roster.label(party).name).collect()
}
