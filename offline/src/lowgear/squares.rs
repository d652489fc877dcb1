//! Flights 2 and 3 of squares.
//!
//! Flight 2: for every unordered pair the party with the higher number sends a_j A_i, which counts twice (2 a_i a_j occurs once in the square), and
//! both send C2 = α_j A_i. Flight 3: with g(a)_j known, g(a)_j A_i. Then a² = Σ a_i² + Σ 2 a_i a_j and g(a²) = a g(a).
//! Two and a half replies for an ordered pair on average.

use bytes::Bytes;
use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::Result;
use zeroize::Zeroizing;

use super::check::Column;
use super::engine::{Engine, ReplyPlace};
use super::factors::{Batch, Factors};
use super::link::{Kind, Link};
use super::stream::stream;

/// Sums of one batch, in coefficients: for g(a) and for the cross terms of a².
struct Sums<F: Field> {
    mac: Zeroizing<Vec<F>>,
    cross: Zeroizing<Vec<F>>,
}

/// Runs flights 2 and 3; the squares as two columns, not yet checked.
pub(super) async fn squares<F: Field>(
    engine: &Engine<F>,
    link: &Link,
    job: u64,
    factors: Factors<F>,
) -> Result<[Column<F>; 2]> {
    let (me, len) = (engine.me(), engine.bgv.reply_len());
    let batches = &factors.batches;
    // Flight 2.
    let (masks, replies) = stream(
        link,
        &engine.workers,
        batches.len(),
        |number| flight_2(engine, job, number, batches.get(number)),
        |peer| {
            let replies = if gives_cross(peer, me) { 2 } else { 1 };
            vec![(Kind::Replies, len.saturating_mul(replies))]
        },
        |_, incoming| take_2(engine, incoming),
    )
    .await?;
    let mut macs = Vec::with_capacity(batches.len());
    let mut crosses = Vec::with_capacity(batches.len());
    for ((batch, masks), replies) in batches.iter().zip(masks).zip(replies) {
        let (mut mac, mut cross) = (replies.mac, replies.cross);
        F::add_assign_slice(&mut mac, &masks.mac);
        F::axpy(&mut mac, engine.key.alpha(), &batch.a);
        F::add_assign_slice(&mut cross, &masks.cross);
        F::scale_slice(&mut cross, F::from_u64(2));
        macs.push(mac);
        crosses.push(cross);
    }
    // Flight 3.
    let (masks, replies) = stream(
        link,
        &engine.workers,
        batches.len(),
        |number| flight_3(engine, job, number, batches.get(number), macs.get(number)),
        |_| vec![(Kind::Replies, len)],
        |_, incoming| take_3(engine, incoming),
    )
    .await?;
    let work =
        factors.batches.into_iter().zip(macs).zip(crosses).zip(masks.into_iter().zip(replies)).collect();
    let batches = engine.workers.map(work, |(((batch, mac), cross), (masks, replies))| {
        outputs(engine, batch, mac, cross, &masks, replies)
    });
    let len = engine.batch().saturating_mul(batches.len());
    let mut columns = [(); 2].map(|()| Column::with_capacity(len));
    for batch in batches {
        columns.iter_mut().zip(batch).for_each(|(column, batch)| column.append(batch));
    }
    Ok(columns)
}

/// Whether `from` is the one of the two that sends the cross terms.
fn gives_cross(from: PartyId, to: PartyId) -> bool {
    from.index() > to.index()
}

fn flight_2<F: Field>(
    engine: &Engine<F>,
    job: u64,
    number: usize,
    batch: Option<&Batch<F>>,
) -> Result<(Sums<F>, Vec<Vec<(Kind, Bytes)>>)> {
    let mut sums = zeros(engine);
    let mut outgoing = Vec::with_capacity(engine.peers.len());
    let Some(batch) = batch else { return Ok((sums, outgoing)) };
    let own = engine.peers.iter().any(|peer| gives_cross(engine.me(), peer.party));
    let own = own.then(|| engine.bgv.multiplier(&batch.a));
    for (peer, cipher) in engine.peers.iter().zip(&batch.theirs) {
        let mut message = Vec::new();
        let place = |which| ReplyPlace { job, batch: number, which, to: peer.party };
        engine.reply(&peer.factor, &engine.alpha, cipher, place(2), &mut sums.mac, &mut message)?;
        if let Some(own) = own.as_ref().filter(|_| gives_cross(engine.me(), peer.party)) {
            engine.reply(&peer.factor, own, cipher, place(1), &mut sums.cross, &mut message)?;
        }
        outgoing.push(vec![(Kind::Replies, Bytes::from(message))]);
    }
    Ok((sums, outgoing))
}

fn take_2<F: Field>(engine: &Engine<F>, incoming: &[Vec<Vec<u8>>]) -> Result<Sums<F>> {
    let mut sums = zeros(engine);
    for (peer, messages) in engine.peers.iter().zip(incoming) {
        let replies = messages.first().map_or(&[][..], Vec::as_slice);
        let sums = [&mut sums.mac, &mut sums.cross];
        for (reply, sum) in replies.chunks(engine.bgv.reply_len()).zip(sums) {
            engine.add_reply(&engine.factor, peer.party, reply, sum)?;
        }
    }
    Ok(sums)
}

fn flight_3<F: Field>(
    engine: &Engine<F>,
    job: u64,
    number: usize,
    batch: Option<&Batch<F>>,
    mac: Option<&Zeroizing<Vec<F>>>,
) -> Result<(Zeroizing<Vec<F>>, Vec<Vec<(Kind, Bytes)>>)> {
    let mut sum = Zeroizing::new(vec![F::ZERO; engine.batch()]);
    let mut outgoing = Vec::with_capacity(engine.peers.len());
    let (Some(batch), Some(mac)) = (batch, mac) else { return Ok((sum, outgoing)) };
    let mac = engine.bgv.multiplier(mac);
    for (peer, cipher) in engine.peers.iter().zip(&batch.theirs) {
        let mut message = Vec::new();
        let place = ReplyPlace { job, batch: number, which: 4, to: peer.party };
        engine.reply(&peer.factor, &mac, cipher, place, &mut sum, &mut message)?;
        outgoing.push(vec![(Kind::Replies, Bytes::from(message))]);
    }
    Ok((sum, outgoing))
}

fn take_3<F: Field>(engine: &Engine<F>, incoming: &[Vec<Vec<u8>>]) -> Result<Zeroizing<Vec<F>>> {
    let mut sum = Zeroizing::new(vec![F::ZERO; engine.batch()]);
    for (peer, messages) in engine.peers.iter().zip(incoming) {
        let reply = messages.first().map_or(&[][..], Vec::as_slice);
        engine.add_reply(&engine.factor, peer.party, reply, &mut sum)?;
    }
    Ok(sum)
}

/// a and a² of one batch, in slots.
fn outputs<F: Field>(
    engine: &Engine<F>,
    batch: Batch<F>,
    mut mac: Zeroizing<Vec<F>>,
    mut cross: Zeroizing<Vec<F>>,
    masks: &[F],
    mut replies: Zeroizing<Vec<F>>,
) -> [Column<F>; 2] {
    let mut a = batch.a;
    F::add_assign_slice(&mut replies, masks);
    for polynomial in [&mut a, &mut mac, &mut cross, &mut replies] {
        engine.bgv.slots().forward(polynomial);
    }
    F::mul_add_slice(&mut cross, &a, &a);
    F::mul_add_slice(&mut replies, &a, &mac);
    [Column::of(a, mac), Column::of(cross, replies)]
}

fn zeros<F: Field>(engine: &Engine<F>) -> Sums<F> {
    let zeros = || Zeroizing::new(vec![F::ZERO; engine.batch()]);
    Sums { mac: zeros(), cross: zeros() }
}
