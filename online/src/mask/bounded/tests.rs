//! What an attempt's acceptance tells, exactly, at sizes at which everything can be counted.

use super::*;
use speedwell_field::Fp127;

/// Four values below 8, two rows, masks below 64: rows must lie in [32, 64).
const SMALL: Proof = Proof { batch: 4, rows: 2, beta: 3, bound: 6 };

fn me() -> PartyId {
    PartyId::all(2).next().unwrap()
}

/// The number of the attempt that is announced.
fn announced(values: &[u128], masks: Vec<u128>, coin: &[u8; 32]) -> usize {
    let own = Own { values: Zeroizing::new(values.to_vec()), masks: Zeroizing::new(masks) };
    let said: Vec<Fp127> = own.acceptable(me(), values.len(), &SMALL, coin);
    usize::try_from(said[0].to_u128().unwrap()).unwrap()
}

/// Over all masks of an attempt, as many are accepted whatever the values: (M − m·B)^rows; and each z as often.
#[test]
fn acceptance_does_not_depend_on_the_values() {
    for coin in [[1; 32], [2; 32], [3; 32]] {
        for values in [[0; 4], [7; 4], [0, 7, 3, 1]] {
            // An attempt whose masks are 0 is never accepted, so only the first one varies.
            let accepted = (0..64_u128 * 64).filter(|y| {
                let mut masks = vec![0; ATTEMPTS * SMALL.rows];
                (masks[0], masks[1]) = (y / 64, y % 64);
                announced(&values, masks, &coin) == 0
            });
            assert_eq!(accepted.count(), 32 * 32, "{values:?}");
        }
    }
}

/// What a window that begins at 0 would do: the count depends on the values.
#[test]
fn a_window_from_zero_would_tell_the_values() {
    let inside = |sum: u128| (0..64_u128).filter(|y| y + sum < 64).count();
    assert_ne!(inside(0), inside(28));
}

/// The number of the announced attempt is distributed alike for the least and for the largest values.
#[test]
fn the_number_of_the_attempt_does_not_depend_on_the_values() {
    let mut prg = Prg::new(&Seed([5; 16]));
    let mut counts = [[0_u32; ATTEMPTS + 1]; 2];
    for turn in 0..10_000_u64 {
        for (values, counts) in [[0; 4], [7; 4]].iter().zip(&mut counts) {
            let mut bytes = vec![0; ATTEMPTS * SMALL.rows + 32];
            prg.fill(&mut bytes);
            let coin: [u8; 32] = bytes[..32].try_into().unwrap();
            let masks = bytes[32..].iter().map(|byte| u128::from(byte & 63)).collect();
            counts[announced(values, masks, &coin)] += 1;
            assert!(turn < 10_000);
        }
    }
    let chi: f64 = counts[0]
        .iter()
        .zip(&counts[1])
        .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2) / f64::from(a + b))
        .sum();
    // The 1 − 10^-6 quantile of 8 degrees of freedom.
    assert!(chi < 42.7, "{chi} {counts:?}");
}

/// The sums that the owner computes of its clear numbers are those that all compute of shares.
#[test]
fn of_a_batch_that_is_not_a_multiple_of_four_every_value_counts() {
    for (len, nth) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
        let mut values = vec![0; len];
        values[nth] = 40;
        let in_some_row = (0..64_u8).any(|seed| {
            // 30 is below the window; with 40 it is above it.
            let mut masks = vec![30; ATTEMPTS * SMALL.rows];
            masks[0] = 32;
            masks[1] = 32;
            announced(&values, masks, &[seed; 32]) != 0
        });
        assert!(in_some_row, "{len}");
    }
}
