//! A TCP socket with a buffer for reading, that can move to another runtime.
//!
//! rustls asks for 4 KiB at a time; reading ahead into a buffer saves most of the system calls of a bulk transfer.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Read ahead until the handshake is done: little, as strangers can make this much be allocated.
const SMALL_BUFFER: usize = 4 << 10;

#[derive(Debug)]
pub(super) struct Socket {
    /// Absent only while it moves between runtimes.
    tcp: Option<TcpStream>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// The same socket, to look for bytes without asking the runtime whether there are any.
    direct: Option<std::net::TcpStream>,
    mode: Mode,
}

/// How [`AsyncRead::poll_read`] goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Waits for the runtime to say that bytes are there.
    Wait,
    /// Takes what is there now, at once. The caller's waker is not used.
    Now,
    /// Has done so: only what has been read ahead is left.
    Drain,
}

impl Socket {
    /// Takes the socket and switches off Nagle's algorithm.
    pub(super) fn new(tcp: TcpStream) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        Ok(Self {
            tcp: Some(tcp),
            buffer: vec![0; SMALL_BUFFER].into(),
            start: 0,
            end: 0,
            direct: None,
            mode: Mode::Wait,
        })
    }

    /// Reads ahead up to `bytes` from now on.
    pub(super) fn enlarge_buffer(&mut self, bytes: usize) {
        let mut buffer = vec![0; bytes.max(self.buffer.len())];
        let ahead = self.ahead();
        if let Some(front) = buffer.get_mut(..ahead.len()) {
            front.copy_from_slice(ahead);
        }
        (self.start, self.end) = (0, ahead.len());
        self.buffer = buffer.into();
    }

    /// From now on, bytes may be [taken at once](Self::take_now). Not for a socket that is to move to another runtime.
    pub(super) fn enable_direct(&mut self) -> io::Result<()> {
        let tcp = self.tcp.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        self.direct = Some(tcp.as_fd().try_clone_to_owned()?.into());
        Ok(())
    }

    /// Begins to take what is there now: the next reads ask the system once, behind the runtime's back, which finds nothing
    /// then or what has come since. If nothing is left, they are pending, and nobody is woken. Until
    /// [`wait_again`](Self::wait_again).
    pub(super) fn take_now(&mut self) {
        self.mode = if self.direct.is_some() { Mode::Now } else { Mode::Drain };
    }

    pub(super) fn wait_again(&mut self) {
        self.mode = Mode::Wait;
    }

    pub(super) fn peer_address(&self) -> Option<SocketAddr> {
        self.tcp.as_ref()?.peer_addr().ok()
    }

    /// Takes the socket off the current runtime.
    pub(super) fn detach(&mut self) -> io::Result<std::net::TcpStream> {
        self.tcp.take().ok_or(io::ErrorKind::NotConnected)?.into_std()
    }

    /// Puts it onto the current runtime.
    pub(super) fn attach(&mut self, tcp: std::net::TcpStream) -> io::Result<()> {
        self.tcp = Some(TcpStream::from_std(tcp)?);
        Ok(())
    }

    /// Fills the buffer anew: how many bytes.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match (self.mode, &mut self.direct) {
            (Mode::Wait, _) => {
                let tcp = self.tcp.as_mut().map(Pin::new).ok_or(io::ErrorKind::NotConnected)?;
                let mut buffer = ReadBuf::new(&mut self.buffer);
                ready!(tcp.poll_read(cx, &mut buffer))?;
                Poll::Ready(Ok(buffer.filled().len()))
            }
            (Mode::Now, Some(direct)) => {
                self.mode = Mode::Drain;
                match direct.read(&mut self.buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                    read => Poll::Ready(read),
                }
            }
            (Mode::Now | Mode::Drain, _) => Poll::Pending,
        }
    }

    fn ahead(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn tcp(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.tcp.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.start == this.end {
            let read = ready!(this.poll_fill(cx))?;
            (this.start, this.end) = (0, read);
        }
        let ahead = this.ahead();
        let taken = ahead.len().min(out.remaining());
        out.put_slice(ahead.get(..taken).unwrap_or_default());
        this.start = this.start.saturating_add(taken);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.tcp()?.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.tcp()?.poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp()?.poll_shutdown(cx)
    }
}
