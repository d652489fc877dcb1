//! One file per command.

pub(crate) mod bench;
pub(crate) mod consortium;
pub(crate) mod init;
