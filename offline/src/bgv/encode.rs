//! Slots: the isomorphism between F_p[X]/(X^N + 1) and F_p^N.
//!
//! A polynomial m has the values m(ψ^(2k+1)), ψ a primitive 2N-th root of unity mod p, 0 ≤ k < N, in its slots; products of polynomials
//! are slot-wise. Slots are stored in bit-reversed order of k, which is the transform's own order: which of N random values
//! comes first does not matter, and all parties use the same order.
//!
//! Cost: N/2 · log2 N products in F and twice as many sums, for either direction; the inverse needs N more.

use super::limb::{Choice, Dispatch, Lane, Task, reverse};
use speedwell_field::Field;
use zeroize::Zeroizing;

/// The transform between coefficients and slots for one field and ring dimension.
pub struct Slots<F> {
    n: usize,
    dispatch: Dispatch,
    /// ψ^brv(k) at place k; entry 0 is unused.
    forward: Vec<F>,
    /// Their inverses.
    inverse: Vec<F>,
    /// N^-1
    scale: F,
}

impl<F: Field> Slots<F> {
    /// The slots of dimension `n`, a power of two with p ≡ 1 mod 2n; `None` if the field has no such root of unity.
    #[must_use]
    pub fn new(n: usize, choice: Choice) -> Option<Self> {
        let levels = n.is_power_of_two().then(|| n.ilog2())?;
        let squarings = F::TWO_ADICITY.checked_sub(levels.checked_add(1)?)?;
        let psi = (0..squarings).fold(F::two_adic_generator(), |x, _| x.square());
        let scale = F::from_u128(u128::try_from(n).ok()?).inverse()?;
        let dispatch = Dispatch::new(choice);
        Some(Self { n, dispatch, forward: powers(n, psi), inverse: powers(n, psi.inverse()?), scale })
    }

    /// Coefficients to slots, in place. The length must be N: other slices are left alone.
    pub fn forward(&self, x: &mut [F]) {
        if x.len() == self.n {
            self.dispatch.perform(Forward { slots: self, x });
        }
    }

    /// Slots to coefficients, in place. The length must be N: other slices are left alone.
    pub fn inverse(&self, x: &mut [F]) {
        if x.len() == self.n {
            self.dispatch.perform(Inverse { slots: self, x });
            F::scale_slice(x, self.scale);
        }
    }
}

struct Forward<'a, F> {
    slots: &'a Slots<F>,
    x: &'a mut [F],
}

impl<F: Field> Task for Forward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        let mut spare = Zeroizing::new([F::ZERO; CHUNK]);
        let mut block = self.x.len();
        while block > 1 {
            for (x, w) in self.x.chunks_exact_mut(block).zip(level(&self.slots.forward, block)) {
                let (low, high) = x.split_at_mut(block / 2);
                if block < CHUNK {
                    for (a, b) in low.iter_mut().zip(high) {
                        let product = *b * *w;
                        (*a, *b) = (*a + product, *a - product);
                    }
                    continue;
                }
                for (low, high) in low.chunks_mut(CHUNK).zip(high.chunks_mut(CHUNK)) {
                    F::scale_slice(high, *w);
                    sums_and_differences(low, high, &mut spare);
                }
            }
            block /= 2;
        }
    }
}

struct Inverse<'a, F> {
    slots: &'a Slots<F>,
    x: &'a mut [F],
}

impl<F: Field> Task for Inverse<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lane>(self) {
        let mut spare = Zeroizing::new([F::ZERO; CHUNK]);
        let mut block = 2;
        while block <= self.x.len() {
            for (x, w) in self.x.chunks_exact_mut(block).zip(level(&self.slots.inverse, block)) {
                let (low, high) = x.split_at_mut(block / 2);
                if block < CHUNK {
                    for (a, b) in low.iter_mut().zip(high) {
                        let difference = *a - *b;
                        (*a, *b) = (*a + *b, difference * *w);
                    }
                    continue;
                }
                for (low, high) in low.chunks_mut(CHUNK).zip(high.chunks_mut(CHUNK)) {
                    sums_and_differences(low, high, &mut spare);
                    F::scale_slice(high, *w);
                }
            }
            block = block.saturating_mul(2);
        }
    }
}

/// Elements that the slice kernels are given at a time; shorter blocks are done element by element.
const CHUNK: usize = 64;

/// `(low, high) = (low + high, low - high)`
#[inline(always)]
fn sums_and_differences<F: Field>(low: &mut [F], high: &mut [F], spare: &mut [F; CHUNK]) {
    let Some(spare) = spare.get_mut(..high.len()) else { return };
    spare.copy_from_slice(high);
    high.copy_from_slice(low);
    F::sub_assign_slice(high, spare);
    F::add_assign_slice(low, spare);
}

/// The constants of the level whose blocks have `block` values: nodes from N/block on.
fn level<F>(table: &[F], block: usize) -> &[F] {
    table.get(table.len().checked_div(block).unwrap_or(0)..).unwrap_or(&[])
}

/// The powers of `psi` in bit-reversed order.
fn powers<F: Field>(n: usize, psi: F) -> Vec<F> {
    let mut table = vec![F::ONE; n];
    let mut power = F::ONE;
    for e in 0..n {
        let place = reverse(e, n.trailing_zeros());
        if let Some(entry) = table.get_mut(place) {
            *entry = power;
        }
        power *= psi;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_field::{F257, Fp127, Goldilocks, Prg, Seed};

    fn evaluates_and_inverts<F: Field>(n: usize) {
        let slots = Slots::<F>::new(n, Choice::Best).unwrap();
        let mut coefficients = vec![F::ZERO; n];
        F::sample(&mut Prg::new(&Seed([7; 16])), &mut coefficients);
        let mut x = coefficients.clone();
        slots.forward(&mut x);
        let psi = slots.forward[n / 2];
        assert_eq!(psi.pow(&[n as u64]), -F::ONE);
        for (j, value) in x.iter().enumerate().take(64) {
            let k = reverse(j, n.trailing_zeros()) as u64;
            assert_eq!(*value, F::horner(&coefficients, psi.pow(&[2 * k + 1])), "slot {j} of {n}");
        }
        slots.inverse(&mut x);
        assert_eq!(x, coefficients);
    }

    #[test]
    fn slots_are_values_at_odd_powers() {
        evaluates_and_inverts::<F257>(128);
        evaluates_and_inverts::<F257>(16);
        evaluates_and_inverts::<Goldilocks>(256);
        evaluates_and_inverts::<Fp127>(256);
    }

    #[test]
    fn a_constant_polynomial_has_equal_slots() {
        let slots = Slots::<Fp127>::new(64, Choice::Best).unwrap();
        let mut x = vec![Fp127::ZERO; 64];
        x[0] = Fp127::from_u64(5);
        slots.forward(&mut x);
        assert_eq!(x, vec![Fp127::from_u64(5); 64]);
    }

    #[test]
    fn too_few_roots_are_refused() {
        assert!(Slots::<F257>::new(256, Choice::Best).is_none());
        assert!(Slots::<F257>::new(100, Choice::Best).is_none());
    }
}
