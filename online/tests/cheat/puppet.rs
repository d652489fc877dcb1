//! A cheater that plays by hand: party 0 sends and receives the frames itself, against honest sessions.
//!
//! It follows the wire format and the formulas of the check as they are documented, so it also pins them.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use speedwell_dealer::InsecureDealer;
use speedwell_field::{Field, Prg, Seed};
use speedwell_net::{Frame, Header, MemoryTransport, PartyId, Transport, memory_mesh};
use speedwell_online::testing::SESSION;
use speedwell_online::transcript::{Place, commit, fresh32};
use speedwell_online::wire::Message;
use speedwell_online::{Config, Preprocessing, Result, Session, Shares};

use crate::common::{decoded, elements, encoded, party};

/// The cheater: party 0.
pub struct Puppet<F: Field> {
    transport: MemoryTransport,
    n: usize,
    round: u64,
    /// Where the check under way belongs.
    place: Place,
    seed: ([u8; 32], [u8; 32]),
    /// The last digest that an honest party sent.
    digest: [u8; 32],
    /// Its material, as the dealer gave it.
    pub dealer: InsecureDealer<F>,
}

/// An opened vector: its values as the honest parties see them, and the cheater's MAC shares.
#[derive(Clone)]
pub struct Seen<F> {
    pub values: Vec<F>,
    pub macs: Vec<F>,
}

/// What the cheater knows when the coin of a check is out.
pub struct Tossed<F> {
    /// The coefficients.
    pub r: Vec<F>,
    /// The sigma that an honest party 0 would have.
    pub sigma: F,
}

impl<F: Field> Puppet<F> {
    /// The cheater on its transport.
    pub fn new(transport: MemoryTransport, dealer: InsecureDealer<F>) -> Self {
        let place = Place { epoch: dealer.epoch(), session: SESSION, number: 0 };
        let seed = (fresh32().unwrap(), fresh32().unwrap());
        Self { n: transport.parties(), transport, round: 0, place, seed, digest: [0; 32], dealer }
    }

    pub fn honest(&self) -> impl Iterator<Item = PartyId> + use<F> {
        (1..self.n).map(party)
    }

    pub async fn send(&self, to: PartyId, message: Message, payload: impl Into<Vec<u8>>) {
        let header = Header {
            kind: message.number(),
            channel: 0,
            round: self.round,
            epoch: self.place.epoch,
            session: self.place.session,
        };
        // A peer that has given up is no reason to stop.
        drop(self.transport.send(to, Frame { header, payload: Bytes::from(payload.into()) }).await);
    }

    pub async fn send_all(&self, message: Message, payload: &[u8]) {
        for to in self.honest() {
            self.send(to, message, payload).await;
        }
    }

    /// The next frame of this kind from every honest party; `None` from one that has given up.
    pub async fn receive(&self, message: Message) -> Vec<Option<Vec<u8>>> {
        let mut payloads = Vec::new();
        for from in self.honest() {
            let frame = self.transport.recv(from, usize::MAX).await.ok();
            let frame = frame.filter(|frame| frame.header.kind == message.number());
            payloads.push(frame.map(|frame| frame.payload.to_vec()));
        }
        payloads
    }

    /// Ends the links to all.
    pub fn leave(&self) {
        self.honest().for_each(|peer| self.transport.disconnect(peer));
    }

    /// All frames that have come and were not read.
    pub fn leftover(&self) -> Vec<Frame> {
        let mut frames = Vec::new();
        for from in self.honest() {
            let mut cx = Context::from_waker(Waker::noop());
            while let Poll::Ready(Ok(frame)) = self.transport.recv(from, usize::MAX).as_mut().poll(&mut cx) {
                frames.push(frame);
            }
        }
        frames
    }

    /// Opens a vector with `error` added to it.
    pub async fn open(&mut self, x: &Shares<F>, error: &[F]) -> Seen<F> {
        if self.round == 0 {
            let (value, nonce) = &self.seed;
            self.send_all(Message::Start, &commit("mac-check seed", &self.place, party(0), value, nonce))
                .await;
            self.receive(Message::Start).await;
        }
        let theirs: Vec<Vec<u8>> =
            self.receive(Message::Open).await.into_iter().map(|payload| payload.expect("a share")).collect();
        let mut share = x.value_shares().to_vec();
        F::add_assign_slice(&mut share, error);
        // The count and the labels as an honest party has them, then the share.
        let mut payload = theirs[0][..16].to_vec();
        F::pack(&share, &mut payload);
        self.send_all(Message::Open, &payload).await;
        self.round += 1;
        let mut values = share;
        theirs.iter().for_each(|payload| F::add_assign_slice(&mut values, &elements::<F>(payload)));
        Seen { values, macs: x.mac_shares().to_vec() }
    }

    /// Flight 1: opens the seed, gives the coin.
    pub async fn toss(&mut self, opened: &[Seen<F>]) -> Option<Tossed<F>> {
        self.toss_of_choice(opened, |_| true).await
    }

    /// Flight 1, rushing: after it has seen the others' seeds it opens one whose coefficients it likes, whatever it has
    /// committed to; its own if it likes that one.
    pub async fn toss_of_choice(
        &mut self,
        opened: &[Seen<F>],
        mut likes: impl FnMut(&[F]) -> bool,
    ) -> Option<Tossed<F>> {
        let theirs = self.receive(Message::Seed).await;
        self.digest = theirs.iter().flatten().next()?[..32].try_into().unwrap();
        let tossed = loop {
            let transcript = self.place.transcript("mac-check coin").bytes(&self.digest).bytes(&self.seed.0);
            let coin = theirs.iter().flatten().fold(transcript, |t, payload| t.bytes(&payload[32..64]));
            let tossed = self.expand(&coin.finish(), opened);
            if likes(&tossed.r) {
                break tossed;
            }
            self.seed.0 = fresh32().unwrap();
        };
        self.send_all(Message::Seed, &[self.digest, self.seed.0, self.seed.1].concat()).await;
        self.round += 1;
        Some(tossed)
    }

    /// The coefficients that a coin gives, and the sigma that goes with them.
    pub fn expand(&self, coin: &[u8; 32], opened: &[Seen<F>]) -> Tossed<F> {
        let (values, macs): (Vec<F>, Vec<F>) =
            opened.iter().flat_map(|seen| seen.values.iter().copied().zip(seen.macs.iter().copied())).unzip();
        let mut r = vec![F::ZERO; values.len()];
        F::sample(&mut Prg::new(&Seed(coin[..16].try_into().unwrap())), &mut r);
        let sigma = F::dot(&r, &macs) - self.dealer.key().alpha() * F::dot(&r, &values);
        Tossed { r, sigma }
    }

    /// Flight 2: commits to a sigma for each honest party, and gives the nonce.
    pub async fn commit(&mut self, sigma: impl Fn(PartyId) -> F) -> [u8; 32] {
        let nonce = fresh32().unwrap();
        for to in self.honest() {
            let value = encoded(sigma(to));
            self.send(to, Message::Commit, commit("mac-check sigma", &self.place, party(0), &value, &nonce))
                .await;
        }
        self.receive(Message::Commit).await;
        self.round += 1;
        nonce
    }

    /// Flight 3, its first half: the honest sigmas. Whoever rushes sees them before it sends its own.
    pub async fn others_sigmas(&mut self) -> Vec<F> {
        let payloads = self.receive(Message::Sigma).await;
        payloads.into_iter().flatten().map(|payload| decoded(&payload[..F::BYTES])).collect()
    }

    /// Flight 3, its second half: opens the sigmas, and commits to the seed of the next check.
    pub async fn sigma(&mut self, sigma: impl Fn(PartyId) -> F, nonce: [u8; 32]) {
        self.place.number += 1;
        self.seed = (fresh32().unwrap(), fresh32().unwrap());
        let next = commit("mac-check seed", &self.place, party(0), &self.seed.0, &self.seed.1);
        for to in self.honest() {
            self.send(to, Message::Sigma, [encoded(sigma(to)), nonce.to_vec(), next.to_vec()].concat()).await;
        }
        self.round += 1;
    }

    /// A whole check with `shift` added to the honest sigma: what the honest parties opened, and the coefficients.
    pub async fn check(&mut self, opened: &[Seen<F>], shift: F) -> Option<(Tossed<F>, Vec<F>)> {
        let tossed = self.toss(opened).await?;
        let sigma = tossed.sigma + shift;
        let nonce = self.commit(|_| sigma).await;
        let others = self.others_sigmas().await;
        self.sigma(|_| sigma, nonce).await;
        Some((tossed, others))
    }
}

/// Honest sessions of parties 1 … n − 1 against party 0 played by hand: what the honest parties have in the end, and what
/// the cheater has. There is no clock: nobody times out.
pub fn duel<F: Field, T, A>(
    n: usize,
    seed: [u8; 32],
    config: impl Fn(PartyId) -> Config,
    program: impl AsyncFn(&Session<F>) -> Result<T>,
    play: impl AsyncFnOnce(&mut Puppet<F>) -> A,
) -> (Vec<Result<T>>, A) {
    let (mut puppet, sessions) = opponents(n, seed, config);
    let mut results: Vec<Option<Result<T>>> = sessions.iter().map(|_| None).collect();
    let mut played = None;
    let mut all: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    all.push(Box::pin(async { played = Some(play(&mut puppet).await) }));
    for (session, result) in sessions.iter().zip(&mut results) {
        let program = &program;
        all.push(Box::pin(async move {
            *result = Some(match session {
                Ok(session) => session.run(program).await,
                Err(error) => Err(error.clone()),
            });
        }));
    }
    drive(all);
    (results.into_iter().flatten().collect(), played.expect("the cheater ends"))
}

/// Party 0, to be played by hand, and the others' sessions.
pub fn opponents<F: Field>(
    n: usize,
    seed: [u8; 32],
    config: impl Fn(PartyId) -> Config,
) -> (Puppet<F>, Vec<Result<Session<F>>>) {
    let mut mesh = memory_mesh(n).into_iter();
    let puppet = Puppet::new(mesh.next().unwrap(), InsecureDealer::new(seed, party(0), n));
    let session = |transport: MemoryTransport| {
        let me = transport.me();
        let dealer = InsecureDealer::new(seed, me, n);
        Session::new(Box::new(transport), Box::new(dealer), config(me))
    };
    (puppet, mesh.map(session).collect())
}

/// Polls all in turn until each has ended.
pub fn drive(futures: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    let mut running = futures;
    for _ in 0..10_000 {
        running
            .retain_mut(|future| future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        if running.is_empty() {
            return;
        }
    }
    panic!("{} parties wait for ever", running.len());
}
