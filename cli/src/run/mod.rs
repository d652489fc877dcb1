//! One run of a study at one party, from its files to its result.
//!
//! [`seat`] is who this party is, [`question`] what is asked; both are complete before anything is sent. [`execute`]
//! connects, reduces the rows, computes; [`outcome`] is what comes of it.

pub(crate) mod beside;
pub(crate) mod cost;
pub(crate) mod data;
pub(crate) mod dry;
pub(crate) mod execute;
pub(crate) mod fault;
pub(crate) mod link;
pub(crate) mod outcome;
pub(crate) mod plan;
pub(crate) mod question;
pub(crate) mod seat;
pub(crate) mod source;
mod timed;
pub(crate) mod unfinished;
