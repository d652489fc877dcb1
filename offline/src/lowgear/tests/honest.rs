//! What honest parties make, put together.

use speedwell_field::{ArkField, F257, Field, Fp127, Goldilocks};
use speedwell_net::PartyId;
use speedwell_online::{Kind, Preprocessing, Shares};

use super::*;

/// Takes `count` of a kind and compares with its definition.
fn verify<F: Field>(stocks: &mut [Stock<F>], kind: Kind, count: usize) {
    let alpha = whole_key(stocks);
    match kind {
        Kind::Triples => verify_triples(stocks, alpha, count),
        Kind::Squares => verify_squares(stocks, alpha, count),
        Kind::Bits => verify_bits(stocks, alpha, count),
        Kind::Randoms => {
            let randoms: Vec<_> = stocks.iter_mut().map(|s| s.randoms(count).unwrap()).collect();
            distinct(&[&reassemble(&randoms, alpha)]);
        }
        Kind::Inverses => verify_inverses(stocks, alpha, count),
        Kind::Masks(owner) => verify_masks(stocks, alpha, owner, count),
        other => panic!("{other} is not tested"),
    }
}

fn verify_triples<F: Field>(stocks: &mut [Stock<F>], alpha: F, count: usize) {
    let triples: Vec<_> = stocks.iter_mut().map(|s| s.triples(count).unwrap()).collect();
    let [mut a, mut b, mut c] = [vec![], vec![], vec![]];
    for triple in triples {
        a.push(triple.a);
        b.push(triple.b);
        c.push(triple.c);
    }
    let [a, b, c] = [a, b, c].map(|shares: Vec<Shares<F>>| reassemble(&shares, alpha));
    for ((a, b), c) in a.iter().zip(&b).zip(&c) {
        assert_eq!(*a * *b, *c, "triple");
    }
    distinct(&[&a, &b]);
}

fn verify_squares<F: Field>(stocks: &mut [Stock<F>], alpha: F, count: usize) {
    let squares: Vec<_> = stocks.iter_mut().map(|s| s.squares(count).unwrap()).collect();
    let (mut a, mut aa) = (vec![], vec![]);
    for square in squares {
        a.push(square.a);
        aa.push(square.aa);
    }
    let [a, aa] = [a, aa].map(|shares: Vec<Shares<F>>| reassemble(&shares, alpha));
    for (a, aa) in a.iter().zip(&aa) {
        assert_eq!(*a * *a, *aa, "square");
    }
    distinct(&[&a]);
}

fn verify_bits<F: Field>(stocks: &mut [Stock<F>], alpha: F, count: usize) {
    let bits: Vec<_> = stocks.iter_mut().map(|s| s.bits(count).unwrap()).collect();
    let bits = reassemble(&bits, alpha);
    assert!(bits.iter().all(|bit| *bit == F::ZERO || *bit == F::ONE));
    let ones = bits.iter().filter(|bit| **bit == F::ONE).count();
    assert!(ones > count / 4 && ones < count - count / 4, "{ones} ones of {count}");
}

fn verify_inverses<F: Field>(stocks: &mut [Stock<F>], alpha: F, count: usize) {
    let pairs: Vec<_> = stocks.iter_mut().map(|s| s.inverses(count).unwrap()).collect();
    let (mut r, mut inverse) = (vec![], vec![]);
    for pair in pairs {
        r.push(pair.r);
        inverse.push(pair.inverse);
    }
    let [r, inverse] = [r, inverse].map(|shares: Vec<Shares<F>>| reassemble(&shares, alpha));
    for (r, inverse) in r.iter().zip(&inverse) {
        assert_eq!(*r * *inverse, F::ONE, "inverse pair");
    }
}

fn verify_masks<F: Field>(stocks: &mut [Stock<F>], alpha: F, owner: PartyId, count: usize) {
    let mut shares = vec![];
    let mut clear = None;
    for (party, stock) in stocks.iter_mut().enumerate() {
        let masks = stock.masks(owner, count).unwrap();
        assert_eq!(masks.clear.is_some(), party == owner.index());
        clear = masks.clear.or(clear);
        let zeros = masks.shares.value_shares().iter().filter(|share| **share == F::ZERO).count();
        assert!(zeros < count / 8, "value shares of masks are uniform");
        shares.push(masks.shares);
    }
    let values = reassemble(&shares, alpha);
    assert_eq!(values, *clear.unwrap(), "masks of {owner}");
    distinct(&[&values]);
}

/// Over a large field, random elements never repeat.
fn distinct<F: Field>(columns: &[&[F]]) {
    if F::BITS < 60 {
        return;
    }
    let mut bytes = vec![];
    columns.iter().for_each(|column| F::encode(column, &mut bytes));
    let mut all: Vec<&[u8]> = bytes.chunks(F::BYTES).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

fn every_kind(n: usize, count: u64) -> Vec<(Kind, u64)> {
    let kinds = [Kind::Triples, Kind::Squares, Kind::Bits, Kind::Randoms, Kind::Inverses];
    kinds.into_iter().chain(PartyId::all(n).map(Kind::Masks)).map(|kind| (kind, count)).collect()
}

fn makes_every_kind<F: Field>(n: usize, params: &Params, count: u64, threads: usize) {
    let made = honest::<F>(
        n,
        |_| Settings::new(params.clone()).exceed_flooding_budget().threads(threads),
        &every_kind(n, count),
    );
    let mut stocks: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    for (kind, count) in every_kind(n, count) {
        // Over a small field some bits and inverse pairs are discarded.
        verify(&mut stocks, kind, usize::try_from(count).unwrap() - 8);
    }
}

#[test]
fn toy_rings_make_every_kind() {
    for n in [2, 3, 5] {
        makes_every_kind::<F257>(n, &toy::<F257>(), 1000, 1);
        makes_every_kind::<Goldilocks>(n, &toy::<Goldilocks>(), 200, 2);
        makes_every_kind::<Fp127>(n, &toy::<Fp127>(), 200, 1);
    }
}

/// The scalar fields of two curves, for results that enter a SNARK.
type Bls = ArkField<ark_bls12_381::Fr>;
type Bn = ArkField<ark_bn254::Fr>;

#[test]
fn toy_rings_make_every_kind_over_curve_fields() {
    for n in [2, 3] {
        makes_every_kind::<Bls>(n, &toy::<Bls>(), 200, 1);
        makes_every_kind::<Bn>(n, &toy::<Bn>(), 200, 1);
    }
}

/// On rings of 32,768: about a minute in a debug build.
#[test]
#[ignore = "long: scripts/long-offline.sh"]
fn full_rings_make_every_kind_over_curve_fields() {
    makes_every_kind::<Bls>(2, &Params::of::<Bls>(64).unwrap(), 100, 1);
    makes_every_kind::<Bn>(2, &Params::of::<Bn>(64).unwrap(), 100, 1);
}

#[test]
fn a_full_ring_makes_a_short_block() {
    makes_every_kind::<Fp127>(2, &Params::of::<Fp127>(64).unwrap(), 1000, 1);
}

/// A million of each kind; `scripts/long-offline.sh` runs it and its figures stand in `docs/`. Keys and shares are drawn from the
/// operating system, so there is no seed to repeat a run with.
#[test]
#[ignore = "long: scripts/long-offline.sh"]
fn a_million_of_every_kind() {
    // On a busy machine parties wait for each other's processor.
    let patience = Duration::from_secs(4 * 3600);
    let params = Params::of::<Fp127>(64).unwrap();
    let parties = std::env::var("SPEEDWELL_PARTIES").unwrap_or_else(|_| "2 3 5".to_owned());
    for n in parties.split_whitespace().map(|n| n.parse().unwrap()) {
        for (kind, count) in every_kind(n, 1_000_000) {
            let clock = std::time::Instant::now();
            let settings = |_| Settings::new(params.clone());
            let made = patient_honest::<Fp127>(n, patience, settings, &[(kind, count)]);
            let mut stocks: Vec<_> = made.into_iter().map(Result::unwrap).collect();
            verify(&mut stocks, kind, 1_000_000);
            let seconds = clock.elapsed().as_secs_f64();
            println!("{n} parties: {count} {kind} are what they should be ({seconds:.0} s)");
        }
    }
}

/// What is planned to be sent is what is sent, but for frame headers and proofs that are begun anew.
#[test]
fn the_planned_bytes_are_the_bytes_sent() {
    let params = Params::of::<Goldilocks>(64).unwrap();
    let demand: BTreeMap<Kind, u64> = every_kind(2, 100).into_iter().collect();
    let sent = parties(2, async |me, Links { proofs, replies, checks }| {
        let flows = [proofs, replies, checks].map(speedwell_net::Metered::new);
        let meters = [0, 1, 2].map(|flow: usize| flows[flow].meter());
        let [proofs, replies, checks] = flows;
        let links = Links { proofs: Box::new(proofs), replies: Box::new(replies), checks: Box::new(checks) };
        let settings = Settings::new(params.clone());
        let mut lowgear = LowGear::<Goldilocks>::set_up(links, SESSION, settings).await.unwrap();
        let bytes = || meters.iter().map(|meter| meter.traffic().sent().bytes).sum::<u64>();
        let set_up = bytes();
        lowgear.make(&demand).await.unwrap();
        lowgear.finish().await.unwrap();
        (me, set_up, bytes() - set_up)
    });
    for (me, set_up, material) in sent {
        let peer = me.others(2).next().unwrap();
        let planned = super::super::cost(&params, me, peer, &demand);
        for (planned, sent) in [(planned.set_up, set_up), (planned.material, material)] {
            assert!(
                sent >= planned && sent - planned < planned / 200,
                "{planned} planned, {sent} sent by {me}"
            );
        }
    }
}
