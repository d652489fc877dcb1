//! A TCP socket with a buffer for reading, that can move to another runtime.
//!
//! rustls asks for 4 KiB at a time; reading ahead into a buffer saves most of the system calls of a bulk transfer.

use std::io;
use std::net::SocketAddr;
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
}

impl Socket {
    /// Takes the socket and switches off Nagle's algorithm.
    pub(super) fn new(tcp: TcpStream) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        Ok(Self { tcp: Some(tcp), buffer: vec![0; SMALL_BUFFER].into(), start: 0, end: 0 })
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
            let tcp = this.tcp.as_mut().map(Pin::new).ok_or(io::ErrorKind::NotConnected)?;
            let mut buffer = ReadBuf::new(&mut this.buffer);
            ready!(tcp.poll_read(cx, &mut buffer))?;
            (this.start, this.end) = (0, buffer.filled().len());
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
