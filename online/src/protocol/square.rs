//! # Squaring: step *Square* of Π_Online (ePrint 2012/642)
//!
//! Entrywise ⟦z⟧ = ⟦x²⟧. Rounds: 1. Squares: n. Sent to each peer: n elements.
//! Differs from the paper: vectors; openings are checked later.

use speedwell_field::Field;

use crate::error::Result;
use crate::prep::Squares;
use crate::session::Session;
use crate::share::Shares;

/// Entrywise square of a vector of n elements.
///
/// # Errors
/// [`Error::Exhausted`](crate::Error::Exhausted) for want of n squares; whatever ends the session.
pub async fn square<F: Field>(s: &Session<F>, x: &Shares<F>) -> Result<Shares<F>> {
    // 1. Spend one square ⟦a⟧, ⟦a²⟧ per entry.
    let Squares { a, aa } = s.squares(x.len())?;
    // 2. Open ε = x − a, in place of a.
    let eps = s.open(a.taken_from(&[x])).await?;
    // 3. ⟦x²⟧ = ⟦a²⟧ + 2ε⟦a⟧ + ε² = ⟦a²⟧ + 2ε⟦x⟧ − ε².
    Ok(aa.beaver(0, &eps, &eps, x, x))
}
