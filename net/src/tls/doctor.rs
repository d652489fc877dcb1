//! The doctor: asks peers how they are, and answers theirs, without a session.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::error::{AbsentReason, LocalError};
use super::event::{EventSink, MeshEvent};
use super::fault::{DigestDifference, HandshakeFault};
use super::hello::Purpose;
use super::lobby::{Caller, Lobby};
use super::secure::{Endpoint, Failed, LocalParty};
use super::{Listen, call, open_listener};
use crate::{Advice, PartyId, PeerLabel};

/// What a probe found out of a peer whose key is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerReport {
    /// Which peer.
    pub peer: PeerLabel,
    /// Name and version of its software.
    pub software: String,
    /// Its clock less this party's, in milliseconds; as exact as half a round trip.
    pub clock_offset_ms: i64,
    /// From a message to its answer.
    pub round_trip: Duration,
    /// Which digests differ; empty if none does.
    pub differences: Vec<DigestDifference>,
}

/// Why a probe found out nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// Something on this side.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// The network refused or lost the call.
    #[error("{peer} at {address}: {}", not_reached(*kind))]
    NotReached {
        /// Which peer.
        peer: PeerLabel,
        /// Where it should be.
        address: String,
        /// What the network said.
        kind: io::ErrorKind,
    },
    /// It was reached and something is wrong with it.
    #[error("{peer} at {address}: {fault}")]
    Fault {
        /// Which peer.
        peer: PeerLabel,
        /// Where it was met.
        address: String,
        /// What is wrong.
        fault: HandshakeFault,
    },
}

impl ProbeError {
    /// What was found, what is needed, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Local(error) => error.advice(),
            Self::NotReached { kind, .. } => not_reached(*kind),
            Self::Fault { fault, .. } => fault.advice(),
        }
    }
}

fn not_reached(kind: io::ErrorKind) -> Advice {
    Advice::new(
        format!("it cannot be reached ({kind})"),
        "a waiting party or its doctor at this address",
        "start it (or its doctor) there, and check address, network and firewalls",
    )
}

/// Asks one peer how it is: a waiting party or a [`Doctor`] answers. Takes at most twice `limit`.
pub async fn doctor_probe(
    local: LocalParty,
    party: PartyId,
    limit: Duration,
) -> Result<PeerReport, ProbeError> {
    let endpoint = Endpoint::new(local, 0)?;
    let member = endpoint.roster().member(party).filter(|_| party != endpoint.me());
    let address = member.ok_or(LocalError::NotInRoster(party))?.address.clone();
    let peer = endpoint.roster().label(party);
    let tcp = match call::connect(&endpoint, party, limit).await {
        Ok(tcp) => tcp,
        Err(AbsentReason::NotReached(kind)) => return Err(ProbeError::NotReached { peer, address, kind }),
        Err(_) => return Err(ProbeError::Fault { peer, address, fault: HandshakeFault::Closed }),
    };
    match endpoint.call(tcp, party, (Purpose::Doctor, 0), limit).await {
        Ok(greeted) => Ok(PeerReport {
            peer,
            differences: greeted.hello.differences(&endpoint.digests),
            software: greeted.hello.software,
            clock_offset_ms: greeted.clock_offset_ms,
            round_trip: greeted.round_trip,
        }),
        Err(fault) => Err(ProbeError::Fault { peer, address, fault }),
    }
}

/// Listens and answers other parties' probes until it is dropped. A party that wants a session is told that only the
/// doctor is here, and tries again.
#[derive(Debug)]
pub struct Doctor {
    address: Option<SocketAddr>,
    serving: AbortHandle,
}

impl Doctor {
    /// Listens where `listen` says. `events` hears of each probe and of each caller that is refused. A handshake may
    /// take at most `limit`.
    pub async fn listen(
        local: LocalParty,
        listen: Listen,
        limit: Duration,
        events: EventSink,
    ) -> Result<Self, LocalError> {
        let endpoint = Arc::new(Endpoint::new(local, 0)?);
        let listener = open_listener(listen, endpoint.roster(), endpoint.me()).await?;
        let address = listener.local_addr().ok();
        let (tell, mut callers) = mpsc::channel::<Caller>(16);
        let lobby = Lobby::open(listener, endpoint.clone(), limit, |_| Purpose::Doctor, tell);
        let serving = tokio::spawn(async move {
            let _lobby = lobby;
            while let Some(Caller { from, outcome }) = callers.recv().await {
                events.tell(&match outcome {
                    Ok(greeted) if greeted.hello.body.purpose == Purpose::Doctor => {
                        MeshEvent::Probed { peer: endpoint.roster().label(greeted.peer) }
                    }
                    Ok(_) => MeshEvent::Refused { from, fault: HandshakeFault::DoctorOnly },
                    Err(Failed { fault, .. }) => MeshEvent::Refused { from, fault },
                });
            }
        });
        Ok(Self { address, serving: serving.abort_handle() })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }
}

impl Drop for Doctor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
