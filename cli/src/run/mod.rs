//! One run of a study, from its files to its result.

pub(crate) mod dealer;
