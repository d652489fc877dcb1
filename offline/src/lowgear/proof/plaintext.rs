//! Proof of plaintext knowledge for a block of ciphertexts under the factor role.
//!
//! Rows r = 1 … V, challenges W_rk from {0} ∪ {X^e : 0 ≤ e < 2N}: image Y_r = Enc(y_r; u_r, e0_r, e1_r), responses
//! z_r = y_r + Σ_k W_rk m_k and likewise for u, e0, e1 over the integers; Y_r = Enc(z_r; …) - Σ_k W_rk c_k. Extraction divides by a difference
//! of monomials, whose inverse has small coefficients only after doubling: the witness is one for **2c**, and 2c is what is used.

use zeroize::Zeroizing;

use speedwell_field::{Field, Prg};
use speedwell_online::transcript::Transcript;

use super::row::{Encrypted, RowCode, row_prg};
use super::{Prover, Verifier, images};
use crate::bgv::{Bgv, Ciphertext, FactorRole, PublicKey};
use crate::lowgear::engine::Secret;
use crate::lowgear::work::Workers;

struct Statement<'a, F> {
    bgv: &'a Bgv<F>,
    key: &'a PublicKey<FactorRole>,
    /// Hash of the ciphertexts, before doubling.
    hash: [u8; 32],
    statements: usize,
    row: RowCode<'a>,
    rows: usize,
}

impl<'a, F: Field> Statement<'a, F> {
    fn new(bgv: &'a Bgv<F>, key: &'a PublicKey<FactorRole>, digests: &[[u8; 32]]) -> Self {
        let params = bgv.params();
        let hash = digests.iter().fold(Transcript::new("lowgear plaintext proof"), |hash, d| hash.bytes(d));
        Self {
            bgv,
            key,
            hash: hash.finish(),
            statements: digests.len(),
            row: RowCode::new(params, params.proof_masks(), bgv.ring().dimension(), false),
            rows: usize::try_from(params.rows()).unwrap_or(usize::MAX),
        }
    }

    /// The challenge: exponents by row, `None` for 0.
    fn challenge(&self, prg: &mut Prg) -> Vec<Vec<Option<usize>>> {
        let monomials = self.bgv.ring().dimension().saturating_mul(2);
        (0..self.rows).map(|_| (0..self.statements).map(|_| cell(prg, monomials)).collect()).collect()
    }
}

/// The owner's side.
pub(in crate::lowgear) struct BlockProver<'a, F> {
    statement: Statement<'a, F>,
    witness: &'a [Encrypted],
    masks: Vec<Encrypted>,
}

impl<'a, F: Field> BlockProver<'a, F> {
    /// For ciphertexts with these digests under `key`.
    pub(in crate::lowgear) fn new(
        bgv: &'a Bgv<F>,
        key: &'a PublicKey<FactorRole>,
        digests: &[[u8; 32]],
        witness: &'a [Encrypted],
    ) -> Self {
        Self { statement: Statement::new(bgv, key, digests), witness, masks: Vec::new() }
    }
}

impl<F: Field> Prover for BlockProver<'_, F> {
    fn statement(&self) -> [u8; 32] {
        self.statement.hash
    }

    fn first(&mut self, workers: &Workers, seed: &Secret) -> [u8; 32] {
        let statement = &self.statement;
        let rows = workers.map((0..statement.rows).collect(), |row| {
            let row = statement.row.sample(&mut row_prg(seed, row));
            let cipher = statement.bgv.encrypt(statement.key, &row.plain, &row.randomness);
            (row, digest(statement.bgv, &cipher))
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
        let challenge = statement.challenge(challenge);
        for (mut row, exponents) in std::mem::take(&mut self.masks).into_iter().zip(&challenge) {
            for (own, exponent) in self.witness.iter().zip(exponents) {
                if let Some(exponent) = *exponent {
                    row.add_monomial(exponent, &own.plain, &own.randomness);
                }
            }
            accepted &= statement.row.write(row, &mut out);
        }
        accepted.then(|| out.to_vec())
    }
}

/// A peer's side.
pub(in crate::lowgear) struct BlockVerifier<'a, F> {
    statement: Statement<'a, F>,
    ciphers: &'a [Ciphertext<FactorRole>],
}

impl<'a, F: Field> BlockVerifier<'a, F> {
    /// For `ciphers`, as they came, with these digests.
    pub(in crate::lowgear) fn new(
        bgv: &'a Bgv<F>,
        key: &'a PublicKey<FactorRole>,
        digests: &[[u8; 32]],
        ciphers: &'a [Ciphertext<FactorRole>],
    ) -> Self {
        Self { statement: Statement::new(bgv, key, digests), ciphers }
    }
}

impl<F: Field> Verifier for BlockVerifier<'_, F> {
    fn statement(&self) -> [u8; 32] {
        self.statement.hash
    }

    fn response_len(&self) -> usize {
        self.statement.row.len().saturating_mul(self.statement.rows)
    }

    fn recompute(&self, workers: &Workers, challenge: &mut Prg, response: &[u8]) -> Option<[u8; 32]> {
        let Statement { bgv, key, .. } = &self.statement;
        let challenge = self.statement.challenge(challenge);
        let rows = response.chunks_exact(self.statement.row.len()).zip(&challenge).collect();
        let rows: Option<Vec<_>> = workers
            .map(rows, |(row, exponents)| {
                let Encrypted { plain, randomness } = self.statement.row.read(row)?;
                let mut image = bgv.encrypt(key, &plain, &randomness);
                for (cipher, exponent) in self.ciphers.iter().zip(exponents) {
                    if let Some(exponent) = *exponent {
                        bgv.sub_monomial(&mut image, exponent, cipher);
                    }
                }
                Some(digest(bgv, &image))
            })
            .into_iter()
            .collect();
        rows.map(|rows| images(rows.iter()))
    }
}

/// The hash of a ciphertext's bytes.
pub(in crate::lowgear) fn digest<F: Field>(bgv: &Bgv<F>, cipher: &Ciphertext<FactorRole>) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(bgv.ciphertext_len());
    bgv.encode_ciphertext(cipher, &mut bytes);
    blake3::hash(&bytes).into()
}

/// Uniform on 2N + 1 values: an exponent, or 0.
pub(super) fn cell(prg: &mut Prg, monomials: usize) -> Option<usize> {
    let mask = monomials.saturating_mul(2).next_power_of_two().saturating_sub(1);
    loop {
        let mut bytes = [0; 4];
        prg.fill(&mut bytes);
        let draw = usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(0) & mask;
        if draw <= monomials {
            return (draw < monomials).then_some(draw);
        }
    }
}
