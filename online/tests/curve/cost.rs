//! Rounds, bytes and material as the heads of the files say; the plan says the same, and so does the transport.

use speedwell_field::Field;
use speedwell_net::HEADER_BYTES;
use speedwell_online::curve::{Scalar, mul, point_bytes};
use speedwell_online::{Config, Kind, Report, Result, Session, plan};

use crate::common::{party, run};
use crate::{Bls1, Bls2, Bn};

type F = Scalar<Bls1>;

const HEADER: u64 = HEADER_BYTES as u64;
const L: usize = 5;

#[derive(Clone, Copy, Debug)]
enum Step {
    Open,
    Mul,
    Reveal,
    RevealTo(usize),
    TwoGroups,
    Local,
}

impl Step {
    const ALL: [Self; 7] = [
        Self::Open,
        Self::Mul,
        Self::Reveal,
        Self::RevealTo(0),
        Self::RevealTo(1),
        Self::TwoGroups,
        Self::Local,
    ];

    async fn take(self, s: &Session<F>) -> Result<Report> {
        let x = s.random(L)?;
        let before = s.report();
        let p = s.in_exponent::<Bls1>(&x);
        match self {
            Self::Open => drop(s.open_points(p).await?),
            Self::Mul => drop(mul(s, &x, &p).await?),
            Self::Reveal => drop(s.reveal_points(&p).await?),
            Self::RevealTo(receiver) => drop(s.reveal_points_to(party(receiver), &p).await?),
            Self::TwoGroups => {
                let q = s.in_exponent::<Bls2>(&x);
                let (p, q) = (s.open_points(p), s.open_points(q));
                drop((p.await?, q.await?));
                s.check().await?;
            }
            Self::Local => drop((&p + &p).sum() * F::from_u64(3)),
        }
        let mut cost = s.report();
        for (kind, n) in before.material {
            *cost.material.entry(kind).or_default() -= n;
        }
        cost.material.retain(|_, n| *n > 0);
        Ok(cost)
    }

    /// Rounds, checks, points, points revealed, scalars opened, bytes, material.
    fn expected(self) -> (u64, u64, u64, u64, u64, u64, Vec<(Kind, u64)>) {
        let l = L as u64;
        let (point, scalar) = (point_bytes::<Bls1>() as u64, F::BYTES as u64);
        // Start, the count and labels of an empty round; the points.
        let start = HEADER + 32;
        let round = HEADER + 16 + HEADER + l * point;
        let check = |points: u64| (HEADER + 96) + (HEADER + 32) + (HEADER + scalar + points + 64);
        match self {
            Self::Open => (1, 0, l, 0, 0, start + round, vec![]),
            Self::Mul => (1, 0, l, 0, l, start + round + l * scalar, vec![(Kind::Triples, l)]),
            Self::Reveal => (4, 1, l, l, 0, start + round + check(point), vec![]),
            Self::RevealTo(receiver) => {
                (4, 1, l, l, 0, start + round + check(point), vec![(Kind::Masks(party(receiver)), l)])
            }
            Self::TwoGroups => {
                let other = point_bytes::<Bls2>() as u64;
                (4, 1, 2 * l, 0, 0, start + round + HEADER + l * other + check(point + other), vec![])
            }
            Self::Local => (0, 0, 0, 0, 0, 0, vec![]),
        }
    }
}

#[test]
fn costs_are_as_documented_and_as_planned() {
    for step in Step::ALL {
        for n in [2, 3] {
            let outcomes = run::<F>(n).go(async |s| step.take(s).await);
            for (me, outcome) in outcomes.into_iter().enumerate() {
                let cost = outcome.result.unwrap();
                let counted = (
                    cost.rounds,
                    cost.checks,
                    cost.points,
                    cost.points_revealed,
                    cost.opened,
                    cost.bytes_sent_per_peer,
                    cost.material.clone().into_iter().collect(),
                );
                assert_eq!(counted, step.expected(), "{step:?} among {n}");
                assert_eq!(cost.critical_bytes, cost.bytes_sent_per_peer);
                let planned = plan::<F, _, _>(party(me), n, async |s| step.take(s).await).unwrap();
                assert_eq!(planned, outcome.report, "{step:?} at party {me} of {n}");
                assert_eq!(outcome.traffic.sent().bytes, cost.bytes_sent_per_peer * (n as u64 - 1));
            }
        }
    }
}

/// A point counts as four openings towards the check that bounds memory.
#[test]
fn unchecked_points_are_bounded() {
    for (limit, checks) in [(4, 3), (8, 1), (12, 1), (13, 0)] {
        let run = run::<Scalar<Bn>>(2).config(move |config: Config| config.check_every(limit));
        let outcomes = run.go(async |s| {
            for _ in 0..3 {
                drop(s.open_points::<Bn>(s.in_exponent(&s.random(1)?)).await?);
            }
            // One more round, before which a check is due.
            drop(s.open(s.random(1)?).await?);
            Ok(())
        });
        assert!(outcomes.iter().all(|o| o.result == Ok(()) && o.report.checks == checks), "{limit}");
    }
}
