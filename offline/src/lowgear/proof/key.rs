//! Proof of a key: knowledge of short (s, e) with b = a s + p e.
//!
//! Rows r = 1 … K with challenge bits w_r: image Y_r = a y_r + p f_r, responses z_r = y_r + w_r s and t_r = f_r + w_r e. Two accepted
//! rows with different bits differ by ±(s, e): the slack is twice the accepted bound over the honest one.

use zeroize::Zeroizing;

use speedwell_field::{Field, Prg};

use super::code::SmallCode;
use super::{Prover, Verifier, images};
use crate::bgv::{Bgv, Params, PublicKey, Role, SecretKey, Small, uniform};
use crate::lowgear::engine::Secret;
use crate::lowgear::work::Workers;
use speedwell_online::transcript::Transcript;

/// What both sides know.
struct Statement<'a, F, R> {
    bgv: &'a Bgv<F>,
    key: &'a PublicKey<R>,
    s: SmallCode,
    e: SmallCode,
    rows: usize,
}

impl<'a, F: Field, R: Role> Statement<'a, F, R> {
    fn new(bgv: &'a Bgv<F>, key: &'a PublicKey<R>) -> Self {
        let masks = bgv.params().key_masks();
        let rows = usize::try_from(bgv.params().setup_rows()).unwrap_or(usize::MAX);
        let (s, e) = (SmallCode::new(masks.accept_ternary()), SmallCode::new(masks.accept_error()));
        Self { bgv, key, s, e, rows }
    }

    fn hash(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        self.bgv.encode_key(self.key, &mut bytes);
        self.bgv.ring().encode(self.key.a(), &mut bytes);
        let digest = blake3::hash(&bytes);
        Transcript::new("lowgear key proof").bytes(&[R::BYTE]).bytes(digest.as_bytes()).finish()
    }

    fn len(&self) -> usize {
        let n = self.bgv.ring().dimension();
        self.s.len(n).saturating_add(self.e.len(n))
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

/// Bytes of all responses.
pub(super) fn response_len(params: &Params) -> usize {
    let (masks, n) = (params.key_masks(), usize::try_from(params.dimension()).unwrap_or(usize::MAX));
    let row = SmallCode::new(masks.accept_ternary())
        .len(n)
        .saturating_add(SmallCode::new(masks.accept_error()).len(n));
    row.saturating_mul(usize::try_from(params.setup_rows()).unwrap_or(usize::MAX))
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
        let mut out = Vec::with_capacity(statement.len().saturating_mul(statement.rows));
        let mut accepted = true;
        for ((mut s, mut e), bit) in
            std::mem::take(&mut self.masks).into_iter().zip(bits(challenge, statement.rows))
        {
            if bit {
                s.add_monomial(0, self.secret.secret());
                e.add_monomial(0, self.secret.error());
            }
            accepted &= statement.s.write(&s, &mut out);
            accepted &= statement.e.write(&e, &mut out);
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
        self.0.len().saturating_mul(self.0.rows)
    }

    fn recompute(&self, workers: &Workers, challenge: &mut Prg, response: &[u8]) -> Option<[u8; 32]> {
        let statement = &self.0;
        let n = statement.bgv.ring().dimension();
        let rows = response.chunks_exact(statement.len()).zip(bits(challenge, statement.rows)).collect();
        let rows: Option<Vec<_>> = workers
            .map(rows, |(row, bit)| {
                let (s, e) = row.split_at_checked(statement.s.len(n))?;
                let (s, e) = (statement.s.read(n, s)?, statement.e.read(n, e)?);
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

/// The stream that the masks of one row are drawn from.
pub(super) fn row_prg(seed: &Secret, row: usize) -> Prg {
    seed.stream("lowgear masks", &[u64::try_from(row).unwrap_or(u64::MAX)])
}
