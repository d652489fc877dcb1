//! The transport of a run, held twice: a session owns one end of it, and the run flushes what the session left queued.

use std::sync::Arc;

use speedwell_net::{BoxFuture, Frame, Meter, Metered, NetError, PartyId, Transport};

/// A counted transport with several owners.
#[derive(Clone)]
pub(crate) struct SharedLink(Arc<Metered<Box<dyn Transport>>>);

impl SharedLink {
    /// Counts what passes through `transport`.
    pub(crate) fn new(transport: impl Transport + 'static) -> Self {
        Self(Arc::new(Metered::new(Box::new(transport))))
    }

    /// The counts.
    pub(crate) fn meter(&self) -> Meter {
        self.0.meter()
    }
}

impl Transport for SharedLink {
    fn me(&self) -> PartyId {
        self.0.me()
    }
    fn parties(&self) -> usize {
        self.0.parties()
    }
    fn send(&self, to: PartyId, frame: Frame) -> BoxFuture<'_, Result<(), NetError>> {
        self.0.send(to, frame)
    }
    fn recv(&self, from: PartyId, max_payload: usize) -> BoxFuture<'_, Result<Frame, NetError>> {
        self.0.recv(from, max_payload)
    }
    fn flush(&self) -> BoxFuture<'_, Result<(), NetError>> {
        self.0.flush()
    }
    fn disconnect(&self, peer: PartyId) {
        self.0.disconnect(peer);
    }
}
