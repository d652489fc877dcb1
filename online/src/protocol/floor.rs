//! # Rounding down by a power of two, and the sign (Catrina and de Hoogh, SCN 2010; full-field: see `docs/arithmetic.md`)
//!
//! ⟦⌊x/2^f⌋⟧ of signed x of k bits, 1 ≤ f < k. The sign is ⌊x/2^(k−1)⌋, which is −1 or 0.
//!
//! Bounded: c = x + 2^(k−1) + r' + 2^f·r'' is opened *statistically*: a check over all earlier openings comes first.
//! Taken centred, c mod 2^f = (x + r') mod 2^f, so x mod 2^f = c' − r' + 2^f·[c' < r'].
//! Rounds: 1, 3 of the check, and the tree's over f bits.
//!
//! Full-field: c = x + 2^(k−1) + r mod p with r uniform, no check. Over the integers x + 2^(k−1) + r is c, or c + p if
//! c < r; so d = c + p·[c < r] has x mod 2^f = d' − r' + 2^f·[d' < r'] with d' = d mod 2^f and r' = r mod 2^f. The
//! comparisons for both values of d' are made and one is selected. Rounds: 1, the tree's over all bits, and 1.
//! The sign has a shorter form: c = 2x + r, and x > p/2 iff the lowest bits of c and r differ, turned by [c < r].
//!
//! Material: masks of the shape; products as the tree has.
//! Differs from the paper: digits of several bits; range proofs of the high part; and for x negative c is centred.

use speedwell_field::Field;

use super::mul;
use super::tree::{less_and_equal, less_than};
use crate::error::Result;
use crate::join::{try_join, try_join_all};
use crate::mask::{Masking, Masks, Shape, admit_pieces, pieces, power};
use crate::protocol::mul_all;
use crate::session::Session;
use crate::share::Shares;

/// ⌊x/2^by⌋ of signed integers of `bits` bits, 1 ≤ by < bits.
pub(crate) async fn floor<F: Field>(s: &Session<F>, x: &Shares<F>, bits: u32, by: u32) -> Result<Shares<F>> {
    let pieces = pieces(x);
    let floors = try_join_all(pieces.iter().map(|piece| floor_of_piece(s, piece, bits, by))).await?;
    Ok(Shares::concat(&floors.iter().collect::<Vec<_>>()).unwrap_or_else(|| x.clone()))
}

async fn floor_of_piece<F: Field>(s: &Session<F>, x: &Shares<F>, bits: u32, by: u32) -> Result<Shares<F>> {
    let shape = Shape::Floor { bits, by };
    let masks = s.masks_of(shape, x.len()).await?;
    if masks.masking != Masking::FullField {
        return bounded(s, x, bits, by, masks).await;
    }
    if shape.is_sign() {
        Ok(-full_field_sign(s, x, masks).await?)
    } else {
        full_field(s, x, bits, by, masks).await
    }
}

/// ⌊x/2^by⌋ or one more, without a comparison: the probability of one more is the fraction that is cut off. Under a
/// full-field mask the comparison would be needed all the same: there is room for bounded masks only.
pub(crate) async fn floor_or_one_more<F: Field>(
    s: &Session<F>,
    x: &Shares<F>,
    bits: u32,
    by: u32,
) -> Result<Shares<F>> {
    admit_pieces(s, &Shape::FloorOrOneMore { bits, by }, x.len())?;
    let pieces = pieces(x);
    let made = try_join_all(pieces.iter().map(|piece| cut_of_piece(s, piece, bits, by))).await?;
    Ok(Shares::concat(&made.iter().collect::<Vec<_>>()).unwrap_or_else(|| x.clone()))
}

async fn cut_of_piece<F: Field>(s: &Session<F>, x: &Shares<F>, bits: u32, by: u32) -> Result<Shares<F>> {
    let Masks { mask, low, .. } = s.masks_of(Shape::FloorOrOneMore { bits, by }, x.len()).await?;
    let masked = mask + x + power::<F>(bits.saturating_sub(1));
    let cut = s.unmasked(&s.open_statistical(masked).await?).modulo_power::<F>(by);
    Ok((x + &low - &cut) * power::<F>(by).inverse_or_zero())
}

async fn bounded<F: Field>(
    s: &Session<F>,
    x: &Shares<F>,
    bits: u32,
    by: u32,
    masks: Masks<F>,
) -> Result<Shares<F>> {
    let Masks { mask, low, digits, .. } = masks;
    // 1. Open c, and take it centred: a cheater's part of the mask may be negative.
    let c = s.unmasked(&s.open_statistical(mask + x + power::<F>(bits.saturating_sub(1))).await?);
    // 2. u = [c' < r'].
    let nodes = digits.map(|digits| digits.beside(&c, 0, by)).unwrap_or_default();
    let less = less_than(s, nodes).await?;
    // 3. (x − (c' − r' + 2^f·u))/2^f.
    let cut = x + &low - &c.modulo_power::<F>(by);
    let floor = cut * power::<F>(by).inverse_or_zero();
    Ok(match less {
        Some(less) => floor - &less,
        None => floor,
    })
}

async fn full_field<F: Field>(
    s: &Session<F>,
    x: &Shares<F>,
    bits: u32,
    by: u32,
    masks: Masks<F>,
) -> Result<Shares<F>> {
    let Masks { mask, low, digits, .. } = masks;
    let Some(digits) = digits else { return Ok(low) };
    // 1. Open c, canonical.
    let opened = s.open(mask + x + power::<F>(bits.saturating_sub(1))).await?;
    let c = opened.canonical();
    let d1 = opened.canonical().plus(&F::modulus());
    // 2. Side by side: w0 = [c mod 2^f < r'], w1 = [(c + p) mod 2^f < r'], and the part of [c < r] above bit f.
    let (below, above) = (digits.beside(&c, 0, by), digits.beside(&c, by, F::BITS));
    let (w0, (w1, (less_above, equal_above))) = try_join(
        less_than(s, below),
        try_join(less_than(s, digits.beside(&d1, 0, by)), less_and_equal(s, above)),
    )
    .await?;
    let (Some(w0), Some(w1), Some(less_above), Some(equal_above)) = (w0, w1, less_above, equal_above) else {
        return Ok(low);
    };
    // 3. u = [c < r].
    let u = mul(s, &equal_above, &w0).await? + &less_above;
    // 4. w = w0 + u·(w1 − w0), d' = d0 + u·(d1 − d0).
    let w = mul(s, &u, &(w1 - &w0)).await? + &w0;
    let (d0, d1) = (c.modulo_power::<F>(by), d1.modulo_power::<F>(by));
    let d = u * &(&d1 - &d0) + &d0;
    // 5. (x − (d' − r' + 2^f·w))/2^f.
    Ok((x + &low - &d) * power::<F>(by).inverse_or_zero() - &w)
}

/// [x < 0] for any x in F_p taken as an integer in (−p/2, p/2).
async fn full_field_sign<F: Field>(s: &Session<F>, x: &Shares<F>, masks: Masks<F>) -> Result<Shares<F>> {
    let Masks { mask, planes, low, digits, .. } = masks;
    let (Some(digits), Some(r0)) = (digits, planes.first()) else { return Ok(low) };
    // 1. c = 2x + r.
    let c = s.open(mask + x + x).await?.canonical();
    // 2. [c < r] over all bits.
    let Some(less) = less_than(s, digits.beside(&c, 0, F::BITS)).await? else { return Ok(low) };
    // 3. c_0 ⊕ r_0 is local: r_0 + c_0·(1 − 2·r_0).
    let c0 = c.modulo_power::<F>(1);
    let parity = r0 + &((-(r0 + r0) + F::ONE) * &c0);
    // 4. ⊕ [c < r]: one product.
    let both = mul_all(s, &[(&parity, &less)]).await?.pop();
    Ok(match both {
        Some(both) => parity + &less - &both - &both,
        None => parity,
    })
}
