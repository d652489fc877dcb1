//! What happens while parties gather, for those who watch.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::fault::HandshakeFault;
use crate::PeerLabel;

/// One thing that happened while parties gather.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeshEvent {
    /// This party listens.
    Listening {
        /// Where.
        address: SocketAddr,
    },
    /// A peer is not there yet. Told once a second.
    Waiting {
        /// Which peer.
        peer: PeerLabel,
        /// Where it should be.
        address: String,
        /// For how long this party has waited.
        waited: Duration,
    },
    /// A peer is there and has been checked.
    Met {
        /// Which peer.
        peer: PeerLabel,
    },
    /// The connection to a peer that was there is gone; it is waited for again.
    Lost {
        /// Which peer.
        peer: PeerLabel,
    },
    /// A caller was refused.
    Refused {
        /// Where it called from.
        from: SocketAddr,
        /// Why.
        fault: HandshakeFault,
    },
    /// A peer's doctor was answered.
    Probed {
        /// Which peer.
        peer: PeerLabel,
    },
    /// All parties are there and agree.
    Started {
        /// The session's number.
        session_id: [u8; 16],
    },
}

/// Where events go: a closure, or nowhere. All events also go to `tracing`.
#[derive(Clone, Default)]
pub struct EventSink(Option<Arc<dyn Fn(&MeshEvent) + Send + Sync>>);

impl EventSink {
    /// Only `tracing` is told.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Calls `tell` for each event, from within the connecting task: it must not block.
    pub fn new(tell: impl Fn(&MeshEvent) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    pub(super) fn tell(&self, event: &MeshEvent) {
        match event {
            MeshEvent::Listening { address } => tracing::info!(%address, "listening"),
            MeshEvent::Waiting { peer, address, waited } => {
                tracing::info!(%peer, %address, seconds = waited.as_secs(), "waiting for a party");
            }
            MeshEvent::Met { peer } => tracing::info!(%peer, "party is there"),
            MeshEvent::Lost { peer } => tracing::warn!(%peer, "party is gone, waiting for it again"),
            MeshEvent::Refused { from, fault } => tracing::warn!(%from, %fault, "caller refused"),
            MeshEvent::Probed { peer } => tracing::info!(%peer, "doctor answered"),
            MeshEvent::Started { .. } => tracing::info!("all parties are there"),
        }
        if let Some(tell) = &self.0 {
            tell(event);
        }
    }
}

impl fmt::Debug for EventSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "EventSink(closure)" } else { "EventSink(none)" })
    }
}
