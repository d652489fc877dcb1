//! One bank's transactions, day by day.

use super::{
    config::GeneratorConfig,
    fraud::{Frauds, Typology},
    random::Stream,
    world::{CATEGORIES, RHYTHMS, WEEKDAYS, World},
};

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transaction {
    pub second: u32,
    pub card: u32,
    pub merchant: u32,
    pub category: u8,
    pub channel: u8,
    pub confirmed: bool,
    pub typology: Typology,
    pub amount: u32,
    pub instance: u32,
}

/// The bank's transactions of a day, ordered by their second.
pub(super) fn transactions(
    config: &GeneratorConfig,
    world: &World,
    frauds: &Frauds,
    bank: usize,
    day: u32,
) -> Vec<Transaction> {
    let count = rows_until(config, day + 1) - rows_until(config, day);
    let fraudulent = frauds.of(bank, day);
    let mut rows = Vec::with_capacity(count as usize);
    rows.extend_from_slice(&fraudulent[..fraudulent.len().min(count as usize)]);
    let mut stream = Stream::new(config.seed, "day", (bank as u64) << 40 | u64::from(day));
    let weights: [u16; CATEGORIES.len()] = std::array::from_fn(|i| CATEGORIES[i].weight);
    while (rows.len() as u64) < count {
        rows.push(honest(config, world, bank, &weights, &mut stream));
    }
    rows.sort_by_key(|row| row.second); // stable: equal seconds keep their order
    rows
}

fn honest(
    config: &GeneratorConfig,
    world: &World,
    bank: usize,
    weights: &[u16],
    stream: &mut Stream,
) -> Transaction {
    let index = stream.weighted(weights);
    let category = &CATEGORIES[index];
    let hour = stream.weighted(&RHYTHMS[category.rhythm]) as u32;
    let cards = world.cards[bank].len() as u32;
    Transaction {
        second: hour * 3600 + stream.below(3600),
        card: stream.below(cards).min(stream.below(cards)), // some are used more than others
        merchant: world.merchant(index, stream),
        category: index as u8,
        channel: category.channel(stream),
        confirmed: stream.below(1_000_000) < config.false_alarm_per_million,
        typology: Typology::Honest,
        amount: world.amount(index, stream),
        instance: 0,
    }
}

/// Rows of all days before this one: the rows are shared out by the weights of the weekdays, rounded in their sums.
fn rows_until(config: &GeneratorConfig, day: u32) -> u64 {
    let weight = |day: u32| {
        let (weeks, rest) = (u64::from(day / 7), day as usize % 7);
        weeks * WEEKDAYS.iter().sum::<u64>() + WEEKDAYS[..rest].iter().sum::<u64>()
    };
    config.rows_per_bank * weight(day) / weight(config.days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_day() {
        for (rows_per_bank, days) in [(1_000, 7), (1, 10), (200_000, 90), (1_000_000_000, 3_660)] {
            let config = GeneratorConfig { rows_per_bank, days, ..GeneratorConfig::default() };
            assert_eq!((rows_until(&config, 0), rows_until(&config, days)), (0, rows_per_bank));
            assert!((0..days).all(|day| rows_until(&config, day) <= rows_until(&config, day + 1)));
        }
    }
}
