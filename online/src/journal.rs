//! The record that tells, after a crash, whether a sigma may have been seen.
//!
//! Opening our sigma can hand a cheater the MAC key. So a record is durable before sigma is opened and another one after
//! the check passed; a record without its end means that the epoch is burnt. The record on disk comes with the store;
//! this module fixes the trait and gives an implementation in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The record could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the epoch's record could not be written")]
pub struct JournalError;

/// What a journal says of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochState {
    /// In use.
    Live,
    /// A check failed, or sigma was opened and no end recorded.
    Burnt,
}

/// Durable records about epochs. Each method returns when its record is durable.
pub trait Journal: Send {
    /// Whether material under this epoch may be used. A [`sigma_opened`](Self::sigma_opened) without its
    /// [`check_passed`](Self::check_passed) is [`EpochState::Burnt`].
    fn state(&self, epoch: [u8; 16]) -> EpochState;
    /// Sigma of this check is about to be opened.
    fn sigma_opened(&mut self, epoch: [u8; 16], check: u64) -> Result<(), JournalError>;
    /// The check passed.
    fn check_passed(&mut self, epoch: [u8; 16], check: u64) -> Result<(), JournalError>;
    /// The epoch is dead for good.
    fn burn(&mut self, epoch: [u8; 16]) -> Result<(), JournalError>;
}

/// A journal in memory. Clones share their records, so that a test can look into them and "restart" a party.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    records: Arc<Mutex<BTreeMap<[u8; 16], Record>>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Record {
    open_check: Option<u64>,
    burnt: bool,
}

impl MemoryJournal {
    fn update(&self, epoch: [u8; 16], f: impl FnOnce(&mut Record)) {
        f(self.records.lock().unwrap_or_else(PoisonError::into_inner).entry(epoch).or_default());
    }
}

impl Journal for MemoryJournal {
    fn state(&self, epoch: [u8; 16]) -> EpochState {
        match self.records.lock().unwrap_or_else(PoisonError::into_inner).get(&epoch) {
            Some(Record { open_check: None, burnt: false }) | None => EpochState::Live,
            Some(_) => EpochState::Burnt,
        }
    }

    fn sigma_opened(&mut self, epoch: [u8; 16], check: u64) -> Result<(), JournalError> {
        self.update(epoch, |record| record.open_check = Some(check));
        Ok(())
    }

    fn check_passed(&mut self, epoch: [u8; 16], check: u64) -> Result<(), JournalError> {
        self.update(epoch, |record| {
            if record.open_check == Some(check) {
                record.open_check = None;
            }
        });
        Ok(())
    }

    fn burn(&mut self, epoch: [u8; 16]) -> Result<(), JournalError> {
        self.update(epoch, |record| record.burnt = true);
        Ok(())
    }
}
