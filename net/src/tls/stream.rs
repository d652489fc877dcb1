//! A TLS stream that one task reads and another writes.
//!
//! TLS has one state for both directions, so each step locks it; no step waits while it holds the lock, so reading and
//! writing never wait for each other's peer.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio_rustls::TlsStream;

use super::socket::Socket;
use crate::NetFault;

/// Bytes of ciphertext read from the socket at a time. More costs more cache than it saves system calls.
const READ_AHEAD: usize = 64 << 10;
/// Bytes of plaintext encrypted before each write to the socket.
const WRITE_AT_ONCE: usize = 128 << 10;

/// Clones share the stream; it closes when the last is gone.
#[derive(Clone, Debug)]
pub(super) struct SharedStream(Arc<Mutex<TlsStream<Socket>>>);

/// The stream, as long as somebody else has it.
#[derive(Clone, Debug)]
pub(super) struct WeakStream(Weak<Mutex<TlsStream<Socket>>>);

impl WeakStream {
    pub(super) fn get(&self) -> Option<SharedStream> {
        self.0.upgrade().map(SharedStream)
    }
}

impl SharedStream {
    pub(super) fn new(stream: TlsStream<Socket>) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    pub(super) fn downgrade(&self) -> WeakStream {
        WeakStream(Arc::downgrade(&self.0))
    }

    /// Larger buffers, for a connection that carries bulk, and reading at once, where the system has another descriptor.
    pub(super) fn prepare_for_data(&self) {
        let mut stream = self.lock();
        stream.get_mut().0.enlarge_buffer(READ_AHEAD);
        drop(stream.get_mut().0.enable_direct());
        match &mut *stream {
            TlsStream::Client(stream) => stream.get_mut().1.set_buffer_limit(Some(WRITE_AT_ONCE)),
            TlsStream::Server(stream) => stream.get_mut().1.set_buffer_limit(Some(WRITE_AT_ONCE)),
        }
    }

    /// Waits for plaintext and shows what is there to `take`, which tells how much of it is consumed. `None` at the end.
    pub(super) async fn read<T>(&self, mut take: impl FnMut(&[u8]) -> (usize, T)) -> io::Result<Option<T>> {
        poll_fn(|cx| poll_read(&mut self.lock(), cx, &mut take)).await
    }

    /// Gives the plaintext that is there now to `take`, piece by piece, as long as it takes them. Whoever waits in
    /// [`read`](Self::read) goes on waiting for what comes after, and does not learn that the end was reached here.
    pub(super) fn read_now(
        &self,
        mut take: impl FnMut(&[u8]) -> Result<(), NetFault>,
    ) -> Result<(), NetFault> {
        let mut take = |bytes: &[u8]| (bytes.len(), take(bytes));
        let mut stream = self.lock();
        stream.get_mut().0.take_now();
        let outcome = loop {
            match poll_read(&mut stream, &mut Context::from_waker(Waker::noop()), &mut take) {
                Poll::Ready(Ok(Some(Ok(())))) => {}
                Poll::Ready(Ok(Some(Err(fault)))) => break Err(fault),
                Poll::Ready(Ok(None) | Err(_)) => break Err(NetFault::Closed),
                Poll::Pending => break Ok(()),
            }
        };
        stream.get_mut().0.wait_again();
        outcome
    }

    /// Writes the bytes, at most 16 KiB, without waiting: whether all of them have left. What has not is kept, for
    /// [`flush`](Self::flush). An error of the kind `WriteZero` if not all of them are even kept. Only while nothing is kept and nobody writes.
    pub(super) fn write_now(&self, bytes: &[u8]) -> io::Result<bool> {
        let mut stream = self.lock();
        let cx = &mut Context::from_waker(Waker::noop());
        // An empty buffer of WRITE_AT_ONCE takes them all.
        match Pin::new(&mut *stream).poll_write(cx, bytes)? {
            Poll::Ready(taken) if taken == bytes.len() => {}
            _ => return Err(io::ErrorKind::WriteZero.into()),
        }
        Ok(Pin::new(&mut *stream).poll_flush(cx)?.is_ready())
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

fn poll_read<T>(
    stream: &mut TlsStream<Socket>,
    cx: &mut Context<'_>,
    take: &mut impl FnMut(&[u8]) -> (usize, T),
) -> Poll<io::Result<Option<T>>> {
    let mut stream = Pin::new(stream);
    let available = ready!(stream.as_mut().poll_fill_buf(cx))?;
    if available.is_empty() {
        return Poll::Ready(Ok(None));
    }
    let (consumed, result) = take(available);
    let consumed = consumed.min(available.len());
    stream.consume(consumed);
    Poll::Ready(Ok(Some(result)))
}
