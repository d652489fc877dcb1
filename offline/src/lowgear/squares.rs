//! Flights 2 and 3 of squares.
//!
//! Flight 2: for every unordered pair the party with the higher number sends a_j A_i, which counts twice (2 a_i a_j occurs once in the square), and
//! both send C2 = α_j A_i. Flight 3: with g(a)_j known, g(a)_j A_i. Then a² = Σ a_i² + Σ 2 a_i a_j and g(a²) = a g(a).
//! Two and a half replies for an ordered pair on average.

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::Result;
use zeroize::Zeroizing;

use super::check::Column;
use super::engine::{Engine, ReplyPlace};
use super::factors::{Batch, Factors};
use super::link::{Kind, Link};
use super::replies::{Sums, columns, gather, to_each, zeros};
use super::stream::{Incoming, Outgoing, stream};

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
        |_, incoming| take::<F, 2>(engine, incoming),
    )
    .await?;
    let mut macs = Vec::with_capacity(batches.len());
    let mut crosses = Vec::with_capacity(batches.len());
    for ((batch, [mac_masks, cross_masks]), [mut mac, mut cross]) in batches.iter().zip(masks).zip(replies) {
        F::add_assign_slice(&mut mac, &mac_masks);
        F::axpy(&mut mac, engine.key.alpha(), &batch.a);
        F::add_assign_slice(&mut cross, &cross_masks);
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
        |_, incoming| take::<F, 1>(engine, incoming),
    )
    .await?;
    let work =
        factors.batches.into_iter().zip(macs).zip(crosses).zip(masks.into_iter().zip(replies)).collect();
    let batches = engine.workers.map(work, |(((batch, mac), cross), ([masks], [replies]))| {
        outputs(engine, batch, mac, cross, &masks, replies)
    });
    Ok(columns(engine, batches))
}

/// Whether `from` is the one of the two that sends the cross terms.
fn gives_cross(from: PartyId, to: PartyId) -> bool {
    from.index() > to.index()
}

/// For g(a), and for the cross terms of a².
fn flight_2<F: Field>(
    engine: &Engine<F>,
    job: u64,
    number: usize,
    batch: Option<&Batch<F>>,
) -> Result<(Sums<F, 2>, Outgoing)> {
    let mut sums = zeros(engine);
    let Some(batch) = batch else { return Ok((sums, Vec::new())) };
    let own = engine.peers.iter().any(|peer| gives_cross(engine.me(), peer.party));
    let own = own.then(|| engine.bgv.multiplier(&batch.a));
    let [mac, cross] = &mut sums;
    let outgoing = to_each(engine, batch, 2, |peer, cipher, message| {
        let place = |which| ReplyPlace { job, batch: number, which, to: peer.party };
        engine.reply(&peer.factor, &engine.alpha, cipher, place(2), mac, message)?;
        match own.as_ref().filter(|_| gives_cross(engine.me(), peer.party)) {
            Some(own) => engine.reply(&peer.factor, own, cipher, place(1), cross, message),
            None => Ok(()),
        }
    })?;
    Ok((sums, outgoing))
}

fn flight_3<F: Field>(
    engine: &Engine<F>,
    job: u64,
    number: usize,
    batch: Option<&Batch<F>>,
    mac: Option<&Zeroizing<Vec<F>>>,
) -> Result<(Sums<F, 1>, Outgoing)> {
    let mut sums = zeros(engine);
    let (Some(batch), Some(mac)) = (batch, mac) else { return Ok((sums, Vec::new())) };
    let mac = engine.bgv.multiplier(mac);
    let [sum] = &mut sums;
    let outgoing = to_each(engine, batch, 1, |peer, cipher, message| {
        let place = ReplyPlace { job, batch: number, which: 4, to: peer.party };
        engine.reply(&peer.factor, &mac, cipher, place, sum, message)
    })?;
    Ok((sums, outgoing))
}

fn take<F: Field, const N: usize>(engine: &Engine<F>, incoming: &Incoming) -> Result<Sums<F, N>> {
    gather(engine, incoming, |peer, _, reply, sum| engine.add_reply(&engine.factor, peer, reply, sum))
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
