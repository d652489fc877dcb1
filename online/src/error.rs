//! Errors, by whose fault they are.

use speedwell_net::{NetError, NetFault, PartyId};

use crate::number::Interval;

/// The result of every fallible operation of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What ended a session, or what a call was refused for.
///
/// [`Check`](Error::Check), our own or a peer's that gave up for it, burns the epoch; so does any error between opening
/// our sigma and seeing the check pass. The others poison the session alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An identified peer broke the protocol.
    #[error("{party} broke the protocol: {fault}")]
    Peer {
        /// The peer whose message it was.
        party: PartyId,
        /// What was wrong with it.
        fault: PeerFault,
    },
    /// A check failed: somebody cheated. The epoch is burnt: its MAC key and all material under it are dead.
    #[error("{0}; somebody cheated, and everything under this MAC key is void")]
    Check(CheckFault),
    /// The network failed.
    #[error("network: {0}")]
    Net(NetError),
    /// The preprocessing has less material than the program needs.
    #[error("{need} {kind} are needed, {have} are left: make what `plan` prints before the run")]
    Exhausted {
        /// The kind of material.
        kind: crate::Kind,
        /// How many were asked for.
        need: usize,
        /// How many were left.
        have: usize,
    },
    /// The call or the program is at fault; found before anything that depends on it was sent.
    #[error("{0}")]
    Usage(UsageFault),
    /// A peer gave up and said so.
    #[error("{by} gave up: {reason}")]
    Aborted {
        /// The peer that sent the abort.
        by: PartyId,
        /// The code it gave; details stay in its own log.
        reason: AbortCode,
    },
}

/// What was wrong with a peer's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerFault {
    /// The bytes are not a frame, or longer than the protocol allows.
    #[error("its bytes are not a frame of this protocol, or longer than the protocol allows")]
    NotAFrame,
    /// The frame belongs to another epoch, session, channel or round, or is of another kind.
    #[error("its frame is of another epoch, session, channel, round or kind (a replay, or a duplicate)")]
    WrongHeader,
    /// The payload does not have the length that this message has.
    #[error("its message does not have the length that the protocol prescribes")]
    WrongLength,
    /// A field element is not below p.
    #[error("its message holds a value outside the field")]
    NotCanonical,
    /// The bytes are not the canonical encoding of an element of the group.
    #[error(
        "its message holds bytes that are not the canonical encoding of a point of the prime-order group"
    )]
    NotAPoint,
    /// The bytes are no ciphertext, key or reply under the parameters of this run.
    #[error("its bytes are no ciphertext, key or reply under the parameters of this run")]
    Malformed,
    /// A proof of plaintext knowledge, or of a key, does not hold.
    #[error("its proof that a ciphertext or a key is well formed does not hold")]
    Proof,
    /// It put in a value outside the range that was agreed.
    #[error("it put in a value outside the range that was agreed")]
    InputOutOfRange,
    /// A proof was begun anew too often.
    #[error("it began a proof anew too often")]
    Attempts,
}

/// The check that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckFault {
    /// The opened values do not have the MACs they should have.
    #[error("the MAC check failed")]
    Mac,
    /// The parties did not all see the same openings.
    #[error("the parties saw different openings (equivocation)")]
    Digest,
    /// Material that passed its check is not what it should be: a square that is none.
    #[error("checked material is not what its check promises")]
    Relation,
    /// An opening does not match its commitment.
    #[error("{party} opened a commitment to something else")]
    Commitment {
        /// Whose commitment it was.
        party: PartyId,
    },
}

/// A program or a call that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageFault {
    /// Two vectors that must have the same length do not.
    #[error("`{operation}` on vectors of {left} and {right} elements")]
    Length {
        /// The operation.
        operation: &'static str,
        /// Length of the first.
        left: usize,
        /// Length of the second.
        right: usize,
    },
    /// The program waits for something that no message will bring.
    #[error("the program waits for something other than the session: only its own futures may be awaited")]
    Stalled,
    /// The parties do not run the same program.
    #[error("{peer} runs another program, or the same in another order")]
    Desync {
        /// The first peer that differs.
        peer: PartyId,
    },
    /// Shares of another session or another epoch.
    #[error("these shares are of another session")]
    ForeignShares,
    /// No such party.
    #[error("there is no such party in this run")]
    NoSuchParty,
    /// The owner gave no values, or another party gave some.
    #[error("an input needs its values at the owner, and at the owner alone")]
    InputOwner,
    /// The epoch has been burnt, or its last check has no recorded end.
    #[error("this epoch is burnt: make new preprocessing under a new MAC key")]
    EpochBurnt,
    /// The record that must be durable before sigma is opened could not be written.
    #[error("the epoch's record could not be written")]
    Journal,
    /// The field is too small for the statistical security asked for.
    #[error("the field {field} gives {have} bits against cheating, {need} are asked for")]
    FieldTooSmall {
        /// Name of the field.
        field: &'static str,
        /// The level that it gives.
        have: u32,
        /// The level that is asked for.
        need: u32,
    },
    /// The transport and the material are for different numbers of parties.
    #[error("the transport joins {transport} parties, the material is for {material}")]
    Parties {
        /// Parties of the transport.
        transport: usize,
        /// Parties of the material.
        material: usize,
    },
    /// A program is running on this session already.
    #[error("a program is running on this session already: use `join` inside one program")]
    Busy,
    /// The inverse of zero.
    #[error("element {index} is zero and has no inverse")]
    ZeroInverse {
        /// Position of the first zero.
        index: usize,
    },
    /// An index that may be outside its table.
    #[error("an index in [{lo}, {hi}] may be outside a table of {size} rows: narrow its interval")]
    PastTheTable {
        /// Rows of the table.
        size: usize,
        /// Lower end of the index's interval.
        lo: i128,
        /// Upper end of the index's interval.
        hi: i128,
    },
    /// A fraction that is no quantile.
    #[error("{numerator} / {denominator} is not between 0 and 1")]
    Quantile {
        /// Its numerator.
        numerator: u32,
        /// Its denominator.
        denominator: u32,
    },
    /// Destinations that are not a permutation.
    #[error("row {row} has no place of its own: the destinations are not a permutation")]
    NotAPermutation {
        /// The first revealed row whose place is past the end or taken.
        row: usize,
    },
    /// The run was given up on this side.
    #[error("the run was given up on this side before its end")]
    Interrupted,
    /// The parties do not use the same parameters for preprocessing.
    #[error(
        "{peer} makes preprocessing with other parameters: compare versions, field and statistical security"
    )]
    Parameters {
        /// The first peer that differs.
        peer: PartyId,
    },
    /// The encryption keys have made as many replies as hide their secrets.
    #[error(
        "the encryption keys of this epoch may make {budget} replies, {need} are needed: start a new epoch, or take a higher statistical security"
    )]
    FloodingBudget {
        /// Replies to each peer that would have been made.
        need: u64,
        /// Replies that one epoch allows.
        budget: u64,
    },
    /// Threads could not be started.
    #[error("the threads of a party could not be started")]
    Threads,
    /// There are no parameters of preprocessing for this field.
    #[error(
        "there is no preprocessing for the field {field}: p - 1 must be divisible by 32768, p at most about 2^300"
    )]
    NoParameters {
        /// Name of the field.
        field: &'static str,
    },
    /// An interval whose lower end is above its upper one.
    #[error("no integer lies in [{lo}, {hi}]")]
    EmptyInterval {
        /// The lower end.
        lo: i128,
        /// The upper end.
        hi: i128,
    },
    /// The result of an operation on bounded numbers may leave the field, or what the operation is right on.
    #[error("{0}")]
    Range(Box<RangeFault>),
    /// A revealed value does not lie in the interval that its number carries.
    #[error(
        "a revealed value is outside its interval: a number was `assume`d to have bounds that it does not have"
    )]
    OutsideInterval,
    /// The field has no room for masks that hide a value of this length.
    #[error(
        "`{operation}` needs room for {need} bits, the field has {have}: narrow the intervals, or take a larger field"
    )]
    NoRoom {
        /// The operation.
        operation: &'static str,
        /// Bits that the value and its mask take.
        need: u32,
        /// Bits that the field has for them.
        have: u32,
    },
    /// The run opens more statistically masked elements, or proves more inputs coarsely, than it was set up for.
    #[error(
        "more than {planned} statistically masked elements would be opened, or inputs proved coarsely: set the run up for as many (`Config::masks`)"
    )]
    MaskBudget {
        /// Elements that the run was set up for.
        planned: u64,
    },
    /// A text or a fraction that names no number.
    #[error(
        "no number: write an integer or a decimal like -3.07, of at most 38 digits; denominators are positive"
    )]
    NotANumber,
    /// The interval of an operand reaches outside the domain of the operation.
    #[error("`{operation}` of numbers in {interval} (units of 2^-{fraction_bits}): its domain is {domain}")]
    Domain {
        /// The operation.
        operation: &'static str,
        /// What the operation is defined on.
        domain: &'static str,
        /// The interval of the operand, in units of its last place.
        interval: Interval,
        /// Fraction bits of the operand.
        fraction_bits: u32,
    },
    /// A fixed-point number with more fraction bits than an operation is made for.
    #[error("`{operation}` at {fraction_bits} fraction bits: at most {most} are admitted")]
    FractionBits {
        /// The operation.
        operation: &'static str,
        /// Fraction bits asked for.
        fraction_bits: u32,
        /// The most that it admits.
        most: u32,
    },
    /// A matrix is not positive definite to the precision of its entries, or a solution lies outside its bound.
    #[error(
        "the matrix has a pivot below 2^-{least}, so it is not positive definite to this precision, or the solution is beyond its bound"
    )]
    NotPositiveDefinite {
        /// Pivots must be at least 2^−least.
        least: u32,
    },
    /// Randomness could not be had from the operating system.
    #[error("the operating system gave no randomness")]
    Entropy,
}

/// An operation whose result may be more than the field, or the operation, can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeFault {
    /// The operation.
    pub operation: &'static str,
    /// The intervals of its operands.
    pub operands: Vec<Interval>,
    /// Name of the field.
    pub field: &'static str,
    /// The largest absolute value that a result may have.
    pub limit: i128,
}

impl std::fmt::Display for RangeFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { operation, operands, field, limit } = self;
        write!(f, "`{operation}`")?;
        for (at, operand) in operands.iter().enumerate() {
            write!(f, "{}{operand}", if at > 0 { " and " } else { " of numbers in " })?;
        }
        write!(f, " may go beyond ±{limit}, which is what {field} admits here: narrow the intervals")
    }
}

/// The reason a party gives its peers when it gives up: fixed codes, no details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AbortCode {
    /// A peer broke the protocol.
    #[error("a message broke the protocol")]
    Peer,
    /// A check failed.
    #[error("a check failed")]
    Check,
    /// The network failed.
    #[error("its network failed")]
    Net,
    /// Its material ran out.
    #[error("its material ran out")]
    Exhausted,
    /// Its program is at fault, or differs.
    #[error("its program is at fault, or differs")]
    Usage,
    /// It was stopped.
    #[error("it was stopped")]
    Stopped,
    /// Another party had given up before it.
    #[error("another party had given up before")]
    PassedOn,
}

impl AbortCode {
    /// The code as it travels.
    #[must_use]
    pub fn to_byte(self) -> u8 {
        match self {
            Self::Peer => 1,
            Self::Check => 2,
            Self::Net => 3,
            Self::Exhausted => 4,
            Self::Usage => 5,
            Self::Stopped => 6,
            Self::PassedOn => 7,
        }
    }

    /// The code that `byte` stands for.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        [Self::Peer, Self::Check, Self::Net, Self::Exhausted, Self::Usage, Self::Stopped, Self::PassedOn]
            .into_iter()
            .find(|code| code.to_byte() == byte)
    }
}

impl Error {
    /// A fault of an identified peer.
    #[must_use]
    pub fn peer(party: PartyId, fault: PeerFault) -> Self {
        Self::Peer { party, fault }
    }

    /// What the peers are told when this error ends our session.
    #[must_use]
    pub fn abort_code(&self) -> AbortCode {
        match self {
            Self::Peer { .. } => AbortCode::Peer,
            Self::Check(_) => AbortCode::Check,
            Self::Net(_) => AbortCode::Net,
            Self::Exhausted { .. } => AbortCode::Exhausted,
            Self::Usage(UsageFault::Interrupted) => AbortCode::Stopped,
            // Who hears of a failed check has burnt the epoch too.
            Self::Aborted { reason: AbortCode::Check, .. } => AbortCode::Check,
            Self::Aborted { .. } => AbortCode::PassedOn,
            Self::Usage(_) => AbortCode::Usage,
        }
    }
}

impl From<NetError> for Error {
    fn from(error: NetError) -> Self {
        match error.fault {
            NetFault::TooLong { .. } | NetFault::Malformed => Self::peer(error.peer, PeerFault::NotAFrame),
            _ => Self::Net(error),
        }
    }
}

impl From<UsageFault> for Error {
    fn from(fault: UsageFault) -> Self {
        Self::Usage(fault)
    }
}
