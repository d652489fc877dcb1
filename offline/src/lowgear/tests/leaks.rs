//! What a party sees: shares are uniform; and two controls, what leaks where a defence is missing.

use speedwell_field::{F257, Field, Goldilocks, Prg, Seed};
use speedwell_net::Transport;
use speedwell_net::tamper::{Direction, Event, Tampered};
use speedwell_online::wire::Message;
use speedwell_online::{Config, Kind, PeerFault, Session};

use super::super::cheat::Weakness;
use super::super::link::Kind as Step;
use super::scenario::{Scenario, id, peer, side_by_side, small};
use super::{SESSION, mesh, toy};
use crate::bgv::{Bgv, Choice, pack, packed_len, unpack};

/// Every party's shares of c are uniform, and independent of its shares of a: a party that cancelled what it received in place of what
/// it sent would hold multiples of its own a.
#[test]
fn shares_of_products_are_uniform() {
    let mut end = Scenario::<F257>::new(2, Kind::Triples, 128 * 100).params(toy::<F257>()).run();
    let shares = end.shares(|stock| {
        let triples = stock.triples(128 * 100).unwrap();
        [triples.a, triples.b, triples.c]
    });
    let index = |x: &F257| {
        let mut bytes = Vec::new();
        F257::encode(&[*x], &mut bytes);
        usize::from(u16::from_le_bytes([bytes[0], bytes[1]]))
    };
    let draws = 12_800.0_f64;
    for party in 0..2 {
        for column in &shares {
            let mut cells = [0_u32; 257];
            column[party].value_shares().iter().for_each(|x| cells[index(x)] += 1);
            let statistic: f64 =
                cells.iter().map(|c| (f64::from(*c) - draws / 257.0).powi(2) / (draws / 257.0)).sum();
            // 256 degrees of freedom: 377 is exceeded with probability 1e-6.
            assert!(statistic < 377.0, "party {party}: {statistic:.0}");
        }
        let pairs = shares[0][party].value_shares().iter().zip(shares[2][party].value_shares());
        let both = pairs.filter(|(a, c)| **a == F257::ZERO && **c == F257::ZERO).count();
        assert!(both < 8, "{both} zeros of c where a is zero: 0.2 are expected, 50 without masks");
    }
}

/// Noise of q/4 per unit of 2/p in the encrypted factor: without the proof, replies show the upper bits of b.
#[test]
fn without_the_proof_a_noisy_factor_reads_second_factors() {
    type F = Goldilocks;
    let params = small::<F>();
    let scenario = || {
        let params = params.clone();
        Scenario::<F>::new(2, Kind::Triples, 32 * 8).tampers(1, move |event: &Event<'_>| {
            if !(event.out() && event.kind() == Step::Factors.number()) {
                return event.pass();
            }
            // q/(4p) on A'; twice that is multiplied by up to p/2.
            let noise = params.q() / (params.p() * 4_u32);
            let noise = &noise - &noise % params.p();
            event.rewrite(|bytes| {
                let bgv = Bgv::<F>::new(params.clone(), Choice::Portable).unwrap();
                let mut at = 1;
                for limb in bgv.ring().limbs() {
                    let (q, bits) = (limb.modulus().q(), limb.modulus().bits());
                    let part = &mut bytes[at..at + packed_len(32, bits)];
                    let mut residues = [0_u64; 32];
                    unpack(part, bits, &mut residues);
                    let own = u64::try_from(&noise % q).unwrap();
                    residues.iter_mut().for_each(|x| *x = (*x + own) % q);
                    pack(&residues, bits, part);
                    at += packed_len(32, bits);
                }
            })
        })
    };
    scenario().run().ended_with(peer(1, PeerFault::Proof));

    // What P_1 decrypts shows the sign of b_0's coefficients in seven of eight cases. It keeps its key for that.
    let (key, b) =
        <(std::sync::Arc<std::sync::Mutex<Vec<i32>>>, std::sync::Arc<std::sync::Mutex<Vec<F>>>)>::default();
    let (keep, note) = (key.clone(), b.clone());
    let cheater = super::acts::Acts::<F>::honest().set_up(move |engine| {
        *keep.lock().unwrap() = engine.factor.secret().coefficients().to_vec();
    });
    let victim = super::acts::Acts::<F>::honest().shares(move |engine, columns| {
        let mut all = columns[1].values.to_vec();
        all.chunks_mut(engine.batch()).for_each(|batch| engine.bgv.slots().inverse(batch));
        *note.lock().unwrap() = all;
    });
    let end = scenario().without(Weakness::ProofSkipped).deviates(1, cheater).deviates(0, victim).run();
    let bgv = Bgv::<F>::new(params.clone(), Choice::Best).unwrap();
    let a = bgv.expand(&Seed([0; 16]));
    let (secret, _) = bgv.forged_key::<crate::bgv::FactorRole>(a, key.lock().unwrap().clone(), vec![0; 32]);
    let replies = end.watches.iter().flat_map(|watch| watch.seen()).filter(|s| {
        let header = s.frame.header;
        s.direction == Direction::In
            && s.peer == id(0)
            && (header.channel, header.kind) == (2, Step::Replies.number())
    });
    let mut right = 0;
    let b = b.lock().unwrap();
    let mut batches = b.chunks(32);
    for reply in replies {
        let quarters = bgv.quarters_of_noise(&secret, &reply.frame.payload[..bgv.reply_len()]);
        let b = batches.next().unwrap();
        let negative = b.iter().map(|x| {
            let mut bytes = Vec::new();
            F::encode(&[*x], &mut bytes);
            u64::from_le_bytes(bytes.try_into().unwrap()) > u64::MAX / 2
        });
        right +=
            quarters.iter().zip(negative).filter(|(quarter, negative)| (**quarter > 1) == *negative).count();
    }
    assert!(batches.next().is_none());
    // 224 of 256 are expected, 128 if it showed nothing.
    assert!(right > 190, "{right} of 256");
}

/// With value shares of zero, P_2 reads the input of P_0 off the opened sum of P_0's and P_1's; with shares from seeds it does not.
#[test]
fn without_value_shares_an_opened_sum_shows_an_input() {
    type F = Goldilocks;
    let (x, y) = (F::from_u64(1_234_567), F::from_u64(7_654_321));
    let guess = |weakness: Option<Weakness>| -> Vec<bool> {
        let mut scenario = Scenario::<F>::new(3, Kind::Masks(id(0)), 1).after(Kind::Masks(id(1)), 1);
        if let Some(weakness) = weakness {
            scenario = scenario.without(weakness);
        }
        let end = scenario.run();
        end.passed();
        let stocks: Vec<_> = end.parties.iter().map(|party| party.stock.as_ref().unwrap().share()).collect();
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut watch = None;
            let mut runs: Vec<std::pin::Pin<Box<dyn Future<Output = _>>>> = Vec::new();
            for (transport, stock) in mesh(3).into_iter().zip(stocks) {
                let me = transport.me();
                let transport: Box<dyn Transport> = if me == id(2) {
                    let tampered = Tampered::new(transport, |event: &Event<'_>| event.pass());
                    watch = Some(tampered.watch());
                    Box::new(tampered)
                } else {
                    Box::new(transport)
                };
                let config = Config::new(SESSION);
                let session = Session::<F>::new(transport, Box::new(stock), config).unwrap();
                runs.push(Box::pin(async move {
                    let result = session
                        .run(async |s| {
                            let x = s.input(id(0), 1, (me == id(0)).then_some(&[x]));
                            let y = s.input(id(1), 1, (me == id(1)).then_some(&[y]));
                            let (x, y) = (x.await?, y.await?);
                            s.reveal(&(&x + &y)).await
                        })
                        .await;
                    (result, session)
                }));
            }
            let results = side_by_side(runs).await;
            assert!(results.iter().all(|(result, _)| result == &Ok(vec![x + y])));
            let seen = watch.unwrap().seen();
            let opened = |party: usize, nth: usize| -> F {
                let frames = seen.iter().filter(|s| {
                    s.direction == Direction::In
                        && s.peer == id(party)
                        && s.frame.header.kind == Message::Open.number()
                });
                let payload = frames.map(|s| s.frame.payload.clone()).nth(nth).unwrap();
                let mut value = [F::ZERO];
                assert!(F::decode(&payload[16..24], &mut value));
                value[0]
            };
            // First the differences of both inputs, then the sum. P_0 adds what is public to its share.
            let difference = opened(1, 0);
            [opened(0, 1) - difference == x, opened(1, 1) + difference == y].to_vec()
        })
    };
    assert_eq!(guess(Some(Weakness::ZeroInputShares)), [true, true]);
    assert_eq!(guess(None), [false, false]);
}

/// What each stream gives to the samplers, put together: no stream starts alike or uneven.
#[test]
fn samplers_fit_over_the_streams_of_all_places() {
    let secret = super::super::engine::Secret::of(8);
    let (mut ternary, mut errors, mut elements) = ([0_u32; 3], 0_i64, [0_u32; 16]);
    let mut draws = 0_u32;
    for job in 0..10 {
        for batch in 0..10 {
            for which in 1..=4 {
                for peer in 0..4 {
                    let mut prg: Prg = secret.stream("lowgear reply randomness", &[job, batch, which, peer]);
                    for x in crate::bgv::ternary(&mut prg, 64).unwrap().coefficients() {
                        ternary[usize::try_from(x + 1).unwrap()] += 1;
                    }
                    let e = crate::bgv::binomial(&mut prg, 64).unwrap();
                    errors += e.coefficients().iter().map(|x| i64::from(x * x)).sum::<i64>();
                    let mut mask = [Goldilocks::ZERO; 64];
                    let mut prg = secret.stream("lowgear reply mask", &[job, batch, which, peer]);
                    Goldilocks::sample(&mut prg, &mut mask);
                    let mut bytes = Vec::new();
                    Goldilocks::encode(&mask, &mut bytes);
                    bytes.chunks(8).for_each(|x| elements[usize::from(x[7] >> 4)] += 1);
                    draws += 64;
                }
            }
        }
    }
    let chi = |cells: &[u32]| -> f64 {
        let expected = f64::from(draws) / cells.len() as f64;
        cells.iter().map(|c| (f64::from(*c) - expected).powi(2) / expected).sum()
    };
    // 27.6 and 58.1 are exceeded with probability 1e-6, at 2 and 15 degrees of freedom.
    assert!(chi(&ternary) < 27.6, "{ternary:?}");
    assert!(chi(&elements) < 58.1, "{elements:?}");
    assert!((errors as f64 / f64::from(draws) - 10.5).abs() < 0.25);
}
