//! Who wins, and what is paid? In a second-price auction the highest bidder pays the second-highest bid, so that everybody
//! bids what the thing is worth to them. Nobody has to trust an auctioneer with the bids: the winner and the price are
//! revealed, the winning bid and all lower ones are not.
//!
//! Each bid is proved to lie in the agreed range inside the computation, so that a bidder cannot break the comparisons
//! with a number that is none; of equal bids the first bidder's wins.
//!
//! Run it with `cargo run --release --example second_price_auction`.

use speedwell::prelude::*;

/// In euros, each known to one bidder only.
const BIDS: [i128; 4] = [1_450, 2_210, 990, 1_875];

/// Every party's part: its own bid goes in; the winner and the price come out.
async fn auction(s: &Session<Fp127>, bid: i128) -> Result<(usize, i128)> {
    let range = Interval::new(0, 1_000_000)?;
    let bidders = PartyId::all(s.parties());
    let inputs = bidders.map(|bidder| {
        let own = (bidder == s.me()).then_some(std::slice::from_ref(&bid));
        Int::checked_input(s, bidder, range, 1, own)
    });
    let bids = try_join_all(inputs).await?.into_iter().reduce(|all, bid| all.append(&bid));
    let bids = bids.unwrap_or_else(|| Int::constant(s, &[]));

    let (_, winner) = bids.argmax(s).await?;
    let winner = winner.reveal(s).await?[0] as usize;

    let others: Vec<usize> = (0..bids.len()).filter(|bidder| *bidder != winner).collect();
    let (price, _) = bids.gather(&others).argmax(s).await?;
    Ok((winner, price.reveal(s).await?[0]))
}

fn main() -> Result<()> {
    let results = run_local(BIDS.len(), async |s| auction(s, BIDS[s.me().index()]).await)?;
    for (bidder, (winner, price)) in results.into_iter().enumerate() {
        let pays = if bidder == winner { " (that is me)" } else { "" };
        println!("bidder {bidder}: bidder {winner} wins and pays {price} euros{pays}");
        assert_eq!((winner, price), (1, 1_875));
    }
    Ok(())
}
