//! # Bit decomposition: the k bits of ⟦u⟧, 0 ≤ u < 2^k
//!
//! u + r = c over the integers modulo 2^k, so the bits of u are those of the difference of the public c and the shared
//! bits of r: out_i = c_i ⊕ r_i ⊕ borrow_i with borrow_i = [c mod 2^i < r mod 2^i]. All borrows come from one parallel prefix
//! (Sklansky's network) over the nodes of the bits.
//!
//! Bounded: c opened statistically and taken centred. Rounds: 1, 3 of the check, ⌈log2 k⌉ and 1.
//! Full-field: u + r = c + p·[c < r]; the bits of d = c + p·[c < r] are linear in [c < r]. Rounds: 1, ⌈log2 bits of p⌉, 1,
//! ⌈log2 k⌉ and 1.
//! Material: masks of the shape; about k·log2 k products.

use speedwell_field::Field;

use super::tree::less_than;
use crate::error::Result;
use crate::join::try_join_all;
use crate::mask::{Masking, Masks, Node, Shape, pieces};
use crate::opened::Opened;
use crate::protocol::mul_all;
use crate::session::Session;
use crate::share::Shares;

/// The bits of integers u, 0 ≤ u < 2^`bits`, lowest first.
pub(crate) async fn bits_below<F: Field>(s: &Session<F>, u: &Shares<F>, bits: u32) -> Result<Vec<Shares<F>>> {
    let pieces = pieces(u);
    let planes = try_join_all(pieces.iter().map(|piece| bits_of_piece(s, piece, bits))).await?;
    let plane = |at: usize| {
        let parts: Vec<&Shares<F>> = planes.iter().filter_map(|planes| planes.get(at)).collect();
        Shares::concat(&parts).unwrap_or_else(|| u.clone())
    };
    Ok((0..usize::try_from(bits).unwrap_or(0)).map(plane).collect())
}

async fn bits_of_piece<F: Field>(s: &Session<F>, u: &Shares<F>, bits: u32) -> Result<Vec<Shares<F>>> {
    // u − 2^(k−1) has k bits with its sign; the mask's 2^(k−1) puts it back.
    let Masks { masking, mask, planes, digits, .. } = s.masks_of(Shape::Bits { bits }, u.len()).await?;
    let nodes = if masking == Masking::FullField {
        let c = s.open(mask + u).await?.canonical();
        let all = digits.as_ref().map(|digits| digits.beside(&c, 0, F::BITS)).unwrap_or_default();
        let Some(wraps) = less_than(s, all).await? else { return Ok(Vec::new()) };
        let factors: Vec<_> = planes.iter().map(|r| (&wraps, r)).collect();
        let wrapped = mul_all(s, &factors).await?;
        let d = c.clone().plus(&F::modulus());
        let bit = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let each = planes.iter().zip(&wrapped).enumerate();
        each.map(|(at, (r, wrapped))| {
            let (c, d): (Opened<F>, Opened<F>) = (c.bit(bit(at)), d.bit(bit(at)));
            let step = &d - &c;
            // d_i = c_i + wraps·(d_i − c_i), and d_i·r_i.
            let digit = &wraps * &step + &c;
            let both = r * &c + &(wrapped * &step);
            let less = r - &both;
            Node { equal: -(digit + &less - &both) + F::ONE, less }
        })
        .collect()
    } else {
        let c = s.unmasked(&s.open_statistical(mask + u).await?);
        digits.map(|digits| digits.beside(&c, 0, bits)).unwrap_or_default()
    };
    subtract(s, nodes).await
}

/// The bits of c − r from the nodes of their bits, lowest first, modulo a power of two.
async fn subtract<F: Field>(s: &Session<F>, nodes: Vec<Node<F>>) -> Result<Vec<Shares<F>>> {
    let differ: Vec<Shares<F>> = nodes.iter().map(|node| -&node.equal + F::ONE).collect();
    // The highest node is nobody's borrow.
    let mut prefixes = nodes;
    prefixes.pop();
    let borrows = prefix_less(s, prefixes).await?;
    let factors: Vec<_> = differ.iter().skip(1).zip(&borrows).collect();
    let both = mul_all(s, &factors).await?;
    let mut out: Vec<Shares<F>> = differ.iter().take(1).cloned().collect();
    for ((differ, borrow), both) in differ.iter().skip(1).zip(&borrows).zip(&both) {
        out.push(differ + borrow - both - both);
    }
    Ok(out)
}

/// For each i, ⟦[c < r]⟧ of the digits up to i: Sklansky's prefix network.
async fn prefix_less<F: Field>(s: &Session<F>, mut nodes: Vec<Node<F>>) -> Result<Vec<Shares<F>>> {
    let mut block = 1_usize;
    while block < nodes.len() {
        // In each pair of blocks the last node of the lower one joins every node of the upper one.
        let joins = |at: &usize| at & block != 0;
        let lower =
            |at: usize| (at & !block.wrapping_mul(2).wrapping_sub(1)).saturating_add(block).saturating_sub(1);
        let uppers: Vec<usize> = (0..nodes.len()).filter(joins).collect();
        let mut factors = Vec::new();
        for at in &uppers {
            let (Some(high), Some(low)) = (nodes.get(*at), nodes.get(lower(*at))) else { continue };
            factors.push((&high.equal, &low.less));
            // Nobody asks of the prefix of all digits whether it is equal.
            if *at >= block.saturating_mul(2) {
                factors.push((&high.equal, &low.equal));
            }
        }
        let mut products = mul_all(s, &factors).await?.into_iter();
        for at in uppers {
            let (less, equal) =
                (products.next(), if at >= block.saturating_mul(2) { products.next() } else { None });
            if let (Some(node), Some(less)) = (nodes.get_mut(at), less) {
                node.less = less + &node.less;
                if let Some(equal) = equal {
                    node.equal = equal;
                }
            }
        }
        block = block.saturating_mul(2);
    }
    Ok(nodes.into_iter().map(|node| node.less).collect())
}
