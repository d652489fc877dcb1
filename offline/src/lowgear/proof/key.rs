//! Proof of a key: knowledge of short (s, e) with b = a s + p e.
//!
//! Rows r = 1 … K with challenge bits w_r: image Y_r = a y_r + p f_r, responses z_r = y_r + w_r s and t_r = f_r + w_r e. Two accepted
//! rows with different bits differ by ±(s, e): the slack is twice the accepted bound over the honest one.

use zeroize::Zeroizing;

use speedwell_field::{Field, Prg};

use super::code::SmallCode;
use super::row::row_prg;
use super::{Prover, Verifier, images};
use crate::bgv::{Bgv, Params, PublicKey, Role, SecretKey, Small, uniform};
use crate::lowgear::engine::Secret;
use crate::lowgear::work::Workers;
use speedwell_online::transcript::Transcript;

/// What both sides know.
struct Statement<'a, F, R> {
    bgv: &'a Bgv<F>,
    key: &'a PublicKey<R>,
    row: KeyRowCode,
    rows: usize,
}

/// How a row of masks or responses, for s and e, looks.
pub(super) struct KeyRowCode {
    s: SmallCode,
    e: SmallCode,
    n: usize,
}

impl KeyRowCode {
    pub(super) fn new(params: &Params) -> Self {
        let masks = params.key_masks();
        let n = usize::try_from(params.dimension()).unwrap_or(usize::MAX);
        Self { s: SmallCode::new(masks.accept_ternary()), e: SmallCode::new(masks.accept_error()), n }
    }

    /// Bytes of a row.
    pub(super) fn len(&self) -> usize {
        self.s.len(self.n).saturating_add(self.e.len(self.n))
    }

    /// Appends a row; `false` if a coefficient is out of bounds. Coefficients are all looked at.
    #[must_use]
    fn write(&self, s: &Small, e: &Small, out: &mut Vec<u8>) -> bool {
        self.s.write(s, out) & self.e.write(e, out)
    }

    /// The row in `bytes`; `None` if a coefficient is out of bounds.
    fn read(&self, bytes: &[u8]) -> Option<(Small, Small)> {
        let (s, e) = bytes.split_at_checked(self.s.len(self.n))?;
        Some((self.s.read(self.n, s)?, self.e.read(self.n, e)?))
    }
}

impl<'a, F: Field, R: Role> Statement<'a, F, R> {
    fn new(bgv: &'a Bgv<F>, key: &'a PublicKey<R>) -> Self {
        let rows = usize::try_from(bgv.params().setup_rows()).unwrap_or(usize::MAX);
        Self { bgv, key, row: KeyRowCode::new(bgv.params()), rows }
    }

    fn hash(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        self.bgv.encode_key(self.key, &mut bytes);
        self.bgv.ring().encode(self.key.a(), &mut bytes);
        let digest = blake3::hash(&bytes);
        Transcript::new("lowgear key proof").bytes(&[R::BYTE]).bytes(digest.as_bytes()).finish()
    }

    /// The hash of a s + p e (- b).
    fn image(&self, s: &Small, e: &Small, minus_b: bool) -> [u8; 32] {
        let ring = self.bgv.ring();
        let mut image = self.bgv.key_image(self.key.a(), s, e);
        if minus_b {
            ring.sub(&mut image, self.key.b());
        }
        let mut bytes = Vec::with_capacity(ring.encoded_len());
        ring.encode(&image, &mut bytes);
        blake3::hash(&bytes).into()
    }
}

/// The owner's side.
pub(in crate::lowgear) struct KeyProver<'a, F, R: Role> {
    statement: Statement<'a, F, R>,
    secret: &'a SecretKey<R>,
    masks: Vec<(Small, Small)>,
}

impl<'a, F: Field, R: Role> KeyProver<'a, F, R> {
    pub(in crate::lowgear) fn new(bgv: &'a Bgv<F>, key: &'a PublicKey<R>, secret: &'a SecretKey<R>) -> Self {
        Self { statement: Statement::new(bgv, key), secret, masks: Vec::new() }
    }
}

impl<F: Field, R: Role> Prover for KeyProver<'_, F, R> {
    fn statement(&self) -> [u8; 32] {
        self.statement.hash()
    }

    fn first(&mut self, workers: &Workers, seed: &Secret) -> [u8; 32] {
        let statement = &self.statement;
        let (n, ranges) = (statement.bgv.ring().dimension(), statement.bgv.params().key_masks());
        let rows = workers.map((0..statement.rows).collect(), |row| {
            let mut prg = row_prg(seed, row);
            let (s, e) = (uniform(&mut prg, n, ranges.ternary), uniform(&mut prg, n, ranges.error));
            let image = statement.image(&s, &e, false);
            ((s, e), image)
        });
        let (masks, hashes): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        self.masks = masks;
        images(hashes.iter())
    }

    fn respond(&mut self, challenge: &mut Prg) -> Option<Vec<u8>> {
        let statement = &self.statement;
        let mut out = Vec::with_capacity(statement.row.len().saturating_mul(statement.rows));
        let mut accepted = true;
        for ((mut s, mut e), bit) in
            std::mem::take(&mut self.masks).into_iter().zip(bits(challenge, statement.rows))
        {
            if bit {
                s.add_monomial(0, self.secret.secret());
                e.add_monomial(0, self.secret.error());
            }
            accepted &= statement.row.write(&s, &e, &mut out);
        }
        let out = Zeroizing::new(out);
        accepted.then(|| out.to_vec())
    }
}

/// A peer's side.
pub(in crate::lowgear) struct KeyVerifier<'a, F, R>(Statement<'a, F, R>);

impl<'a, F: Field, R: Role> KeyVerifier<'a, F, R> {
    pub(in crate::lowgear) fn new(bgv: &'a Bgv<F>, key: &'a PublicKey<R>) -> Self {
        Self(Statement::new(bgv, key))
    }
}

impl<F: Field, R: Role> Verifier for KeyVerifier<'_, F, R> {
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
            .map(rows, |(row, bit)| {
                let (s, e) = statement.row.read(row)?;
                Some(statement.image(&s, &e, bit))
            })
            .into_iter()
            .collect();
        rows.map(|rows| images(rows.iter()))
    }
}

/// Challenge bits.
pub(super) fn bits(challenge: &mut Prg, rows: usize) -> Vec<bool> {
    let mut bytes = vec![0_u8; rows];
    challenge.fill(&mut bytes);
    bytes.iter().map(|byte| byte & 1 == 1).collect()
}
