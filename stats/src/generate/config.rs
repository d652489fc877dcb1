//! What is generated: presets, and a TOML file for everything else.

use crate::advice::advised;
use serde::Deserialize;
use speedwell_net::Advice;

/// What is generated. Unknown keys are refused; missing ones are those of the demo preset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GeneratorConfig {
    /// The seed: the same seed and parameters give the same bytes.
    pub seed: u64,
    /// Number of banks, one file each.
    pub banks: u32,
    /// Transactions of each bank.
    pub rows_per_bank: u64,
    /// Customers of all banks together.
    pub customers: u32,
    /// Of 1,000 customers, so many have a card at exactly two banks.
    pub at_two_banks: u32,
    /// Of 1,000 customers, so many have a card at three banks.
    pub at_three_banks: u32,
    /// Merchants, whom all banks share.
    pub merchants: u32,
    /// Days; day 0 is a Monday.
    pub days: u32,
    /// Of a million transactions, so many belong to bursts on one customer's cards at all its banks.
    pub velocity_per_million: u32,
    /// Of a million transactions, so many belong to taken-over cards, drained at night; the second bank has one and a half
    /// times as many as the first, the third twice as many, and so on.
    pub takeover_per_million: u32,
    /// Of a million transactions, so many use cards skimmed before, at one merchant within two hours.
    pub skimming_per_million: u32,
    /// Of a million honest transactions, so many are confirmed as fraud all the same.
    pub false_alarm_per_million: u32,
    /// The least amount, in cents; smaller ones are raised to it.
    pub least_amount: u32,
    /// The greatest amount, in cents; greater ones are cut to it.
    pub greatest_amount: u32,
}

/// A named size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// 3 banks of 1,000 transactions and about 100 cards: unit tests.
    Tiny,
    /// 3 banks of 10,000 transactions and about 1,000 cards: quick checks.
    Small,
    /// 5 banks of 40,000 transactions and about 10,000 cards.
    Medium,
    /// 7 banks of 300,000 transactions and about 100,000 cards.
    Large,
    /// 3 banks of 200,000 transactions and about 9,000 cards: the demonstration.
    Demo,
}

/// A parameter that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text is not TOML, or has an unknown key or a wrong type.
    Syntax {
        /// What the TOML reader says, for people.
        message: String,
    },
    /// A number outside its limits.
    Limits {
        /// The key.
        key: &'static str,
        /// The number.
        found: u64,
        /// The least allowed.
        lo: u64,
        /// The greatest allowed.
        hi: u64,
    },
    /// No preset of that name.
    NoPreset {
        /// The name.
        found: String,
    },
}

advised!(ConfigError);

impl ConfigError {
    /// What was found, what is expected, what to do.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Syntax { message } => Advice::new(
                message,
                "TOML with the parameters of the generator and no others",
                "correct the file; what it leaves out is as in the demo preset",
            ),
            Self::Limits { key, found, lo, hi } => Advice::new(
                format!("`{key}` is {found}"),
                format!("a number from {lo} to {hi}"),
                "correct the number",
            ),
            Self::NoPreset { found } => Advice::new(
                format!("there is no preset {found:?}"),
                "one of: tiny, small, medium, large, demo",
                "choose one of these",
            ),
        }
    }
}

impl GeneratorConfig {
    /// The parameters of a preset.
    #[must_use]
    pub fn preset(preset: Preset) -> Self {
        let demo = Self {
            seed: 1,
            banks: 3,
            rows_per_bank: 200_000,
            customers: 20_000,
            at_two_banks: 220,
            at_three_banks: 80,
            merchants: 2_000,
            days: 90,
            velocity_per_million: 1_600,
            takeover_per_million: 800,
            skimming_per_million: 800,
            false_alarm_per_million: 200,
            least_amount: 1,
            greatest_amount: 2_000_000,
        };
        match preset {
            Preset::Tiny => Self { rows_per_bank: 1_000, customers: 220, merchants: 60, days: 7, ..demo },
            Preset::Small => {
                Self { rows_per_bank: 10_000, customers: 2_200, merchants: 400, days: 28, ..demo }
            }
            Preset::Medium => Self { banks: 5, rows_per_bank: 40_000, customers: 36_000, ..demo },
            Preset::Large => Self {
                banks: 7,
                rows_per_bank: 300_000,
                customers: 500_000,
                merchants: 20_000,
                days: 364,
                ..demo
            },
            Preset::Demo => demo,
        }
    }

    /// Reads and checks the parameters from TOML text.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key and what was expected.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)
            .map_err(|e| ConfigError::Syntax { message: e.message().trim().replace('\n', "; ") })?;
        config.check()?;
        Ok(config)
    }

    /// Checks the parameters against their limits.
    ///
    /// # Errors
    /// [`ConfigError::Limits`] for the first that is outside.
    pub fn check(&self) -> Result<(), ConfigError> {
        let within = |key, found: u64, lo, hi| match (lo..=hi).contains(&found) {
            true => Ok(()),
            false => Err(ConfigError::Limits { key, found, lo, hi }),
        };
        within("banks", self.banks.into(), 2, 26)?;
        within("rows_per_bank", self.rows_per_bank, 1, 1_000_000_000)?;
        within("customers", self.customers.into(), self.banks.into(), 100_000_000)?;
        within("at_two_banks", self.at_two_banks.into(), 0, 1_000)?;
        within("at_three_banks", self.at_three_banks.into(), 0, u64::from(1_000 - self.at_two_banks))?;
        within("merchants", self.merchants.into(), 12, 1_000_000)?;
        within("days", self.days.into(), 1, 3_660)?;
        within("velocity_per_million", self.velocity_per_million.into(), 0, 100_000)?;
        within("takeover_per_million", self.takeover_per_million.into(), 0, 10_000)?;
        within("skimming_per_million", self.skimming_per_million.into(), 0, 100_000)?;
        within("false_alarm_per_million", self.false_alarm_per_million.into(), 0, 1_000_000)?;
        within("least_amount", self.least_amount.into(), 1, 1_000_000_000)?;
        within("greatest_amount", self.greatest_amount.into(), self.least_amount.into(), 1_000_000_000)
    }

    /// The bank's name: `bank-a`, `bank-b`, and so on.
    #[must_use]
    pub fn bank_name(&self, bank: u32) -> String {
        format!("bank-{}", char::from(b'a' + (bank % 26) as u8))
    }
}

impl Default for GeneratorConfig {
    fn default() -> Self {
        Self::preset(Preset::Demo)
    }
}

impl std::str::FromStr for Preset {
    type Err = ConfigError;
    fn from_str(name: &str) -> Result<Self, ConfigError> {
        match name {
            "tiny" => Ok(Self::Tiny),
            "small" => Ok(Self::Small),
            "medium" => Ok(Self::Medium),
            "large" => Ok(Self::Large),
            "demo" => Ok(Self::Demo),
            _ => Err(ConfigError::NoPreset { found: name.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_within_their_limits() {
        for name in ["tiny", "small", "medium", "large", "demo"] {
            assert_eq!(GeneratorConfig::preset(name.parse().unwrap()).check(), Ok(()), "{name}");
        }
        assert_eq!("huge".parse::<Preset>(), Err(ConfigError::NoPreset { found: "huge".into() }));
    }

    #[test]
    fn parameters_are_read_and_checked() {
        let config = GeneratorConfig::parse("seed = 7\nrows_per_bank = 20_000_000").unwrap();
        assert_eq!((config.seed, config.rows_per_bank, config.banks), (7, 20_000_000, 3));
        let limits = ConfigError::Limits { key: "banks", found: 1, lo: 2, hi: 26 };
        assert_eq!(GeneratorConfig::parse("banks = 1"), Err(limits));
        let limits = ConfigError::Limits { key: "greatest_amount", found: 5, lo: 9, hi: 1_000_000_000 };
        assert_eq!(GeneratorConfig::parse("least_amount = 9\ngreatest_amount = 5"), Err(limits));
        assert!(matches!(GeneratorConfig::parse("rows = 5"), Err(ConfigError::Syntax { .. })));
        assert!(matches!(GeneratorConfig::parse("banks = -3"), Err(ConfigError::Syntax { .. })));
    }
}
