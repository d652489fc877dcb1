//! The listener: takes callers, proves them, hands them on.
//!
//! A caller that is not proved within the handshake's time-out is dropped. Of unfinished handshakes there are at most
//! [`UNFINISHED`]; beyond, the oldest gives way, so a crowd that holds its connections open cannot keep out a party,
//! whose handshake takes milliseconds.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::fault::HandshakeFault;
use super::hello::Purpose;
use super::secure::{Endpoint, Failed, Greeted};

/// Most handshakes under way at a time.
const UNFINISHED: usize = 64;

/// A caller: greeted, or refused.
pub(super) struct Caller {
    pub(super) from: SocketAddr,
    pub(super) outcome: Result<Greeted, Failed>,
}

/// An open listener; it closes when this is dropped.
pub(super) struct Lobby {
    accepting: AbortHandle,
}

impl Lobby {
    /// Sends `tell` of each caller what it becomes. A caller's purpose is answered by what `answer` makes of it.
    pub(super) fn open<T: From<Caller> + Send + 'static>(
        listener: TcpListener,
        endpoint: Arc<Endpoint>,
        limit: Duration,
        answer: fn(Purpose) -> Purpose,
        tell: mpsc::Sender<T>,
    ) -> Self {
        let accepting = tokio::spawn(accept(listener, endpoint, limit, answer, tell)).abort_handle();
        Self { accepting }
    }
}

impl Drop for Lobby {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept<T: From<Caller> + Send + 'static>(
    listener: TcpListener,
    endpoint: Arc<Endpoint>,
    limit: Duration,
    answer: fn(Purpose) -> Purpose,
    tell: mpsc::Sender<T>,
) {
    let mut tasks = JoinSet::new();
    let mut unfinished: VecDeque<(SocketAddr, AbortHandle)> = VecDeque::new();
    loop {
        let Ok((tcp, from)) = listener.accept().await else {
            // Out of descriptors, or the caller is gone already.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        while tasks.try_join_next().is_some() {}
        unfinished.retain(|(_, handshake)| !handshake.is_finished());
        while unfinished.len() >= UNFINISHED
            && let Some((from, oldest)) = unfinished.pop_front()
        {
            oldest.abort();
            let crowded = Failed { peer: None, fault: HandshakeFault::Crowded };
            // Nobody needs to know if nobody has time to listen.
            drop(tell.try_send(Caller { from, outcome: Err(crowded) }.into()));
        }
        let (endpoint, tell) = (endpoint.clone(), tell.clone());
        let handshake = tasks.spawn(async move {
            let outcome = endpoint.answer(tcp, limit, answer).await;
            drop(tell.send(Caller { from, outcome }.into()).await);
        });
        unfinished.push_back((from, handshake));
    }
}
