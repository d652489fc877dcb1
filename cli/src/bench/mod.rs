//! Measurements of one party, for `bench`.

pub(crate) mod figures;
pub(crate) mod offline;
pub(crate) mod online;
mod stock;
pub(crate) mod work;
