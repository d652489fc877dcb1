//! A TLS stream that one task reads and another writes.
//!
//! TLS has one state for both directions, so each step locks it; no step waits while it holds the lock, so reading and
//! writing never wait for each other's peer.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};

use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio_rustls::TlsStream;

use super::socket::Socket;

/// Bytes of ciphertext read from the socket at a time. More costs more cache than it saves system calls.
const READ_AHEAD: usize = 64 << 10;
/// Bytes of plaintext encrypted before each write to the socket.
const WRITE_AT_ONCE: usize = 128 << 10;

/// Clones share the stream; it closes when the last is gone.
#[derive(Clone, Debug)]
pub(super) struct SharedStream(Arc<Mutex<TlsStream<Socket>>>);

impl SharedStream {
    pub(super) fn new(stream: TlsStream<Socket>) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    /// Larger buffers, for a connection that carries bulk.
    pub(super) fn prepare_for_bulk(&self) {
        let mut stream = self.lock();
        stream.get_mut().0.enlarge_buffer(READ_AHEAD);
        match &mut *stream {
            TlsStream::Client(stream) => stream.get_mut().1.set_buffer_limit(Some(WRITE_AT_ONCE)),
            TlsStream::Server(stream) => stream.get_mut().1.set_buffer_limit(Some(WRITE_AT_ONCE)),
        }
    }

    /// Waits for plaintext and shows what is there to `take`, which tells how much of it is consumed. `None` at the end.
    pub(super) async fn read<T>(&self, mut take: impl FnMut(&[u8]) -> (usize, T)) -> io::Result<Option<T>> {
        poll_fn(|cx| {
            let mut stream = self.lock();
            let available = ready!(Pin::new(&mut *stream).poll_fill_buf(cx))?;
            if available.is_empty() {
                return Poll::Ready(Ok(None));
            }
            let (consumed, result) = take(available);
            let consumed = consumed.min(available.len());
            Pin::new(&mut *stream).consume(consumed);
            Poll::Ready(Ok(Some(result)))
        })
        .await
    }

    pub(super) async fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = poll_fn(|cx| Pin::new(&mut *self.lock()).poll_write(cx, rest)).await?;
            rest = rest.get(written..).unwrap_or_default();
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    pub(super) async fn flush(&self) -> io::Result<()> {
        poll_fn(|cx| Pin::new(&mut *self.lock()).poll_flush(cx)).await
    }

    /// Tells the peer that nothing more comes.
    pub(super) async fn shutdown(&self) -> io::Result<()> {
        poll_fn(|cx| Pin::new(&mut *self.lock()).poll_shutdown(cx)).await
    }

    /// Takes the socket off this runtime, to be [attached](Self::attach) to another.
    pub(super) fn detach(&self) -> io::Result<std::net::TcpStream> {
        self.lock().get_mut().0.detach()
    }

    pub(super) fn attach(&self, tcp: std::net::TcpStream) -> io::Result<()> {
        self.lock().get_mut().0.attach(tcp)
    }

    fn lock(&self) -> MutexGuard<'_, TlsStream<Socket>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
