//! Replies to the encrypted factors of a batch: sent to every peer, gathered from all, added up.

use bytes::Bytes;
use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::Result;
use zeroize::Zeroizing;

use super::check::Column;
use super::engine::{Engine, Peer};
use super::factors::Batch;
use super::link::Kind;
use super::stream::{Incoming, Outgoing};
use crate::bgv::{Ciphertext, FactorRole};

/// Sums of one batch, in coefficients.
pub(super) type Sums<F, const N: usize> = [Zeroizing<Vec<F>>; N];

/// Sums of nothing.
pub(super) fn zeros<F: Field, const N: usize>(engine: &Engine<F>) -> Sums<F, N> {
    [(); N].map(|()| Zeroizing::new(vec![F::ZERO; engine.batch()]))
}

/// One message to each peer, of at most so many replies: what `write` appends, given the peer and its encrypted factors.
pub(super) fn to_each<F: Field>(
    engine: &Engine<F>,
    batch: &Batch<F>,
    replies: usize,
    mut write: impl FnMut(&Peer, &Ciphertext<FactorRole>, &mut Vec<u8>) -> Result<()>,
) -> Result<Outgoing> {
    let messages = engine.peers.iter().zip(&batch.theirs).map(|(peer, cipher)| {
        let mut message = Vec::with_capacity(engine.bgv.reply_len().saturating_mul(replies));
        write(peer, cipher, &mut message)?;
        Ok(vec![(Kind::Replies, Bytes::from(message))])
    });
    messages.collect()
}

/// What the replies of all peers decrypt to, added up: the first of each message to the first sum and so on. `add` decrypts one, given
/// its sender and its place in the message.
pub(super) fn gather<F: Field, const N: usize>(
    engine: &Engine<F>,
    incoming: &Incoming,
    add: impl Fn(PartyId, usize, &[u8], &mut [F]) -> Result<()>,
) -> Result<Sums<F, N>> {
    let mut sums = zeros(engine);
    for (peer, messages) in engine.peers.iter().zip(incoming) {
        let replies = messages.first().map_or(&[][..], Vec::as_slice).chunks(engine.bgv.reply_len());
        for (index, (reply, sum)) in replies.zip(&mut sums).enumerate() {
            add(peer.party, index, reply, sum)?;
        }
    }
    Ok(sums)
}

/// The columns of all batches, one behind the other.
pub(super) fn columns<F: Field, const N: usize>(
    engine: &Engine<F>,
    batches: Vec<[Column<F>; N]>,
) -> [Column<F>; N] {
    let len = engine.batch().saturating_mul(batches.len());
    let mut columns = [(); N].map(|()| Column::with_capacity(len));
    for batch in batches {
        columns.iter_mut().zip(batch).for_each(|(column, batch)| column.append(batch));
    }
    columns
}
