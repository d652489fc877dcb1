//! Local work on a party's own threads.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use speedwell_online::{Result, UsageFault};

/// The threads of one party. With one thread the caller's does the work.
pub(super) struct Workers {
    threads: usize,
    pool: Option<rayon::ThreadPool>,
}

impl Workers {
    /// `threads` threads, at least one.
    pub(super) fn new(threads: usize) -> Result<Self> {
        let threads = threads.max(1);
        let pool = || rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = (threads > 1).then(pool).transpose().map_err(|_| UsageFault::Threads)?;
        Ok(Self { threads, pool })
    }

    /// How many pieces of work run at a time.
    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// Applies `f` to every item; the results in order.
    pub(super) fn map<T: Send, R: Send>(&self, items: Vec<T>, f: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
        match &self.pool {
            None => items.into_iter().map(f).collect(),
            Some(pool) => pool.install(|| items.into_par_iter().map(f).collect()),
        }
    }
}

/// Buffers that pieces of work borrow and give back.
pub(super) struct Spares<T>(Mutex<Vec<T>>);

impl<T> Spares<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Runs `work` with a spare buffer, made if there is none.
    pub(super) fn with<R>(&self, make: impl FnOnce() -> T, work: impl FnOnce(&mut T) -> R) -> R {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut spare = spare.unwrap_or_else(make);
        let result = work(&mut spare);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(spare);
        result
    }
}
