//! The mesh over mutual TLS 1.3: every pair of parties joined, each end proved by its pinned key.
//!
//! The lower party number listens for the higher. Each pair has one small control connection, whose signs of life a
//! thread of its own shows and awaits, and one connection for each channel. On each, TLS proves the peer's key, then
//! both say hello: who they are, their software, their clock, a fresh nonce, and digests of all that must be the same
//! at every party. When all are there they agree on the session's number, a hash over the digests and all nonces, and
//! only then does the first frame travel. Until then a lost connection is made again; after that it ends the session.
//!
//! Strangers (port scanners, half-open connections, wrong keys) cost a bounded handshake each and are reported. The
//! listener closes when the session starts.
//!
//! Measured on loopback between two threads, two cores of an AMD EPYC (Zen 4), release build, otherwise idle: a round in
//! which both send and receive 16 bytes takes 12 µs spinning and 39 µs parked; bulk runs at 0.65 to 0.78 GB/s each way at once.
//! `cargo bench -p speedwell-net` repeats this. Where the parties outnumber the cores, spinning is slower than parking.
//! For the lowest latency, run each party on a current-thread runtime; `event_interval(1)` gains a little more.

mod begin;
mod call;
mod doctor;
mod error;
mod event;
mod fault;
mod gather;
mod hello;
mod keepalive;
mod life;
mod link;
mod lobby;
mod secure;
mod set;
mod socket;
mod stream;
mod transport;
mod verify;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

pub use self::doctor::{Doctor, PeerReport, ProbeError, doctor_probe};
pub use self::error::{Absent, AbsentReason, CertificateState, ConnectError, LocalError};
pub use self::event::{EventSink, MeshEvent};
pub use self::fault::{DifferenceKind, DigestDifference, HandshakeFault, Refusal};
pub use self::hello::PROTOCOL_VERSION;
pub use self::secure::LocalParty;
pub use self::transport::TlsTransport;
use crate::{PartyId, PeerLabel, Roster};

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until all parties are there. 30 s.
    pub connect: Duration,
    /// For one connection's handshake and hello. 10 s.
    pub handshake: Duration,
    /// Without a sign of life of a peer, while waiting for it. 30 s.
    pub idle: Duration,
    /// For one wait for a peer, even one that lives. 600 s.
    pub round: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(30), handshake: seconds(10), idle: seconds(30), round: seconds(600) }
    }
}

/// Where a party listens.
#[derive(Debug, Default)]
pub enum Listen {
    /// At the address that the roster has for it.
    #[default]
    Roster,
    /// At this address, host and port: behind a translation of addresses, the roster's is another.
    At(String),
    /// On this socket.
    On(std::net::TcpListener),
}

/// What a [`TlsMesh`] needs to know.
#[derive(Debug)]
pub struct MeshConfig {
    /// This party.
    pub local: LocalParty,
    /// Where it listens.
    pub listen: Listen,
    /// Number of channels, 1 to 64: each is a connection of its own to every peer and gives one [`TlsTransport`].
    pub channels: u16,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// Bytes that each direction of each connection holds before `send` waits, or the peer is held up. 4 MiB.
    pub queue_bytes: usize,
    /// Whether `recv` looks out for up to 200 µs before it sleeps: a parked round costs several times a spinning one.
    /// Enable it only while the parties on this host do not outnumber its cores.
    pub spin: bool,
    /// Told of progress and of refused callers.
    pub events: EventSink,
}

impl MeshConfig {
    /// One channel, listening where the roster says, default time-outs and queues, no spinning, no sink for events.
    #[must_use]
    pub fn new(local: LocalParty) -> Self {
        Self {
            local,
            listen: Listen::Roster,
            channels: 1,
            timeouts: Timeouts::default(),
            queue_bytes: 4 << 20,
            spin: false,
            events: EventSink::none(),
        }
    }
}

/// Connects the parties of a roster.
#[derive(Clone, Copy, Debug)]
pub struct TlsMesh;

impl TlsMesh {
    /// Waits until all parties are there and agree, then starts the session. Must run within a tokio runtime with I/O
    /// and time enabled; the transports' tasks live on it.
    pub async fn connect(config: MeshConfig) -> Result<Connected, ConnectError> {
        gather::connect(config).await
    }
}

/// A session that has started.
#[derive(Debug)]
pub struct Connected {
    /// One transport for each channel, in order.
    pub transports: Vec<TlsTransport>,
    /// The session's number: the same at all parties and different in each run, even if all parties but one cheat.
    pub session_id: [u8; 16],
    /// What the peers said of themselves, by party number, this party left out.
    pub peers: Vec<PeerInfo>,
    /// Number of callers that were refused while waiting.
    pub refused: u64,
}

/// What a peer said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerInfo {
    /// Which peer.
    pub peer: PeerLabel,
    /// The address it has on this connection.
    pub address: SocketAddr,
    /// Name and version of its software.
    pub software: String,
    /// Its clock less this party's, in milliseconds; as exact as a round trip.
    pub clock_offset_ms: i64,
}

async fn open_listener(listen: Listen, roster: &Roster, me: PartyId) -> Result<TcpListener, LocalError> {
    let refused =
        |address: String| move |error: std::io::Error| LocalError::Listen { address, kind: error.kind() };
    match listen {
        Listen::Roster => {
            let address = roster.member(me).ok_or(LocalError::NotInRoster(me))?.address.clone();
            TcpListener::bind(&address).await.map_err(refused(address))
        }
        Listen::At(address) => TcpListener::bind(&address).await.map_err(refused(address)),
        Listen::On(socket) => {
            let refused = refused(socket.local_addr().map_or_else(|_| "?".into(), |a| a.to_string()));
            socket.set_nonblocking(true).and_then(|()| TcpListener::from_std(socket)).map_err(refused)
        }
    }
}

impl fmt::Display for PeerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, address, software, clock_offset_ms } = self;
        write!(f, "{peer} at {address}, {software}, clock {clock_offset_ms:+} ms")
    }
}

#[cfg(test)]
mod tests;
