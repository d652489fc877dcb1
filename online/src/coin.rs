//! Joint randomness without a session: commit, then open.
//!
//! Functionality: F_Rand of ePrint 2012/642. Rounds: 2. Sent to each peer: 32 and 96 bytes. Material: none.
//! Every party commits to 32 random bytes and opens when it holds all commitments; the coin is a hash of all values. The
//! opening carries a hash of all commitments seen, so that for n ≥ 3 nobody can commit differently towards two peers.
//! A party may still refuse to open and so end the run: the coin is then not used.

use bytes::Bytes;
use speedwell_net::{Frame, Header, PartyId, Transport};

use crate::blame::handed_over;
use crate::error::{AbortCode, CheckFault, Error, PeerFault, Result};
use crate::join::{join_all, try_join_all};
use crate::transcript::{Place, Transcript, commit, fresh32, opens};
use crate::wire::{Message, array32, split_payload};

/// Tosses a coin among all parties of `transport`: 32 bytes that nobody could foresee or choose.
///
/// # Errors
/// [`CheckFault::Commitment`] if a peer opens something else, [`CheckFault::Digest`] if the parties saw different
/// commitments, [`Error::Peer`], [`Error::Net`], [`Error::Aborted`].
pub async fn toss(transport: &dyn Transport, label: &str, place: &Place, channel: u16) -> Result<[u8; 32]> {
    let result = commit_reveal(transport, label, place, channel, fresh32()?).await;
    if let Err(error) = &result {
        tell(transport, place, channel, error.abort_code());
    }
    let values = result?;
    Ok(values.iter().fold(place.transcript(label), |t, value| t.bytes(value)).finish())
}

/// Commits to `value`, then opens it: everybody's values, in the order of the parties.
async fn commit_reveal(
    transport: &dyn Transport,
    label: &str,
    place: &Place,
    channel: u16,
    value: [u8; 32],
) -> Result<Vec<[u8; 32]>> {
    let me = transport.me();
    let nonce = fresh32()?;
    // 1. Commit.
    let own = commit(label, place, me, &value, &nonce);
    let commitments = exchange(transport, frame(place, channel, Message::Toss, 0, own.to_vec()), 32).await?;
    // 2. Open, when all commitments are in.
    let seen = |own: &[u8]| {
        let hash = PartyId::all(transport.parties()).fold(Transcript::new("coin commitments"), |t, p| {
            t.bytes(commitments.get(p.index()).and_then(Option::as_ref).map_or(own, |c| c.as_ref()))
        });
        hash.finish()
    };
    let echo = seen(&own);
    let opening = frame(place, channel, Message::Tossed, 1, [value, nonce, echo].concat());
    let openings = exchange(transport, opening, 96).await?;
    // 3. Verify every opening against its commitment.
    let mut values = Vec::with_capacity(transport.parties());
    for party in PartyId::all(transport.parties()) {
        let (Some(Some(commitment)), Some(Some(opening))) =
            (commitments.get(party.index()), openings.get(party.index()))
        else {
            values.push(value);
            continue;
        };
        let [theirs, nonce, their_echo] =
            split_payload(opening, [32, 32, 32]).ok_or(Error::peer(party, PeerFault::WrongLength))?;
        if !opens(&array32(commitment), label, place, party, theirs, &array32(nonce)) {
            return Err(Error::Check(CheckFault::Commitment { party }));
        }
        if their_echo != echo {
            return Err(Error::Check(CheckFault::Digest));
        }
        values.push(array32(theirs));
    }
    Ok(values)
}

/// Sends one frame to every peer and receives one of the same kind and length from each; `None` at our own place.
async fn exchange(transport: &dyn Transport, frame: Frame, len: usize) -> Result<Vec<Option<Bytes>>> {
    let (me, header) = (transport.me(), frame.header);
    // A frame of a coin is shorter than any queue: sending it does not wait for the peer to send. All are sent before
    // anything that comes makes us give up.
    let sent = join_all(me.others(transport.parties()).map(|peer| transport.send(peer, frame.clone())));
    sent.await.into_iter().collect::<std::result::Result<(), _>>()?;
    let links = PartyId::all(transport.parties()).map(|peer| async move {
        if peer == me {
            return Ok(None);
        }
        let theirs = transport.recv(peer, len).await?;
        admit(peer, &header, &theirs, len).map(|()| Some(theirs.payload))
    });
    let received = try_join_all(links).await?;
    handed_over(transport).await?;
    Ok(received)
}

fn admit(peer: PartyId, expected: &Header, theirs: &Frame, len: usize) -> Result<()> {
    let same_place =
        Header { kind: theirs.header.kind, round: theirs.header.round, ..*expected } == theirs.header;
    if same_place && theirs.header.kind == Message::Abort.number() {
        let code = theirs.payload.first().and_then(|byte| AbortCode::from_byte(*byte));
        return Err(match (code, theirs.payload.len()) {
            (Some(reason), 1) => Error::Aborted { by: peer, reason },
            _ => Error::peer(peer, PeerFault::WrongLength),
        });
    }
    if theirs.header != *expected {
        return Err(Error::peer(peer, PeerFault::WrongHeader));
    }
    if theirs.payload.len() != len {
        return Err(Error::peer(peer, PeerFault::WrongLength));
    }
    Ok(())
}

fn frame(place: &Place, channel: u16, message: Message, round: u64, payload: Vec<u8>) -> Frame {
    let header =
        Header { kind: message.number(), channel, round, epoch: place.epoch, session: place.session };
    Frame { header, payload: Bytes::from(payload) }
}

/// Tells the peers that we gave up, as far as their queues take it at once.
fn tell(transport: &dyn Transport, place: &Place, channel: u16, code: AbortCode) {
    for peer in transport.me().others(transport.parties()) {
        let mut send = transport.send(peer, frame(place, channel, Message::Abort, 2, vec![code.to_byte()]));
        let _ = send.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    }
}
