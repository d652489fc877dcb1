//! One file per command.

pub(crate) mod bench;
pub(crate) mod consortium;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod generate;
pub(crate) mod init;
pub(crate) mod params;
pub(crate) mod party;
pub(crate) mod plan;
