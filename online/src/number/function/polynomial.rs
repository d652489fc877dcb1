//! Polynomials with secret coefficients at a short secret argument, with as few roundings as have room.
//!
//! Powers of u are exact; the polynomial is cut into blocks of r terms, each of which is one sum of products and one rounding:
//! H_j = Σ_i c_{rj+i}·u^i + u^r·H_{j+1}. The plan tries every r, with u^r rounded or exact, and takes what has room and
//! the fewest roundings. Its error bound is the sum of the bounds of all terms: `docs/arithmetic.md`.

use speedwell_field::Field;

use super::{bits, exponent, inner_all, rounded, up, within};
use crate::error::Result;
use crate::join::try_join;
use crate::number::{Interval, Ulps};
use crate::protocol::mul_all;
use crate::session::Session;
use crate::share::Shares;

/// What is to be evaluated: `add` + Σ c_k·(u/2^scale)^k with |u| ≤ 2^(scale − short).
pub(crate) struct Task<'a> {
    /// Fraction bits of u.
    pub(crate) scale: i64,
    /// |u| ≤ 2^(scale − short).
    pub(crate) short: i64,
    /// Bounds of the coefficients' absolute values, c_0 first.
    pub(crate) coefficients: &'a [Ulps],
    /// Working fraction bits, those of the secret summand included.
    pub(crate) working: i64,
    /// Fraction bits of the result, at most the working ones.
    pub(crate) result: i64,
    /// A bound of the secret summand, if there is one.
    pub(crate) add: Option<Ulps>,
}

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    scale: i64,
    short: i64,
    degree: usize,
    block: usize,
    /// Fraction bits of u^r, if it is rounded.
    cut: Option<i64>,
    /// Fraction bits of u^r.
    power: i64,
    working: i64,
    blocks: Vec<Block>,
    /// In units of the result, without what the coefficients leave out.
    error: Ulps,
}

#[derive(Clone, Debug)]
struct Block {
    /// Fraction bits of the coefficients.
    scales: Vec<i64>,
    /// Fraction bits of the sum, and of it rounded.
    sum: i64,
    out: i64,
    /// Whether the first coefficient is in the sum; else it is added afterwards.
    inside: bool,
    /// A bound of the sum's absolute value.
    most: Ulps,
    /// Fraction bits of the block above.
    above: i64,
    /// One coefficient and nothing else.
    bare: bool,
}

impl Plan {
    /// The plan with the fewest roundings. `None` if none has room.
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^12")]
    pub(crate) fn find(task: &Task<'_>, limit: i64) -> Option<Self> {
        let mut best: Option<((i64, usize), Self)> = None;
        for block in 1..=task.coefficients.len() {
            for cut in [false, true] {
                for inside in [true, false] {
                    if task.add.is_some() && !inside {
                        continue;
                    }
                    if let Some((roundings, plan)) = Self::with(task, block, cut, inside, limit) {
                        let cost = (roundings, usize::from(!inside));
                        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                            best = Some((cost, plan));
                        }
                    }
                }
            }
        }
        best.map(|(_, plan)| plan)
    }

    /// A bound of the error in units of the result, rounded coefficients included.
    pub(crate) fn error(&self) -> Ulps {
        self.error
    }

    /// Fraction bits at which each coefficient is wanted.
    pub(crate) fn scales(&self) -> Vec<i64> {
        self.blocks.iter().flat_map(|block| block.scales.iter().copied()).collect()
    }

    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^12")]
    fn with(task: &Task<'_>, r: usize, cut: bool, inside: bool, limit: i64) -> Option<(i64, Self)> {
        let Task { scale, short, coefficients, working, result, add } = *task;
        let count = coefficients.len().div_ceil(r);
        let (last, length) = (count - 1, i64::try_from(r).ok()?);
        if cut && (last == 0 || length * scale <= working + 1) {
            return None;
        }
        if cut && length * (scale - short) >= limit {
            return None;
        }
        let power = if cut { working + 1 } else { length * scale };
        let mut outs = vec![working];
        while outs.len() < count {
            outs.push((outs.last()? - short * length + 1).max(2));
        }
        let mut roundings = i64::from(cut);
        let (mut most_above, mut error) = (Ulps::ZERO, Ulps::ZERO);
        let mut blocks = Vec::new();
        for (j, terms) in coefficients.chunks(r).enumerate().rev() {
            let inner = *outs.get(j)?;
            let above = outs.get(j + 1).copied().unwrap_or(0);
            let out = if j == 0 { result } else { inner };
            let inside = j > 0 || inside;
            let is_last = j == last;
            let bare = is_last && j > 0 && terms.len() == 1;
            let small = |i: i64| exponent(-short * i);
            let places = (0_i64..).zip(terms);
            let mut scales: Vec<i64> =
                places.clone().map(|(i, _)| (working_scale(inner, short, i)).max(1)).collect();
            if let (Some(first), true) = (scales.first_mut(), bare || !inside) {
                *first = if bare { inner } else { out };
            }
            let mut wanted: Vec<i64> = (0_i64..).zip(&scales).skip(1).map(|(i, k)| k + i * scale).collect();
            if inside {
                wanted.extend(scales.first());
            }
            if !is_last {
                wanted.push(power + above);
            }
            let sum = wanted.into_iter().max().unwrap_or(out).max(if inside { 0 } else { out });
            // Magnitudes.
            let from_above = if is_last { Ulps::ZERO } else { most_above.shifted(small(length)) };
            let weight = |(i, m): (i64, &Ulps)| m.shifted(small(i));
            let terms_all: Ulps = places.clone().map(weight).sum();
            let terms_in: Ulps = if inside { terms_all } else { places.clone().skip(1).map(weight).sum() };
            let mut most = terms_in + from_above;
            if let (Some(add), 0) = (add, j) {
                most = most + add;
            }
            let most = most.shifted(exponent(sum));
            let with_offset = most + Ulps::power(exponent((sum - out - 1).max(0)));
            if !bare && with_offset.exceeds(Ulps::power(exponent(limit))) {
                return None;
            }
            // Errors, as values.
            let nine = |bits: i64| Ulps::ratio(9, 16).shifted(exponent(-bits));
            let mut here: Ulps = (0_i64..).zip(&scales).map(|(i, k)| nine(k + short * i)).sum();
            if !is_last {
                here = here + error.shifted(small(length));
                if cut {
                    here = here + most_above.shifted(exponent(-power - 1));
                }
            }
            let rounds = !bare && sum > out;
            if rounds {
                here = here + Ulps::power(exponent(-out - 1));
                roundings += 1;
            }
            error = here;
            most_above = terms_all + from_above;
            blocks.push(Block { scales, sum, out, inside, most, above, bare });
        }
        blocks.reverse();
        let plan = Self {
            scale,
            short,
            degree: coefficients.len() - 1,
            block: r,
            cut: cut.then_some(power),
            power,
            working,
            blocks,
            error: error.shifted(exponent(result)),
        };
        Some((roundings, plan))
    }

    /// The value, with the coefficients at their [`scales`](Self::scales) and the summand at the working scale.
    #[allow(clippy::arithmetic_side_effects, reason = "public numbers of bits, all below 2^12")]
    pub(crate) async fn run<F: Field>(
        &self,
        s: &Session<F>,
        u: &Shares<F>,
        coefficients: &[Shares<F>],
        add: Option<&Shares<F>>,
    ) -> Result<Shares<F>> {
        let powers = self.powers(s, u).await?;
        let several = self.blocks.len() > 1;
        // All products with coefficients, and u^r at its scale, side by side.
        let chunks: Vec<&[Shares<F>]> = coefficients.chunks(self.block).collect();
        let scaled: Vec<Vec<Shares<F>>> = self
            .blocks
            .iter()
            .zip(&chunks)
            .map(|(block, c)| {
                let each = c.iter().zip(&block.scales).zip(0_i64..);
                each.skip(1).map(|((c, k), i)| up(c, block.sum - k - i * self.scale)).collect()
            })
            .collect();
        let sums: Vec<Vec<(&Shares<F>, &Shares<F>)>> =
            scaled.iter().map(|c| c.iter().zip(powers.iter()).collect()).collect();
        let filled: Vec<Vec<_>> = sums.iter().filter(|sum| !sum.is_empty()).cloned().collect();
        let top = powers.last().unwrap_or(u);
        let shortened = async {
            match self.cut {
                Some(to) if several => {
                    let length = i64::try_from(self.block).unwrap_or(0);
                    let bound = within(length * (self.scale - self.short));
                    rounded(s, top, bound, length * self.scale - to).await
                }
                _ => Ok(top.clone()),
            }
        };
        let (top, products) = try_join(shortened, inner_all(s, &filled)).await?;
        let mut products = products.into_iter();
        let mut partial: Vec<Option<Shares<F>>> = Vec::new();
        for sum in &sums {
            partial.push(if sum.is_empty() { None } else { products.next() });
        }
        // From the last block to the first.
        let mut result: Option<Shares<F>> = None;
        for ((j, block), partial) in self.blocks.iter().enumerate().zip(partial).rev() {
            let first = chunks.get(j).and_then(|c| c.first());
            let Some(first) = first else { continue };
            if block.bare {
                result = Some(first.clone());
                continue;
            }
            let mut sum = partial;
            let mut more = |term: Shares<F>| {
                sum = Some(match sum.take() {
                    Some(sum) => sum + &term,
                    None => term,
                });
            };
            if block.inside {
                let k = block.scales.first().copied().unwrap_or(0);
                more(up(first, block.sum - k));
            }
            if let Some(above) = result.take() {
                let product = mul_all(s, &[(&top, &above)]).await?.pop();
                if let Some(product) = product {
                    more(up(&product, block.sum - self.power - block.above));
                }
            }
            if let (0, Some(add)) = (j, add) {
                more(up(add, block.sum - self.working));
            }
            let Some(sum) = sum else { continue };
            let value = rounded(s, &sum, magnitude(block.most), block.sum - block.out).await?;
            result = Some(if block.inside { value } else { value + first });
        }
        Ok(result.unwrap_or_else(|| u.clone()))
    }

    /// u, u², …, as far as they are needed. Rounds: ⌈log2⌉ of the highest.
    async fn powers<F: Field>(&self, s: &Session<F>, u: &Shares<F>) -> Result<Vec<Shares<F>>> {
        let highest = if self.blocks.len() > 1 { self.block } else { self.degree };
        let mut powers = vec![u.clone()];
        while powers.len() < highest {
            // u^(k+1) … u^(2k) from u^1 … u^k.
            let known = powers.len();
            let next = known.saturating_mul(2).min(highest);
            let pairs: Vec<(&Shares<F>, &Shares<F>)> = (known.saturating_add(1)..=next)
                .filter_map(|k| Some((powers.last()?, powers.get(k.checked_sub(known)?.checked_sub(1)?)?)))
                .collect();
            let products = mul_all(s, &pairs).await?;
            powers.extend(products);
        }
        Ok(powers)
    }
}

/// Fraction bits of coefficient i of a block whose result has `inner`.
fn working_scale(inner: i64, short: i64, i: i64) -> i64 {
    inner.saturating_sub(short.saturating_mul(i)).saturating_add(2)
}

/// All sums of this magnitude: a 256th more, and 64, for the roundings inside.
fn magnitude(most: Ulps) -> Interval {
    let most = most.ceiling().and_then(|most| i128::try_from(most).ok()).unwrap_or(i128::MAX);
    let most = most.saturating_add(most.wrapping_shr(bits(8))).saturating_add(64);
    Interval::new(most.saturating_neg(), most).unwrap_or(Interval::point(0))
}
