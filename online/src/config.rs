//! How a session is set up.

use crate::journal::{Journal, MemoryJournal};
use crate::mask::{Favour, Masking};
use crate::report::NetworkProfile;
use crate::round::{MaskBudget, Setup};
#[cfg(feature = "testing")]
use crate::weakness::Weakness;

/// Settings of a session; the same at all parties, but for the journal.
pub struct Config {
    setup: Setup,
}

impl Config {
    /// The defaults for this session id: channel 0, 40 bits of statistical security, a journal in memory, a check at the
    /// latest every 2^22 openings.
    ///
    /// The id must be fresh and agreed: the transport's handshake makes one from nonces of all parties.
    #[must_use]
    pub fn new(session: [u8; 16]) -> Self {
        Self {
            setup: Setup {
                session,
                channel: 0,
                statistical: 40,
                check_every: 1 << 22,
                journal: Box::new(MemoryJournal::default()),
                weakness: None,
                planning: false,
                masks: MaskBudget { level: 40, openings: 1 << 24, only: None },
                network: NetworkProfile::LAN,
                favour: Favour::Total,
            },
        }
    }

    /// The channel within the session.
    #[must_use]
    pub fn channel(mut self, channel: u16) -> Self {
        self.setup.channel = channel;
        self
    }

    /// Statistical security in bits, at least 40: no session is set up over a field that gives less.
    #[must_use]
    pub fn statistical(mut self, bits: u32) -> Self {
        self.setup.statistical = bits.max(40);
        self
    }

    /// Checks run at the latest after this many openings, which bounds memory: an opened element takes two field elements
    /// until it is checked.
    #[must_use]
    pub fn check_every(mut self, openings: usize) -> Self {
        self.setup.check_every = openings.max(1);
        self
    }

    /// How well the statistical masks of comparisons and truncations hide: `bits` of security over the whole run, which
    /// may open so many of them, and put in as many coarsely proved inputs. More are refused. The defaults are 40 bits and
    /// 2^24 openings; where the field has no room for such masks, full-field ones are taken, which are dearer and hide
    /// perfectly.
    #[must_use]
    pub fn masks(mut self, bits: u32, openings: u64) -> Self {
        self.setup.masks.level = bits.max(40);
        self.setup.masks.openings = openings.max(1);
        self
    }

    /// The network, for choosing between fewer rounds and less material; a local network by default.
    #[must_use]
    pub fn network(mut self, network: NetworkProfile) -> Self {
        self.setup.network = network;
        self
    }

    /// Where the epoch's records go.
    #[must_use]
    pub fn journal(mut self, journal: Box<dyn Journal>) -> Self {
        self.setup.journal = journal;
        self
    }

    /// Takes masks of this kind only; what they have no room for is refused.
    #[must_use]
    pub fn masking(mut self, only: Masking) -> Self {
        self.setup.masks.only = Some(only);
        self
    }

    /// What is to be saved when masks are chosen; time in all by default.
    #[must_use]
    pub fn favour(mut self, favour: Favour) -> Self {
        self.setup.favour = favour;
        self
    }

    /// Admits fields of any size, for counting soundness over a toy field.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn toy_field(mut self) -> Self {
        self.setup.statistical = 0;
        self
    }

    /// Removes one defence, to see that a test notices.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn weakness(mut self, weakness: Weakness) -> Self {
        self.setup.weakness = Some(weakness);
        self
    }

    pub(crate) fn into_setup(self) -> Setup {
        self.setup
    }

    pub(crate) fn into_planning(self) -> Setup {
        Setup { planning: true, statistical: 0, ..self.setup }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Config(..)")
    }
}
