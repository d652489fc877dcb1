//! Masks of a routine of several steps, all made before it starts, side by side.
//!
//! What a routine will ask for follows from lengths and intervals: its own plan says it. So its masks take the rounds of one
//! making, whatever its number of steps; and what has no room in a later step is refused before anything is sent.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use speedwell_field::Field;
use speedwell_net::BoxFuture;

use super::{PIECE, Shape};
use crate::config::Config;
use crate::error::{Result, UsageFault};
use crate::join::try_join_all;
use crate::session::Session;
use crate::share::Shares;

/// The most masks that are made at once.
const MOST: usize = 32 * PIECE;

/// Several steps on shares, which ask for the same masks whatever the values are.
pub(crate) trait Routine<F: Field>: Sync {
    /// What it gives.
    type Output: Send;

    /// The steps.
    fn steps<'a>(&'a self, s: &'a Session<F>, inputs: &'a [Shares<F>])
    -> BoxFuture<'a, Result<Self::Output>>;
}

/// Runs a routine with its masks, and those of `more` shapes that come after it, made before it starts. Where they are too many
/// to hold, each step makes its own.
pub(crate) async fn run_ahead<F: Field, R: Routine<F>>(
    s: &Session<F>,
    routine: &R,
    inputs: &[Shares<F>],
    more: &[Shape],
) -> Result<R::Output> {
    let n = inputs.first().map_or(0, Shares::len);
    if !s.records_masks() && n > 0 {
        inputs.iter().try_for_each(|x| s.admit_shares(x))?;
        let mut wanted = wanted_masks(s, routine, inputs)?;
        wanted.extend(more.iter().map(|shape| (*shape, n)));
        let total = wanted.iter().fold(0_usize, |sum, (_, n)| sum.saturating_add(*n));
        if total <= MOST {
            let missing = s.missing_masks(wanted);
            try_join_all(missing.into_iter().map(|(shape, n)| s.lay_in(shape, n))).await?;
        }
    }
    routine.steps(s, inputs).await
}

/// The masks that a routine asks for, in a session without peers and values.
fn wanted_masks<F: Field, R: Routine<F>>(
    s: &Session<F>,
    routine: &R,
    inputs: &[Shares<F>],
) -> Result<Vec<(Shape, usize)>> {
    let (budget, network, favour) = s.mask_settings();
    let config = Config::new([0; 16]).masks(budget.level, budget.openings).network(network).favour(favour);
    let config = budget.only.into_iter().fold(config, Config::masking);
    let rehearsal = Session::<F>::planning_with(s.me(), s.parties(), config)?;
    rehearsal.record_masks();
    let ghosts: Vec<Shares<F>> = inputs.iter().map(|x| rehearsal.constant(&vec![F::ZERO; x.len()])).collect();
    let ghosts = ghosts.as_slice();
    let mut run = std::pin::pin!(rehearsal.run(async |s: &Session<F>| routine.steps(s, ghosts).await));
    match run.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(result) => result.map(|_| rehearsal.recorded_masks()),
        std::task::Poll::Pending => Err(UsageFault::Stalled.into()),
    }
}

impl<F: Field> Session<F> {
    /// What is asked for and not there yet.
    fn missing_masks(&self, wanted: Vec<(Shape, usize)>) -> Vec<(Shape, usize)> {
        let pool = self.pool();
        let mut there: BTreeMap<Shape, usize> = BTreeMap::new();
        for (shape, made) in pool.iter() {
            there.insert(*shape, made.iter().map(|masks| masks.mask.len()).sum());
        }
        drop(pool);
        let mut all: BTreeMap<Shape, usize> = BTreeMap::new();
        for (shape, n) in wanted {
            let sum = all.entry(shape).or_default();
            *sum = sum.saturating_add(n);
        }
        let missing = |(shape, n): (Shape, usize)| {
            let n = n.saturating_sub(there.get(&shape).copied().unwrap_or(0));
            (n > 0).then_some((shape, n))
        };
        all.into_iter().filter_map(missing).collect()
    }

    fn records_masks(&self) -> bool {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn record_masks(&self) {
        *self.recorded.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    fn recorded_masks(&self) -> Vec<(Shape, usize)> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    /// Notes what masks are asked for, if somebody wants to know.
    pub(super) fn note_masks(&self, shape: Shape, n: usize) {
        if let Some(recorded) = self.recorded.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            recorded.push((shape, n));
        }
    }
}
