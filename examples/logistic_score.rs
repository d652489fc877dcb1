//! How likely is this customer to default? A bank has a model and will not show it; a customer has figures and will not show
//! them. The customer learns the score, the bank learns nothing.
//!
//! score = 1/(1 + e^−(w·x + b)) in fixed point with 16 fraction bits: one rounding for the whole inner product, and a
//! sigmoid with a proved error of less than one unit of the last place, whatever the argument.
//!
//! Run it with `cargo run --release --example logistic_score`.

use speedwell::prelude::*;

const FRACTION_BITS: u32 = 16;
/// Bias, age, income, debt ratio, late payments: what the bank's model says of each.
const WEIGHTS: [&str; 5] = ["-1.75", "-0.02", "-0.31", "2.4", "0.85"];
/// The customer's figures; the first one belongs to the bias.
const FIGURES: [&str; 5] = ["1", "41", "3.2", "0.45", "2"];

async fn score(s: &Session<Fp127>, own: &[Rational]) -> Result<Option<f64>> {
    let (bank, customer) = (PartyId::all(2).next(), PartyId::all(2).last());
    let (Some(bank), Some(customer)) = (bank, customer) else { return Ok(None) };
    // Every weight and figure lies between −128 and 128, and is proved to.
    let range = Interval::signed(8 + FRACTION_BITS);
    let ours = |owner: PartyId| (owner == s.me()).then_some(own);
    let (weights, figures) = try_join(
        Fixed::checked_input(s, bank, range, FRACTION_BITS, own.len(), ours(bank)),
        Fixed::checked_input(s, customer, range, FRACTION_BITS, own.len(), ours(customer)),
    )
    .await?;
    let score = weights.dot(s, &figures).await?.sigmoid(s).await?;
    let revealed = score.reveal_scaled_to(s, customer).await?;
    Ok(revealed.and_then(|scaled| scaled.first().map(|x| *x as f64 / f64::from(1 << FRACTION_BITS))))
}

fn main() -> Result<()> {
    let results = run_local(2, async |s| {
        let own = if s.me().index() == 0 { WEIGHTS } else { FIGURES };
        let own: std::result::Result<Vec<Rational>, _> = own.iter().map(|x| x.parse()).collect();
        score(s, &own?).await
    })?;
    let float = |x: &&str| x.parse::<f64>().unwrap();
    let clear: f64 = WEIGHTS.iter().map(float).zip(FIGURES.iter().map(float)).map(|(w, x)| w * x).sum();
    let clear = 1.0 / (1.0 + (-clear).exp());
    for (party, score) in ["the bank", "the customer"].into_iter().zip(results) {
        match score {
            None => println!("{party} learns nothing"),
            Some(score) => {
                println!("{party} learns a probability of {score:.4}");
                // Of the inputs' rounding, nothing else is visible here.
                assert!((score - clear).abs() < 0.001);
            }
        }
    }
    Ok(())
}
