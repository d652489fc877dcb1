//! Choices from a seed, for random programs.

use speedwell_field::Prg;
use speedwell_online::{Config, NetworkProfile};

use super::prg;

pub struct Random(Prg);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(prg(seed))
    }

    pub fn number(&mut self) -> u128 {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes);
        u128::from_le_bytes(bytes)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.number() % n as u128) as usize
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// An integer of up to so many bits, with sign; small ones as often as large ones.
    pub fn integer(&mut self, bits: usize) -> i128 {
        let bits = self.below(bits + 1);
        let x = (self.number() & ((1 << bits) - 1)) as i128;
        if self.below(2) == 0 { x } else { -x }
    }

    /// A number of [lo, hi]: often an end, or the one nearest to zero.
    pub fn within(&mut self, lo: i128, hi: i128) -> i128 {
        match self.below(5) {
            0 => lo,
            1 => hi,
            2 => 0.clamp(lo, hi),
            _ => lo + (self.number() % (hi.abs_diff(lo) + 1)) as i128,
        }
    }
}

/// Whether the program of this number has vectors so long, and a network so fast, that masks are proved in bulk.
pub fn in_bulk(number: u64) -> bool {
    number % 21 == 4
}

/// Settings under which every kind of mask is taken, in turn.
pub fn setting(number: u64, config: Config) -> Config {
    match number % 4 {
        _ if in_bulk(number) => {
            config.network(NetworkProfile { latency: std::time::Duration::ZERO, bits_per_second: 1e12 })
        }
        0 | 1 => config,
        2 => config.network(NetworkProfile::WAN),
        _ => config.masks(64, 1 << 62),
    }
}
