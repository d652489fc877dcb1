//! The examination that `doctor` makes: probes to all peers while answering theirs.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use speedwell_net::{
    Advice, Doctor, EventSink, HandshakeFault, Listen, LocalError, LocalParty, MeshEvent, PartyId,
    PeerReport, ProbeError, doctor_probe,
};
use tokio::time::{Instant, sleep};

use crate::failure::Outcome;
use crate::run::fault;
use crate::run::seat::{Seat, software};

/// Longest time of one probe's handshake.
const PROBE: Duration = Duration::from_secs(5);
/// Between two probes of a peer that is not there yet.
const AGAIN: Duration = Duration::from_millis(300);
/// After all peers were reached: how long to stay for those that have not reached this party yet.
const LINGER: Duration = Duration::from_secs(3);
/// Clocks further apart than this spoil the dates of certificates and logs.
const CLOCK_MS: i64 = 60_000;
/// A certificate that ends sooner than this is worth a note.
const RENEW_DAYS: i64 = 30;

/// All that was found.
#[derive(Debug, Serialize)]
pub(crate) struct Findings {
    /// On this side.
    pub(crate) here: Vec<Finding>,
    /// At each peer, in the consortium's order.
    pub(crate) peers: Vec<Peer>,
}

/// One thing that was found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Whether a run would not start because of it.
    pub(crate) bad: bool,
    /// Where it is.
    pub(crate) place: String,
    /// What it is.
    pub(crate) found: String,
    /// What to do.
    pub(crate) remedy: String,
}

/// What was found of one peer.
#[derive(Debug, Serialize)]
pub(crate) struct Peer {
    /// Its name.
    pub(crate) name: String,
    /// Where it was looked for.
    pub(crate) address: String,
    /// Whether the network led to a speedwell there.
    pub(crate) reached: bool,
    /// Whether it reached this party.
    pub(crate) reached_us: bool,
    /// Its software.
    pub(crate) version: Option<String>,
    /// Its clock less this party's.
    pub(crate) clock_offset_ms: Option<i64>,
    /// From a message to its answer.
    pub(crate) round_trip_ms: Option<f64>,
    /// What is wrong with it.
    pub(crate) findings: Vec<Finding>,
}

impl Findings {
    /// All findings, those of this side first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Finding> {
        self.here.iter().chain(self.peers.iter().flat_map(|peer| &peer.findings))
    }
}

impl Peer {
    /// Its row of the table.
    pub(crate) fn cells(&self) -> [String; 7] {
        let known = |text: Option<String>| text.unwrap_or_else(|| "?".to_owned());
        let answered = self.version.is_some();
        let files = self.findings.iter().all(|finding| !finding.bad);
        [
            self.name.clone(),
            self.address.clone(),
            if self.reached { "yes" } else { "no" }.to_owned(),
            known(answered.then(|| "right".to_owned())),
            known(self.version.clone()),
            known(self.clock_offset_ms.map(|offset| format!("{offset:+} ms"))),
            known(answered.then(|| if files { "same" } else { "differ" }.to_owned())),
        ]
    }
}

/// Probes every peer until all have answered or `patience` is over, and answers their probes meanwhile.
pub(crate) async fn examine(
    seat: &Seat,
    study: Option<[u8; 32]>,
    listen: Listen,
    patience: Duration,
) -> Outcome<Findings> {
    let digests: Vec<_> = study.map(|digest| ("study file", digest)).into_iter().collect();
    let local = seat.local(&digests);
    let callers = Arc::new(Mutex::new(BTreeSet::new()));
    let mut here = Vec::new();
    let answering = match Doctor::listen(local.clone(), listen, PROBE, remember(Arc::clone(&callers))).await {
        Ok(doctor) => Some(doctor),
        Err(LocalError::Listen { address, kind }) => {
            here.push(Finding {
                bad: kind != std::io::ErrorKind::AddrInUse,
                place: format!("this party, listening on {address}"),
                found: format!("{kind}"),
                remedy:
                    "fine if a `speedwell party` waits there; else free the port, or correct `listen` in the \
                             party file"
                        .to_owned(),
            });
            None
        }
        Err(error) => return Err(fault::local(&error)),
    };
    here.extend(certificate_end(seat));

    let deadline = Instant::now() + patience;
    let probes: Vec<_> = seat
        .me
        .others(seat.roster.parties())
        .map(|party| (party, tokio::spawn(probe(local.clone(), party, study.is_some(), deadline))))
        .collect();
    let mut peers = Vec::new();
    for (party, probe) in probes {
        let outcome = probe.await.ok();
        peers.push((party, outcome));
    }
    // Those who started later have a chance to reach this party as well.
    let until = deadline.min(Instant::now() + LINGER);
    let all_called = || locked(&callers).len() == peers.len();
    while answering.is_some() && !all_called() && Instant::now() < until {
        sleep(Duration::from_millis(20)).await;
    }
    let called = locked(&callers).clone();
    let peers = peers
        .into_iter()
        .map(|(party, outcome)| describe(seat, party, outcome, called.contains(&party)))
        .collect();
    Ok(Findings { here, peers })
}

/// Tries until the peer answers, or something is wrong that time does not mend.
async fn probe(
    local: LocalParty,
    party: PartyId,
    with_study: bool,
    deadline: Instant,
) -> Result<PeerReport, ProbeError> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now()).max(AGAIN);
        let outcome = doctor_probe(local.clone(), party, PROBE.min(left)).await;
        let passing = matches!(
            &outcome,
            Err(ProbeError::NotReached { .. }
                | ProbeError::Fault { fault: HandshakeFault::Closed | HandshakeFault::TimedOut, .. })
        );
        if !passing || Instant::now() + AGAIN >= deadline {
            return outcome.map(|mut report| {
                // A doctor without a study, and a party with one, need not agree on it, nor on the program.
                report.differences.retain(|difference| {
                    difference.name != "program" && (with_study || difference.name != "study file")
                });
                report
            });
        }
        sleep(AGAIN).await;
    }
}

fn describe(
    seat: &Seat,
    party: PartyId,
    outcome: Option<Result<PeerReport, ProbeError>>,
    reached_us: bool,
) -> Peer {
    let label = seat.roster.label(party);
    let address = seat.roster.member(party).map_or_else(String::new, |member| member.address.clone());
    let mut peer = Peer {
        name: label.name.clone(),
        address,
        reached: false,
        reached_us,
        version: None,
        clock_offset_ms: None,
        round_trip_ms: None,
        findings: Vec::new(),
    };
    let place = label.to_string();
    match outcome {
        Some(Ok(report)) => {
            peer.reached = true;
            peer.findings = differences(&report);
            peer.clock_offset_ms = Some(report.clock_offset_ms);
            peer.round_trip_ms = Some(report.round_trip.as_secs_f64() * 1e3);
            peer.version = Some(report.software);
        }
        Some(Err(error)) => {
            peer.reached = matches!(error, ProbeError::Fault { .. });
            peer.findings.push(Finding::bad(&place, error.advice()));
        }
        None => {
            let remedy = "report it with the log of a run with -vv";
            peer.findings.push(Finding::bad(&place, Advice::new("the probe broke off", "an answer", remedy)));
        }
    }
    peer
}

/// What is wrong with a peer that answered.
fn differences(report: &PeerReport) -> Vec<Finding> {
    let place = report.peer.to_string();
    let mut findings: Vec<Finding> = report
        .differences
        .iter()
        .map(|difference| Finding {
            bad: true,
            place: place.clone(),
            found: format!("its {} is another one than this party's", difference.name),
            remedy: "compare the files byte by byte; all parties take the one that they agreed on".to_owned(),
        })
        .collect();
    if report.software != software() {
        findings.push(Finding {
            bad: false,
            place: place.clone(),
            found: format!("it runs {}, this party {}", report.software, software()),
            remedy: "install the same release everywhere".to_owned(),
        });
    }
    if report.clock_offset_ms.abs() > CLOCK_MS {
        findings.push(Finding {
            bad: false,
            place,
            found: format!("its clock differs from this machine's by {} s", report.clock_offset_ms / 1000),
            remedy: "set the wrong one of the two clocks, best by NTP".to_owned(),
        });
    }
    findings
}

/// A note if this party's certificate ends soon.
fn certificate_end(seat: &Seat) -> Option<Finding> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    let left = seat.identity.not_after() - i64::try_from(now.as_secs()).ok()?;
    (left < RENEW_DAYS * 86_400).then(|| Finding {
        bad: false,
        place: seat.party.certificate.display().to_string(),
        found: format!("this party's certificate ends in {} days", left / 86_400),
        remedy: "renew it with `speedwell init --renew`; the key and its pin stay".to_owned(),
    })
}

impl Finding {
    /// What makes a run impossible, as an error says it.
    fn bad(place: &str, advice: Advice) -> Self {
        Self { bad: true, place: place.to_owned(), found: advice.found, remedy: advice.remedy }
    }
}

/// Remembers which peers have called.
fn remember(callers: Arc<Mutex<BTreeSet<PartyId>>>) -> EventSink {
    EventSink::new(move |event| {
        if let MeshEvent::Probed { peer } = event {
            locked(&callers).insert(peer.party);
        }
    })
}

fn locked<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
