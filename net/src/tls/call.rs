//! Calling a peer until it answers: the control connection, then one for each channel.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::error::AbsentReason;
use super::fault::HandshakeFault;
use super::hello::Purpose;
use super::secure::{Endpoint, Greeted};
use crate::PartyId;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// All connections of one pair, from one attempt of the caller.
pub(super) struct ConnectionSet {
    pub(super) control: Greeted,
    pub(super) data: Vec<Greeted>,
}

/// Why an attempt failed.
enum Attempt {
    /// It may help to try again.
    Passing(AbsentReason),
    /// It will not.
    Final(HandshakeFault),
}

/// Calls `peer` until all connections are made; `failing` hears of each attempt that failed. Ends early only with a fault
/// that trying again cannot mend.
pub(super) async fn call(
    endpoint: Arc<Endpoint>,
    peer: PartyId,
    channels: u16,
    first_attempt: u32,
    limit: Duration,
    mut failing: impl FnMut(AbsentReason),
) -> Result<ConnectionSet, HandshakeFault> {
    let (mut attempt, mut pause) = (first_attempt, FIRST_PAUSE);
    loop {
        match attempt_all(&endpoint, peer, channels, attempt, limit).await {
            Ok(set) => return Ok(set),
            Err(Attempt::Final(fault)) => return Err(fault),
            Err(Attempt::Passing(reason)) => failing(reason),
        }
        attempt = attempt.saturating_add(1);
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

async fn attempt_all(
    endpoint: &Endpoint,
    peer: PartyId,
    channels: u16,
    attempt: u32,
    limit: Duration,
) -> Result<ConnectionSet, Attempt> {
    let control = attempt_one(endpoint, peer, (Purpose::Control, attempt), limit).await?;
    let mut data = Vec::new();
    for channel in 0..channels {
        let greeted = attempt_one(endpoint, peer, (Purpose::Data(channel), attempt), limit).await?;
        if greeted.hello.body.nonce != control.hello.body.nonce {
            // The peer was started anew in between.
            return Err(Attempt::Passing(AbsentReason::Handshake(HandshakeFault::Closed)));
        }
        data.push(greeted);
    }
    Ok(ConnectionSet { control, data })
}

async fn attempt_one(
    endpoint: &Endpoint,
    peer: PartyId,
    (purpose, attempt): (Purpose, u32),
    limit: Duration,
) -> Result<Greeted, Attempt> {
    let tcp = connect(endpoint, peer, limit).await.map_err(Attempt::Passing)?;
    let greeted = endpoint.call(tcp, peer, (purpose, attempt), limit).await.map_err(sort)?;
    check(&greeted, purpose, endpoint).map_err(sort)?;
    Ok(greeted)
}

/// A TCP connection to where the roster says the peer is.
pub(super) async fn connect(
    endpoint: &Endpoint,
    peer: PartyId,
    limit: Duration,
) -> Result<TcpStream, AbsentReason> {
    let address = endpoint.roster().member(peer).map_or("", |member| member.address.as_str());
    match tokio::time::timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(tcp)) => Ok(tcp),
        Ok(Err(error)) => Err(AbsentReason::NotReached(error.kind())),
        Err(_) => Err(AbsentReason::NotReached(io::ErrorKind::TimedOut)),
    }
}

/// What both ends of a connection check of the other's hello.
pub(super) fn check(greeted: &Greeted, purpose: Purpose, endpoint: &Endpoint) -> Result<(), HandshakeFault> {
    let differences = greeted.hello.differences(&endpoint.digests);
    if !differences.is_empty() {
        return Err(HandshakeFault::Digests(differences));
    }
    let (ours, theirs) = (endpoint.channels, greeted.hello.body.channels);
    match (greeted.hello.body.purpose, purpose) {
        (Purpose::Doctor, _) => Err(HandshakeFault::DoctorOnly),
        _ if ours != theirs => Err(HandshakeFault::Channels { ours, theirs }),
        (Purpose::Data(channel), _) if channel >= ours => Err(HandshakeFault::WrongPurpose),
        (theirs, ours) if theirs != ours => Err(HandshakeFault::WrongPurpose),
        _ => Ok(()),
    }
}

fn sort(fault: HandshakeFault) -> Attempt {
    if fault.may_pass() { Attempt::Passing(AbsentReason::Handshake(fault)) } else { Attempt::Final(fault) }
}
