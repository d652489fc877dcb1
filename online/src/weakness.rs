//! Defences that tests remove, one at a time, to see that a test notices (positive controls). Feature `testing` only.

/// A defence that is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weakness {
    /// The sum of the sigmas is not looked at.
    MacCheckSkipped,
    /// The sums of the groups' sigmas are not looked at, that of the field's is.
    GroupCheckSkipped,
    /// Digests of openings are not compared.
    DigestSkipped,
    /// A visible opening is sent before earlier openings were checked ("open, then check").
    OpenThenCheck,
    /// Seed and sigma commitments are not compared with what is opened.
    CommitmentsIgnored,
    /// Seed and sigma commitments do not name their maker.
    CommitmentsAnonymous,
    /// A frame's epoch, session, channel and round are not compared with the ones expected.
    HeadersIgnored,
    /// Every check uses the same coin.
    CoinReused,
    /// A failed or interrupted check leaves no trace: no record, no burnt epoch.
    NothingBurns,
    /// Nothing is recorded before sigma is opened.
    RecordSkipped,
    /// Two sessions under one key, and so two checks, may be under way at once.
    GateUnlocked,
    /// A session goes on after an error, burns nothing, and checks the same values again under a new coin.
    CheckRepeated,
}
