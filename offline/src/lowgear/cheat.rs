//! Ways in which a party under test cheats from within, and defences that tests remove. Always honest in a product.

/// What a cheating party does, or which defence all parties leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(not(any(test, feature = "testing")), allow(dead_code, reason = "only tests make one"))]
pub enum Cheat {
    /// C1 is made with b + 1 in place of the b that was authenticated.
    FactorOfProduct,
    /// C4 is made with g(b) + 1.
    MacOfFactor,
}
