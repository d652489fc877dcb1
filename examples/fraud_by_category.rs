//! Where does card fraud happen? Three banks add up transactions, frauds and losses by merchant category, and see the
//! rates over all three, without any bank showing its own.
//!
//! Each bank reduces its rows in clear to three numbers a category; only these enter the computation. The binary's
//! `speedwell party` does the same with CSV files over mutual TLS, from a study file.
//!
//! Run it with `cargo run --release --example fraud_by_category`.

use speedwell::prelude::*;

const CATEGORIES: [&str; 4] = ["grocery", "travel", "fuel", "electronics"];

/// One transaction: category, amount in cents, whether it was confirmed as fraud.
type Row = (usize, u64, bool);

const BANKS: [&[Row]; 3] = [
    &[(0, 1_250, false), (1, 48_000, true), (3, 89_900, false), (0, 990, false)],
    &[(1, 12_300, false), (2, 6_150, false), (3, 129_900, true), (3, 45_000, false)],
    &[(0, 4_410, false), (1, 77_500, true), (2, 5_980, true), (2, 7_020, false)],
];

/// Transactions, frauds and loss in cents, for every category: what leaves the clear is this long, however many rows.
fn reduce(rows: &[Row]) -> Vec<Fp127> {
    let mut cells = [[0_u64; 3]; CATEGORIES.len()];
    for (category, cents, fraud) in rows {
        cells[*category][0] += 1;
        cells[*category][1] += u64::from(*fraud);
        cells[*category][2] += if *fraud { *cents } else { 0 };
    }
    cells.iter().flatten().map(|x| Fp127::from_u64(*x)).collect()
}

fn main() -> Result<()> {
    let results = run_local(3, async |s| {
        let banks = s.input_all(&reduce(BANKS[s.me().index()])).await?;
        s.reveal(&(&banks[0] + &banks[1] + &banks[2])).await
    })?;
    // All parties have learnt the same; the first one prints it.
    let pooled = &results[0];

    println!("{:<12} {:>12} {:>7} {:>9} {:>10}", "category", "transactions", "frauds", "rate", "loss");
    for (category, cells) in CATEGORIES.iter().zip(pooled.chunks(3)) {
        let [count, frauds, loss] = [0, 1, 2].map(|k| cells[k].to_u128().unwrap_or(0));
        let rate = frauds * 10_000 / count.max(1);
        println!(
            "{category:<12} {count:>12} {frauds:>7} {:>6}.{:02} % {:>7}.{:02}",
            rate / 100,
            rate % 100,
            loss / 100,
            loss % 100
        );
    }
    Ok(())
}
