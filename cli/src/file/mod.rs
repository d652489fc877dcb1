//! The files of a party, read and written.
//!
//! Reading gives every value checked; writing puts a file there whole or not at all.

pub(crate) mod card;
pub(crate) mod consortium;
pub(crate) mod party;
pub(crate) mod text;
pub(crate) mod value;
pub(crate) mod write;
