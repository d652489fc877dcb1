//! Parties, frames and transports.
//!
//! The crate moves bytes and knows no field. It depends on nothing else of the workspace and is the only one that opens
//! sockets. A [`Transport`] is one ordered, authenticated, bounded stream of [`Frame`]s to and from every peer:
//!
//! - [`memory_mesh`] joins the parties of one process;
//! - [`TlsMesh`] joins processes over mutual TLS 1.3, each end proved by its pinned key ([`Roster`], [`Identity`]).
//!
//! Decorators work over any transport: [`Metered`] counts, [`Delayed`] imitates another network, and, for tests, the
//! `tamper` module (feature `testing`) cheats.
//!
//! ```
//! use speedwell_net::{Frame, Header, Metered, PartyId, Transport, memory_mesh};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), speedwell_net::NetError> {
//! let parties: Vec<_> = memory_mesh(2).into_iter().map(Metered::new).collect();
//! let [alice, bob] = [parties[0].me(), parties[1].me()];
//! parties[0].send(bob, Frame { header: Header::default(), payload: "hello".into() }).await?;
//! assert_eq!(parties[1].recv(alice, 5).await?.payload, "hello");
//! assert_eq!(parties[0].meter().traffic().sent().bytes, 48 + 5);
//! # Ok(())
//! # }
//! ```
//!
//! Every frame has a header of [`HEADER_BYTES`] bytes. Bytes from a peer cause a typed error and the end of its
//! connection at most: lengths are capped before anything is allocated, and nothing panics.
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions))]

mod advice;
mod certificate;
mod decode;
mod delay;
mod digest;
mod error;
mod frame;
mod identity;
mod memory;
mod meter;
mod party;
mod queue;
mod roster;
#[cfg(any(test, feature = "testing"))]
pub mod tamper;
mod tls;

pub use advice::Advice;
pub use certificate::Usage;
pub use delay::{Delayed, LinkProfile};
pub use error::{NetError, NetFault};
pub use frame::{Frame, HEADER_BYTES, Header, MAX_PAYLOAD, WIRE_VERSION};
pub use identity::{Identity, IdentityError, IdentityPem, KeyPin, ParsePinError};
pub use memory::{MemoryConfig, MemoryTransport, memory_mesh, memory_mesh_with};
pub use meter::{Count, Meter, Metered, PeerTraffic, PhaseTraffic, Traffic};
pub use party::PartyId;
pub use roster::{Member, PeerLabel, Roster, RosterError};
pub use tls::{
    Absent, AbsentReason, CertificateState, ConnectError, Connected, DifferenceKind, DigestDifference,
    Doctor, EventSink, HandshakeFault, Listen, LocalError, LocalParty, MeshConfig, MeshEvent,
    PROTOCOL_VERSION, PeerInfo, PeerReport, ProbeError, Refusal, Timeouts, TlsMesh, TlsTransport,
    doctor_probe,
};

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A boxed future that may borrow the transport.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One ordered, authenticated, bounded stream of frames to and from every peer.
///
/// The identity of a peer is that of the connection; no message names its sender. `send` and `recv` take `&self` and
/// may be awaited at the same time: reading and writing never wait for each other. Every wait is bounded by the
/// transport's time-outs and ends in [`NetFault::TimedOut`].
pub trait Transport: Send + Sync {
    /// This party.
    fn me(&self) -> PartyId;
    /// Number of parties, this one included.
    fn parties(&self) -> usize;
    /// Queues one frame to `to`. Resolves when the bounded queue has taken it; frames leave in the order of the calls.
    fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, Result<(), NetError>>;
    /// The next frame from `from`, whose payload may have at most `max_payload` bytes (a longer one is
    /// [`NetFault::TooLong`]; the connection is then of no further use).
    fn recv(&self, from: PartyId, max_payload: usize) -> BoxFuture<'_, Result<Frame, NetError>>;
    /// Resolves when everything queued to every peer has been handed to the network, or cannot be any more: the first
    /// such failure, after all peers have had theirs. Dropping a transport closes it.
    fn flush(&self) -> BoxFuture<'_, Result<(), NetError>>;
    /// Ends the link to one peer at once; what is queued on it may be lost. Both ends then get [`NetFault::Closed`].
    /// A transport without links of its own does nothing.
    fn disconnect(&self, _peer: PartyId) {}
}

/// Whether this thread is in the context of a runtime, which bounded waits need: a destructor that wants to send asks first.
#[must_use]
pub fn in_runtime() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        impl<T: Transport + ?Sized> Transport for $pointer<T> {
            fn me(&self) -> PartyId {
                (**self).me()
            }
            fn parties(&self) -> usize {
                (**self).parties()
            }
            fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, Result<(), NetError>> {
                (**self).send(to, frame)
            }
            fn recv(&self, from: PartyId, max_payload: usize) -> BoxFuture<'_, Result<Frame, NetError>> {
                (**self).recv(from, max_payload)
            }
            fn flush(&self) -> BoxFuture<'_, Result<(), NetError>> {
                (**self).flush()
            }
            fn disconnect(&self, peer: PartyId) {
                (**self).disconnect(peer);
            }
        }
    )*};
}

forward!(Box, Arc);
