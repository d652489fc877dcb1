//! What is injected among honest transactions: three typologies, each instance a stream of its own.
//!
//! - *Velocity*: a thief has a customer's wallet and uses its cards, at all its banks, within minutes.
//! - *Take-over*: one card is drained online in the early hours.
//! - *Skimming*: cards copied before are used at one merchant within two hours, cards of all banks.
//!
//! Amounts are drawn like honest ones of the category. One fraud in eight is never confirmed.

use super::{
    config::GeneratorConfig,
    day::Transaction,
    random::Stream,
    world::{CATEGORIES, World},
};

/// Why a transaction is fraudulent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typology {
    Honest,
    Velocity,
    TakeOver,
    Skimming,
}

impl Typology {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Velocity => "velocity",
            Self::TakeOver => "take_over",
            Self::Skimming => "skimming",
        }
    }
}

const ONLINE: u8 = 2;
const LAST_SECOND: u32 = 86_399;

/// The fraudulent transactions of every bank, by day.
pub(super) struct Frauds {
    days: Vec<Vec<Vec<Transaction>>>,
}

impl Frauds {
    pub(super) fn new(config: &GeneratorConfig, world: &World) -> Self {
        let banks = config.banks as usize;
        let mut frauds = Self { days: vec![vec![Vec::new(); config.days as usize]; banks] };
        let all_rows = config.rows_per_bank * u64::from(config.banks);
        // Rows per instance on average: 5.5 on each of about 2.3 cards, 7, 13.
        let instances = |rows: u64, per_million: u32, size_in_tenths: u64| {
            rows * u64::from(per_million) / (size_in_tenths * 100_000)
        };
        for index in 0..instances(all_rows, config.velocity_per_million, 126) {
            frauds.velocity(config, world, index);
        }
        for index in 0..instances(all_rows, config.skimming_per_million, 130) {
            frauds.skimming(config, world, index);
        }
        for bank in 0..banks {
            let more = config.rows_per_bank * (bank as u64 + 2) / 2;
            for index in 0..instances(more, config.takeover_per_million, 70) {
                frauds.take_over(config, world, bank, index);
            }
        }
        frauds
    }

    /// The bank's fraudulent transactions of a day.
    pub(super) fn of(&self, bank: usize, day: u32) -> &[Transaction] {
        &self.days[bank][day as usize]
    }

    fn velocity(&mut self, config: &GeneratorConfig, world: &World, index: u64) {
        let mut s = Stream::new(config.seed, "velocity", index);
        let customer = match world.shared.len() as u32 {
            0 => s.below(config.customers),
            n => world.shared[s.below(n) as usize],
        };
        let day = s.below(config.days);
        let start = s.between(7 * 3600, 22 * 3600);
        let length = s.between(600, 2_400);
        for bank in 0..self.days.len() {
            let Some(card) = world.card(bank, customer) else { continue };
            for _ in 0..s.between(3, 8) {
                let category = s.weighted(&fraud_weights());
                let second = start + s.below(length);
                let channel = CATEGORIES[category].channel(&mut s);
                let place = (category, world.merchant(category, &mut s));
                self.push(
                    world,
                    &mut s,
                    (bank, day),
                    (second, card),
                    place,
                    channel,
                    (Typology::Velocity, index),
                );
            }
        }
    }

    fn take_over(&mut self, config: &GeneratorConfig, world: &World, bank: usize, index: u64) {
        let mut s = Stream::new(config.seed, "take-over", (bank as u64) << 40 | index);
        let card = s.below(world.cards[bank].len() as u32);
        let day = s.below(config.days);
        let start = s.between(0, 4 * 3600);
        for _ in 0..s.between(4, 10) {
            let category = s.weighted(&fraud_weights());
            let second = start + s.below(3 * 3600);
            let place = (category, world.merchant(category, &mut s));
            self.push(world, &mut s, (bank, day), (second, card), place, ONLINE, (Typology::TakeOver, index));
        }
    }

    fn skimming(&mut self, config: &GeneratorConfig, world: &World, index: u64) {
        let mut s = Stream::new(config.seed, "skimming", index);
        let category = s.weighted(&fraud_weights());
        let place = (category, world.merchant(category, &mut s));
        let day = s.below(config.days);
        let start = s.between(9 * 3600, 21 * 3600);
        for _ in 0..s.between(6, 20) {
            let bank = s.below(config.banks) as usize;
            let card = s.below(world.cards[bank].len() as u32);
            let second = start + s.below(7_200);
            let channel = CATEGORIES[category].channel(&mut s);
            self.push(
                world,
                &mut s,
                (bank, day),
                (second, card),
                place,
                channel,
                (Typology::Skimming, index),
            );
        }
    }

    #[allow(clippy::too_many_arguments, reason = "pairs of what belongs together")]
    fn push(
        &mut self,
        world: &World,
        s: &mut Stream,
        (bank, day): (usize, u32),
        (second, card): (u32, u32),
        (category, merchant): (usize, u32),
        channel: u8,
        (typology, instance): (Typology, u64),
    ) {
        let amount = world.amount(category, s);
        let confirmed = s.below(8) > 0;
        self.days[bank][day as usize].push(Transaction {
            second: second.min(LAST_SECOND),
            card,
            merchant,
            category: category as u8,
            channel,
            confirmed,
            typology,
            amount,
            instance: instance as u32,
        });
    }
}

fn fraud_weights() -> [u16; CATEGORIES.len()] {
    std::array::from_fn(|i| CATEGORIES[i].fraud)
}
