//! The ring R_q = Z_q[X]/(X^N + 1) and BGV encryption of depth 0, as LowGear needs them.
//!
//! [`Params`] derives every bound from the field and the statistical security.
mod limb;
mod params;
mod range;

pub use limb::{Choice, Limb, Modulus};
pub use params::{Masks, Params, ParamsError, Witness};
pub use range::Range;
