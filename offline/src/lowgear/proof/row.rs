//! A row of masks or responses: plaintext, u, e0 and e1, drawn, written and read in one way for all proofs of ciphertexts.

use speedwell_field::Prg;

use super::code::{SmallCode, WideCode};
use crate::bgv::{Masks, Params, Randomness, Wide, uniform, uniform_wide};
use crate::lowgear::engine::Secret;

/// A plaintext with what it was encrypted with; or masks of both, or responses.
pub(in crate::lowgear) struct Encrypted {
    pub(in crate::lowgear) plain: Wide,
    pub(in crate::lowgear) randomness: Randomness,
}

impl Encrypted {
    /// Adds `X^exponent` times these, over the integers.
    pub(super) fn add_monomial(&mut self, exponent: usize, plain: &Wide, randomness: &Randomness) {
        self.plain.add_monomial(exponent, plain);
        self.randomness.u.add_monomial(exponent, &randomness.u);
        self.randomness.e0.add_monomial(exponent, &randomness.e0);
        self.randomness.e1.add_monomial(exponent, &randomness.e1);
    }
}

/// How the rows of one proof look.
pub(super) struct RowCode<'a> {
    masks: &'a Masks,
    plain: WideCode,
    u: SmallCode,
    e: SmallCode,
    planes: usize,
    /// Coefficients of the plaintext, and of each other polynomial.
    coefficients: (usize, usize),
}

impl<'a> RowCode<'a> {
    /// Rows with masks of these ranges and `plain` coefficients of the plaintext; with `whole` its digits take whole bytes.
    pub(super) fn new(params: &Params, masks: &'a Masks, plain: usize, whole: bool) -> Self {
        let planes =
            masks.plain.map_or(0, |range| usize::try_from(range.low()).unwrap_or(0).saturating_add(2));
        let n = usize::try_from(params.dimension()).unwrap_or(usize::MAX);
        Self {
            masks,
            plain: WideCode::new(params.accept_plain(masks), planes, whole),
            u: SmallCode::new(masks.accept_ternary()),
            e: SmallCode::new(masks.accept_error()),
            planes,
            coefficients: (plain, n),
        }
    }

    /// Bytes of a row of responses.
    pub(super) fn len(&self) -> usize {
        let (plain, n) = self.coefficients;
        let parts = [self.plain.len(plain), self.u.len(n), self.e.len(n), self.e.len(n)];
        parts.into_iter().fold(0, usize::saturating_add)
    }

    /// The masks of a row.
    pub(super) fn sample(&self, prg: &mut Prg) -> Encrypted {
        let (plain, n) = self.coefficients;
        let range = self.masks.plain.map(|range| uniform_wide(prg, plain, range));
        let plain = range.unwrap_or_else(|| Wide::zero(plain, self.planes));
        let u = uniform(prg, n, self.masks.ternary);
        let (e0, e1) = (uniform(prg, n, self.masks.error), uniform(prg, n, self.masks.error));
        Encrypted { plain, randomness: Randomness { u, e0, e1 } }
    }

    /// Appends a row of responses; `false` if a coefficient is out of bounds. Coefficients are all looked at.
    #[must_use]
    pub(super) fn write(&self, mut row: Encrypted, out: &mut Vec<u8>) -> bool {
        row.plain.normalise();
        let Randomness { u, e0, e1 } = &row.randomness;
        self.plain.write(&row.plain, out)
            & self.u.write(u, out)
            & self.e.write(e0, out)
            & self.e.write(e1, out)
    }

    /// The row in `bytes`; `None` if a coefficient is out of bounds.
    pub(super) fn read(&self, bytes: &[u8]) -> Option<Encrypted> {
        let (plain, n) = self.coefficients;
        let (own, bytes) = bytes.split_at_checked(self.plain.len(plain))?;
        let (u, bytes) = bytes.split_at_checked(self.u.len(n))?;
        let (e0, e1) = bytes.split_at_checked(self.e.len(n))?;
        let plain = self.plain.read(plain, own)?;
        let randomness =
            Randomness { u: self.u.read(n, u)?, e0: self.e.read(n, e0)?, e1: self.e.read(n, e1)? };
        Some(Encrypted { plain, randomness })
    }
}

/// The stream that the masks of one row are drawn from.
pub(super) fn row_prg(seed: &Secret, row: usize) -> Prg {
    seed.stream("lowgear masks", &[u64::try_from(row).unwrap_or(u64::MAX)])
}
