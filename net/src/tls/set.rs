//! The connections of one peer while parties gather.

use std::io;

use tokio::task::AbortHandle;
use tokio_rustls::TlsStream;

use super::PeerInfo;
use super::hello::Purpose;
use super::secure::Greeted;
use super::socket::Socket;
use super::stream::SharedStream;
use crate::PeerLabel;

/// The message that announces a session's number: this byte, then the number.
const START: u8 = b'S';
const MESSAGE: usize = 17;

/// The connections of one run and attempt of a peer.
pub(super) struct Set {
    pub(super) nonce: [u8; 32],
    pub(super) attempt: u32,
    /// Tells this set from those before it.
    pub(super) generation: u64,
    pub(super) info: Option<PeerInfo>,
    pub(super) control: Option<SharedStream>,
    pub(super) data: Vec<Option<TlsStream<Socket>>>,
    /// The task that waits for the peer's announcement.
    pub(super) hearing: Option<AbortHandle>,
    /// The number that this party has announced to the peer.
    pub(super) announced: Option<[u8; 16]>,
    /// The number that the peer has announced.
    pub(super) heard: Option<[u8; 16]>,
}

impl Set {
    pub(super) fn empty((nonce, attempt): ([u8; 32], u32), generation: u64, channels: u16) -> Self {
        let data = (0..channels).map(|_| None).collect();
        Self {
            nonce,
            attempt,
            generation,
            info: None,
            control: None,
            data,
            hearing: None,
            announced: None,
            heard: None,
        }
    }

    /// Puts a verified connection in its place.
    pub(super) fn place(&mut self, peer: &PeerLabel, greeted: Greeted, purpose: Purpose) {
        match purpose {
            Purpose::Control => {
                self.info = greeted.stream.get_ref().0.peer_address().map(|address| PeerInfo {
                    peer: peer.clone(),
                    address,
                    software: greeted.hello.software,
                    clock_offset_ms: greeted.clock_offset_ms,
                });
                self.control = Some(SharedStream::new(greeted.stream));
            }
            Purpose::Data(channel) => {
                if let Some(place) = self.data.get_mut(usize::from(channel)) {
                    *place = Some(greeted.stream);
                }
            }
            Purpose::Doctor => {}
        }
    }

    /// Whether all connections are there.
    pub(super) fn whole(&self) -> bool {
        self.control.is_some() && self.data.iter().all(Option::is_some)
    }

    /// Tells the peer the session's number, unless it has been told.
    pub(super) async fn announce(&mut self, session_id: [u8; 16]) -> io::Result<()> {
        if self.announced.replace(session_id) == Some(session_id) {
            return Ok(());
        }
        let control = self.control.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        control.write_all(&[[START].as_slice(), &session_id].concat()).await?;
        control.flush().await
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        if let Some(hearing) = &self.hearing {
            hearing.abort();
        }
    }
}

/// The next session number that a peer announces; nothing if its connection ends or it sends anything else.
pub(super) async fn hear_announcement(control: &SharedStream) -> Option<[u8; 16]> {
    let mut message = Vec::new();
    while message.len() < MESSAGE {
        let missing = MESSAGE.saturating_sub(message.len());
        let taken = control.read(|bytes| {
            let (wanted, _) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
            message.extend_from_slice(wanted);
            (wanted.len(), ())
        });
        taken.await.ok()??;
    }
    match message.split_first() {
        Some((&START, session_id)) => session_id.try_into().ok(),
        _ => None,
    }
}
