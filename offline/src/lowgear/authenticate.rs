//! Values authenticated through the encrypted MAC key alone: random elements and input masks.
//!
//! P_j sends P_i for its own polynomial x_j the reply x_j K_i - Enc~(e). As K_i encrypts a constant, products are taken coefficient by
//! coefficient, and no slots are needed. Nothing is proven about x_j: the batch check binds every party to one x_j towards all.
//!
//! - Random elements: every party has an x; the value is their sum.
//! - Input masks of an owner: the owner alone has one, r. The others' value shares are read from streams that each shares with
//!   the owner, and the owner keeps the remainder: with shares of zero an opened sum would show other inputs.

use bytes::Bytes;
use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::Result;
use zeroize::Zeroizing;

use super::cheat::Weakness;
use super::check::Column;
use super::engine::{Engine, ReplyPlace};
use super::link::{Kind, Link};
use super::stream::stream;

/// `count` batches of random elements, not yet checked.
pub(super) async fn randoms<F: Field>(
    engine: &Engine<F>,
    link: &Link,
    job: u64,
    count: usize,
) -> Result<Column<F>> {
    let (own, replies) = stream(
        link,
        &engine.workers,
        count,
        |batch| make(engine, job, batch),
        |_| vec![(Kind::Replies, engine.bgv.reply_len())],
        |_, incoming| take(engine, incoming),
    )
    .await?;
    let mut column = Column::with_capacity(engine.batch().saturating_mul(count));
    for ((x, mut mac), replies) in own.into_iter().zip(replies) {
        F::add_assign_slice(&mut mac, &replies);
        column.append(Column::of(x, mac));
    }
    Ok(column)
}

/// `count` batches of input masks of `owner`, not yet checked; and at the owner the masks themselves.
pub(super) async fn masks<F: Field>(
    engine: &Engine<F>,
    link: &Link,
    job: u64,
    owner: PartyId,
    count: usize,
) -> Result<(Column<F>, Option<Zeroizing<Vec<F>>>)> {
    let is_owner = owner == engine.me();
    let (own, replies) = stream(
        link,
        &engine.workers,
        count,
        |batch| if is_owner { make(engine, job, batch) } else { Ok((Default::default(), silence(engine))) },
        |peer| if peer == owner { vec![(Kind::Replies, engine.bgv.reply_len())] } else { Vec::new() },
        |_, incoming| take(engine, incoming),
    )
    .await?;
    let mut column = Column::with_capacity(engine.batch().saturating_mul(count));
    let mut clear =
        is_owner.then(|| Zeroizing::new(Vec::with_capacity(engine.batch().saturating_mul(count))));
    for (batch, ((r, mac), replies)) in (0_u64..).zip(own.into_iter().zip(replies)) {
        let share = |seed: &super::engine::Secret| {
            let mut share = Zeroizing::new(vec![F::ZERO; engine.batch()]);
            if !engine.defences.lack(Weakness::ZeroInputShares) {
                F::sample(&mut seed.stream("lowgear input shares", &[job, batch]), &mut share);
            }
            share
        };
        if let Some(clear) = &mut clear {
            clear.extend_from_slice(&r);
            let mut rest = r;
            engine.own_seeds.iter().for_each(|seed| F::sub_assign_slice(&mut rest, &share(seed)));
            column.append(Column::of(rest, mac));
        } else if let Some(peer) = engine.peers.iter().find(|peer| peer.party == owner) {
            column.append(Column::of(share(&peer.seed), replies));
        }
    }
    Ok((column, clear))
}

/// A polynomial and the MAC share that its owner has: α_i x + Σ e.
type Own<F> = (Zeroizing<Vec<F>>, Zeroizing<Vec<F>>);

fn make<F: Field>(engine: &Engine<F>, job: u64, batch: usize) -> Result<(Own<F>, Vec<Vec<(Kind, Bytes)>>)> {
    let number = u64::try_from(batch).unwrap_or(u64::MAX);
    let x = Zeroizing::new(engine.uniform("lowgear authenticated", &[job, number]));
    let multiplier = engine.bgv.multiplier(&x);
    let mut mac = x.clone();
    F::scale_slice(&mut mac, engine.key.alpha());
    let mut outgoing = Vec::with_capacity(engine.peers.len());
    for peer in &engine.peers {
        let mut reply = Vec::new();
        let place = ReplyPlace { job, batch, which: 3, to: peer.party };
        engine.reply(&peer.mac, &multiplier, &peer.alpha, place, &mut mac, &mut reply)?;
        outgoing.push(vec![(Kind::Replies, Bytes::from(reply))]);
    }
    Ok(((x, mac), outgoing))
}

/// Nothing for anybody.
fn silence<F: Field>(engine: &Engine<F>) -> Vec<Vec<(Kind, Bytes)>> {
    engine.peers.iter().map(|_| Vec::new()).collect()
}

fn take<F: Field>(engine: &Engine<F>, incoming: &[Vec<Vec<u8>>]) -> Result<Zeroizing<Vec<F>>> {
    let mut sum = Zeroizing::new(vec![F::ZERO; engine.batch()]);
    for (peer, messages) in engine.peers.iter().zip(incoming) {
        for reply in messages {
            engine.add_reply(&engine.mac, peer.party, reply, &mut sum)?;
        }
    }
    Ok(sum)
}
