//! The tokio runtime a session runs on.

use tokio::runtime::{Builder, Runtime};

use crate::failure::{Failure, Outcome};

/// A runtime for one party: on the calling thread alone, or on `threads` of its own if there are to be several.
pub(crate) fn start(threads: usize) -> Outcome<Runtime> {
    let mut builder = match threads {
        0 | 1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    // The sockets are looked at after every task: a round waits for nothing else.
    builder.event_interval(1);
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().map_err(|error| Failure::internal("starting the runtime", error))
}
