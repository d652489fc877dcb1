//! Proof of an encrypted share of the MAC key: that the plaintext is a constant polynomial, and short randomness.
//!
//! Rows r = 1 … K with challenge bits w_r: the mask of the plaintext is a constant, the masks of u, e0 and e1 are polynomials. Of the
//! plaintext's response only the constant coefficient is sent, so that the others are zero by construction. Two accepted rows
//! with different bits differ by ± the witness itself: nothing is doubled.

use zeroize::Zeroizing;

use speedwell_field::{Field, Prg};
use speedwell_online::transcript::Transcript;

use super::key::bits;
use super::row::{Encrypted, RowCode, row_prg};
use super::{Prover, Verifier, images};
use crate::bgv::{Bgv, Ciphertext, MacRole, PublicKey, Randomness, Wide};
use crate::lowgear::engine::Secret;
use crate::lowgear::work::Workers;

struct Statement<'a, F> {
    bgv: &'a Bgv<F>,
    key: &'a PublicKey<MacRole>,
    cipher: &'a Ciphertext<MacRole>,
    row: RowCode<'a>,
    rows: usize,
}

impl<'a, F: Field> Statement<'a, F> {
    fn new(bgv: &'a Bgv<F>, key: &'a PublicKey<MacRole>, cipher: &'a Ciphertext<MacRole>) -> Self {
        let params = bgv.params();
        // Of the plaintext its constant coefficient.
        let row = RowCode::new(params, params.diagonal_masks(), 1, true);
        let rows = usize::try_from(params.setup_rows()).unwrap_or(usize::MAX);
        Self { bgv, key, cipher, row, rows }
    }

    fn hash(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        self.bgv.encode_key(self.key, &mut bytes);
        self.bgv.encode_ciphertext(self.cipher, &mut bytes);
        Transcript::new("lowgear diagonal proof").bytes(blake3::hash(&bytes).as_bytes()).finish()
    }

    fn image(&self, row: &Encrypted, minus_cipher: bool) -> [u8; 32] {
        let n = self.bgv.ring().dimension();
        let mut image = self.bgv.encrypt(self.key, &constant(n, &row.plain), &row.randomness);
        if minus_cipher {
            self.bgv.sub_monomial(&mut image, 0, self.cipher);
        }
        let mut bytes = Vec::new();
        self.bgv.encode_ciphertext(&image, &mut bytes);
        blake3::hash(&bytes).into()
    }
}

/// The owner's side.
pub(in crate::lowgear) struct DiagonalProver<'a, F> {
    statement: Statement<'a, F>,
    plain: Wide,
    randomness: &'a Randomness,
    masks: Vec<Encrypted>,
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
        let rows = workers.map((0..statement.rows).collect(), |row| {
            let row = statement.row.sample(&mut row_prg(seed, row));
            let image = statement.image(&row, false);
            (row, image)
        });
        let (masks, hashes): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        self.masks = masks;
        images(hashes.iter())
    }

    fn respond(&mut self, challenge: &mut Prg) -> Option<Vec<u8>> {
        let statement = &self.statement;
        let room = statement.row.len().saturating_mul(statement.rows);
        let mut out = Zeroizing::new(Vec::with_capacity(room));
        let mut accepted = true;
        let masks = std::mem::take(&mut self.masks);
        for (mut row, bit) in masks.into_iter().zip(bits(challenge, statement.rows)) {
            if bit {
                row.add_monomial(0, &self.plain, self.randomness);
            }
            accepted &= statement.row.write(row, &mut out);
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
        self.0.row.len().saturating_mul(self.0.rows)
    }

    fn recompute(&self, workers: &Workers, challenge: &mut Prg, response: &[u8]) -> Option<[u8; 32]> {
        let statement = &self.0;
        let rows = response.chunks_exact(statement.row.len()).zip(bits(challenge, statement.rows)).collect();
        let rows: Option<Vec<_>> = workers
            .map(rows, |(row, bit)| Some(statement.image(&statement.row.read(row)?, bit)))
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
