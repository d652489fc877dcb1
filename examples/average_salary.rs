//! What do we earn on average? Five colleagues want to know, and nobody wants to say what they earn themselves.
//!
//! Each puts a salary in; only the sum is revealed, and everybody divides it by five. Whoever cheats in the computation
//! is caught before the sum is given. (A colleague may still lie about the own salary: no protocol can know.)
//!
//! Run it with `cargo run --release --example average_salary`.

use speedwell::prelude::*;

fn main() -> Result<()> {
    // Each of these is known to one party only; they stand together here because all parties run in this process.
    let salaries: [u64; 5] = [3_120, 4_480, 2_950, 5_210, 3_740];

    let results = run_local(5, async |s| {
        let mine = Goldilocks::from_u64(salaries[s.me().index()]);
        // One round: everybody sends "salary − mask", where the mask is known to its owner alone.
        let all = s.input_all(&[mine]).await?;
        // Adding is local.
        let total = all.iter().skip(1).fold(all[0].clone(), |sum, salary| sum + salary);
        // The only value that anybody learns.
        let total = s.reveal(&total).await?[0].to_u128().unwrap_or(0);
        Ok((total, s.report()))
    })?;

    for (party, result) in results.into_iter().enumerate() {
        let (total, cost) = result;
        println!(
            "colleague {party}: the average is {}.{:02} ({} rounds, {} bytes to each peer)",
            total / 5,
            total % 5 * 20,
            cost.rounds,
            cost.bytes_sent_per_peer
        );
        assert_eq!(total, u128::from(salaries.iter().sum::<u64>()));
    }
    Ok(())
}
