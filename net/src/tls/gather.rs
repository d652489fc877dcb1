//! Gathering: from a roster to a started session.
//!
//! One loop hears all news: connections made by calling, connections of callers, starts announced, connections lost. A
//! peer's connections form a set, named by the peer's nonce and the attempt; a set of a later run or attempt replaces
//! an earlier one, and only after its hellos are verified. When all sets are whole, this party announces the session's
//! number to every peer, and starts once each has announced the same. A peer that is lost before that is waited for
//! again; then the number is another one, and is announced anew.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::call::{self, ConnectionSet};
use super::error::{Absent, AbsentReason, ConnectError, LocalError};
use super::event::MeshEvent;
use super::fault::HandshakeFault;
use super::hello::Purpose;
use super::lobby::{Caller, Lobby};
use super::secure::{Endpoint, Failed, Greeted};
use super::set::{self, Set};
use super::{Connected, MeshConfig, begin, open_listener};
use crate::digest::LabelledHash;
use crate::{PartyId, PeerLabel};

const MAX_CHANNELS: u16 = 64;
/// Refused callers that an error tells of.
const REMEMBERED: usize = 8;
const TOLD_EVERY: Duration = Duration::from_secs(1);

pub(super) async fn connect(mut config: MeshConfig) -> Result<Connected, ConnectError> {
    if !(1..=MAX_CHANNELS).contains(&config.channels) {
        return Err(LocalError::Channels(config.channels).into());
    }
    let endpoint = Arc::new(Endpoint::new(config.local.clone(), config.channels)?);
    let listen = std::mem::take(&mut config.listen);
    let listener = open_listener(listen, endpoint.roster(), endpoint.me()).await?;
    if let Ok(address) = listener.local_addr() {
        config.events.tell(&MeshEvent::Listening { address });
    }
    let (tell, news) = mpsc::channel(64);
    let limit = config.timeouts.handshake;
    let lobby = Lobby::open(listener, endpoint.clone(), limit, |purpose| purpose, tell.clone());
    let mut gathering = Gathering {
        endpoint,
        config,
        sets: BTreeMap::new(),
        tell,
        calls: JoinSet::new(),
        generation: 0,
        start: Instant::now(),
        reasons: BTreeMap::new(),
        remembered: VecDeque::new(),
        refused: 0,
    };
    gathering.call_all();
    let session_id = gathering.gather(news).await?;
    drop(lobby);
    // No task may look at a control connection any more when it moves to the keepalive's thread.
    gathering.calls.shutdown().await;
    let Gathering { endpoint, config, sets, refused, .. } = gathering;
    begin::begin(&endpoint, &config, sets, session_id, refused)
}

/// What the loop hears.
enum News {
    Answered { peer: PartyId, outcome: Result<ConnectionSet, HandshakeFault> },
    Unanswered { peer: PartyId, reason: AbsentReason },
    Caller(Caller),
    Announced { peer: PartyId, generation: u64, session_id: [u8; 16] },
    Lost { peer: PartyId, generation: u64 },
}

impl From<Caller> for News {
    fn from(caller: Caller) -> Self {
        Self::Caller(caller)
    }
}

struct Gathering {
    endpoint: Arc<Endpoint>,
    config: MeshConfig,
    sets: BTreeMap<PartyId, Set>,
    tell: mpsc::Sender<News>,
    calls: JoinSet<()>,
    /// Numbers the sets, and the attempts of this party's calls.
    generation: u64,
    start: Instant,
    reasons: BTreeMap<PartyId, AbsentReason>,
    remembered: VecDeque<(SocketAddr, HandshakeFault)>,
    refused: u64,
}

impl Gathering {
    async fn gather(&mut self, mut news: mpsc::Receiver<News>) -> Result<[u8; 16], ConnectError> {
        let mut told = Duration::ZERO;
        loop {
            if let Some(session_id) = self.session_id() {
                self.announce(session_id).await;
                let agreed = self.sets.values().all(|set| set.heard == Some(session_id));
                if agreed && self.session_id() == Some(session_id) {
                    return Ok(session_id);
                }
            }
            let waited = self.start.elapsed();
            if waited >= self.config.timeouts.connect {
                return Err(self.absent());
            }
            if waited >= told.saturating_add(TOLD_EVERY) {
                told = waited;
                self.tell_who_is_missing(waited);
            }
            let patience = self.config.timeouts.connect.saturating_sub(waited);
            if let Ok(Some(news)) = tokio::time::timeout(patience.min(TOLD_EVERY), news.recv()).await {
                self.hear(news)?;
            }
        }
    }

    fn hear(&mut self, news: News) -> Result<(), ConnectError> {
        while self.calls.try_join_next().is_some() {}
        match news {
            News::Answered { peer, outcome: Ok(set) } => {
                let ConnectionSet { control, data } = set;
                self.admit(peer, control, Purpose::Control);
                for (channel, greeted) in (0..).zip(data) {
                    self.admit(peer, greeted, Purpose::Data(channel));
                }
                Ok(())
            }
            News::Answered { peer, outcome: Err(fault) } => {
                let address = self.address(peer);
                Err(ConnectError::Peer { peer: self.label(peer), address, fault })
            }
            News::Unanswered { peer, reason } => {
                self.reasons.insert(peer, reason);
                Ok(())
            }
            News::Caller(Caller { from, outcome }) => self.receive(from, outcome),
            News::Announced { peer, generation, session_id } => {
                if let Some(set) = self.sets.get_mut(&peer).filter(|set| set.generation == generation) {
                    set.heard = Some(session_id);
                    self.listen_to(peer);
                }
                Ok(())
            }
            News::Lost { peer, generation } => {
                self.lose(peer, generation);
                Ok(())
            }
        }
    }

    /// A caller: a stranger, a peer's doctor, or a peer of this session.
    fn receive(&mut self, from: SocketAddr, outcome: Result<Greeted, Failed>) -> Result<(), ConnectError> {
        let (peer, fault) = match outcome {
            Err(Failed { peer, fault }) => (peer, fault),
            Ok(greeted) => {
                let (peer, purpose) = (greeted.peer, greeted.hello.body.purpose);
                if purpose == Purpose::Doctor {
                    let peer = self.label(peer);
                    self.config.events.tell(&MeshEvent::Probed { peer });
                    return Ok(());
                }
                let checked = if peer < self.endpoint.me() {
                    Err(HandshakeFault::WrongDirection)
                } else {
                    call::check(&greeted, purpose, &self.endpoint)
                };
                match checked {
                    Ok(()) => {
                        self.admit(peer, greeted, purpose);
                        return Ok(());
                    }
                    Err(fault) => (Some(peer), fault),
                }
            }
        };
        self.refuse(from, &fault);
        // A proved peer that is not there yet and cannot be accepted never will be.
        match peer.filter(|peer| !self.sets.contains_key(peer) && !fault.may_pass()) {
            Some(peer) => {
                Err(ConnectError::Peer { peer: self.label(peer), address: from.to_string(), fault })
            }
            None => Ok(()),
        }
    }

    fn refuse(&mut self, from: SocketAddr, fault: &HandshakeFault) {
        self.refused = self.refused.saturating_add(1);
        if self.remembered.len() >= REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back((from, fault.clone()));
        self.config.events.tell(&MeshEvent::Refused { from, fault: fault.clone() });
    }

    /// Puts a verified connection in its place. That of a later run or attempt replaces all earlier ones.
    fn admit(&mut self, peer: PartyId, greeted: Greeted, purpose: Purpose) {
        let (nonce, attempt) = (greeted.hello.body.nonce, greeted.hello.body.attempt);
        let current = self.sets.get(&peer);
        if current.is_some_and(|set| set.nonce == nonce && set.attempt > attempt) {
            return;
        }
        if current.is_none_or(|set| (set.nonce, set.attempt) != (nonce, attempt)) {
            self.generation = self.generation.saturating_add(1);
            let set = Set::empty((nonce, attempt), self.generation, self.config.channels);
            self.sets.insert(peer, set);
        }
        let label = self.label(peer);
        let Some(set) = self.sets.get_mut(&peer) else { return };
        set.place(&label, greeted, purpose);
        let whole = set.whole();
        if purpose == Purpose::Control {
            self.listen_to(peer);
        }
        if whole {
            self.reasons.insert(peer, AbsentReason::NotReady);
            self.config.events.tell(&MeshEvent::Met { peer: label });
        }
    }

    /// Waits, in a task, for the peer's next announcement or the end of its connection.
    fn listen_to(&mut self, peer: PartyId) {
        let Some(set) = self.sets.get_mut(&peer) else { return };
        let Some(control) = set.control.clone() else { return };
        let (tell, generation) = (self.tell.clone(), set.generation);
        let hearing = self.calls.spawn(async move {
            let news = match set::hear_announcement(&control).await {
                Some(session_id) => News::Announced { peer, generation, session_id },
                None => News::Lost { peer, generation },
            };
            drop(tell.send(news).await);
        });
        if let Some(earlier) = set.hearing.replace(hearing) {
            earlier.abort();
        }
    }

    fn lose(&mut self, peer: PartyId, generation: u64) {
        if self.sets.get(&peer).is_some_and(|set| set.generation == generation) {
            self.sets.remove(&peer);
            self.config.events.tell(&MeshEvent::Lost { peer: self.label(peer) });
            self.reasons.insert(peer, AbsentReason::Left);
            self.call_if_lower(peer);
        }
    }

    fn call_all(&mut self) {
        for peer in self.endpoint.me().others(self.endpoint.roster().parties()) {
            self.reasons.insert(peer, AbsentReason::NeverCalled);
            self.call_if_lower(peer);
        }
    }

    fn call_if_lower(&mut self, peer: PartyId) {
        if peer > self.endpoint.me() {
            return;
        }
        // Later attempts have higher numbers than all before them; nobody tries a million times in one call.
        let attempt = u32::try_from(self.generation.saturating_mul(1 << 20)).unwrap_or(u32::MAX);
        let (endpoint, tell) = (self.endpoint.clone(), self.tell.clone());
        let (channels, limit) = (self.config.channels, self.config.timeouts.handshake);
        self.calls.spawn(async move {
            // If the news pile up, the next attempt's will do.
            let failing = |reason| drop(tell.try_send(News::Unanswered { peer, reason }));
            let outcome = call::call(endpoint, peer, channels, attempt, limit, failing).await;
            drop(tell.send(News::Answered { peer, outcome }).await);
        });
    }

    /// The session's number, once all are there: a hash over the digests and every party's nonce.
    fn session_id(&self) -> Option<[u8; 16]> {
        let mut hash = LabelledHash::new("speedwell session 1");
        for (name, digest) in &self.endpoint.digests {
            hash = hash.part(name.as_bytes()).part(digest);
        }
        for party in self.endpoint.roster().ids() {
            let nonce = if party == self.endpoint.me() {
                self.endpoint.nonce
            } else {
                self.sets.get(&party).filter(|set| set.whole())?.nonce
            };
            hash = hash.part(&nonce);
        }
        hash.finish().first_chunk().copied()
    }

    async fn announce(&mut self, session_id: [u8; 16]) {
        let mut lost = Vec::new();
        for (peer, set) in &mut self.sets {
            // A few bytes on a fresh connection: if they do not go out at once, the connection is of no use.
            let told = tokio::time::timeout(self.config.timeouts.handshake, set.announce(session_id)).await;
            if !matches!(told, Ok(Ok(()))) {
                lost.push((*peer, set.generation));
            }
        }
        for (peer, generation) in lost {
            self.lose(peer, generation);
        }
    }

    fn missing(&self) -> impl Iterator<Item = PartyId> {
        let (me, parties) = (self.endpoint.me(), self.endpoint.roster().parties());
        me.others(parties).filter(|peer| {
            let set = self.sets.get(peer).filter(|set| set.whole());
            set.is_none_or(|set| set.announced.is_some() && set.heard != set.announced)
        })
    }

    fn tell_who_is_missing(&self, waited: Duration) {
        for party in self.missing() {
            let (peer, address) = (self.label(party), self.address(party));
            self.config.events.tell(&MeshEvent::Waiting { peer, address, waited });
        }
    }

    fn absent(&self) -> ConnectError {
        let absent = |party: PartyId| Absent {
            peer: self.label(party),
            address: self.address(party),
            reason: self.reasons.get(&party).cloned().unwrap_or(AbsentReason::NeverCalled),
        };
        ConnectError::Absent {
            waited: self.config.timeouts.connect,
            absent: self.missing().map(absent).collect(),
            refused: self.remembered.iter().cloned().collect(),
        }
    }

    fn label(&self, party: PartyId) -> PeerLabel {
        self.endpoint.roster().label(party)
    }

    fn address(&self, party: PartyId) -> String {
        self.endpoint.roster().member(party).map_or_else(String::new, |member| member.address.clone())
    }
}
