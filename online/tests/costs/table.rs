//! Tables of costs: each operation once among two parties and once among three.

use std::pin::Pin;

use speedwell_field::Fp127;
use speedwell_online::{Config, Kind, Report, Result, Session, plan_with};

use crate::common::{party, run};

/// Rounds, those of checks included; checks; elements opened; bytes sent to each peer; triples, squares, bits, input masks
/// of all owners, random elements.
pub type Figures = [u64; 9];

/// An operation on operands that cost nothing.
pub type Step = for<'a> fn(&'a Session<Fp127>) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// An operation, and what it costs two parties and three.
pub type Row = (&'static str, Step, [Figures; 2]);

pub type Setting = fn(Config) -> Config;

/// A step of an expression that gives a future of a result.
macro_rules! step {
    (|$s:ident| $made:expr) => {
        |$s| Box::pin(async move { $made.await.map(drop) })
    };
}
pub(crate) use step;

/// Every operation costs what its row says, at every party, in a run and in its plan.
pub fn agree(table: &[Row]) {
    agree_under(|config| config, table);
}

/// The same under other settings.
pub fn agree_under(setting: Setting, table: &[Row]) {
    let parties = [2, 3];
    let measured: Vec<[Figures; 2]> =
        table.iter().map(|(name, step, _)| parties.map(|n| measured(name, n, setting, *step))).collect();
    let all: String =
        table.iter().zip(&measured).map(|((name, ..), figures)| format!("{name}: {figures:?}\n")).collect();
    for ((name, _, expected), measured) in table.iter().zip(&measured) {
        assert_eq!(measured, expected, "{name}; measured are:\n{all}");
    }
}

/// A first round and a check, so that the session has started and nothing is pending; then the step.
async fn program(s: &Session<Fp127>, step: Step) -> Result<Report> {
    drop(s.open(s.random(1)?).await?);
    s.check().await?;
    let before = s.report();
    step(s).await?;
    Ok(before)
}

fn measured(name: &str, n: usize, setting: Setting, step: Step) -> Figures {
    let mut all = Vec::new();
    for (me, outcome) in
        run::<Fp127>(n).config(setting).go(async |s| program(s, step).await).into_iter().enumerate()
    {
        let config = setting(Config::new([0; 16]));
        let planned = plan_with(party(me), n, config, async |s: &Session<Fp127>| program(s, step).await);
        assert_eq!(outcome.report, planned.unwrap(), "{name}: the plan of party {me} of {n}");
        let phase = &outcome.traffic.phases[0];
        assert_eq!(phase.rounds, outcome.report.rounds, "{name}");
        for (peer, traffic) in phase.peers.iter().enumerate() {
            let sent = if peer == me { 0 } else { outcome.report.bytes_sent_per_peer };
            assert_eq!(traffic.sent.bytes, sent, "{name}: party {me} of {n} to {peer}");
        }
        all.push(figures(&outcome.result.unwrap(), &outcome.report));
    }
    assert!(all.iter().all(|figures| *figures == all[0]), "{name}: all parties count alike");
    all[0]
}

fn figures(before: &Report, after: &Report) -> Figures {
    let used = |kinds: fn(&Kind) -> bool| {
        let sum = |report: &Report| -> u64 {
            report.material.iter().filter(|(kind, _)| kinds(kind)).map(|(_, n)| n).sum()
        };
        sum(after) - sum(before)
    };
    assert_eq!(used(|kind| *kind == Kind::Inverses), 0);
    [
        after.rounds - before.rounds,
        after.checks - before.checks,
        after.opened - before.opened,
        after.bytes_sent_per_peer - before.bytes_sent_per_peer,
        used(|kind| *kind == Kind::Triples),
        used(|kind| *kind == Kind::Squares),
        used(|kind| *kind == Kind::Bits),
        used(|kind| matches!(kind, Kind::Masks(_))),
        used(|kind| *kind == Kind::Randoms),
    ]
}
