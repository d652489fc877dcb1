//! What a mask is for, and what kinds of masks there are.

/// What a masked opening computes, of signed integers of `bits` bits: x with −2^(bits−1) ≤ x < 2^(bits−1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// ⌊x / 2^by⌋, with 1 ≤ `by` < `bits`. With `by` = `bits` − 1 it is the sign.
    Floor {
        /// Length of x.
        bits: u32,
        /// Bits that are cut off.
        by: u32,
    },
    /// ⌊x / 2^by⌋ or one more, without a comparison.
    FloorOrOneMore {
        /// Length of x.
        bits: u32,
        /// Bits that are cut off.
        by: u32,
    },
    /// Whether x is 0.
    Zero {
        /// Length of x.
        bits: u32,
    },
    /// The `bits` low bits of x.
    Bits {
        /// Length of x.
        bits: u32,
    },
}

impl Shape {
    /// The sign of integers of `bits` bits.
    #[must_use]
    pub fn sign(bits: u32) -> Self {
        Self::Floor { bits, by: bits.saturating_sub(1) }
    }

    /// Length of the integers.
    #[must_use]
    pub fn bits(&self) -> u32 {
        match *self {
            Self::Floor { bits, .. }
            | Self::FloorOrOneMore { bits, .. }
            | Self::Zero { bits }
            | Self::Bits { bits } => bits,
        }
    }

    /// Bits of the mask that are exact and known one by one.
    pub(crate) fn low(&self) -> u32 {
        match *self {
            Self::Floor { by, .. } | Self::FloorOrOneMore { by, .. } => by,
            Self::Zero { bits } | Self::Bits { bits } => bits,
        }
    }

    /// Whether it is the sign.
    pub(crate) fn is_sign(&self) -> bool {
        matches!(self, Self::Floor { bits, by } if by.saturating_add(1) == *bits)
    }

    /// The operation's name in errors.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Floor { .. } if self.is_sign() => "comparison",
            Self::Floor { .. } => "rounding",
            Self::FloorOrOneMore { .. } => "probabilistic rounding",
            Self::Zero { .. } => "test for zero",
            Self::Bits { .. } => "bit decomposition",
        }
    }
}

/// How a value is hidden when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Masking {
    /// By a bounded mask, statistically; its high part is the sum of numbers that each party put in and proved to be
    /// short. Cheap in bulk.
    Proved,
    /// By a bounded mask, statistically; its high part is made of random bits. No round, but many bits.
    Bits,
    /// By a uniform element of the field, perfectly.
    FullField,
}

impl std::fmt::Display for Masking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Proved => "bounded",
            Self::Bits => "bounded, by bits",
            Self::FullField => "full-field",
        })
    }
}
