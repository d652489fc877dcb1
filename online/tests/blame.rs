//! Who is named when a run ends: the party that caused it, not the one that noticed first and hung up.
//!
//! Party 0 runs a session; parties 1 and 2 are played by hand over the memory mesh, one step at a time.
#![allow(missing_docs)]

mod common;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use common::{DEALT, party};
use speedwell_dealer::InsecureDealer;
use speedwell_field::{Field, Fp127};
use speedwell_net::{
    BoxFuture, Frame, Header, MemoryTransport, NetError, NetFault, PartyId, Transport, memory_mesh,
};
use speedwell_online::testing::SESSION;
use speedwell_online::wire::{Message, ROUND_PREFIX};
use speedwell_online::{
    AbortCode, Config, EpochState, Error, Journal, MemoryJournal, PeerFault, Preprocessing, Session,
};

type F = Fp127;

/// What a peer does after it has seen party 0's frames of the first round.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// Sends its own frames of the round.
    Plays,
    /// Sends an opening that is too short.
    Cheats,
    /// Sends this abort.
    Says(AbortCode),
    /// Is gone.
    Leaves,
}
use Then::{Cheats, Leaves, Plays, Says};

fn step<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match step(future) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

fn session_over(zero: impl Transport + 'static, n: usize) -> (Session<F>, [u8; 16], MemoryJournal) {
    let dealer = InsecureDealer::<F>::new(DEALT, party(0), n);
    let (epoch, journal) = (dealer.epoch(), MemoryJournal::default());
    let config = Config::new(SESSION).journal(Box::new(journal.clone()));
    (Session::new(Box::new(zero), Box::new(dealer), config).unwrap(), epoch, journal)
}

/// How party 0 ends, and its epoch, when its peers do this in the first round.
fn end(one: &[Then], two: &[Then]) -> (Error, EpochState) {
    let mut mesh = memory_mesh(3).into_iter();
    let (zero, peers) = (mesh.next().unwrap(), [mesh.next().unwrap(), mesh.next().unwrap()]);
    let (session, epoch, journal) = session_over(zero, 3);
    let mut run = pin!(session.run(async |s: &Session<F>| {
        drop(s.open(s.random(4)?).await?);
        s.check().await
    }));
    assert!(step(run.as_mut()).is_pending());
    for (peer, script) in peers.into_iter().zip([one, two]) {
        act(peer, script, epoch);
    }
    (now(run).unwrap_err(), journal.state(epoch))
}

/// Reads party 0's frames of the first round, then goes through the script.
fn act(peer: MemoryTransport, script: &[Then], epoch: [u8; 16]) {
    let start = now(peer.recv(party(0), 32)).unwrap();
    let open = now(peer.recv(party(0), 1 << 10)).unwrap();
    let header = |message: Message| Header { kind: message.number(), ..start.header };
    assert_eq!(start.header.epoch, epoch);
    let send = |message, payload: Vec<u8>| {
        now(peer.send(party(0), Frame { header: header(message), payload: payload.into() })).unwrap();
    };
    for then in script {
        match then {
            Plays => {
                send(Message::Start, vec![0; 32]);
                // The same count and labels; any elements will do.
                let elements = vec![0; 4 * F::BYTES];
                send(Message::Open, [&open.payload[..ROUND_PREFIX], &elements].concat());
            }
            Cheats => {
                send(Message::Start, vec![0; 32]);
                send(Message::Open, open.payload[..ROUND_PREFIX].to_vec());
            }
            Says(code) => send(Message::Abort, vec![code.to_byte()]),
            Leaves => return,
        }
    }
    // Its transport outlives the run.
    std::mem::forget(peer);
}

fn gone(peer: usize) -> Error {
    Error::Net(NetError { peer: party(peer), fault: NetFault::Closed })
}

fn gave_up(by: usize, reason: AbortCode) -> Error {
    Error::Aborted { by: party(by), reason }
}

#[test]
fn who_noticed_first_is_not_blamed_for_who_vanished() {
    use AbortCode::{Net, PassedOn, Stopped};
    // Party 2 vanished. Party 1 noticed, said so and hung up: in place of its message of the round, or behind it.
    assert_eq!(end(&[Says(Net), Leaves], &[Leaves]).0, gone(2));
    assert_eq!(end(&[Leaves], &[Says(Net), Leaves]).0, gone(1));
    assert_eq!(end(&[Plays, Says(Net), Leaves], &[Leaves]).0, gone(2));
    assert_eq!(end(&[Leaves], &[Plays, Says(Net), Leaves]).0, gone(1));
    assert_eq!(end(&[Plays, Says(Net)], &[Plays, Leaves]).0, gone(2));
    // Its own network failed, as far as anybody knows.
    assert_eq!(end(&[Says(Net), Leaves], &[]).0, gave_up(1, Net));
    // It was stopped, whoever hung up for that.
    assert_eq!(end(&[Plays, Says(Stopped), Leaves], &[Leaves]).0, gave_up(1, Stopped));
    assert_eq!(end(&[Leaves], &[Plays, Says(Stopped), Leaves]).0, gave_up(2, Stopped));
    // One passes on what the other said first.
    assert_eq!(end(&[Says(PassedOn), Leaves], &[Says(Net), Leaves]).0, gave_up(2, Net));
    assert_eq!(end(&[Says(PassedOn), Leaves], &[Says(Stopped), Leaves]).0, gave_up(2, Stopped));
}

#[test]
fn an_abort_that_has_arrived_counts_more_than_the_hanging_up_behind_it() {
    for reason in [AbortCode::Peer, AbortCode::Exhausted, AbortCode::Usage, AbortCode::Stopped] {
        assert_eq!(end(&[Says(reason), Leaves], &[]).0, gave_up(1, reason));
        assert_eq!(end(&[Plays, Says(reason), Leaves], &[Plays]).0, gave_up(1, reason), "in the next round");
    }
}

#[test]
fn a_failed_check_at_a_peer_counts_more_than_a_lost_link() {
    let failed = |by| (gave_up(by, AbortCode::Check), EpochState::Burnt);
    assert_eq!(end(&[Leaves], &[Says(AbortCode::Check), Leaves]), failed(2));
    // Behind its message of the round, where nobody awaits it.
    assert_eq!(end(&[Plays, Says(AbortCode::Check)], &[Leaves]), failed(1));
    assert_eq!(end(&[Says(AbortCode::Usage)], &[Says(AbortCode::Check)]), failed(2));
}

#[test]
fn what_we_see_ourselves_counts_most() {
    let broke = |peer| Error::peer(party(peer), PeerFault::WrongLength);
    for said in [AbortCode::Net, AbortCode::Peer, AbortCode::Check] {
        assert_eq!(end(&[Says(said), Leaves], &[Cheats]), (broke(2), EpochState::Live));
    }
    assert_eq!(end(&[Leaves], &[Cheats, Leaves]), (broke(2), EpochState::Live));
}

#[test]
fn a_link_that_fails_at_once_keeps_no_frame_from_the_others() {
    let mut mesh = memory_mesh(3).into_iter();
    let (zero, one, two) = (mesh.next().unwrap(), mesh.next().unwrap(), mesh.next().unwrap());
    drop(one);
    let dealer = InsecureDealer::<F>::new(DEALT, party(0), 3);
    let session = Session::new(Box::new(zero), Box::new(dealer), Config::new(SESSION)).unwrap();
    let ended = now(session.run(async |s| s.open(s.random(4)?).await.map(drop)));
    assert_eq!(ended, Err(gone(1)));
    for expected in [Message::Start, Message::Open, Message::Abort] {
        assert_eq!(now(two.recv(party(0), 1 << 10)).unwrap().header.kind, expected.number());
    }
}

/// A transport that counts what has been sent since it was last flushed, and says how flushing ends.
struct Flushed {
    inner: MemoryTransport,
    queued: Arc<AtomicUsize>,
    outcome: Result<(), NetFault>,
}

impl Transport for Flushed {
    fn me(&self) -> PartyId {
        self.inner.me()
    }
    fn parties(&self) -> usize {
        self.inner.parties()
    }
    fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, Result<(), NetError>> {
        self.queued.fetch_add(1, Ordering::Relaxed);
        self.inner.send(to, frame)
    }
    fn recv(&self, from: PartyId, max: usize) -> BoxFuture<'_, Result<Frame, NetError>> {
        self.inner.recv(from, max)
    }
    fn flush(&self) -> BoxFuture<'_, Result<(), NetError>> {
        self.queued.store(0, Ordering::Relaxed);
        let outcome = self.outcome.clone().map_err(|fault| NetError { peer: party(1), fault });
        Box::pin(std::future::ready(outcome))
    }
}

/// What party 0 had queued when its program went on after the first round, and how its run stands then.
fn after_a_round(outcome: Result<(), NetFault>) -> (Option<usize>, Poll<Result<(), Error>>) {
    let mut mesh = memory_mesh(2).into_iter();
    let (inner, peer) = (mesh.next().unwrap(), mesh.next().unwrap());
    let queued = Arc::new(AtomicUsize::new(0));
    let (session, epoch, _) = session_over(Flushed { inner, queued: queued.clone(), outcome }, 2);
    let mut found = None;
    let state = {
        let mut run = pin!(session.run(async |s: &Session<F>| {
            drop(s.open(s.random(4)?).await?);
            found = Some(queued.load(Ordering::Relaxed));
            s.check().await
        }));
        assert!(step(run.as_mut()).is_pending());
        act(peer, &[Plays, Leaves], epoch);
        step(run.as_mut())
    };
    (found, state)
}

/// While a program computes on, nobody moves what is queued: it has left before.
#[test]
fn what_was_sent_has_left_when_the_program_goes_on() {
    let (queued, state) = after_a_round(Ok(()));
    assert_eq!(queued, Some(0));
    // The peer has gone after its round.
    assert!(
        matches!(state, Poll::Ready(Err(Error::Net(NetError { fault: NetFault::Closed, .. })))),
        "{state:?}"
    );
}

/// A peer that takes nothing ends the run and is named; one that has left with all it needs does not.
#[test]
fn a_peer_that_takes_nothing_is_named() {
    let (queued, state) = after_a_round(Err(NetFault::TimedOut));
    assert_eq!(queued, None, "the program does not go on");
    let stuck = NetError { peer: party(1), fault: NetFault::TimedOut };
    assert_eq!(state, Poll::Ready(Err(Error::Net(stuck))));
    assert_eq!(after_a_round(Err(NetFault::Closed)).0, Some(0));
}
