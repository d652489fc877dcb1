//! How do I write a protocol of my own? As an `async fn` over a `Session`: it awaits where the parties open.
//!
//! This one answers: how far apart are two secret vectors? It gives the squared Euclidean distance as shares, so that the
//! caller decides what is revealed. Its cost is planned before anything runs, and the plan is held against the run.
//!
//! Run it with `cargo run --release --example your_own_protocol`.

use speedwell::online::plan;
use speedwell::prelude::*;

/// # Squared distance
///
/// ⟦Σ (x_k − y_k)²⟧, a vector of length one. Rounds: 1. Squares: n. Sent to each peer: n elements.
/// The difference is local; each square costs one opening, of a value masked by the square's uniform root.
async fn distance_squared<F: Field>(s: &Session<F>, x: &Shares<F>, y: &Shares<F>) -> Result<Shares<F>> {
    let squares = square(s, &(x - y)).await?;
    Ok(squares.sum())
}

/// The program that every party runs: two inputs, two distances side by side in one round, one reveal.
async fn program(s: &Session<Fp127>, own: &[Fp127]) -> Result<Vec<Fp127>> {
    let vectors = s.input_all(own).await?;
    let (near, far) = try_join(
        distance_squared(s, &vectors[0], &vectors[1]),
        distance_squared(s, &vectors[0], &-&vectors[1]),
    )
    .await?;
    s.reveal(&near.append(&far)).await
}

fn main() -> Result<()> {
    let own = [[3, 1, 4, 1, 5], [2, 7, 1, 8, 2]].map(|v| v.map(Fp127::from_u64));

    // The same code without peers and values counts what it will cost.
    let me = PartyId::all(2).next().unwrap_or_else(|| unreachable!("there are two parties"));
    let planned = plan(me, 2, async |s| program(s, &own[0]).await)?;
    println!(
        "planned: {} rounds, {} checks, {} bytes to the peer, material {:?}",
        planned.rounds, planned.checks, planned.bytes_sent_per_peer, planned.material
    );

    let results = run_local(2, async |s| Ok((program(s, &own[s.me().index()]).await?, s.report())))?;
    for (party, result) in results.into_iter().enumerate() {
        let (distances, used) = result;
        println!(
            "party {party}: squared distances {} and {}",
            distances[0].to_u128().unwrap_or(0),
            distances[1].to_u128().unwrap_or(0)
        );
        assert_eq!(distances, [1 + 36 + 9 + 49 + 9, 25 + 64 + 25 + 81 + 49].map(Fp127::from_u64));
        assert_eq!(used, planned, "the plan is what the run used");
    }
    Ok(())
}
