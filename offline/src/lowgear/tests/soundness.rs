//! How often the batch check lets a forged relation pass, counted over a field of 257 elements; and what does not depend on threads.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use speedwell_field::{F257, Field, Prg, Seed};
use speedwell_online::{CheckFault, Config, Error, MacKey, Session};
use zeroize::Zeroizing;

use super::super::authenticate::randoms;
use super::super::cheat::Cheat;
use super::super::check::{CheckMasks, Column, check};
use super::super::engine::Engine;
use super::super::link::Link;
use super::super::setup::set_up;
use super::super::work::Workers;
use super::super::{Settings, Stock};
use super::scenario::{side_by_side, small};
use super::{SESSION, mesh};

type F = F257;
type Run<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Two parties that have been set up, on a runtime.
fn two(body: impl AsyncFnOnce([Engine<F>; 2])) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let settings = Settings::new(small::<F>()).exceed_flooding_budget();
        let mut links: Vec<Link> = mesh(2).into_iter().map(|t| Link::new(Box::new(t), SESSION, 1)).collect();
        let runs =
            links.iter_mut().map(|link| -> Run<'_, _> { Box::pin(set_up(link, &settings, Cheat::none())) });
        let engines = side_by_side(runs.collect()).await;
        let engines: Vec<Engine<F>> = engines.into_iter().map(Result::unwrap).collect();
        body(engines.try_into().ok().unwrap()).await;
    });
}

/// Two forgeries: a value shifted, a MAC under another key share of the cheater. Either passes if the combination or the coefficient of
/// the MAC check is zero: 2/p - 1/p², within the bound of 4/p.
#[test]
fn forged_relations_pass_the_batch_check_as_often_as_computed() {
    let long = std::env::var_os("SPEEDWELL_LONG").is_some();
    let trials: u32 = if long { 257 * 400 } else { 257 * 16 };
    two(async |mut engines| {
        let alphas = engines.each_ref().map(|engine| engine.key.alpha());
        let alpha = alphas[0] + alphas[1];
        let mut prg = Prg::new(&Seed([3; 16]));
        for other_key in [false, true] {
            let mut passed = 0_u32;
            for _ in 0..trials {
                let mut drawn = [F::ZERO; 16];
                F::sample(&mut prg, &mut drawn);
                let [v0, v1, g0] = [&drawn[..4], &drawn[4..8], &drawn[8..12]].map(<[F]>::to_vec);
                let mut g1: Vec<F> =
                    v0.iter().zip(&v1).zip(&g0).map(|((x, y), g)| alpha * (*x + *y) - *g).collect();
                let mut v1 = v1;
                if other_key {
                    // The honest share of the first value times the difference of the key shares.
                    let honest = if v0[0] == F::ZERO { F::ONE } else { v0[0] };
                    g1[0] += F::from_u64(5) * honest;
                } else {
                    v1[2] += F::ONE;
                }
                let columns =
                    [(v0, g0), (v1, g1)].map(|(v, g)| Column::of(Zeroizing::new(v), Zeroizing::new(g)));
                let mask = [(drawn[12], drawn[13]), (drawn[14], alpha * (drawn[12] + drawn[14]) - drawn[13])];
                let results = trial(&mut engines, alphas, &columns, mask).await;
                assert_eq!(results[0], results[1]);
                match &results[0] {
                    Ok(()) => passed += 1,
                    error => assert_eq!(error, &Err(Error::Check(CheckFault::Mac))),
                }
            }
            let p = 257.0_f64;
            let rate = 2.0 / p - 1.0 / (p * p);
            let expected = rate * f64::from(trials);
            let sigma = (expected * (1.0 - rate)).sqrt();
            assert!(
                (f64::from(passed) - expected).abs() < 5.0 * sigma,
                "{passed} of {trials}, not {expected:.0}"
            );
            assert!(f64::from(passed) < 4.0 / p * f64::from(trials) + 5.0 * sigma, "the bound");
        }
    });
}

/// One check among two parties, under fresh links.
async fn trial(
    engines: &mut [Engine<F>; 2],
    alphas: [F; 2],
    columns: &[Column<F>; 2],
    masks: [(F, F); 2],
) -> Vec<Result<(), Error>> {
    for (engine, alpha) in engines.iter_mut().zip(alphas) {
        // A failed check has erased it.
        engine.key = Arc::new(MacKey::new(engine.key.party(), 2, alpha));
    }
    let runs = engines.iter().zip(columns).zip(masks).zip(mesh(2).into_iter().zip(mesh(2)));
    let runs = runs.map(|(((engine, column), (value, mac)), (replies, checks))| -> Run<'_, _> {
        Box::pin(async move {
            let link = Link::new(Box::new(replies), SESSION, 2);
            let stock = Stock::new(engine.epoch, std::sync::Arc::clone(&engine.key));
            let config = Config::new(SESSION).toy_field().channel(3);
            let session = Session::new(Box::new(checks), Box::new(stock), config).unwrap();
            let masks = CheckMasks::new();
            masks.add(Column::of(Zeroizing::new(vec![value]), Zeroizing::new(vec![mac])));
            let result = check(engine, &link, &session, &masks, &[9; 32], &[column]).await;
            (result, link, session)
        })
    });
    // Nobody hangs up before both have ended.
    side_by_side(runs.collect()).await.into_iter().map(|(result, _, _)| result).collect()
}

/// The same job gives the same shares, however many threads work on it.
#[test]
fn shares_do_not_depend_on_the_number_of_threads() {
    two(async |mut engines| {
        let mut all = Vec::new();
        for threads in [1, 2, 5] {
            for engine in &mut engines {
                engine.workers = Workers::new(threads).unwrap();
            }
            let links: Vec<Link> = mesh(2).into_iter().map(|t| Link::new(Box::new(t), SESSION, 1)).collect();
            let runs = engines.iter().zip(&links);
            let runs = runs.map(|(engine, link)| -> Run<'_, _> { Box::pin(randoms(engine, link, 77, 7)) });
            let columns: Vec<_> = side_by_side(runs.collect()).await;
            let parts = columns.into_iter().map(|column| {
                let column = column.unwrap();
                (column.values.to_vec(), column.macs.to_vec())
            });
            all.push(parts.collect::<Vec<_>>());
        }
        assert_eq!(all[0][0].0.len(), 7 * 32);
        assert!(all.iter().all(|parts| parts == &all[0]));
    });
}
