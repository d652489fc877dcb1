//! The insecure dealer: preprocessing from a seed that every party knows.
//!
//! **There is no security of any kind.** Whoever knows the seed knows the MAC key, every mask and so every input. The
//! dealer exists for tests and benches, and to run programs before real preprocessing is at hand. It is a crate of its
//! own so that nothing which does not name it can contain it.
//!
//! The material has the distribution of the real one: all shares of a value but P_0's are independent and uniform, P_0's
//! is the remainder.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::Arc;

use sha3::{Digest, Sha3_256};
use speedwell_field::{Field, Prg, Seed};
use speedwell_net::PartyId;
use speedwell_online::{
    Error, Inverses, Kind, MacKey, Masks, Preprocessing, Result, Shares, Squares, Triples,
};

/// What every program that uses the dealer shows at its start and in its report.
pub const BANNER: &str = "INSECURE DEALER: all material comes from a seed that every party knows. \
     There is NO secrecy and NO protection against cheating. For tests and benches only.";

/// One party's view of the dealer.
pub struct InsecureDealer<F: Field> {
    seed: [u8; 32],
    epoch: [u8; 16],
    key: Arc<MacKey<F>>,
    alpha: F,
    streams: BTreeMap<(Kind, u64), Prg>,
    limits: BTreeMap<Kind, usize>,
    burnt: bool,
}

impl<F: Field> InsecureDealer<F> {
    /// The dealer of `party` among `parties`; all parties give the same seed. The epoch is a hash of the seed.
    #[must_use]
    pub fn new(seed: [u8; 32], party: PartyId, parties: usize) -> Self {
        let mut epoch = [0; 16];
        epoch.iter_mut().zip(derive(&seed, "epoch", 0)).for_each(|(e, b)| *e = b);
        let alphas: Vec<F> = PartyId::all(parties)
            .map(|p| {
                let mut alpha = [F::ZERO];
                F::sample(&mut stream(&seed, "alpha", number(p)), &mut alpha);
                F::sum(&alpha)
            })
            .collect();
        let own = alphas.get(party.index()).copied().unwrap_or(F::ZERO);
        Self {
            seed,
            epoch,
            key: Arc::new(MacKey::new(party, parties, own)),
            alpha: F::sum(&alphas),
            streams: BTreeMap::new(),
            limits: BTreeMap::new(),
            burnt: false,
        }
    }

    /// Gives at most `n` of this kind, and fails with [`Error::Exhausted`] beyond.
    #[must_use]
    pub fn limit(mut self, kind: Kind, n: usize) -> Self {
        self.limits.insert(kind, n);
        self
    }

    /// The whole MAC key, which only a dealer knows: for tests that look for it.
    #[must_use]
    pub fn whole_key(&self) -> F {
        self.alpha
    }

    fn take(&mut self, kind: Kind, n: usize) -> Result<()> {
        let have = if self.burnt { Some(0) } else { self.limits.get(&kind).copied() };
        match have {
            Some(have) if have < n => return Err(Error::Exhausted { kind, need: n, have }),
            Some(have) => {
                self.limits.insert(kind, have - n);
            }
            None => {}
        }
        Ok(())
    }

    /// `n` uniform elements of one stream of this kind.
    fn uniform(&mut self, kind: Kind, purpose: u64, n: usize) -> Vec<F> {
        let mut out = vec![F::ZERO; n];
        let seed = self.seed;
        let prg = self
            .streams
            .entry((kind, purpose))
            .or_insert_with(|| stream(&seed, &format!("{kind:?}"), purpose));
        F::sample(prg, &mut out);
        out
    }

    /// This party's shares of the values that `clear` gives. `column` tells the vectors of one kind apart.
    ///
    /// P_j for j ≥ 1 expands its own streams; P_0 takes what is left, and is the only one that needs the values.
    fn share(&mut self, kind: Kind, column: u64, n: usize, clear: &[F]) -> Shares<F> {
        let purpose = |party: u64, mac: u64| 1000 + (column * 2 + mac) * 1000 + party;
        let me = number(self.key.party());
        if me > 0 {
            let values = self.uniform(kind, purpose(me, 0), n);
            let macs = self.uniform(kind, purpose(me, 1), n);
            return Shares::from_parts(&self.key, values, macs);
        }
        let mut values = clear.to_vec();
        let mut macs = clear.to_vec();
        F::scale_slice(&mut macs, self.alpha);
        for other in 1..self.key.parties() as u64 {
            F::sub_assign_slice(&mut values, &self.uniform(kind, purpose(other, 0), n));
            F::sub_assign_slice(&mut macs, &self.uniform(kind, purpose(other, 1), n));
        }
        Shares::from_parts(&self.key, values, macs)
    }

    /// Whether this party has to expand the values themselves.
    fn needs_values(&self) -> bool {
        self.key.party().index() == 0
    }
}

impl<F: Field> Preprocessing<F> for InsecureDealer<F> {
    fn epoch(&self) -> [u8; 16] {
        self.epoch
    }

    fn key(&self) -> Arc<MacKey<F>> {
        Arc::clone(&self.key)
    }

    fn triples(&mut self, n: usize) -> Result<Triples<F>> {
        self.take(Kind::Triples, n)?;
        let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
        if self.needs_values() {
            a = self.uniform(Kind::Triples, 0, n);
            b = self.uniform(Kind::Triples, 1, n);
            c = a.clone();
            F::mul_assign_slice(&mut c, &b);
        }
        let kind = Kind::Triples;
        Ok(Triples {
            a: self.share(kind, 0, n, &a),
            b: self.share(kind, 1, n, &b),
            c: self.share(kind, 2, n, &c),
        })
    }

    fn squares(&mut self, n: usize) -> Result<Squares<F>> {
        self.take(Kind::Squares, n)?;
        let (mut a, mut aa) = (Vec::new(), Vec::new());
        if self.needs_values() {
            a = self.uniform(Kind::Squares, 0, n);
            aa = a.iter().map(|a| *a * *a).collect();
        }
        Ok(Squares { a: self.share(Kind::Squares, 0, n, &a), aa: self.share(Kind::Squares, 1, n, &aa) })
    }

    fn bits(&mut self, n: usize) -> Result<Shares<F>> {
        self.take(Kind::Bits, n)?;
        let mut bits = Vec::new();
        if self.needs_values() {
            let mut bytes = vec![0_u8; n];
            let seed = self.seed;
            let prg = self.streams.entry((Kind::Bits, 0)).or_insert_with(|| stream(&seed, "Bits", 0));
            prg.fill(&mut bytes);
            bits = bytes.iter().map(|byte| F::from_u64(u64::from(byte & 1))).collect();
        }
        Ok(self.share(Kind::Bits, 0, n, &bits))
    }

    fn masks(&mut self, owner: PartyId, n: usize) -> Result<Masks<F>> {
        let kind = Kind::Masks(owner);
        self.take(kind, n)?;
        let is_owner = owner == self.key.party();
        let r = if is_owner || self.needs_values() { self.uniform(kind, 0, n) } else { Vec::new() };
        Ok(Masks { shares: self.share(kind, 0, n, &r), clear: is_owner.then_some(r.into()) })
    }

    fn randoms(&mut self, n: usize) -> Result<Shares<F>> {
        self.take(Kind::Randoms, n)?;
        let r = if self.needs_values() { self.uniform(Kind::Randoms, 0, n) } else { Vec::new() };
        Ok(self.share(Kind::Randoms, 0, n, &r))
    }

    fn inverses(&mut self, n: usize) -> Result<Inverses<F>> {
        self.take(Kind::Inverses, n)?;
        let (mut r, mut inverse) = (Vec::new(), Vec::new());
        if self.needs_values() {
            r = self.uniform(Kind::Inverses, 0, n);
            // Zero, which has no inverse, is drawn again.
            while let Some(zero) = r.iter().position(|r| *r == F::ZERO) {
                let again = self.uniform(Kind::Inverses, 0, 1);
                if let (Some(place), Some(again)) = (r.get_mut(zero), again.first()) {
                    *place = *again;
                }
            }
            inverse.clone_from(&r);
            F::batch_inverse(&mut inverse);
        }
        let kind = Kind::Inverses;
        Ok(Inverses { r: self.share(kind, 0, n, &r), inverse: self.share(kind, 1, n, &inverse) })
    }

    fn burn(&mut self) {
        self.burnt = true;
        self.seed = [0; 32];
        self.alpha = F::ZERO;
        self.streams.clear();
        self.key.erase();
    }
}

impl<F: Field> std::fmt::Debug for InsecureDealer<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InsecureDealer(..)")
    }
}

fn stream(seed: &[u8; 32], label: &str, purpose: u64) -> Prg {
    let mut key = [0; 16];
    key.iter_mut().zip(derive(seed, label, purpose)).for_each(|(k, b)| *k = b);
    Prg::new(&Seed(key))
}

fn derive(seed: &[u8; 32], label: &str, purpose: u64) -> [u8; 32] {
    Sha3_256::new()
        .chain_update(b"speedwell insecure dealer")
        .chain_update(seed)
        .chain_update(purpose.to_le_bytes())
        .chain_update(label.as_bytes())
        .finalize()
        .into()
}

fn number(party: PartyId) -> u64 {
    party.index() as u64
}
