//! Flight 2 of triples, and the triples.
//!
//! P_j sends P_i for every batch C1 = b_j A_i, C2 = α_j A_i, C4 = g(b)_j A_i, each minus a fresh encryption of a mask. Then
//! c_i = a_i b_i + Σ (C1 + e1), g(a)_i = α_i a_i + Σ (C2 + e2), g(c)_i = a_i g(b)_i + Σ (C4 + e4), where e are the masks that P_i itself
//! drew for its own replies. C2 is made from A_i: with α_j times an encrypted a_i the other way round, a cheater would
//! authenticate another a than the one in c.

use speedwell_field::Field;
use speedwell_online::Result;

use super::cheat::Weakness;
use super::check::Column;
use super::engine::{Engine, ReplyPlace};
use super::factors::{Batch, Factors};
use super::link::{Kind, Link};
use super::replies::{Sums, columns, gather, to_each, zeros};
use super::stream::{Incoming, Outgoing, stream};

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
    Ok(columns(engine, batches))
}

fn make<F: Field>(
    engine: &Engine<F>,
    job: u64,
    number: usize,
    batch: Option<&Batch<F>>,
) -> Result<(Sums<F, 3>, Outgoing)> {
    let mut sums = zeros(engine);
    let Some((batch, second)) = batch.and_then(|batch| Some((batch, batch.second.as_ref()?))) else {
        return Ok((sums, Vec::new()));
    };
    let mac = engine.bgv.multiplier(&second.mac);
    let old = engine.defences.lack(Weakness::OldAuthentication).then(|| engine.bgv.multiplier(&batch.a));
    let multipliers = [(1, &second.multiplier), (2, &engine.alpha), (4, &mac)];
    let outgoing = to_each(engine, batch, 3, |peer, cipher, message| {
        for ((which, x), sum) in multipliers.into_iter().zip(&mut sums) {
            let place = ReplyPlace { job, batch: number, which, to: peer.party };
            match old.as_ref().filter(|_| which == 2) {
                Some(a) => engine.reply(&peer.mac, a, &peer.alpha, place, sum, message)?,
                None => engine.reply(&peer.factor, x, cipher, place, sum, message)?,
            }
        }
        Ok(())
    })?;
    Ok((sums, outgoing))
}

fn take<F: Field>(engine: &Engine<F>, incoming: &Incoming) -> Result<Sums<F, 3>> {
    let old = engine.defences.lack(Weakness::OldAuthentication);
    gather(engine, incoming, |peer, index, reply, sum| {
        if old && index == 1 {
            return engine.add_reply(&engine.mac, peer, reply, sum);
        }
        engine.add_reply(&engine.factor, peer, reply, sum)
    })
}

/// a, b and c of one batch, in slots.
fn outputs<F: Field>(
    engine: &Engine<F>,
    batch: Batch<F>,
    masks: Sums<F, 3>,
    replies: Sums<F, 3>,
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
