//! Flight 2 of triples, and the triples.
//!
//! P_j sends P_i for every batch C1 = b_j A_i, C2 = α_j A_i, C4 = g(b)_j A_i, each minus a fresh encryption of a mask. Then
//! c_i = a_i b_i + Σ (C1 + e1), g(a)_i = α_i a_i + Σ (C2 + e2), g(c)_i = a_i g(b)_i + Σ (C4 + e4), where e are the masks that P_i itself
//! drew for its own replies. C2 is made from A_i: with α_j times an encrypted a_i the other way round, a cheater would
//! authenticate another a than the one in c.

use bytes::Bytes;
use speedwell_field::Field;
use speedwell_online::Result;
use zeroize::Zeroizing;

use super::cheat::Weakness;
use super::check::Column;
use super::engine::{Engine, ReplyPlace};
use super::factors::{Batch, Factors};
use super::link::{Kind, Link};
use super::stream::stream;

/// Three sums of one batch, in coefficients: for c, g(a), g(c).
pub(super) type Sums<F> = [Zeroizing<Vec<F>>; 3];

/// Runs flight 2; the triples as three columns, not yet checked.
pub(super) async fn triples<F: Field>(
    engine: &Engine<F>,
    link: &Link,
    job: u64,
    factors: Factors<F>,
) -> Result<[Column<F>; 3]> {
    let len = engine.bgv.reply_len().saturating_mul(3);
    let batches = &factors.batches;
    let (masks, replies) = stream(
        link,
        &engine.workers,
        batches.len(),
        |number| make(engine, job, number, batches.get(number)),
        |_| vec![(Kind::Replies, len)],
        |_, incoming| take(engine, incoming),
    )
    .await?;
    let work = factors.batches.into_iter().zip(masks).zip(replies).collect();
    let batches =
        engine.workers.map(work, |((batch, masks), replies)| outputs(engine, batch, masks, replies));
    let len = engine.batch().saturating_mul(batches.len());
    let mut columns = [(); 3].map(|()| Column::with_capacity(len));
    for batch in batches {
        columns.iter_mut().zip(batch).for_each(|(column, batch)| column.append(batch));
    }
    Ok(columns)
}

fn make<F: Field>(
    engine: &Engine<F>,
    job: u64,
    number: usize,
    batch: Option<&Batch<F>>,
) -> Result<(Sums<F>, Vec<Vec<(Kind, Bytes)>>)> {
    let mut sums = zeros(engine);
    let mut outgoing = Vec::with_capacity(engine.peers.len());
    let Some((batch, second)) = batch.and_then(|batch| Some((batch, batch.second.as_ref()?))) else {
        return Ok((sums, outgoing));
    };
    let mac = engine.bgv.multiplier(&second.mac);
    let old = engine.defences.lack(Weakness::OldAuthentication).then(|| engine.bgv.multiplier(&batch.a));
    for (peer, cipher) in engine.peers.iter().zip(&batch.theirs) {
        let mut message = Vec::with_capacity(engine.bgv.reply_len().saturating_mul(3));
        let multipliers = [(1, &second.multiplier), (2, &engine.alpha), (4, &mac)];
        for ((which, x), sum) in multipliers.into_iter().zip(&mut sums) {
            let place = ReplyPlace { job, batch: number, which, to: peer.party };
            if let Some(a) = old.as_ref().filter(|_| which == 2) {
                engine.reply(&peer.mac, a, &peer.alpha, place, sum, &mut message)?;
                continue;
            }
            engine.reply(&peer.factor, x, cipher, place, sum, &mut message)?;
        }
        outgoing.push(vec![(Kind::Replies, Bytes::from(message))]);
    }
    Ok((sums, outgoing))
}

fn take<F: Field>(engine: &Engine<F>, incoming: &[Vec<Vec<u8>>]) -> Result<Sums<F>> {
    let mut sums = zeros(engine);
    for (peer, messages) in engine.peers.iter().zip(incoming) {
        let replies = messages.first().map_or(&[][..], Vec::as_slice);
        for (index, (reply, sum)) in replies.chunks(engine.bgv.reply_len()).zip(&mut sums).enumerate() {
            if index == 1 && engine.defences.lack(Weakness::OldAuthentication) {
                engine.add_reply(&engine.mac, peer.party, reply, sum)?;
                continue;
            }
            engine.add_reply(&engine.factor, peer.party, reply, sum)?;
        }
    }
    Ok(sums)
}

/// a, b and c of one batch, in slots.
fn outputs<F: Field>(
    engine: &Engine<F>,
    batch: Batch<F>,
    masks: Sums<F>,
    replies: Sums<F>,
) -> [Column<F>; 3] {
    let Batch { mut a, second, .. } = batch;
    let slots = engine.bgv.slots();
    let [mut c, mut mac_a, mut mac_c] = replies;
    for (sum, masks) in [&mut c, &mut mac_a, &mut mac_c].into_iter().zip(&masks) {
        F::add_assign_slice(sum, masks);
    }
    F::axpy(&mut mac_a, engine.key.alpha(), &a);
    let (mut b, mut mac_b) = second.map_or_else(Default::default, |second| (second.b, second.mac));
    for polynomial in [&mut a, &mut b, &mut c, &mut mac_a, &mut mac_b, &mut mac_c] {
        slots.forward(polynomial);
    }
    F::mul_add_slice(&mut c, &a, &b);
    F::mul_add_slice(&mut mac_c, &a, &mac_b);
    [Column::of(a, mac_a), Column::of(b, mac_b), Column::of(c, mac_c)]
}

fn zeros<F: Field>(engine: &Engine<F>) -> Sums<F> {
    [(); 3].map(|()| Zeroizing::new(vec![F::ZERO; engine.batch()]))
}
