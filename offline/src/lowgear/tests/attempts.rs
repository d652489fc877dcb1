//! Provers that reject their own proofs.

use speedwell_field::{Field, Goldilocks};
use speedwell_net::tamper::Direction;
use speedwell_online::{Kind, PeerFault};

use super::super::link::Kind as Step;
use super::acts::Acts;
use super::scenario::{End, Scenario, id, peer};

type F = Goldilocks;

/// The run of the triples' proof. Runs before it, which nothing is proven in, make the check's masks and the random elements.
const BLOCK: u64 = 2;

/// The last of n parties says "rejected" so often of the proof at this place of a run.
fn rejected(n: usize, run: u64, index: usize, times: u64) -> End<F> {
    let acts =
        Acts::<F>::honest().rejections(move |own, at| if (own, at) == (run, index) { times } else { 0 });
    Scenario::<F>::new(n, Kind::Triples, 10).after(Kind::Randoms, 10).deviates(n - 1, acts).run()
}

/// Frames of this kind that the cheater sent to P_0 in the flow of proofs: during the set-up, and of the block.
fn sent(end: &End<F>, kind: Step) -> [usize; 2] {
    let seen = end.watches[0].seen();
    let sent: Vec<u8> = seen
        .iter()
        .filter(|s| (s.direction, s.peer) == (Direction::Out, id(0)))
        .map(|s| s.frame.header.kind)
        .collect();
    let block = sent.iter().position(|own| *own == Step::Factors.number()).unwrap_or(sent.len());
    let (set_up, block) = sent.split_at(block);
    [set_up, block].map(|part| part.iter().filter(|own| **own == kind.number()).count())
}

/// A prover has 16 attempts, however good its proof would have been: more is refused at every honest party after the sixteenth.
#[test]
fn cheat_proof_bad_rejections() {
    for n in [2, 3] {
        for index in 0..3 {
            let end = rejected(n, 0, index, 17);
            end.refused_with(peer(n - 1, PeerFault::Attempts));
            assert_eq!([Step::First, Step::Verdicts].map(|kind| sent(&end, kind)), [[16, 0]; 2]);
        }
        let end = rejected(n, BLOCK, 0, 17);
        end.ended_with(peer(n - 1, PeerFault::Attempts));
        assert_eq!([Step::First, Step::Verdicts].map(|kind| sent(&end, kind)[1]), [16; 2]);
    }
}

/// Fewer rejections than that are nothing but time, and the proof is looked at afterwards. Six: an honest prover is rejected once in
/// 4.5 attempts, and has ten left.
#[test]
fn some_rejections_are_no_offence() {
    for n in [2, 3] {
        for (run, index) in [(0, 0), (0, 2), (BLOCK, 0)] {
            let mut end = rejected(n, run, index, 6);
            end.passed();
            let [a, b, c] = end.triples(10);
            assert!((0..10).all(|i| a[i] * b[i] == c[i]));
            assert!(a.iter().any(|a| *a != F::ZERO));
        }
    }
}
