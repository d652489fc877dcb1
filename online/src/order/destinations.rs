//! # Moving rows to secret destinations: shuffle and reveal (ePrint 2014/121, 2019/695)
//!
//! Row i goes to place d_i, for a secret permutation d. The destinations are shuffled together with the rows by a fresh
//! permutation that nobody knows, and revealed: what is seen is a uniform permutation, whatever d is. The shuffled rows are
//! then put in their places in public.
//!
//! Rounds: those of drawing and applying a permutation, and 7 to reveal. Material: those, for one column more.
//! Differs from the papers: against any number of cheaters. The reveal waits for a check over every product of the
//! network and is checked itself before a value is used, so what is seen is π(d) and nothing else.
//! Leaks: the destinations as a set. They are 0, …, r − 1 if d is a permutation; if it is none the run ends with
//! [`UsageFault::NotAPermutation`], and the set of values has been seen.

use speedwell_field::Field;

use super::permutation::{Permutation, rows_of};
use crate::error::{Result, UsageFault};
use crate::session::Session;
use crate::share::{Shares, length_fault};

/// Moves row i of a table to place ⟦d_i⟧.
///
/// Rounds: 9 + n·D(r) + 7. Triples: n·S(r) a column and once more. Squares: n·S(r), masks: S(r) of each party.
/// Leaks: the destinations as a set, which says nothing where they are known to be a permutation.
///
/// # Errors
/// [`UsageFault::NotAPermutation`], [`UsageFault::Length`]; otherwise as [`Permutation::draw`].
pub async fn send_to<F: Field>(
    s: &Session<F>,
    destinations: &Shares<F>,
    columns: &[Shares<F>],
) -> Result<Vec<Shares<F>>> {
    let hidden_by = Permutation::draw(s, destinations.len()).await?;
    send_by(s, &hidden_by, destinations, columns).await
}

/// [`send_to`] under a permutation that nothing else has been revealed under.
pub(super) async fn send_by<F: Field>(
    s: &Session<F>,
    hidden_by: &Permutation<F>,
    destinations: &Shares<F>,
    columns: &[Shares<F>],
) -> Result<Vec<Shares<F>>> {
    let (places, moved) = shuffle_and_reveal(s, hidden_by, destinations, columns).await?;
    let sources = places.sources();
    Ok(moved.iter().map(|column| column.gather(&sources)).collect())
}

/// The destinations in shuffled order, in public, and the columns in the same order.
pub(super) async fn shuffle_and_reveal<F: Field>(
    s: &Session<F>,
    hidden_by: &Permutation<F>,
    destinations: &Shares<F>,
    columns: &[Shares<F>],
) -> Result<(Places, Vec<Shares<F>>)> {
    let rows = rows_of("send_to", columns)?;
    if !columns.is_empty() && rows != destinations.len() {
        return Err(length_fault("send_to", destinations.len(), rows).into());
    }
    let mut all = vec![destinations.clone()];
    all.extend(columns.iter().cloned());
    let mut shuffled = hidden_by.apply(s, &all).await?.into_iter();
    let Some(destinations) = shuffled.next() else { return Ok((Places(Vec::new()), Vec::new())) };
    let values = if destinations.is_empty() { Vec::new() } else { s.reveal(&destinations).await? };
    let places = if s.is_planning() {
        Places((0..destinations.len()).collect())
    } else {
        Places::from_values(&values)?
    };
    Ok((places, shuffled.collect()))
}

/// A public permutation: where each row goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Places(Vec<usize>);

impl Places {
    fn from_values<F: Field>(values: &[F]) -> Result<Self> {
        let mut taken = vec![false; values.len()];
        let mut places = Vec::with_capacity(values.len());
        for (row, value) in values.iter().enumerate() {
            let place = value.to_u128().and_then(|place| usize::try_from(place).ok());
            match place.and_then(|place| Some((place, taken.get_mut(place)?))) {
                Some((place, taken)) if !*taken => {
                    *taken = true;
                    places.push(place);
                }
                _ => return Err(UsageFault::NotAPermutation { row }.into()),
            }
        }
        Ok(Self(places))
    }

    /// Where each row goes.
    pub(super) fn places(&self) -> &[usize] {
        &self.0
    }

    /// Which row comes to each place.
    pub(super) fn sources(&self) -> Vec<usize> {
        let mut sources = vec![0; self.0.len()];
        for (row, place) in self.0.iter().enumerate() {
            if let Some(source) = sources.get_mut(*place) {
                *source = row;
            }
        }
        sources
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speedwell_field::Fp127;

    fn places(values: &[i128]) -> Result<Places> {
        Places::from_values(&values.iter().map(|x| Fp127::from_i128(*x)).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_no_permutation_is_refused_at_its_first_fault() {
        assert_eq!(places(&[2, 0, 1]).unwrap().sources(), [1, 2, 0]);
        assert_eq!(places(&[]), Ok(Places(Vec::new())));
        for (values, row) in [(vec![0, 0], 1), (vec![1, 2], 1), (vec![-1, 0], 0), (vec![1, 0, 1], 2)] {
            assert_eq!(places(&values), Err(UsageFault::NotAPermutation { row }.into()));
        }
    }
}
