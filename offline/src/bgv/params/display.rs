//! How a parameter set is printed.

use super::{FLOODING_LOSS_LOG2, Params};
use core::fmt;
use num_bigint::BigUint;

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<String> =
            self.limbs().iter().map(|q| (u64::BITS.saturating_sub(q.leading_zeros())).to_string()).collect();
        let [c0, c1] = self.reply_bits();
        writeln!(f, "field                   {} ({} bits)", self.field, self.p.bits())?;
        writeln!(f, "statistical security    {} bits", self.stat_sec)?;
        writeln!(f, "ring dimension N        {}", self.dimension)?;
        writeln!(
            f,
            "log2 q                  {:.2} (needed {:.2}, limit {})",
            log2(&self.q()),
            log2(&self.bounds.modulus),
            self.limit
        )?;
        writeln!(f, "limbs                   {} bits; {} kept in replies", widths.join(" + "), self.kept())?;
        writeln!(
            f,
            "plaintext proof         {} rows over up to {} batches, slack 2^{:.2}",
            self.rows(),
            self.block(),
            log2(&self.proof_witness().ternary)
        )?;
        writeln!(
            f,
            "key proof               {} rows, slack 2^{:.2}",
            self.setup_rows(),
            log2(&self.key_witness().ternary)
        )?;
        writeln!(
            f,
            "diagonal proof          {} rows, slack 2^{:.2}",
            self.setup_rows(),
            log2(&self.diagonal_witness().ternary)
        )?;
        writeln!(
            f,
            "noise to hide           2^{:.2}, flooded by p r with |r| < 2^{:.2}",
            log2(self.shift()),
            log2(&self.flood())
        )?;
        writeln!(
            f,
            "replies an epoch        {} for a loss of 2^-{FLOODING_LOSS_LOG2}",
            self.replies_per_epoch()
        )?;
        writeln!(f, "reply coefficients      {c0} + {c1} bits")?;
        write!(f, "bytes a triple and peer {:.1}", self.bytes_per_triple())
    }
}

/// log2 of a positive integer, to about nine digits, for display.
#[allow(clippy::arithmetic_side_effects, reason = "big integers do not overflow")]
pub(super) fn log2(x: &BigUint) -> f64 {
    let shift = x.bits().saturating_sub(32);
    let top = u32::try_from(x >> shift).unwrap_or(u32::MAX);
    f64::from(top).log2() + f64::from(u32::try_from(shift).unwrap_or(u32::MAX))
}
