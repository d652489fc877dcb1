//! # Secret permutations that nobody knows
//!
//! Every party in turn permutes the rows: it draws a uniform permutation, routes it through a switching network
//! ([`waksman`](super::waksman)) and puts the controls in. The composition is uniform and unknown to everybody as long as
//! one party is honest. For r rows the network has S(r) = r·⌈log₂ r⌉ − 2^⌈log₂ r⌉ + 1 switches in D(r) = 2·⌈log₂ r⌉ − 1 layers.
//!
//! Cost of drawing any number of permutations at once: n·S(r) masks each and their proof ([`proof`](super::proof)). Up to
//! 2^14 controls of a party: rounds 9 (10 if it is the first thing of a session), n·S(r) squares each. Above: rounds 16 for
//! every 2^20 controls of a party, a sixteenth of the squares and 15 more masks of each party.
//! Cost of applying, forth or back, to c columns: rounds n·D(r), triples n·c·S(r), opened twice that.
//!
//! Differs from the literature (for example ePrint 2019/695, whose parties permute in groups): the controls are proved to
//! be bits before a switch is moved. With b = 2 a switch would give 2y − x and 2x − y instead of two rows.
//! A uniform permutation is drawn, not uniform controls: those do not give a uniform permutation.
//! Leaks: nothing.
//! Assumes: drawing and routing are local work on the party's own permutation, whose branches and memory accesses depend on it.

use std::sync::Arc;

use speedwell_field::{Field, Prg, Seed};
use zeroize::{Zeroize, Zeroizing};

use super::proof::prove_bits;
use super::waksman::Network;
use crate::error::Result;
use crate::protocol::mul;
use crate::public::declared;
use crate::session::Session;
use crate::share::{Shares, length_fault};
use crate::transcript::fresh32;

/// Controls of each party that are proved to be bits at once.
const AT_ONCE: usize = 1 << 20;

/// A permutation of rows that nobody knows, with its controls proved to be bits. It may be applied, forth and back, any
/// number of times, always the same.
///
/// Whoever reveals something that was permuted by it twice reveals how the two are related; fresh ones cost little
/// beside their application.
#[derive(Debug)]
pub struct Permutation<F: Field> {
    network: Arc<Network>,
    /// The controls of each party, layer by layer.
    controls: Vec<Shares<F>>,
}

/// Moves the rows of a table by one permutation that nobody knows. The columns have as many elements as there are rows.
///
/// Rounds: 9 and n·D(r), see the head of `permutation.rs` for both and for the material. Leaks: nothing.
///
/// # Errors
/// [`UsageFault::Length`](crate::UsageFault::Length) if the columns differ in length; otherwise as [`Permutation::draw`].
pub async fn shuffle<F: Field>(s: &Session<F>, columns: &[Shares<F>]) -> Result<Vec<Shares<F>>> {
    let rows = rows_of("shuffle", columns)?;
    Permutation::draw(s, rows).await?.apply(s, columns).await
}

impl<F: Field> Permutation<F> {
    /// Draws a uniform permutation of `rows` rows.
    ///
    /// # Errors
    /// [`PeerFault::InputOutOfRange`](crate::PeerFault::InputOutOfRange) at every party if a peer puts in a control that is no bit;
    /// [`Error::Exhausted`](crate::Error::Exhausted) for want of squares or masks; whatever ends the session.
    pub async fn draw(s: &Session<F>, rows: usize) -> Result<Self> {
        let mut one = Self::draw_many(s, rows, 1).await?;
        one.pop().ok_or_else(|| length_fault("draw", rows, 0).into())
    }

    /// Draws `count` independent ones, in as many rounds as one: up to 2^20 controls of each party are proved at once, which
    /// bounds the memory that the proof takes.
    ///
    /// # Errors
    /// As [`draw`](Self::draw).
    pub async fn draw_many(s: &Session<F>, rows: usize, count: usize) -> Result<Vec<Self>> {
        Self::draw_with(s, rows, count, &mut |_| ()).await
    }

    /// As [`draw_many`](Self::draw_many), for a cheater under test: its controls are altered before they are put in.
    ///
    /// # Errors
    /// As [`draw`](Self::draw).
    #[cfg(feature = "testing")]
    pub async fn draw_altered(
        s: &Session<F>,
        rows: usize,
        count: usize,
        mut alter: impl FnMut(&mut [F]) + Send,
    ) -> Result<Vec<Self>> {
        Self::draw_with(s, rows, count, &mut alter).await
    }

    async fn draw_with(
        s: &Session<F>,
        rows: usize,
        count: usize,
        alter: &mut (dyn FnMut(&mut [F]) + Send),
    ) -> Result<Vec<Self>> {
        if u32::try_from(rows).is_err() {
            return Err(length_fault("permutation", rows, usize::MAX).into());
        }
        let network = Arc::new(Network::new(rows));
        let switches = network.layers().iter().map(Vec::len).sum::<usize>();
        let at_once = AT_ONCE.checked_div(switches).unwrap_or(count).max(1);
        let mut drawn = Vec::with_capacity(count);
        while drawn.len() < count {
            let batch = at_once.min(count.saturating_sub(drawn.len()));
            let len = switches.saturating_mul(batch);
            // 1. Every party draws and routes, and puts its controls in, all at the same time.
            let mut own = if s.is_planning() {
                Zeroizing::new(vec![F::ZERO; len])
            } else {
                own_controls(&network, batch)?
            };
            alter(&mut own);
            let controls = s.input_all(&own).await?;
            // 2. They are bits.
            if len > 0 {
                prove_bits(s, &own, &controls).await?;
            }
            drop(own);
            // 3. Cut into permutations.
            let mut cut: Vec<_> = controls.iter().map(|all| all.planes(batch).into_iter()).collect();
            drawn.extend((0..batch).map(|_| Self {
                network: Arc::clone(&network),
                controls: cut.iter_mut().filter_map(Iterator::next).collect(),
            }));
        }
        Ok(drawn)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.network.size()
    }

    /// Moves the rows of a table. Rounds: n·D(r). Triples: n·c·S(r).
    ///
    /// # Errors
    /// [`UsageFault::Length`](crate::UsageFault::Length) if a column does not have as many elements as there are rows;
    /// [`Error::Exhausted`](crate::Error::Exhausted); whatever ends the session.
    pub async fn apply(&self, s: &Session<F>, columns: &[Shares<F>]) -> Result<Vec<Shares<F>>> {
        self.walk(s, columns, false).await
    }

    /// Moves the rows back to where [`apply`](Self::apply) found them. Cost and errors are the same.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub async fn invert(&self, s: &Session<F>, columns: &[Shares<F>]) -> Result<Vec<Shares<F>>> {
        self.walk(s, columns, true).await
    }

    async fn walk(&self, s: &Session<F>, columns: &[Shares<F>], back: bool) -> Result<Vec<Shares<F>>> {
        let rows = self.rows();
        if let Some(other) = columns.iter().find(|column| column.len() != rows) {
            return Err(length_fault("permutation", rows, other.len()).into());
        }
        let parts: Vec<&Shares<F>> = columns.iter().collect();
        let Some(mut wires) = Shares::concat(&parts) else { return Ok(Vec::new()) };
        if rows < 2 {
            return Ok(columns.to_vec());
        }
        let mut layers: Vec<(usize, usize, usize)> = Vec::new();
        for party in 0..self.controls.len() {
            let mut start = 0_usize;
            for (layer, pairs) in self.network.layers().iter().enumerate() {
                layers.push((party, layer, start));
                start = start.saturating_add(pairs.len());
            }
        }
        // A switch undoes itself, so the way back is the same layers from the other end.
        if back {
            layers.reverse();
        }
        for (party, layer, start) in layers {
            let (Some(controls), Some(pairs)) = (self.controls.get(party), self.network.layers().get(layer))
            else {
                continue;
            };
            // x' = x + b(y − x), y' = y − b(y − x).
            let b = controls.slice(start..start.saturating_add(pairs.len())).tile(columns.len());
            let moved = mul(s, &b, &wires.differences(rows, pairs)).await?;
            wires.exchange(rows, pairs, &moved);
        }
        Ok(wires.planes(columns.len()))
    }
}

/// The controls of `count` uniform permutations, one behind the other.
fn own_controls<F: Field>(network: &Network, count: usize) -> Result<Zeroizing<Vec<F>>> {
    let mut dice = Dice::new()?;
    let mut all =
        Zeroizing::new(Vec::with_capacity(count.saturating_mul(super::waksman::switches(network.size()))));
    for _ in 0..count {
        let destinations = dice.permutation(network.size());
        all.extend(network.route(&destinations).iter().map(|bit| F::from_u64(u64::from(*bit))));
    }
    Ok(all)
}

/// Uniform numbers from a seed of the operating system.
pub(crate) struct Dice {
    prg: Prg,
}

impl Dice {
    fn new() -> Result<Self> {
        let mut fresh = fresh32()?;
        let mut seed = Seed([0; 16]);
        seed.0.iter_mut().zip(fresh).for_each(|(s, f)| *s = f);
        fresh.zeroize();
        Ok(Self::of(&seed))
    }

    pub(crate) fn of(seed: &Seed) -> Self {
        Self { prg: Prg::new(seed) }
    }

    /// The shuffle of Fisher and Yates.
    fn permutation(&mut self, rows: usize) -> Zeroizing<Vec<u32>> {
        let mut all = Zeroizing::new((0_u32..).take(rows).collect::<Vec<u32>>());
        for (place, last) in (0..rows).zip(0_u32..).skip(1) {
            all.swap(place, usize::try_from(self.up_to(last)).unwrap_or(place));
        }
        all
    }

    /// A uniform number in [0, last], by rejection of what is above.
    pub(crate) fn up_to(&mut self, last: u32) -> u32 {
        let mask = u32::MAX.checked_shr(last.leading_zeros()).unwrap_or(0);
        loop {
            let mut bytes = [0; 4];
            self.prg.fill(&mut bytes);
            let number = u32::from_le_bytes(bytes) & mask;
            if accept(number <= last) {
                return number;
            }
        }
    }
}

/// Declares a candidate's accept bit public: how many were drawn, and when, depends on it.
///
/// It tells nothing about what is kept. Candidates are independent, so the accepted one is uniform in [0, last] however many
/// went before it; and a dropped candidate is used nowhere. This is the only bit that drawing a number branches on.
#[inline(always)]
fn accept(at_most_last: bool) -> bool {
    declared(at_most_last)
}

/// The number of rows of a table.
pub(super) fn rows_of<F: Field>(operation: &'static str, columns: &[Shares<F>]) -> Result<usize> {
    let rows = columns.first().map_or(0, Shares::len);
    match columns.iter().find(|column| column.len() != rows) {
        Some(other) => Err(length_fault(operation, rows, other.len()).into()),
        None => Ok(rows),
    }
}
