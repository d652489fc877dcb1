//! A cheater that puts in what it likes: its input masks are not what it believes, so everything that it puts in is off
//! by amounts of its choice, with shares and MACs that are right for what it then is.

use std::sync::Arc;

use speedwell_dealer::InsecureDealer;
use speedwell_field::{Field, Prg, Seed};
use speedwell_net::PartyId;
use speedwell_online::Masks;
use speedwell_online::testing::Run;
use speedwell_online::transcript::Transcript;

use crate::altered::Altered;
use crate::common::dealer_seed;

/// What is added to each element of the owner's `call`th input vector: of its place and the vector's length.
pub type Errors<F> = Arc<dyn Fn(usize, usize) -> Vec<(usize, F)> + Send + Sync>;

/// `n` parties, of whom `cheater` puts in what is off by `errors`.
pub fn run<F: Field>(n: usize, number: u64, cheater: usize, errors: Errors<F>) -> Run<F> {
    Run::new(n, move |p: PartyId| {
        let dealt = Altered::new(InsecureDealer::new(dealer_seed(number), p, n));
        if p.index() != cheater {
            return dealt;
        }
        let (errors, mut calls) = (Arc::clone(&errors), 0);
        dealt.masks(move |Masks { shares, mut clear }| {
            if let Some(clear) = clear.as_mut() {
                // x − (r − e) is put in, and r is what it is put in under: x + e.
                for (place, error) in errors(calls, clear.len()) {
                    clear[place] -= error;
                }
                calls += 1;
            }
            Masks { shares, clear }
        })
    })
}

/// Attempts of a range proof.
pub const ATTEMPTS: usize = 8;

/// The sizes of a range proof, as the documentation of masks gives them.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub rows: usize,
    /// log2 M.
    pub bound: u32,
}

impl Sizes {
    /// Of one batch of `m` ≤ 4096 values below 2^`beta`, of each of `owners`, at level 40 in a run of 2^24 openings.
    pub fn of(m: usize, beta: u32, owners: usize) -> Self {
        let log = |x: usize| x.next_power_of_two().ilog2();
        let batches = (1_usize << 24).div_ceil(m);
        let rows = 40 + log(batches * ATTEMPTS * owners) as usize;
        Self { rows, bound: beta + log(m * rows) + 5 }
    }

    /// Input masks of one party.
    pub fn masks(&self) -> usize {
        ATTEMPTS * self.rows
    }

    /// The bits e_jl of `attempt` in the first batch of `party`: for each row j those of all values l.
    pub fn coefficients(&self, coin: &[u8; 32], party: PartyId, attempt: usize, m: usize) -> Vec<Vec<bool>> {
        let hash = Transcript::new("range proof").bytes(coin).party(party);
        let hash = hash.number(0).number(attempt as u64).finish();
        let mut prg = Prg::new(&Seed(hash[..16].try_into().unwrap()));
        let mut e = vec![Vec::new(); self.rows];
        let mut bytes = vec![0; self.rows.div_ceil(2)];
        while e[0].len() < m {
            prg.fill(&mut bytes);
            for (j, row) in e.iter_mut().enumerate() {
                let nibble = bytes[j / 2] >> (4 * (j % 2));
                row.extend((0..4).map(|l| nibble >> l & 1 == 1));
            }
        }
        e.iter_mut().for_each(|row| row.truncate(m));
        e
    }
}

/// The session's first coin where every check has the same one.
pub fn coin_of_reused_checks() -> [u8; 32] {
    Transcript::new("session coin").bytes(&[7; 32]).number(0).finish()
}
