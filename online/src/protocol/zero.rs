//! # Test for zero: ⟦[x = 0]⟧ of signed x of k bits
//!
//! Bounded: c = x + 2^(k−1) + r' + 2^k·r'' opened statistically and taken centred; x = 0 iff c − 2^(k−1) and r' agree in
//! their k low bits. Full-field: c = x + r; x = 0 iff c and r agree in all bits.
//! Rounds: 1 (and 3 of the check where the mask is bounded), and ⌈log2 digits⌉.

use speedwell_field::Field;

use super::tree::product_of_all;
use crate::error::Result;
use crate::join::try_join_all;
use crate::mask::{Masking, Masks, Shape, pieces, power};
use crate::session::Session;
use crate::share::Shares;

/// [x = 0] of signed integers of `bits` bits.
pub(crate) async fn is_zero<F: Field>(s: &Session<F>, x: &Shares<F>, bits: u32) -> Result<Shares<F>> {
    let pieces = pieces(x);
    let zeros = try_join_all(pieces.iter().map(|piece| is_zero_of_piece(s, piece, bits))).await?;
    Ok(Shares::concat(&zeros.iter().collect::<Vec<_>>()).unwrap_or_else(|| x.clone()))
}

async fn is_zero_of_piece<F: Field>(s: &Session<F>, x: &Shares<F>, bits: u32) -> Result<Shares<F>> {
    let Masks { masking, mask, low, digits, .. } = s.masks_of(Shape::Zero { bits }, x.len()).await?;
    let (c, compared) = if masking == Masking::FullField {
        (s.open(mask + x).await?.canonical(), F::BITS)
    } else {
        let h = bits.saturating_sub(1);
        let opened = s.open_statistical(mask + x + power::<F>(h)).await?;
        (s.unmasked(&opened).minus_power(h), bits)
    };
    let nodes = digits.map(|digits| digits.beside(&c, 0, compared)).unwrap_or_default();
    Ok(product_of_all(s, nodes.into_iter().map(|node| node.equal).collect()).await?.unwrap_or(low))
}
