//! Who is named when several things fail at once.
//!
//! A party that gives up says so and hangs up; whoever notices the hanging up first must not blame it for the cause.

use std::task::{Context, Poll, Waker};

use speedwell_net::{Frame, Header, MAX_PAYLOAD, NetError, NetFault, PartyId, Transport};

use crate::error::{AbortCode, Error, Result, UsageFault};

/// Most frames that are read to find a peer's abort behind them.
const LAST_WORDS: usize = 64;

/// What ended an exchange. In this order:
///
/// 1. What we found out ourselves: a check that failed, a message that breaks the protocol, another program.
/// 2. A peer's abort that names a cause of its own; before all others a failed check, which burns the epoch.
/// 3. A link that failed at a peer that said nothing: an honest one would have.
/// 4. An abort because of the network, then one that passes another's on.
#[must_use]
pub fn cause(failures: Vec<Error>) -> Error {
    let gave_up: Vec<PartyId> = failures
        .iter()
        .filter_map(|error| if let Error::Aborted { by, .. } = error { Some(*by) } else { None })
        .collect();
    let rank = |error: &Error| match error {
        Error::Aborted { reason: AbortCode::Check, .. } => 1,
        Error::Aborted { reason: AbortCode::Net, .. } => 4,
        Error::Aborted { reason: AbortCode::PassedOn, .. } => 5,
        Error::Aborted { .. } => 2,
        Error::Net(error) if !gave_up.contains(&error.peer) => 3,
        Error::Net(_) => 6,
        _ => 0,
    };
    failures.into_iter().min_by_key(rank).unwrap_or_else(|| UsageFault::Interrupted.into())
}

/// Waits until what has been sent is on its way: while the caller computes on, nobody may move what is still queued, and the peers
/// would wait for that long. A peer that has left is no matter of this exchange; one that takes nothing is.
///
/// # Errors
/// [`Error::Net`] with [`NetFault::TimedOut`].
pub async fn handed_over(transport: &dyn Transport) -> Result<()> {
    match transport.flush().await {
        Ok(()) | Err(NetError { fault: NetFault::Closed, .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether somebody else may have said more about the cause of this error.
#[must_use]
pub fn handed_on(error: &Error) -> bool {
    matches!(error, Error::Net(_) | Error::Aborted { .. })
}

/// An abort of `peer` among what has arrived from it, or the end of its link. Waits for nothing. `expected` is the header of an abort in
/// this flow; the round may be any.
pub fn last_words(transport: &dyn Transport, peer: PartyId, expected: &Header) -> Option<Error> {
    for _ in 0..LAST_WORDS {
        let mut next = transport.recv(peer, MAX_PAYLOAD);
        match next.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(Frame { header, payload })) => {
                // A party may give up before or after it enters the epoch.
                let entered =
                    header.epoch == expected.epoch || [header.epoch, expected.epoch].contains(&[0; 16]);
                let same = Header { round: header.round, epoch: header.epoch, ..*expected } == header;
                let abort = same && entered;
                if let ([code], true) = (payload.as_ref(), abort)
                    && let Some(reason) = AbortCode::from_byte(*code)
                {
                    return Some(Error::Aborted { by: peer, reason });
                }
            }
            Poll::Ready(Err(error)) => return Some(error.into()),
            Poll::Pending => return None,
        }
    }
    None
}
