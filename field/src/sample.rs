//! Uniform elements by rejection from the generator's stream.
//!
//! The rule, the same for every field: a candidate is the next `BYTES` bytes as a little-endian integer, cut to its low
//! `BITS` bits; a candidate ≥ p is dropped. Exactly the candidates that are needed are drawn, so the bytes consumed, and
//! hence the elements, do not depend on how the calls are split. At least half of all candidates pass, for every p.

use crate::simd::{self, kernels};
use crate::{Field, Prg};
use zeroize::Zeroize;

/// What [`fill`] asks of a field.
pub(crate) trait Candidate: Field {
    /// The element that `BYTES` bytes stand for, and whether it is below p; if it is not, any element.
    fn candidate(bytes: &[u8]) -> (Self, bool);
}

kernels! {
    <F: Candidate> StoreAll = store_all: (&'a mut [F], &'a [u8]) => bool;
}

/// Bytes drawn at a time: fits the first-level cache beside the output.
const BLOCK: usize = 4096;
/// Below this many bytes a short buffer does, whose set-up costs less.
const SHORT: usize = 128;

/// Fills `out` by the module's rule.
pub(crate) fn fill<F: Candidate>(prg: &mut Prg, out: &mut [F]) {
    if out.len().saturating_mul(F::BYTES) <= SHORT {
        fill_through(&mut [0; SHORT], prg, out);
    } else {
        fill_through(&mut [0; BLOCK], prg, out);
    }
}

fn fill_through<F: Candidate, const N: usize>(buffer: &mut [u8; N], prg: &mut Prg, mut out: &mut [F]) {
    let per_block = N.checked_div(F::BYTES).unwrap_or(0).max(1);
    while !out.is_empty() {
        let wanted = out.len().min(per_block);
        let bytes = buffer.get_mut(..wanted.saturating_mul(F::BYTES)).unwrap_or_default();
        prg.fill(bytes);
        // All at once, if none of them is dropped: for p just below 2^BITS that is nearly always so.
        let all_below_p = simd::dispatch(StoreAll, (&mut *out, &*bytes));
        let kept = if accept(all_below_p) { wanted } else { compact(out, bytes) };
        out = out.get_mut(kept..).unwrap_or_default();
    }
    buffer.zeroize();
}

/// Stores every candidate, and returns whether all are below p.
#[inline(always)]
fn store_all<F: Candidate>((out, bytes): (&mut [F], &[u8])) -> bool {
    let mut all_below_p = true;
    for (slot, bytes) in out.iter_mut().zip(bytes.chunks_exact(F::BYTES)) {
        let (element, below_p) = F::candidate(bytes);
        *slot = element;
        all_below_p &= below_p;
    }
    all_below_p
}

/// Stores the accepted candidates one after the other, and returns how many there are.
fn compact<F: Candidate>(out: &mut [F], bytes: &[u8]) -> usize {
    let mut kept = 0_usize;
    for bytes in bytes.chunks_exact(F::BYTES) {
        let (element, below_p) = F::candidate(bytes);
        // `kept` grows by at most one a candidate, so there is room.
        if let Some(slot) = out.get_mut(kept) {
            *slot = element;
        }
        kept = kept.saturating_add(usize::from(accept(below_p)));
    }
    kept
}

/// Declares a candidate's accept bit public: how many elements were drawn, and when, depends on it.
///
/// It tells nothing about what is kept. Candidates are independent, so the accepted elements are uniform whatever the
/// positions of the dropped ones; and a dropped candidate is used nowhere. This is the only bit derived from a secret
/// seed that sampling branches on, and a checker for secret-dependent branches is told so here.
#[inline(always)]
fn accept(below_p: bool) -> bool {
    below_p
}
