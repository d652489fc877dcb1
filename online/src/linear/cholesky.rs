//! # Cholesky's factor and the solution of a symmetric positive definite system
//!
//! A = L·Lᵀ, column by column: with s = A_·k − Σ_{j<k} L_·j·L_kj (exact, then one rounding an entry) and the pivot d = s_k,
//! L_·k = s/√d by one reciprocal root and one rounding an entry. Right-hand sides are further rows of A: their part of L is the
//! solution of the lower system. The upper one is solved from the bottom.
//!
//! **Intervals hold whatever the matrix is.** Of a positive definite A with diagonal entries at most M every |L_ij| is at most √M.
//! A pivot below 2^−⌊f/2⌋ is replaced by 1, and an entry of L beyond √M·17/16 by 0, secretly; how often that happened is counted, and in
//! the end one bit is revealed: whether it ever did. Then the result is refused at all parties. That bit is all that is shown.
//! So no masked opening holds a number that its mask is too short for.
//!
//! **Error.** |A − L·Lᵀ| ≤ (2·√M + 4) ulps for each entry, where √M counts as a number, whatever the condition of A: each of the
//! roundings above is half an ulp and meets an entry of L once. How far L itself and a solution are from the exact ones
//! depends on the condition of A, which nobody knows: they carry no bound. See `docs/arithmetic.md`.
//!
//! Rounds: for each column those of a rounding, a comparison, a reciprocal root, a rounding and a comparison, and 5; masks are made before.

use speedwell_field::Field;
use speedwell_net::BoxFuture;

use super::Matrix;
use crate::error::{Result, UsageFault};
use crate::join::try_join;
use crate::mask::{Routine, run_ahead};
use crate::number::fixed::Fixed;
use crate::number::function::root::InverseRoot;
use crate::number::limit::{admit, fault};
use crate::number::rounding::Rounding;
use crate::number::{Int, Interval, Rational, Ulps};
use crate::protocol::{mul, mul_all};
use crate::session::Session;
use crate::share::Shares;

/// The largest matrix.
const MOST: usize = 64;

impl<F: Field> Matrix<Fixed<F>> {
    /// L with L·Lᵀ = A of this symmetric positive definite matrix A of up to 64 rows, zero above the diagonal. Only the lower
    /// half of A is looked at.
    ///
    /// |A − L·Lᵀ| ≤ 2·√M + 4 ulps for each entry, M the largest number that the interval of A admits.
    ///
    /// # Errors
    /// [`UsageFault::NotPositiveDefinite`] at all parties if a pivot is below 2^−⌊f/2⌋: that one fact is revealed.
    /// [`UsageFault::Length`], [`UsageFault::NoRoom`], [`UsageFault::Range`]; whatever ends the session.
    pub async fn cholesky(&self, s: &Session<F>) -> Result<Self> {
        let plan = Plan::new(s, self, None)?;
        let inputs = [self.entries.shares().clone()];
        let (lower, _) = plan.finished(s, run_ahead(s, &plan, &inputs, &[]).await?).await?;
        let range = Interval::new(plan.most.saturating_neg(), plan.most)?;
        let entries = Fixed::with_error(Int::assume(lower, range), plan.fraction_bits, Ulps::UNBOUNDED);
        Ok(Self { entries, rows: self.rows, columns: self.columns })
    }

    /// X with A·X = B of this symmetric positive definite matrix A of up to 64 rows, where |X| ≤ `within` for each entry.
    ///
    /// # Errors
    /// As [`cholesky`](Self::cholesky); also if an entry of the solution is beyond `within`, which is not told apart.
    pub async fn solve(&self, s: &Session<F>, b: &Self, within: Rational) -> Result<Self> {
        let plan = Plan::new(s, self, Some((b, within)))?;
        let inputs = [self.entries.shares().clone(), b.entries.shares().clone()];
        let (_, solution) = plan.finished(s, run_ahead(s, &plan, &inputs, &[]).await?).await?;
        let range = plan.back.as_ref().map_or(Interval::point(0), |back| back.range);
        let entries = Fixed::with_error(Int::assume(solution, range), plan.fraction_bits, Ulps::UNBOUNDED);
        Ok(Self { entries, rows: b.rows, columns: b.columns })
    }
}

/// Intervals and roundings, all from public bounds.
struct Plan {
    n: usize,
    /// Right-hand sides.
    sides: usize,
    fraction_bits: u32,
    /// The least pivot.
    least: i128,
    /// |L_ij| is at most this.
    most: i128,
    sum: Rounding,
    pivot: Interval,
    root: InverseRoot,
    factor: Clamped,
    /// The same for rows of right-hand sides, if there are any.
    side_sum: Option<Rounding>,
    side: Option<Clamped>,
    back: Option<Back>,
}

/// A rounded product that must then lie within ± a bound.
struct Clamped {
    rounding: Rounding,
    bound: i128,
}

/// The upper system.
struct Back {
    sum: Rounding,
    clamped: Clamped,
    range: Interval,
}

/// What the steps leave: L, the solution, and how often something was out of bounds.
type Made<F> = (Shares<F>, Shares<F>, Shares<F>);

impl Plan {
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits; the rest is checked")]
    fn new<F: Field>(
        s: &Session<F>,
        a: &Matrix<Fixed<F>>,
        b: Option<(&Matrix<Fixed<F>>, Rational)>,
    ) -> Result<Self> {
        let operation = if b.is_some() { "solve" } else { "cholesky" };
        let n = a.rows;
        let fits = b.is_none_or(|(b, _)| b.rows == n);
        if a.columns != n || !fits || n == 0 || n > MOST {
            return Err(UsageFault::Length { operation, left: n, right: a.columns }.into());
        }
        let f = a.entries.fraction_bits();
        let range = a.entries.range();
        let refused = || fault::<F>(operation, &[range]);
        if let Some((b, _)) = b
            && (b.entries.fraction_bits() != f || f > 60)
        {
            let most = if f > 60 { 60 } else { f };
            return Err(UsageFault::FractionBits {
                operation,
                fraction_bits: b.entries.fraction_bits(),
                most,
            }
            .into());
        }
        let count = i128::try_from(n).unwrap_or(i128::MAX);
        let positive = range.hi().max(1);
        // √M in ulps, a sixteenth more, and what roundings may add.
        let bound = |square: i128| {
            let root = square.checked_mul(1_i128.checked_shl(f)?)?.isqrt();
            Some(root + root / 16 + 16)
        };
        let most = bound(positive).ok_or_else(refused)?;
        let squares =
            most.checked_mul(most).and_then(|square| square.checked_mul(count)).ok_or_else(refused)?;
        let scaled = |range: Interval| range.times(&Interval::point(1_i128.checked_shl(f)?));
        let around = |most: i128| Interval::new(most.checked_neg()?, most).ok();
        let entry = scaled(range).and_then(|range| range.plus(&around(squares)?));
        let sum = Rounding::nearest::<F>(operation, admit::<F>(operation, &[range], entry)?, f)?;
        let least = 1_i128.checked_shl(f - f / 2).ok_or_else(refused)?;
        let pivot =
            Interval::new(least, positive.max(least).max(1_i128.checked_shl(f).ok_or_else(refused)?))?;
        // 1/√d with so many bits that its error times any s is a quarter ulp.
        let bits = 128 - positive.unsigned_abs().leading_zeros();
        let to = f.max(bits) + 2;
        let scale = (i64::from(f), i64::from(to));
        let root =
            InverseRoot::plan_to(s, operation, pivot, scale, positive.unsigned_abs().saturating_mul(2))?;
        let roots = root.range()?;
        let clamped = |sum: Interval, bound: i128| {
            let product = admit::<F>(operation, &[sum, roots], sum.times(&roots))?;
            let rounding = Rounding::nearest::<F>(operation, product, to)?;
            Ok::<_, crate::error::Error>(Clamped { rounding, bound })
        };
        // A pivot may have been replaced by 1.
        let factor = clamped(sum.range().hull(&pivot), most)?;
        let (mut side_sum, mut side, mut back, mut sides) = (None, None, None, 0);
        if let Some((b, within)) = b {
            sides = b.columns;
            let (within, _) = within.scaled(f).ok_or_else(refused)?;
            let within = within.checked_abs().ok_or_else(refused)?;
            let given = i128::try_from(b.entries.range().magnitude()).map_err(|_| refused())?;
            // |Lᵀ·x| ≤ n·√M·X, and its square xᵀ·A·x = bᵀ·x ≤ n·|b|·X.
            let energy = given.checked_mul(within).and_then(|product| product.checked_mul(count));
            let energy = energy.map(|energy| energy.isqrt() + energy.isqrt() / 16 + 16);
            let lengths = most.checked_mul(within >> f.min(120)).and_then(|x| x.checked_mul(count));
            let most_y = match (energy, lengths.and_then(|x| x.checked_add(most * count))) {
                (Some(x), Some(y)) => x.min(y),
                (x, y) => x.or(y).ok_or_else(refused)?,
            };
            let product = most_y.checked_mul(most).and_then(|product| product.checked_mul(count));
            let sums = around(product.ok_or_else(refused)?);
            let entry = scaled(b.entries.range()).and_then(|range| range.plus(&sums?));
            let rounding = Rounding::nearest::<F>(operation, admit::<F>(operation, &[range], entry)?, f)?;
            side = Some(clamped(rounding.range(), most_y)?);
            side_sum = Some(rounding);
            let product = most.checked_mul(within).and_then(|product| product.checked_mul(count));
            let entry = around(most_y).and_then(scaled).and_then(|y| y.plus(&around(product?)?));
            let sum = Rounding::nearest::<F>(operation, admit::<F>(operation, &[range], entry)?, f)?;
            let clamped = clamped(sum.range(), within)?;
            back = Some(Back { sum, clamped, range: Interval::new(within.saturating_neg(), within)? });
        }
        Ok(Self { n, sides, fraction_bits: f, least, most, sum, pivot, root, factor, side_sum, side, back })
    }

    /// Reveals whether all went well, and nothing else.
    async fn finished<F: Field>(&self, s: &Session<F>, made: Made<F>) -> Result<(Shares<F>, Shares<F>)> {
        let (lower, solution, faults) = made;
        let most = self.n.saturating_add(self.sides).saturating_mul(self.n).saturating_mul(4);
        let range = Interval::new(0, i128::try_from(most).unwrap_or(i128::MAX))?;
        let fine = Int::assume(faults, range).is_zero(s).await?.reveal(s).await?;
        if fine.first().copied().unwrap_or(false) {
            return Ok((lower, solution));
        }
        let least = self.fraction_bits.wrapping_shr(1);
        Err(UsageFault::NotPositiveDefinite { least }.into())
    }

    #[allow(clippy::arithmetic_side_effects, reason = "positions in a matrix of at most 64 rows")]
    async fn steps_of<F: Field>(
        &self,
        s: &Session<F>,
        a: &Shares<F>,
        b: Option<&Shares<F>>,
    ) -> Result<Made<F>> {
        let (n, sides) = (self.n, self.sides);
        let unit = crate::mask::power::<F>(self.fraction_bits);
        // Column k of what is left: rows k … n − 1, then the right-hand sides, with 2f fraction bits.
        let mut columns: Vec<Shares<F>> = Vec::new();
        for k in 0..n {
            let rows: Vec<usize> = (k..n).map(|row| row * n + k).collect();
            let column = a.gather(&rows);
            let column = match b {
                Some(b) => column.append(&b.slice(k * sides..(k + 1) * sides)),
                None => column,
            };
            columns.push(column * unit);
        }
        let mut faults = s.constant(&[F::ZERO]);
        let mut factors: Vec<Shares<F>> = Vec::new();
        let mut roots: Vec<Shares<F>> = Vec::new();
        for k in 0..n {
            let Some(column) = columns.get(k).cloned() else { continue };
            // 1. s, rounded, and the pivot, or 1 in its place.
            let (rows, side) = column.split_at(n - k);
            let (rows, side) = self.rounded(s, &rows, &side).await?;
            let (pivot, below) = rows.split_at(1);
            let pivot_range = Interval::new(self.sum.range().lo(), self.pivot.hi())?;
            let short = &Int::assume(pivot.clone(), pivot_range) - self.least;
            let short = short.is_negative(s).await?.into_shares();
            let offset = mul(s, &short, &(-&pivot + unit)).await?;
            let pivot = pivot + &offset;
            faults = faults + &short;
            // 2. L_·k = s/√d; what is beyond its bound counts as a fault and becomes 0.
            let (root, _) = self.root.run(s, &pivot).await?;
            let rows = pivot.append(&below);
            let count = rows.len() + side.len();
            let scaled = mul(s, &rows.append(&side), &root.repeat_each(count)).await?;
            let (rows, side) = scaled.split_at(n - k);
            let (factor, more) = match &self.side {
                Some(clamped) if !side.is_empty() => {
                    let both = try_join(clamp(s, &self.factor, &rows), clamp(s, clamped, &side)).await?;
                    let ((rows, more), (side, most)) = both;
                    (rows.append(&side), more + &most)
                }
                _ => clamp(s, &self.factor, &rows).await?,
            };
            faults = faults + &more;
            // 3. Every later column loses L_·k·L_jk.
            if k + 1 < n {
                let pairs: Vec<(Shares<F>, Shares<F>)> = (k + 1..n)
                    .map(|j| {
                        let later = factor.slice(j - k..factor.len());
                        let times = factor.slice(j - k..j - k + 1).repeat_each(later.len());
                        (later, times)
                    })
                    .collect();
                let pairs: Vec<(&Shares<F>, &Shares<F>)> = pairs.iter().map(|(x, y)| (x, y)).collect();
                let products = mul_all(s, &pairs).await?;
                for (column, product) in columns.iter_mut().skip(k + 1).zip(&products) {
                    *column = &*column - product;
                }
            }
            factors.push(factor);
            roots.push(root);
        }
        let lower = self.laid_out(s, &factors);
        let solution = match &self.back {
            Some(back) => self.upper(s, back, &factors, &roots, &mut faults).await?,
            None => s.constant(&[]),
        };
        Ok((lower, solution, faults))
    }

    async fn rounded<F: Field>(
        &self,
        s: &Session<F>,
        rows: &Shares<F>,
        side: &Shares<F>,
    ) -> Result<(Shares<F>, Shares<F>)> {
        match &self.side_sum {
            Some(rounding) if !side.is_empty() => {
                try_join(self.sum.run(s, rows), rounding.run(s, side)).await
            }
            _ => Ok((self.sum.run(s, rows).await?, side.clone())),
        }
    }

    /// Lᵀ·X = Y from the bottom; the rows of Y are the ends of the factors.
    #[allow(clippy::arithmetic_side_effects, reason = "positions in a matrix of at most 64 rows")]
    async fn upper<F: Field>(
        &self,
        s: &Session<F>,
        back: &Back,
        factors: &[Shares<F>],
        roots: &[Shares<F>],
        faults: &mut Shares<F>,
    ) -> Result<Shares<F>> {
        let (n, sides) = (self.n, self.sides);
        let unit = crate::mask::power::<F>(self.fraction_bits);
        let end = |k: usize| factors.get(k).map(|factor| factor.slice(n - k..factor.len()) * unit);
        let mut sums: Vec<Shares<F>> = (0..n).filter_map(end).collect();
        let mut rows: Vec<Shares<F>> = Vec::new();
        for k in (0..n).rev() {
            let (Some(sum), Some(root)) = (sums.get(k), roots.get(k)) else { continue };
            let sum = back.sum.run(s, sum).await?;
            let scaled = mul(s, &sum, &root.repeat_each(sides)).await?;
            let (x, more) = clamp(s, &back.clamped, &scaled).await?;
            *faults = &*faults + &more;
            // Every earlier sum loses L_kj·x_k.
            let times: Vec<Shares<F>> = (0..k)
                .filter_map(|j| Some(factors.get(j)?.slice(k - j..k - j + 1).repeat_each(sides)))
                .collect();
            let pairs: Vec<(&Shares<F>, &Shares<F>)> = times.iter().map(|factor| (factor, &x)).collect();
            let products = mul_all(s, &pairs).await?;
            for (sum, product) in sums.iter_mut().zip(&products) {
                *sum = &*sum - product;
            }
            rows.push(x);
        }
        rows.reverse();
        Ok(Shares::concat(&rows.iter().collect::<Vec<_>>()).unwrap_or_else(|| s.constant(&[])))
    }

    /// L row by row, with zeros above the diagonal.
    #[allow(clippy::arithmetic_side_effects, reason = "positions in a matrix of at most 64 rows")]
    fn laid_out<F: Field>(&self, s: &Session<F>, factors: &[Shares<F>]) -> Shares<F> {
        let all = factors.iter().fold(s.constant(&[F::ZERO]), |all, factor| all.append(factor));
        let mut starts = vec![1];
        for factor in factors {
            starts.push(starts.last().copied().unwrap_or(1) + factor.len());
        }
        let place = |row: usize, column: usize| match starts.get(column) {
            Some(start) if row >= column => start + row - column,
            _ => 0,
        };
        let positions: Vec<usize> = (0..self.n)
            .flat_map(|row| (0..self.n).map(move |column| (row, column)))
            .map(|(r, c)| place(r, c))
            .collect();
        all.gather(&positions)
    }
}

/// The rounded product where it is within its bound, 0 elsewhere; and how many are not.
async fn clamp<F: Field>(s: &Session<F>, clamped: &Clamped, x: &Shares<F>) -> Result<(Shares<F>, Shares<F>)> {
    let Clamped { rounding, bound } = clamped;
    let x = Int::assume(rounding.run(s, x).await?, rounding.range());
    let (low, high) = (&x + *bound, &(-&x) + *bound);
    let (low, high) = try_join(low.is_negative(s), high.is_negative(s)).await?;
    let out = low.into_shares() + high.shares();
    let kept = x.shares() - &mul(s, &out, x.shares()).await?;
    Ok((kept, out.sum()))
}

impl<F: Field> Routine<F> for Plan {
    type Output = Made<F>;

    fn steps<'a>(&'a self, s: &'a Session<F>, inputs: &'a [Shares<F>]) -> BoxFuture<'a, Result<Made<F>>> {
        Box::pin(async move {
            let a = crate::number::function::only(inputs)?;
            self.steps_of(s, a, inputs.get(1)).await
        })
    }
}
