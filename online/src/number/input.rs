//! Inputs whose range is proved inside the computation: a lying party can lie about its data, not break the arithmetic.
//!
//! Exactly, by bits: the owner puts in the bits b_j of x − lo. A coin, tossed when they are fixed, gives χ_j, and
//! T = Σ χ_j·(b_j² − b_j) + Σ χ_l·[hi − lo < x_l − lo] is revealed: zero for an honest owner, and zero with probability 1/p if
//! some b_j is no bit or some x_l is above hi. T depends on the owner's inputs alone.
//!
//! Coarsely, in bulk: the range proof of `mask/bounded.rs`, with its slack in the type.

use speedwell_field::{Field, Prg, Seed};
use speedwell_net::PartyId;
use zeroize::Zeroizing;

use super::limit::{admit, fault};
use super::{Int, Interval};
use crate::error::{Error, PeerFault, Result};
use crate::join::try_join;
use crate::mask::Digits;
use crate::mask::bounded::bounded_inputs;
use crate::mask::room::proof_below;
use crate::protocol::{less_than, square};
use crate::session::{Session, check_owner};
use crate::share::Shares;
use crate::weakness::Weakness;

/// Longest interval, in bits, whose inputs are proved bit by bit.
const MOST_BITS: u32 = 64;

impl<F: Field> Int<F> {
    /// Puts `len` integers of `owner` in, and proves that each lies in `range`: exactly, bit by bit. The owner gives them,
    /// the others give `None`. Inputs of several owners called side by side share their rounds.
    ///
    /// For an interval of k bits. Rounds: 1, the larger of 1 and the tree's, and 7 of two checks and the opening. Material
    /// a value: k masks of the owner and k squares; about 1.5·k triples unless the interval is a whole power of two.
    ///
    /// # Errors
    /// [`UsageFault::Range`](crate::UsageFault::Range) of an interval of more than 64 bits or beyond the field, and, at the
    /// owner, of a value outside; [`PeerFault::InputOutOfRange`] at everybody if the owner's proof does not hold; as [`Session::input`].
    pub async fn checked_input(
        s: &Session<F>,
        owner: PartyId,
        range: Interval,
        len: usize,
        values: Option<&[i128]>,
    ) -> Result<Self> {
        let bits = range.width_bits();
        if bits > MOST_BITS {
            return Err(fault::<F>("checked_input", &[range]).into());
        }
        admit::<F>("checked_input", &[range], Some(range))?;
        let above_lo = above::<F>("checked_input", range, values)?;
        let planes = usize::try_from(bits).unwrap_or(0);
        // 1. The bits of x − lo, plane by plane.
        let bit = |at: u32, x: &u128| F::from_u64(u64::from(x.checked_shr(at).unwrap_or(0) & 1 == 1));
        let elements = above_lo.map(|values| {
            // Of its whole length from the start: a vector that grows leaves copies behind.
            let mut elements = Zeroizing::new(Vec::with_capacity(planes.saturating_mul(values.len())));
            (0..bits).for_each(|at| elements.extend(values.iter().map(|x| bit(at, x))));
            elements
        });
        let b = s.input(owner, planes.saturating_mul(len), elements.as_ref().map(|e| e.as_slice())).await?;
        // 2. b_j², and whether hi − lo is less than what the bits say.
        let (squares, exceeds) = try_join(square(s, &b), exceeds(s, &b.planes(planes), range)).await?;
        // 3. The coin, and T.
        let not_bits = squares - &b;
        let claims = match exceeds {
            Some(exceeds) => not_bits.append(&exceeds),
            None => not_bits,
        };
        let mut chi = vec![F::ZERO; claims.len()];
        let coin = s.coin().await?;
        let mut seed = [0; 16];
        seed.iter_mut().zip(coin).for_each(|(s, coin)| *s = coin);
        F::sample(&mut Prg::new(&Seed(seed)), &mut chi);
        let t = s.reveal(&claims.dot_public(&chi)).await?;
        let looks = !s.is_planning() && !s.weak(Weakness::RangesIgnored);
        if looks && t.iter().any(|t| *t != F::ZERO) {
            return Err(Error::peer(owner, PeerFault::InputOutOfRange));
        }
        let value = Shares::compose(&b.planes(planes)).unwrap_or_else(|| s.constant(&vec![F::ZERO; len]));
        Ok(Self::within("checked_input", value + F::from_i128(range.lo()), &[range], Some(range)))
    }

    /// Puts `len` integers of `owner` in and proves, in bulk, that they lie near `range`: the interval of the result is
    /// wider by about log2 (len, at most 4096) + 12 bits, and is what is proved. The owner's own values must lie in `range`.
    ///
    /// Rounds: 3, and 6 of two checks. Material: one mask of the owner a value, and about 500 a batch of 4096. A value far
    /// outside passes with probability 2^-40, or as low as [`Config::masks`](crate::Config::masks) says, in all such calls of
    /// a run together, which may put in as many values as are said there.
    ///
    /// # Errors
    /// As [`checked_input`](Self::checked_input); [`UsageFault::Range`](crate::UsageFault::Range) if the field has no room
    /// for the slack.
    pub async fn checked_input_coarse(
        s: &Session<F>,
        owner: PartyId,
        range: Interval,
        len: usize,
        values: Option<&[i128]>,
    ) -> Result<Self> {
        check_owner(owner == s.me(), len, values)?;
        let above_lo = above::<F>("checked_input_coarse", range, values)?;
        let (budget, ..) = s.mask_settings();
        let proof = proof_below(range.width_bits(), &budget, 1, len);
        let proven = Interval::unsigned(proof.bound);
        let proven = proven
            .negated()
            .map(|below| below.hull(&proven))
            .and_then(|i| i.plus(&Interval::point(range.lo())));
        // The rows of the proof are below 2·M in absolute value: they must not wrap either.
        let rows = proven.and_then(|proven| proven.times(&Interval::point(2)));
        admit::<F>("checked_input_coarse", &[range], rows)?;
        s.spend_coarse(len)?;
        let inputs = bounded_inputs(s, &[owner], len, &proof, above_lo.unwrap_or_default()).await?;
        let value = inputs.into_iter().next().unwrap_or_else(|| s.constant(&[]));
        let proven = if s.weak(Weakness::SlackForgotten) { Some(range) } else { proven };
        Ok(Self::within("checked_input_coarse", value + F::from_i128(range.lo()), &[range], proven))
    }

    /// Puts `len` integers of `owner` in and takes its word that they lie in `range`. A liar makes comparisons, divisions
    /// and roundings of them wrong, silently, and reads the others' secrets: a bounded mask hides what lies in its interval,
    /// and the product of a secret and a number far outside does not. Only for owners who are trusted to that extent.
    ///
    /// # Errors
    /// [`UsageFault::Range`](crate::UsageFault::Range), at the owner, of a value outside; as [`Session::input`].
    pub async fn trusted_input(
        s: &Session<F>,
        owner: PartyId,
        range: Interval,
        len: usize,
        values: Option<&[i128]>,
    ) -> Result<Self> {
        admit::<F>("trusted_input", &[range], Some(range))?;
        above::<F>("trusted_input", range, values)?;
        let elements: Option<Zeroizing<Vec<F>>> =
            values.map(|values| Zeroizing::new(values.iter().map(|x| F::from_i128(*x)).collect()));
        let shares = s.input(owner, len, elements.as_ref().map(|e| e.as_slice())).await?;
        Ok(Self::within("trusted_input", shares, &[range], Some(range)))
    }
}

/// x − lo of our own values, all of which must lie in the range.
fn above<F: Field>(
    operation: &'static str,
    range: Interval,
    values: Option<&[i128]>,
) -> Result<Option<Zeroizing<Vec<u128>>>> {
    let Some(values) = values else { return Ok(None) };
    // The value itself is nobody's business but its owner's, logs included.
    if values.iter().any(|x| !range.contains(*x)) {
        return Err(fault::<F>(operation, &[range]).into());
    }
    Ok(Some(Zeroizing::new(values.iter().map(|x| x.abs_diff(range.lo())).collect())))
}

/// ⟦[hi − lo < v]⟧ from the bits of v; `None` if no v of so many bits is too large.
async fn exceeds<F: Field>(
    s: &Session<F>,
    planes: &[Shares<F>],
    range: Interval,
) -> Result<Option<Shares<F>>> {
    let bits = range.width_bits();
    let most = range.hi().abs_diff(range.lo());
    let len = planes.first().map_or(0, Shares::len);
    if bits == 0 || len == 0 || most.wrapping_add(1).is_power_of_two() {
        return Ok(None);
    }
    let digits = Digits::make(s, planes, 2, 0).await?;
    less_than(s, digits.beside_public(most)).await
}
