//! Proof of an encrypted share of the MAC key: that the plaintext is a constant polynomial, and short randomness.
//!
//! Rows r = 1 … K with challenge bits w_r: the mask of the plaintext is a constant, the masks of u, e0 and e1 are polynomials. Of the
//! plaintext's response only the constant coefficient is sent, so that the others are zero by construction. Two accepted rows
//! with different bits differ by ± the witness itself: nothing is doubled.

use zeroize::Zeroizing;

use speedwell_field::{Field, Prg};
use speedwell_online::transcript::Transcript;

use super::code::{SmallCode, WideCode};
use super::key::{bits, row_prg};
use super::{Prover, Verifier, images};
use crate::bgv::{Bgv, Ciphertext, MacRole, PublicKey, Randomness, Wide, uniform, uniform_wide};
use crate::lowgear::engine::Secret;
use crate::lowgear::work::Workers;

struct Statement<'a, F> {
    bgv: &'a Bgv<F>,
    key: &'a PublicKey<MacRole>,
    cipher: &'a Ciphertext<MacRole>,
    plain: WideCode,
    u: SmallCode,
    e: SmallCode,
    planes: usize,
    rows: usize,
}

/// A row's masks or responses: the constant coefficient, and the randomness.
struct Row {
    plain: Wide,
    randomness: Randomness,
}

impl<'a, F: Field> Statement<'a, F> {
    fn new(bgv: &'a Bgv<F>, key: &'a PublicKey<MacRole>, cipher: &'a Ciphertext<MacRole>) -> Self {
        let params = bgv.params();
        let masks = params.diagonal_masks();
        let planes =
            masks.plain.map_or(0, |range| usize::try_from(range.low()).unwrap_or(0).saturating_add(2));
        Self {
            bgv,
            key,
            cipher,
            plain: WideCode::new(params.accept_plain(masks), planes, true),
            u: SmallCode::new(masks.accept_ternary()),
            e: SmallCode::new(masks.accept_error()),
            planes,
            rows: usize::try_from(params.setup_rows()).unwrap_or(usize::MAX),
        }
    }

    fn hash(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        self.bgv.encode_key(self.key, &mut bytes);
        self.bgv.encode_ciphertext(self.cipher, &mut bytes);
        Transcript::new("lowgear diagonal proof").bytes(blake3::hash(&bytes).as_bytes()).finish()
    }

    fn len(&self) -> usize {
        let n = self.bgv.ring().dimension();
        let randomness = self.u.len(n).saturating_add(self.e.len(n)).saturating_add(self.e.len(n));
        self.plain.len(1).saturating_add(randomness)
    }

    fn image(&self, row: &Row, minus_cipher: bool) -> [u8; 32] {
        let n = self.bgv.ring().dimension();
        let mut image = self.bgv.encrypt(self.key, &constant(n, &row.plain), &row.randomness);
        if minus_cipher {
            self.bgv.sub_monomial(&mut image, 0, self.cipher);
        }
        let mut bytes = Vec::new();
        self.bgv.encode_ciphertext(&image, &mut bytes);
        blake3::hash(&bytes).into()
    }

    fn read(&self, bytes: &[u8]) -> Option<Row> {
        let n = self.bgv.ring().dimension();
        let (plain, bytes) = bytes.split_at_checked(self.plain.len(1))?;
        let (u, bytes) = bytes.split_at_checked(self.u.len(n))?;
        let (e0, e1) = bytes.split_at_checked(self.e.len(n))?;
        let plain = self.plain.read(1, plain)?;
        let randomness =
            Randomness { u: self.u.read(n, u)?, e0: self.e.read(n, e0)?, e1: self.e.read(n, e1)? };
        Some(Row { plain, randomness })
    }
}

/// The owner's side.
pub(in crate::lowgear) struct DiagonalProver<'a, F> {
    statement: Statement<'a, F>,
    plain: Wide,
    randomness: &'a Randomness,
    masks: Vec<Row>,
}

impl<'a, F: Field> DiagonalProver<'a, F> {
    /// For `cipher`, the encryption of the constant `plain` with `randomness`.
    pub(in crate::lowgear) fn new(
        bgv: &'a Bgv<F>,
        key: &'a PublicKey<MacRole>,
        cipher: &'a Ciphertext<MacRole>,
        plain: F,
        randomness: &'a Randomness,
    ) -> Self {
        let statement = Statement::new(bgv, key, cipher);
        Self { statement, plain: Wide::centred(&[plain]), randomness, masks: Vec::new() }
    }
}

impl<F: Field> Prover for DiagonalProver<'_, F> {
    fn statement(&self) -> [u8; 32] {
        self.statement.hash()
    }

    fn first(&mut self, workers: &Workers, seed: &Secret) -> [u8; 32] {
        let statement = &self.statement;
        let (n, ranges) = (statement.bgv.ring().dimension(), statement.bgv.params().diagonal_masks());
        let rows = workers.map((0..statement.rows).collect(), |row| {
            let mut prg = row_prg(seed, row);
            let plain = ranges.plain.map(|range| uniform_wide(&mut prg, 1, range));
            let plain = plain.unwrap_or_else(|| Wide::zero(1, statement.planes));
            let u = uniform(&mut prg, n, ranges.ternary);
            let (e0, e1) = (uniform(&mut prg, n, ranges.error), uniform(&mut prg, n, ranges.error));
            let row = Row { plain, randomness: Randomness { u, e0, e1 } };
            let image = statement.image(&row, false);
            (row, image)
        });
        let (masks, hashes): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        self.masks = masks;
        images(hashes.iter())
    }

    fn respond(&mut self, challenge: &mut Prg) -> Option<Vec<u8>> {
        let statement = &self.statement;
        let mut out = Zeroizing::new(Vec::with_capacity(statement.len().saturating_mul(statement.rows)));
        let mut accepted = true;
        for (mut row, bit) in std::mem::take(&mut self.masks).into_iter().zip(bits(challenge, statement.rows))
        {
            if bit {
                row.plain.add_monomial(0, &self.plain);
                row.randomness.u.add_monomial(0, &self.randomness.u);
                row.randomness.e0.add_monomial(0, &self.randomness.e0);
                row.randomness.e1.add_monomial(0, &self.randomness.e1);
            }
            row.plain.normalise();
            accepted &= statement.plain.write(&row.plain, &mut out);
            accepted &= statement.u.write(&row.randomness.u, &mut out);
            accepted &= statement.e.write(&row.randomness.e0, &mut out);
            accepted &= statement.e.write(&row.randomness.e1, &mut out);
        }
        accepted.then(|| out.to_vec())
    }
}

/// A peer's side.
pub(in crate::lowgear) struct DiagonalVerifier<'a, F>(Statement<'a, F>);

impl<'a, F: Field> DiagonalVerifier<'a, F> {
    pub(in crate::lowgear) fn new(
        bgv: &'a Bgv<F>,
        key: &'a PublicKey<MacRole>,
        cipher: &'a Ciphertext<MacRole>,
    ) -> Self {
        Self(Statement::new(bgv, key, cipher))
    }
}

impl<F: Field> Verifier for DiagonalVerifier<'_, F> {
    fn statement(&self) -> [u8; 32] {
        self.0.hash()
    }

    fn response_len(&self) -> usize {
        self.0.len().saturating_mul(self.0.rows)
    }

    fn recompute(&self, workers: &Workers, challenge: &mut Prg, response: &[u8]) -> Option<[u8; 32]> {
        let statement = &self.0;
        let rows = response.chunks_exact(statement.len()).zip(bits(challenge, statement.rows)).collect();
        let rows: Option<Vec<_>> = workers
            .map(rows, |(row, bit)| Some(statement.image(&statement.read(row)?, bit)))
            .into_iter()
            .collect();
        rows.map(|rows| images(rows.iter()))
    }
}

/// The constant polynomial of a single coefficient.
fn constant(n: usize, coefficient: &Wide) -> Wide {
    let digits = coefficient
        .all_planes()
        .flat_map(|plane| plane.iter().copied().take(1).chain(std::iter::repeat_n(0, n.saturating_sub(1))));
    Wide::from_planes(n, digits.collect())
}
