//! How LowGear is run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use speedwell_net::Transport;
use speedwell_online::{Config, EpochState, Journal, JournalError, Kind, MemoryJournal};

use crate::bgv::Params;

/// The flows to all peers: three transports among the same parties.
pub struct Links {
    /// Keys, ciphertexts and their proofs.
    pub proofs: Box<dyn Transport>,
    /// Replies.
    pub replies: Box<dyn Transport>,
    /// Openings and checks.
    pub checks: Box<dyn Transport>,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Links({} of {})", self.checks.me(), self.checks.parties())
    }
}

/// How far the making of one kind has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The kind.
    pub kind: Kind,
    /// Elements made and checked.
    pub done: u64,
    /// Elements that will be made.
    pub total: u64,
}

type Report = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Settings of one party.
pub struct Settings {
    pub(super) params: Params,
    pub(super) threads: usize,
    pub(super) memory: usize,
    #[cfg(test)]
    exceed_flooding_budget: bool,
    progress: Option<Report>,
    journal: Option<Box<dyn Journal>>,
    statistical: Option<u32>,
}

impl Settings {
    /// The parameters, which have to be the same at all parties; one thread, 1 GiB of memory, a journal in memory.
    #[must_use]
    pub fn new(params: Params) -> Self {
        Self {
            params,
            threads: 1,
            memory: 1 << 30,
            #[cfg(test)]
            exceed_flooding_budget: false,
            progress: None,
            journal: None,
            statistical: None,
        }
    }

    /// Threads for local work.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Bytes of memory for what is under way; finished material comes on top. Blocks are made smaller to keep to it, down to one batch,
    /// at all parties: the one with the least memory decides.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Called when a block has been made.
    #[must_use]
    pub fn progress(mut self, report: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(report));
        self
    }

    /// Where the epoch's records go: the journal of the sessions that spend the material.
    #[must_use]
    pub fn journal(mut self, journal: Box<dyn Journal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Bits of security that the checks have to give at least.
    #[must_use]
    pub fn statistical(mut self, bits: u32) -> Self {
        self.statistical = Some(bits);
        self
    }

    /// Makes material beyond the flooding budget: the toy rings of tests have none.
    #[cfg(test)]
    #[must_use]
    pub(super) fn exceed_flooding_budget(mut self) -> Self {
        self.exceed_flooding_budget = true;
        self
    }

    pub(super) fn exceeds_flooding_budget(&self) -> bool {
        #[cfg(test)]
        return self.exceed_flooding_budget;
        #[cfg(not(test))]
        false
    }

    pub(super) fn report(&self, progress: &Progress) {
        if let Some(report) = &self.progress {
            report(progress);
        }
    }

    /// The journal, for the session and for us.
    pub(super) fn shared_journal(&mut self) -> SharedJournal {
        let journal = self.journal.take().unwrap_or_else(|| Box::new(MemoryJournal::default()));
        SharedJournal(Arc::new(Mutex::new(journal)))
    }

    /// The configuration of the checks' session.
    pub(super) fn check_config(&self, config: Config) -> Config {
        #[cfg(any(test, feature = "testing"))]
        if self.params.dimension() <= 128 {
            return config.toy_field();
        }
        match self.statistical {
            Some(bits) => config.statistical(bits),
            None => config,
        }
    }

    /// Batches of a block: as many as a proof covers, fewer if they would not fit the memory with two blocks under way.
    #[allow(clippy::arithmetic_side_effects, reason = "public sizes far below 2^63; divisors are not zero")]
    pub(super) fn block(&self, parties: usize) -> usize {
        let n = usize::try_from(self.params.dimension()).unwrap_or(usize::MAX);
        let element = usize::try_from(self.params.p().bits().div_ceil(64)).unwrap_or(2) * 8;
        let limbs = self.params.limbs().len();
        // Ciphertexts of every peer, a multiplier, the witness, twelve vectors of elements.
        let batch = n * (limbs * 8 * (2 * parties.saturating_sub(1) + 1) + 48 + 12 * element);
        let most = usize::try_from(self.params.block()).unwrap_or(1);
        (self.memory / 2 / batch.max(1)).clamp(1, most)
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("field", &self.params.field())
            .field("stat_sec", &self.params.stat_sec())
            .field("threads", &self.threads)
            .field("memory", &self.memory)
            .finish_non_exhaustive()
    }
}

/// One journal in two hands. Clones share it.
#[derive(Clone)]
pub(super) struct SharedJournal(Arc<Mutex<Box<dyn Journal>>>);

impl SharedJournal {
    fn lock(&self) -> MutexGuard<'_, Box<dyn Journal>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for SharedJournal {
    fn state(&self, epoch: [u8; 16]) -> EpochState {
        self.lock().state(epoch)
    }

    fn sigma_opened(&mut self, epoch: [u8; 16], check: u64) -> Result<(), JournalError> {
        self.lock().sigma_opened(epoch, check)
    }

    fn check_passed(&mut self, epoch: [u8; 16], check: u64) -> Result<(), JournalError> {
        self.lock().check_passed(epoch, check)
    }

    fn burn(&mut self, epoch: [u8; 16]) -> Result<(), JournalError> {
        self.lock().burn(epoch)
    }
}
