//! The window between opening our sigma and seeing the check pass: whoever stops in it burns the epoch, for good.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use speedwell_dealer::InsecureDealer;
use speedwell_net::{BoxFuture, Frame, MemoryTransport, NetError, NetFault, PartyId, Transport, memory_mesh};
use speedwell_online::testing::SESSION;
use speedwell_online::wire::Message;
use speedwell_online::{
    CheckFault, Config, EpochState, Error, Journal, JournalError, MemoryJournal, Preprocessing, Result,
    Session, UsageFault, Weakness,
};

use crate::common::{DEALT, party};
use crate::puppet::duel;
use crate::scene::{F, Protocol};

/// Notes the kind of every message that leaves, and takes two polls for every message that comes, so that a party can be
/// stopped between any two of them.
struct Noting {
    inner: MemoryTransport,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Transport for Noting {
    fn me(&self) -> PartyId {
        self.inner.me()
    }
    fn parties(&self) -> usize {
        self.inner.parties()
    }
    fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, std::result::Result<(), NetError>> {
        self.sent.lock().unwrap().push(frame.header.kind);
        self.inner.send(to, frame)
    }
    fn recv(&self, from: PartyId, max: usize) -> BoxFuture<'_, std::result::Result<Frame, NetError>> {
        let mut first = true;
        let pause = std::future::poll_fn(move |_| {
            if std::mem::replace(&mut first, false) { Poll::Pending } else { Poll::Ready(()) }
        });
        Box::pin(async move {
            pause.await;
            self.inner.recv(from, max).await
        })
    }
    fn flush(&self) -> BoxFuture<'_, std::result::Result<(), NetError>> {
        self.inner.flush()
    }
}

fn dealer(me: PartyId, n: usize) -> Box<InsecureDealer<F>> {
    Box::new(InsecureDealer::new(DEALT, me, n))
}

fn epoch() -> [u8; 16] {
    dealer(party(0), 2).epoch()
}

/// How a party stops.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// Its future is dropped: Ctrl-C, a time limit of the caller.
    Dropped,
    /// Nothing runs any more: a crash, a power cut.
    Killed,
}

/// What is left of a party that stopped.
struct Remains {
    /// What its journal says at the next start.
    state: EpochState,
    /// What a session at the next start says.
    restart: Option<Error>,
    /// Whether a sigma had left without the check having passed.
    exposed: bool,
    /// Whether its program had ended.
    done: bool,
}

/// Polls three parties in turn and stops party 1 after `polls` of its polls.
fn stopped_after(polls: usize, end: End, weakness: Option<Weakness>) -> Remains {
    let n = 3;
    let journal = MemoryJournal::default();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let mut sessions = Vec::new();
    for transport in memory_mesh(n) {
        let me = transport.me();
        let mut config = Config::new(SESSION);
        let mut sent_by = Arc::default();
        if me == party(1) {
            config = config.journal(Box::new(journal.clone()));
            sent_by = Arc::clone(&sent);
        }
        if let Some(weakness) = weakness {
            config = config.weakness(weakness);
        }
        let transport = Noting { inner: transport, sent: sent_by };
        sessions.push(Session::new(Box::new(transport), dealer(me, n), config).unwrap());
    }
    // Leaked, so that a kill runs nobody's destructor.
    let sessions: &'static [Session<F>] = Box::leak(sessions.into_boxed_slice());
    let mut runs: Vec<_> = sessions
        .iter()
        .map(|s| Some(Box::pin(s.run(async |s: &Session<F>| Protocol::Mul.play(s).await))))
        .collect();
    let mut done = false;
    for _ in 0..polls {
        for (p, run) in runs.iter_mut().enumerate() {
            let Some(running) = run else { continue };
            if running.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                done |= p == 1;
                *run = None;
            }
        }
    }
    let sigmas = sent.lock().unwrap().iter().filter(|kind| **kind == Message::Sigma.number()).count();
    let exposed = sigmas > (n - 1) * sessions[1].report().checks as usize;
    match end {
        End::Dropped => drop(runs),
        End::Killed => std::mem::forget(runs),
    }
    let config = Config::new([8; 16]).journal(Box::new(journal.clone()));
    let transport = memory_mesh(n).swap_remove(1);
    let restart = Session::<F>::new(Box::new(transport), dealer(party(1), n), config).err();
    Remains { state: journal.state(epoch()), restart, exposed, done }
}

/// At every point at which a party can be stopped: the epoch is burnt exactly if a sigma is out whose check has not
/// passed, and then the party refuses the epoch at its next start.
#[test]
fn a_party_stopped_anywhere_burns_the_epoch_exactly_in_the_window() {
    for end in [End::Dropped, End::Killed] {
        let (mut burnt, mut live) = (0, 0);
        for polls in 0.. {
            let remains = stopped_after(polls, end, None);
            if remains.exposed {
                assert_eq!(remains.state, EpochState::Burnt, "{end:?} after {polls} polls");
                assert_eq!(remains.restart, Some(UsageFault::EpochBurnt.into()));
                burnt += 1;
            } else {
                assert_eq!(remains.state, EpochState::Live, "{end:?} after {polls} polls");
                assert_eq!(remains.restart, None);
                live += 1;
            }
            if remains.done {
                break;
            }
        }
        // The windows of two checks were met, and every round outside of them.
        assert!(burnt >= 2 && live >= 7, "{burnt} {live}");
    }
}

/// Positive controls: without the record a crash is forgotten; without burning a Ctrl-C is as well.
#[test]
fn without_the_record_or_the_burning_the_epoch_lives_on() {
    let forgotten = |end, weakness| {
        let stops = (0..30).map(|polls| stopped_after(polls, end, Some(weakness)));
        let lives = |r: &Remains| r.exposed && r.state == EpochState::Live && r.restart.is_none();
        stops.filter(lives).count()
    };
    assert!(forgotten(End::Killed, Weakness::RecordSkipped) >= 2);
    assert_eq!(forgotten(End::Dropped, Weakness::RecordSkipped), 0);
    assert!(forgotten(End::Dropped, Weakness::NothingBurns) >= 2);
}

/// A cheater leaves where it likes: in the window that burns at every honest party, outside of it nothing does.
#[test]
fn a_cheater_that_leaves_in_the_window_burns_the_epoch() {
    for n in [2, 3] {
        for flight in 0..4 {
            let journals: Vec<MemoryJournal> = (0..n).map(|_| MemoryJournal::default()).collect();
            let config = |me: PartyId| Config::new(SESSION).journal(Box::new(journals[me.index()].clone()));
            let (results, ()) = duel::<F, _, _>(
                n,
                DEALT,
                config,
                async |s| {
                    let x = s.random(1)?;
                    drop(s.open(x).await?);
                    s.check().await
                },
                async |puppet| {
                    let x = puppet.dealer.randoms(1).unwrap();
                    let seen = puppet.open(&x, &[speedwell_field::Field::ZERO]).await;
                    if flight > 0 {
                        let tossed = puppet.toss(&[seen]).await.unwrap();
                        if flight > 1 {
                            let nonce = puppet.commit(|_| tossed.sigma).await;
                            assert_eq!(puppet.others_sigmas().await.len(), n - 1);
                            if flight > 2 {
                                puppet.sigma(|_| tossed.sigma, nonce).await;
                                return;
                            }
                        }
                    }
                    puppet.leave();
                },
            );
            for (result, journal) in results.iter().zip(&journals[1..]) {
                if flight == 3 {
                    assert_eq!(*result, Ok(()), "control: it stays to the end");
                } else {
                    let left = NetError { peer: party(0), fault: NetFault::Closed };
                    assert_eq!(*result, Err(Error::Net(left)), "flight {flight}");
                }
                let expected = if flight == 2 { EpochState::Burnt } else { EpochState::Live };
                assert_eq!(journal.state(epoch_of(n)), expected, "flight {flight}");
            }
        }
    }
}

fn epoch_of(n: usize) -> [u8; 16] {
    dealer(party(0), n).epoch()
}

/// After a check that failed: everything of the epoch is dead at once, and after a restart.
#[test]
fn after_a_failed_check_nothing_of_the_epoch_is_usable() {
    let journal = MemoryJournal::default();
    let dealer_1 = dealer(party(1), 2);
    let key = dealer_1.key();
    assert_ne!(key.alpha(), speedwell_field::Field::ZERO);
    let mut mesh = memory_mesh(2);
    let transport = mesh.pop().unwrap();
    let config = Config::new(SESSION).journal(Box::new(journal.clone()));
    let session = Session::<F>::new(Box::new(transport), dealer_1, config).unwrap();
    let mut puppet = crate::puppet::Puppet::<F>::new(mesh.pop().unwrap(), *dealer(party(0), 2));
    let mut kept = None;
    let failed: Error = Error::Check(CheckFault::Mac);
    crate::puppet::drive(vec![
        Box::pin(async {
            let x = puppet.dealer.randoms(1).unwrap();
            let seen = puppet.open(&x, &[speedwell_field::Field::ONE]).await;
            puppet.check(&[seen], speedwell_field::Field::ZERO).await;
        }),
        Box::pin(async {
            let result = session.run(async |s| s.reveal(&s.random(1)?).await).await;
            assert_eq!(result, Err(failed.clone()));
        }),
    ]);
    // The key share is erased, for shares that were made before as well.
    assert_eq!(key.alpha(), speedwell_field::Field::ZERO);
    // Every call gives the error that ended the session; nothing is given out.
    assert_eq!(session.random(1).err(), Some(failed.clone()));
    assert_eq!(session.triples(1).err(), Some(failed.clone()));
    assert_eq!(session.masks(party(1), 1).err(), Some(failed.clone()));
    crate::puppet::drive(vec![Box::pin(async {
        kept = session.run(async |s| s.check().await).await.err();
    })]);
    assert_eq!(kept, Some(failed));
    drop(session);
    let config = Config::new([8; 16]).journal(Box::new(journal));
    let transport = memory_mesh(2).pop().unwrap();
    let again = Session::<F>::new(Box::new(transport), dealer(party(1), 2), config);
    assert_eq!(again.err(), Some(UsageFault::EpochBurnt.into()));
}

/// A journal that fails at one of its writes.
#[derive(Clone, Default)]
struct Failing {
    inner: MemoryJournal,
    opened: bool,
    passed: bool,
}

impl Journal for Failing {
    fn state(&self, epoch: [u8; 16]) -> EpochState {
        self.inner.state(epoch)
    }
    fn sigma_opened(&mut self, epoch: [u8; 16], check: u64) -> std::result::Result<(), JournalError> {
        if self.opened { Err(JournalError) } else { self.inner.sigma_opened(epoch, check) }
    }
    fn check_passed(&mut self, epoch: [u8; 16], check: u64) -> std::result::Result<(), JournalError> {
        if self.passed { Err(JournalError) } else { self.inner.check_passed(epoch, check) }
    }
    fn burn(&mut self, epoch: [u8; 16]) -> std::result::Result<(), JournalError> {
        self.inner.burn(epoch)
    }
}

/// No sigma leaves without its record; no value is given before the check's end is recorded.
#[test]
fn a_journal_that_cannot_be_written_stops_the_session() {
    for (opened, passed) in [(true, false), (false, true)] {
        let journal = Failing { opened, passed, ..Failing::default() };
        let config = |_| Config::new(SESSION).journal(Box::new(journal.clone()));
        let program = async |s: &Session<F>| -> Result<Vec<F>> { s.reveal(&s.random(1)?).await };
        let (results, sigmas) = duel::<F, _, _>(2, DEALT, config, program, async |puppet| {
            let x = puppet.dealer.randoms(1).unwrap();
            let seen = puppet.open(&x, &[speedwell_field::Field::ZERO]).await;
            let tossed = puppet.toss(&[seen]).await.unwrap();
            let nonce = puppet.commit(|_| tossed.sigma).await;
            puppet.sigma(|_| tossed.sigma, nonce).await;
            puppet.others_sigmas().await.len()
        });
        assert_eq!(results[0], Err(UsageFault::Journal.into()));
        assert_eq!(sigmas, usize::from(passed), "the sigma leaves only with its record");
        let expected = if passed { EpochState::Burnt } else { EpochState::Live };
        assert_eq!(journal.inner.state(epoch()), expected);
    }
}
