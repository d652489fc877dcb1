//! What does the person in the middle earn? Three companies want the median salary over all their people, and no company
//! shows a single salary to another.
//!
//! Every salary is proved to lie in the agreed range; the pooled salaries are sorted without anybody learning the order;
//! the one in the middle is revealed.
//!
//! Run it with `cargo run --release --example median_salary`.

use speedwell::online::order;
use speedwell::prelude::*;

/// How many people each company has: agreed in public, because every party must know how long each input is.
const HEADCOUNT: [usize; 3] = [5, 4, 6];

/// Monthly, in euros; each company knows its own row only.
const SALARIES: [&[i128]; 3] = [
    &[3_120, 4_480, 2_950, 5_210, 3_740],
    &[2_700, 6_150, 3_300, 4_020],
    &[3_560, 9_900, 2_880, 4_410, 3_205, 3_980],
];

async fn pooled_median(s: &Session<Fp127>, own: &[i128]) -> Result<i128> {
    let range = Interval::new(0, 20_000)?;
    let inputs = PartyId::all(s.parties()).zip(HEADCOUNT).map(|(company, people)| {
        Int::checked_input(s, company, range, people, (company == s.me()).then_some(own))
    });
    let salaries = try_join_all(inputs).await?.into_iter().reduce(|all, more| all.append(&more));
    let salaries = salaries.unwrap_or_else(|| Int::constant(s, &[]));
    Ok(order::median(s, &salaries).await?.reveal(s).await?[0])
}

fn main() -> Result<()> {
    let results = run_local(3, async |s| pooled_median(s, SALARIES[s.me().index()]).await)?;
    for (company, median) in results.into_iter().enumerate() {
        println!("company {company}: the median salary is {median} euros");
        assert_eq!(median, 3_740);
    }
    Ok(())
}
