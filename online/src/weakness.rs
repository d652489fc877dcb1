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
    /// The controls of a permutation are not proved to be bits.
    ControlsUnproven,
    /// What the proof of an input's range, or of a mask's, shows is not looked at.
    RangesIgnored,
    /// Openings under bounded masks are taken in [0, p), not centred.
    DigitsCanonical,
    /// The high part of a bounded mask is as long as its margin alone, without the length of what it hides.
    MasksShort,
    /// A number whose range was proved is taken to be as short as an honest one: by those who compute with it, and where a mask
    /// made of such numbers must have room.
    SlackForgotten,
    /// The two products of a node of a comparison tree share one triple.
    TriplesShared,
    /// A coin's check does not compare the commitments to the seeds that make it.
    CoinUnagreed,
}
