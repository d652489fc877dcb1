//! Who pays where: categories, merchants, customers and their cards.

use super::{
    config::GeneratorConfig,
    random::Stream,
    tables::{ONE, exp2, log2, normal_quantile},
};

pub(super) const CHANNELS: [&str; 4] = ["pos", "contactless", "online", "atm"];

/// A kind of merchant.
pub(super) struct Category {
    pub name: &'static str,
    /// Share of honest transactions, in thousandths; also of merchants.
    pub weight: u16,
    /// Share of fraudulent transactions, in thousandths.
    pub fraud: u16,
    /// Median amount in cents.
    median: u64,
    /// Standard deviation of the amount's binary logarithm, in 256ths.
    spread: i64,
    /// Index into [`RHYTHMS`].
    pub rhythm: usize,
    /// Weights of [`CHANNELS`].
    channels: [u16; 4],
}

const fn category(
    name: &'static str,
    (weight, fraud): (u16, u16),
    (median, spread): (u64, i64),
    rhythm: usize,
    channels: [u16; 4],
) -> Category {
    Category { name, weight, fraud, median, spread, rhythm, channels }
}

/// Fraud prefers some categories, dear and cheap ones alike, so that the amount alone does not give it away.
#[rustfmt::skip]
pub(super) static CATEGORIES: [Category; 12] = [
    category("grocery",       (255,  70), ( 2_800, 290), 0, [35, 60,  5,  0]),
    category("fuel",          ( 90,  60), ( 4_500, 170), 0, [60, 40,  0,  0]),
    category("restaurant",    (140,  60), ( 2_200, 270), 1, [30, 65,  5,  0]),
    category("fashion",       ( 80, 100), ( 5_200, 290), 0, [30, 30, 40,  0]),
    category("electronics",   ( 50, 150), (11_000, 350), 2, [20, 20, 60,  0]),
    category("travel",        ( 40, 110), (18_000, 390), 2, [15, 10, 75,  0]),
    category("health",        ( 65,  20), ( 3_000, 250), 0, [45, 50,  5,  0]),
    category("entertainment", ( 60,  60), ( 2_500, 260), 1, [20, 30, 50,  0]),
    category("digital",       ( 90, 270), (   999, 270), 2, [ 0,  0, 100, 0]),
    category("home",          ( 60,  40), ( 6_500, 320), 0, [40, 35, 25,  0]),
    category("cash",          ( 50,  40), ( 8_000, 250), 0, [ 0,  0,  0, 100]),
    category("other",         ( 20,  20), ( 4_000, 420), 0, [40, 40, 20,  0]),
];

/// Weights of the hours: shops, evenings, at any time.
pub(super) static RHYTHMS: [[u16; 24]; 3] = [
    [1, 1, 1, 1, 2, 6, 20, 45, 70, 85, 95, 100, 95, 85, 85, 90, 100, 110, 95, 65, 35, 15, 6, 2],
    [12, 6, 3, 2, 1, 2, 6, 15, 22, 22, 25, 55, 95, 80, 35, 25, 35, 65, 105, 125, 110, 80, 50, 25],
    [25, 15, 10, 7, 6, 8, 15, 30, 45, 55, 60, 60, 60, 58, 58, 60, 65, 72, 80, 90, 95, 88, 65, 42],
];

/// Weights of the weekdays, Monday first.
pub(super) const WEEKDAYS: [u64; 7] = [94, 95, 98, 103, 122, 128, 84];

/// What all banks share.
pub(super) struct World {
    /// Customers of each bank, increasing; the position is the card's number there.
    pub cards: Vec<Vec<u32>>,
    /// Customers with cards at several banks.
    pub shared: Vec<u32>,
    /// Merchants of each category, the most popular first.
    pub merchants: Vec<Vec<u32>>,
    /// Binary logarithm of (merchants + FLATNESS) / FLATNESS by category, in Q16.
    popularity: [i64; CATEGORIES.len()],
    /// Binary logarithm of the median amount by category, in Q16, for amounts with 10 bits after the point.
    medians: [i64; CATEGORIES.len()],
    least: u64,
    greatest: u64,
}

/// Popularity falls as 1 / (rank + FLATNESS).
const FLATNESS: u64 = 8;

impl World {
    pub(super) fn new(config: &GeneratorConfig) -> Self {
        let mut cards = vec![Vec::new(); config.banks as usize];
        let mut shared = Vec::new();
        for customer in 0..config.customers {
            let banks = banks_of(config, customer);
            banks.iter().for_each(|bank| cards[*bank as usize].push(customer));
            if banks.len() > 1 {
                shared.push(customer);
            }
        }
        let (least, greatest) = (config.least_amount.into(), config.greatest_amount.into());
        let merchants = merchants(config);
        let of = |n: u64| log2((n + FLATNESS) << 10) - log2(FLATNESS << 10);
        let popularity = std::array::from_fn(|i| of(merchants[i].len() as u64));
        let medians = std::array::from_fn(|i| log2(CATEGORIES[i].median << 10));
        Self { cards, shared, merchants, popularity, medians, least, greatest }
    }

    /// The customer's card at a bank, if it has one.
    pub(super) fn card(&self, bank: usize, customer: u32) -> Option<u32> {
        self.cards[bank].binary_search(&customer).ok().map(|position| position as u32)
    }

    /// A merchant of the category: Zipf-like, by the quantile of 1 / (rank + FLATNESS).
    #[inline]
    pub(super) fn merchant(&self, category: usize, stream: &mut Stream) -> u32 {
        let merchants = &self.merchants[category];
        // Ranks spread as FLATNESS·((n + FLATNESS) / FLATNESS)^u − FLATNESS for a uniform u.
        let exponent = (i64::from(stream.any()) * self.popularity[category]) >> 32;
        let power = exp2(exponent + 10 * ONE); // with 10 bits after the point
        let rank = (((power * FLATNESS) >> 10) - FLATNESS) as usize;
        merchants[rank.min(merchants.len() - 1)]
    }

    /// A log-normal amount of the category, in cents, within the configured ends.
    #[inline]
    pub(super) fn amount(&self, category: usize, stream: &mut Stream) -> u32 {
        let deviation = (normal_quantile(stream.any()) * CATEGORIES[category].spread) >> 8;
        let amount = (exp2(self.medians[category] + deviation) + (1 << 9)) >> 10; // rounded
        amount.clamp(self.least, self.greatest) as u32
    }
}

impl Category {
    #[inline]
    pub(super) fn channel(&self, stream: &mut Stream) -> u8 {
        stream.weighted(&self.channels) as u8
    }
}

/// The banks at which a customer has a card: a home bank, and up to two more.
fn banks_of(config: &GeneratorConfig, customer: u32) -> Vec<u32> {
    let mut stream = Stream::new(config.seed, "customer", customer.into());
    let draw = stream.below(1_000);
    let count = match draw {
        draw if draw < config.at_three_banks => 3,
        draw if draw < config.at_three_banks + config.at_two_banks => 2,
        _ => 1,
    };
    let mut banks = vec![customer % config.banks];
    while banks.len() < count.min(config.banks as usize) {
        let bank = stream.below(config.banks);
        if !banks.contains(&bank) {
            banks.push(bank);
        }
    }
    banks
}

/// Shares the merchants out among the categories, at least one each, under numbers that do not tell the category.
fn merchants(config: &GeneratorConfig) -> Vec<Vec<u32>> {
    let mut numbers: Vec<u32> = (0..config.merchants).collect();
    let mut stream = Stream::new(config.seed, "merchants", 0);
    for last in (1..numbers.len()).rev() {
        numbers.swap(last, stream.below(last as u32 + 1) as usize);
    }
    let spare = u64::from(config.merchants) - CATEGORIES.len() as u64;
    let total: u64 = CATEGORIES.iter().map(|c| u64::from(c.weight)).sum();
    let mut weight = 0;
    let mut rest = numbers.as_slice();
    let share = |c: &Category| {
        let before = spare * weight / total;
        weight += u64::from(c.weight);
        let count = 1 + spare * weight / total - before;
        let (own, others) = rest.split_at(count as usize);
        rest = others;
        own.to_vec()
    };
    CATEGORIES.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::config::Preset;

    fn world() -> (GeneratorConfig, World) {
        let config = GeneratorConfig::preset(Preset::Small);
        let world = World::new(&config);
        (config, world)
    }

    #[test]
    fn every_merchant_has_one_category() {
        let (config, world) = world();
        let mut all = world.merchants.concat();
        all.sort_unstable();
        assert_eq!(all, (0..config.merchants).collect::<Vec<_>>());
        assert!(world.merchants.iter().all(|of| !of.is_empty()));
    }

    #[test]
    fn customers_overlap_as_configured() {
        let (config, world) = world();
        let cards: usize = world.cards.iter().map(Vec::len).sum();
        let thousand = config.customers as usize / 1_000;
        // 22 % at two banks and 8 % at three: 1.38 cards and 0.30 shared customers per customer, within a tenth.
        assert!((1_240..1_520).contains(&(cards / thousand)), "{cards}");
        assert!((270..330).contains(&(world.shared.len() / thousand)), "{}", world.shared.len());
        let at = |customer: u32| (0..3).filter(|bank| world.card(*bank, customer).is_some()).count();
        assert!(world.shared.iter().all(|customer| at(*customer) > 1));
    }

    #[test]
    fn popularity_falls_with_rank() {
        let (_, world) = world();
        let mut stream = Stream::new(1, "test", 0);
        let grocery = &world.merchants[0];
        let mut counts = vec![0u32; grocery.len()];
        for _ in 0..100_000 {
            let merchant = world.merchant(0, &mut stream);
            counts[grocery.iter().position(|m| *m == merchant).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
        // Weight 1/8 at the top against 1/(rank + 8): the first ten have 10·… of all; rank 0 about (16 + 8)/8 of rank 16.
        let ratio = f64::from(counts[0]) / f64::from(counts[16]);
        assert!((2.5..3.5).contains(&ratio), "{ratio}");
    }

    #[test]
    fn amounts_are_log_normal_about_the_median() {
        let (_, world) = world();
        for (index, category) in CATEGORIES.iter().enumerate() {
            let mut stream = Stream::new(1, "test", index as u64);
            let amounts: Vec<u64> = (0..20_000).map(|_| world.amount(index, &mut stream).into()).collect();
            let share = |bound: u64| amounts.iter().filter(|a| **a <= bound).count() as f64 / 20_000.0;
            assert!((share(category.median) - 0.5).abs() < 0.015, "{}", category.name);
            // One standard deviation above the median: 84.1 %.
            let one = category.median as f64 * (category.spread as f64 / 256.0).exp2();
            assert!((share(one as u64) - 0.841).abs() < 0.012, "{}", category.name);
        }
    }
}
