//! Errors that are the program's or the caller's own: exact, at every party, and never a burnt epoch.
#![allow(missing_docs)]

mod common;

use common::{DEALT, party, run};
use speedwell_dealer::InsecureDealer;
use speedwell_field::{F251, Field, Fp127, Goldilocks};
use speedwell_net::{NetError, NetFault, memory_mesh};
use speedwell_online::protocol::{dot, inverse, matmul, mul, square};
use speedwell_online::testing::{Outcome, Run, SESSION};
use speedwell_online::{
    AbortCode, Config, EpochState, Error, Journal, Kind, MemoryJournal, Preprocessing, Result, Session,
    Shares, UsageFault, plan,
};

type F = Fp127;

/// All parties have this usage fault, and their epochs live.
fn all_have<T: std::fmt::Debug>(outcomes: Vec<Outcome<T>>, fault: &UsageFault) {
    for outcome in outcomes {
        assert_eq!(outcome.result.unwrap_err(), Error::Usage(fault.clone()));
        assert_eq!(outcome.epoch, EpochState::Live);
    }
}

fn length(operation: &'static str, left: usize, right: usize) -> UsageFault {
    UsageFault::Length { operation, left, right }
}

// Programs that differ.

/// The last party of `n` runs `odd`, the others run `program`; each names the first party that differs from itself.
fn desync(program: impl AsyncFn(&Session<F>, bool) -> Result<()>) {
    for n in [2, 3] {
        let outcomes = run(n).go(async |s| program(s, s.me() == party(s.parties() - 1)).await);
        for (me, outcome) in outcomes.into_iter().enumerate() {
            let peer = party(if me == n - 1 { 0 } else { n - 1 });
            assert_eq!(outcome.result, Err(UsageFault::Desync { peer }.into()), "party {me} of {n}");
            assert_eq!(outcome.epoch, EpochState::Live);
        }
    }
}

#[test]
fn openings_in_another_order_are_seen() {
    desync(async |s, odd| {
        let (x, y) = (s.random(2)?, s.random(3)?);
        let (first, second) = if odd { (y, x) } else { (x, y) };
        let (first, second) = (s.open(first), s.open(second));
        drop((first.await?, second.await?));
        Ok(())
    });
}

#[test]
fn openings_of_another_length_are_seen() {
    desync(async |s, odd| {
        drop(s.open(s.random(if odd { 3 } else { 2 })?).await?);
        Ok(())
    });
}

#[test]
fn openings_cut_otherwise_are_seen() {
    // As many elements in all.
    desync(async |s, odd| {
        let (a, b) = if odd { (1, 3) } else { (2, 2) };
        let (a, b) = (s.open(s.random(a)?), s.open(s.random(b)?));
        drop((a.await?, b.await?));
        Ok(())
    });
}

#[test]
fn openings_of_another_kind_are_seen() {
    desync(async |s, odd| {
        let x = s.random(2)?;
        if odd { s.reveal(&x).await.map(drop) } else { s.open(x).await.map(drop) }
    });
    desync(async |s, odd| {
        let x = s.random(2)?;
        let opening = if odd { s.open_statistical(x) } else { s.open(x) };
        opening.await.map(drop)
    });
}

#[test]
fn inputs_of_another_owner_are_seen() {
    desync(async |s, odd| {
        let owner = party(usize::from(odd));
        let own = (s.me() == owner).then_some([F::ONE].as_slice());
        s.input(owner, 1, own).await.map(drop)
    });
}

#[test]
fn a_check_in_place_of_an_opening_is_seen() {
    desync(async |s, odd| {
        drop(s.open(s.random(1)?).await?);
        if odd { s.check().await } else { s.open(s.random(1)?).await.map(drop) }
    });
}

#[test]
fn a_program_that_ends_early_leaves_the_others_waiting_but_not_for_ever() {
    for n in [2, 3] {
        let outcomes = run::<F>(n).go(async |s| {
            drop(s.open(s.random(1)?).await?);
            if s.me() == party(0) { Ok(()) } else { s.check().await }
        });
        assert_eq!(outcomes[0].result, Ok(()));
        for outcome in &outcomes[1..] {
            let silent = NetError { peer: party(0), fault: NetFault::TimedOut };
            assert_eq!(outcome.result, Err(Error::Net(silent)));
            assert_eq!(outcome.epoch, EpochState::Live);
        }
    }
}

#[test]
fn a_program_that_awaits_something_else_is_told_so() {
    all_have(run::<F>(3).go(async |_| std::future::pending::<Result<()>>().await), &UsageFault::Stalled);
    // At one party alone: it says so, and the others hear that it stopped.
    let outcomes = run::<F>(3).go(async |s| {
        if s.me() == party(1) {
            std::future::pending::<()>().await;
        }
        s.open(s.random(1)?).await.map(drop)
    });
    assert_eq!(outcomes[1].result, Err(UsageFault::Stalled.into()));
    let stopped = Error::Aborted { by: party(1), reason: AbortCode::Usage };
    assert_eq!((&outcomes[0].result, &outcomes[2].result), (&Err(stopped.clone()), &Err(stopped)));
    // A plan has the same eyes.
    let planned = plan::<F, (), _>(party(0), 3, async |_| std::future::pending().await);
    assert_eq!(planned.unwrap_err(), UsageFault::Stalled.into());
}

// Vectors that do not fit.

#[test]
fn vectors_of_unequal_length_are_refused_by_name() {
    type Case = fn(Shares<F>, Shares<F>) -> Shares<F>;
    let cases: [(Case, UsageFault); 10] = [
        (|x, y| x + &y, length("add", 3, 2)),
        (|x, y| x - &y, length("sub", 3, 2)),
        (|x, _| x.add_public(&[F::ONE; 2]), length("add_public", 3, 2)),
        (|x, _| x.mul_public(&[F::ONE; 4]), length("mul_public", 3, 4)),
        (|x, _| x.dot_public(&[F::ONE; 4]), length("dot_public", 3, 4)),
        (|x, _| x.slice(1..4), length("slice", 3, 4)),
        (|x, _| x.split_at(4).0, length("split_at", 3, 4)),
        (|x, _| x.gather(&[0, 3]), length("gather", 3, 3)),
        (|x, _| x.sum_groups(2), length("sum_groups", 3, 2)),
        // The first fault counts, wherever it goes from there.
        (|x, y| ((x.slice(0..9) + &y) * F::ONE).append(&y), length("slice", 3, 9)),
    ];
    for (case, fault) in cases {
        let outcomes = run::<F>(2).go(async |s| s.reveal(&case(s.random(3)?, s.random(2)?)).await);
        all_have(outcomes, &fault);
    }
}

#[test]
fn opened_vectors_of_unequal_length_are_refused() {
    let outcomes = run::<F>(2).go(async |s| {
        let c = s.open(s.random(2)?).await?;
        s.reveal(&(s.random(3)? + &c)).await
    });
    all_have(outcomes, &length("add", 3, 2));
    let outcomes = run::<F>(2).go(async |s| {
        let c = s.open(s.random(2)?).await?;
        s.reveal(&(s.random(3)? * &c)).await
    });
    all_have(outcomes, &length("mul", 3, 2));
}

#[test]
fn protocols_refuse_unequal_lengths_before_they_spend_anything() {
    let outcomes = run::<F>(2).go(async |s| {
        let (x, y) = (s.random(3)?, s.random(2)?);
        assert_eq!(mul(s, &x, &y).await.unwrap_err(), length("mul", 3, 2).into());
        assert_eq!(dot(s, &x, &y).await.unwrap_err(), length("mul", 3, 2).into());
        let product = matmul(s, &x, &y, (2, 2, 1)).await;
        assert_eq!(product.unwrap_err(), length("matmul", 3, 4).into());
        let product = matmul(s, &x, &y, (1, 3, 1)).await;
        assert_eq!(product.unwrap_err(), length("matmul", 2, 3).into());
        let product = matmul(s, &x, &y, (usize::MAX, 3, 1)).await;
        assert_eq!(product.unwrap_err(), length("matmul", usize::MAX, 1).into());
        assert_eq!(s.report().material.get(&Kind::Triples), None);
        assert_eq!(s.report().rounds, 0);
        Ok(())
    });
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
}

#[test]
fn shares_of_another_session_are_refused() {
    let other = run::<F>(2).go(async |s| s.random(2));
    let foreign: Vec<Shares<F>> = other.into_iter().map(|outcome| outcome.result.unwrap()).collect();
    type Case = fn(&Shares<F>, Shares<F>) -> Shares<F>;
    let cases: [Case; 3] =
        [|foreign, _| foreign.clone(), |foreign, x| x + foreign, |foreign, x| x.append(foreign)];
    for case in cases {
        let outcomes =
            run::<F>(2).go(async |s| s.reveal(&case(&foreign[s.me().index()], s.random(2)?)).await);
        all_have(outcomes, &UsageFault::ForeignShares);
    }
    let outcomes = run::<F>(2).go(async |s| {
        let foreign = &foreign[s.me().index()];
        assert_eq!(square(s, foreign).await.unwrap_err(), UsageFault::ForeignShares.into());
        assert_eq!(inverse(s, foreign).await.unwrap_err(), UsageFault::ForeignShares.into());
        assert_eq!(s.open(foreign.clone()).await.unwrap_err(), UsageFault::ForeignShares.into());
        Ok(())
    });
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
}

// Inputs, parties, material.

#[test]
fn an_input_is_its_owners_alone() {
    let give = |give: fn(bool) -> bool| {
        run::<F>(2).go(async move |s| {
            let own = s.me() == party(0);
            s.input(party(0), 1, give(own).then_some([F::ONE].as_slice())).await.map(drop)
        })
    };
    // The owner gives nothing: it says so at once, and the other hears that it stopped.
    let outcomes = give(|_| false);
    assert_eq!(outcomes[0].result, Err(UsageFault::InputOwner.into()));
    assert_eq!(outcomes[1].result, Err(Error::Aborted { by: party(0), reason: AbortCode::Usage }));
    // Another gives some.
    let outcomes = give(|_| true);
    assert_eq!(outcomes[1].result, Err(UsageFault::InputOwner.into()));
    assert_eq!(outcomes[0].result, Err(Error::Aborted { by: party(1), reason: AbortCode::Usage }));
    assert!(give(|own| own).iter().all(|outcome| outcome.result.is_ok()));
    // As many values as were announced.
    let outcomes = run::<F>(1 + 1).go(async |s| {
        let own = (s.me() == party(0)).then_some([F::ONE; 3].as_slice());
        s.input(party(0), 2, own).await.map(drop)
    });
    assert_eq!(outcomes[0].result, Err(length("input", 2, 3).into()));
    assert_eq!(outcomes[1].result, Err(Error::Aborted { by: party(0), reason: AbortCode::Usage }));
}

#[test]
fn there_are_no_more_parties_than_there_are() {
    let outcomes = run::<F>(2).go(async |s| {
        let none = Err(Error::from(UsageFault::NoSuchParty));
        assert_eq!(s.masks(party(2), 1).map(drop), none);
        assert_eq!(s.input(party(2), 1, None).await.map(drop), none);
        assert_eq!(s.reveal_to(party(2), &s.random(1)?).await.map(drop), none);
        Ok(())
    });
    assert!(outcomes.iter().all(|outcome| outcome.result == Ok(())));
}

#[test]
fn material_that_runs_out_is_named_and_nothing_of_it_is_taken() {
    let limited =
        |kind: Kind| -> Run<F> { Run::new(2, move |p| InsecureDealer::new(DEALT, p, 2).limit(kind, 4)) };
    let exhausted = |kind, need| Error::Exhausted { kind, need, have: 4 };
    let outcomes = limited(Kind::Triples).go(async |s| {
        let (x, y) = (s.random(5)?, s.random(5)?);
        assert_eq!(mul(s, &x, &y).await.unwrap_err(), exhausted(Kind::Triples, 5));
        assert_eq!(inverse(s, &x).await.unwrap_err(), exhausted(Kind::Triples, 5));
        assert_eq!(s.report().material.get(&Kind::Triples), None);
        mul(s, &x.slice(0..4), &y.slice(0..4)).await.map(drop)?;
        s.triples(1).map(drop)
    });
    for outcome in outcomes {
        assert_eq!(outcome.result, Err(Error::Exhausted { kind: Kind::Triples, need: 1, have: 0 }));
        assert_eq!(outcome.epoch, EpochState::Live);
    }
    let mask = Kind::Masks(party(1));
    for kind in [Kind::Squares, Kind::Bits, mask, Kind::Randoms, Kind::Inverses] {
        let outcomes = limited(kind).go(async move |s| match kind {
            Kind::Squares => s.squares(5).map(drop),
            Kind::Bits => s.random_bits(5).map(drop),
            Kind::Randoms => s.random(5).map(drop),
            Kind::Inverses => s.inverse_pairs(5).map(drop),
            _ => s.reveal_to(party(1), &s.random(5)?).await.map(drop),
        });
        assert!(outcomes.iter().all(|outcome| outcome.result == Err(exhausted(kind, 5))));
    }
    // At one party alone: the others hear of it.
    let uneven = Run::new(2, |p| {
        let dealer = InsecureDealer::<F>::new(DEALT, p, 2);
        if p == party(0) { dealer.limit(Kind::Squares, 0) } else { dealer }
    });
    let outcomes = uneven.go(async |s| square(s, &s.random(1)?).await.map(drop));
    assert_eq!(outcomes[0].result, Err(Error::Exhausted { kind: Kind::Squares, need: 1, have: 0 }));
    assert_eq!(outcomes[1].result, Err(Error::Aborted { by: party(0), reason: AbortCode::Exhausted }));
}

// Sessions that cannot be.

fn session<G: Field>(config: Config) -> Result<Session<G>> {
    let transport = memory_mesh(2).remove(0);
    Session::new(Box::new(transport), Box::new(InsecureDealer::new(DEALT, party(0), 2)), config)
}

#[test]
fn a_field_that_is_too_small_is_refused() {
    let small = |field, have, need| Some(Error::from(UsageFault::FieldTooSmall { field, have, need }));
    assert_eq!(session::<F251>(Config::new(SESSION)).err(), small("f251", 6, 40));
    // Nobody asks for less than 40.
    assert_eq!(session::<F251>(Config::new(SESSION).statistical(1)).err(), small("f251", 6, 40));
    assert_eq!(
        session::<Goldilocks>(Config::new(SESSION).statistical(63)).err(),
        small("goldilocks", 62, 63)
    );
    assert!(session::<Goldilocks>(Config::new(SESSION).statistical(62)).is_ok());
    assert!(session::<Fp127>(Config::new(SESSION).statistical(125)).is_ok());
    assert_eq!(session::<Fp127>(Config::new(SESSION).statistical(126)).err(), small("fp127", 125, 126));
}

/// One check more costs security; the one that would go below the level asked for does not begin.
#[test]
fn a_check_too_many_is_refused_before_it_begins() {
    let outcomes = run::<Goldilocks>(2).config(|config| config.statistical(61)).go(async |s| {
        for _ in 0..3 {
            drop(s.open(s.random(1)?).await?);
            s.check().await?;
        }
        Ok(())
    });
    for outcome in &outcomes {
        assert_eq!(outcome.report.checks, 2);
    }
    all_have(outcomes, &UsageFault::FieldTooSmall { field: "goldilocks", have: 60, need: 61 });
}

#[test]
fn a_burnt_epoch_is_refused() {
    let epoch = InsecureDealer::<F>::new(DEALT, party(0), 2).epoch();
    let config = |journal: &MemoryJournal| Config::new(SESSION).journal(Box::new(journal.clone()));
    let mut journal = MemoryJournal::default();
    journal.burn([1; 16]).unwrap();
    assert!(session::<F>(config(&journal)).is_ok(), "another epoch's end is nobody's");
    journal.sigma_opened(epoch, 3).unwrap();
    assert_eq!(session::<F>(config(&journal)).err(), Some(UsageFault::EpochBurnt.into()));
    journal.check_passed(epoch, 2).unwrap();
    assert_eq!(session::<F>(config(&journal)).err(), Some(UsageFault::EpochBurnt.into()), "another check");
    journal.check_passed(epoch, 3).unwrap();
    assert!(session::<F>(config(&journal)).is_ok());
    journal.burn(epoch).unwrap();
    journal.check_passed(epoch, 3).unwrap();
    assert_eq!(session::<F>(config(&journal)).err(), Some(UsageFault::EpochBurnt.into()), "for good");
}

#[test]
fn material_for_others_is_refused() {
    let mismatch = |me: usize, of: usize| {
        let transport = memory_mesh(2).remove(0);
        let dealer = InsecureDealer::<F>::new(DEALT, party(me), of);
        Session::new(Box::new(transport), Box::new(dealer), Config::new(SESSION)).err()
    };
    assert_eq!(mismatch(0, 2), None);
    assert_eq!(mismatch(0, 3), Some(UsageFault::Parties { transport: 2, material: 3 }.into()));
    // As many parties, but another party's.
    assert_eq!(mismatch(1, 2), Some(UsageFault::Parties { transport: 2, material: 2 }.into()));
}

// Sessions that have ended, or are taken.

#[test]
fn one_program_at_a_time() {
    let outcomes = run::<F>(2).go(async |s| {
        assert_eq!(s.run(async |_| Ok(())).await, Err(UsageFault::Busy.into()));
        s.reveal(&s.random(1)?).await.map(drop)
    });
    assert!(outcomes.iter().all(|outcome| outcome.result == Ok(())));
}

#[test]
fn the_first_error_is_every_later_answer() {
    let transports = memory_mesh(2);
    let dealer = |p| Box::new(InsecureDealer::<F>::new(DEALT, party(p), 2));
    let sessions: Vec<Session<F>> = transports
        .into_iter()
        .enumerate()
        .map(|(p, t)| Session::new(Box::new(t), dealer(p), Config::new(SESSION)).unwrap())
        .collect();
    let s = &sessions[0];
    let now = |run: std::pin::Pin<&mut dyn Future<Output = Result<()>>>| {
        run.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    };
    let x = s.random(2).unwrap();
    let zero = UsageFault::ZeroInverse { index: 4 };
    let failing = std::pin::pin!(s.run(async |_| Err::<(), _>(zero.clone().into())));
    assert_eq!(now(failing), std::task::Poll::Ready(Err(zero.clone().into())));
    let again = std::pin::pin!(s.run(async |_| Ok(())));
    assert_eq!(now(again), std::task::Poll::Ready(Err(zero.clone().into())));
    assert_eq!(s.random(1).map(drop), Err(zero.clone().into()));
    let opening = std::pin::pin!(async { s.open(x.clone()).await.map(drop) });
    assert_eq!(now(opening), std::task::Poll::Ready(Err(zero.clone().into())));
    let input = std::pin::pin!(async { s.input(party(0), 1, Some(&[F::ONE])).await.map(drop) });
    assert_eq!(now(input), std::task::Poll::Ready(Err(zero.clone().into())));
    let reveal = std::pin::pin!(async { s.reveal(&x).await.map(drop) });
    assert_eq!(now(reveal), std::task::Poll::Ready(Err(zero.clone().into())));
}

/// A run that is dropped in the middle ends the session, and the peer hears that it was stopped.
#[test]
fn a_dropped_run_is_over_for_both() {
    let dealer = |p| Box::new(InsecureDealer::<F>::new(DEALT, party(p), 2));
    let sessions: Vec<Session<F>> = memory_mesh(2)
        .into_iter()
        .enumerate()
        .map(|(p, t)| Session::new(Box::new(t), dealer(p), Config::new(SESSION)).unwrap())
        .collect();
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let program = async |s: &Session<F>| s.reveal(&s.random(1)?).await.map(drop);
    let mut dropped = Box::pin(sessions[0].run(program));
    let mut other = Box::pin(sessions[1].run(program));
    assert!(dropped.as_mut().poll(&mut cx).is_pending());
    drop(dropped);
    let mut again = Box::pin(sessions[0].run(program));
    let interrupted = Err(Error::from(UsageFault::Interrupted));
    assert_eq!(again.as_mut().poll(&mut cx), std::task::Poll::Ready(interrupted));
    // The other has the first round, and finds the abort in the next.
    let mut result = std::task::Poll::Pending;
    for _ in 0..5 {
        if result.is_pending() {
            result = other.as_mut().poll(&mut cx);
        }
    }
    let stopped = Error::Aborted { by: party(0), reason: AbortCode::Stopped };
    assert_eq!(result, std::task::Poll::Ready(Err(stopped)));
}

/// `Debug` of everything that holds a secret shows none of it.
#[test]
fn debug_prints_no_secret() {
    let outcomes = run::<F>(2).go(async |s| {
        let x = s.random(1)?;
        let opened = s.open(x.clone()).await?;
        let masks = s.masks(s.me(), 1)?;
        let secret = format!("{:?}", x.value_shares()[0]);
        let mac = format!("{:?}", x.mac_shares()[0]);
        let mask = masks.clear.as_ref().map(|clear| format!("{:?}", clear[0])).unwrap();
        Ok((format!("{x:?} {opened:?} {:?} {s:?}", masks.shares), [secret, mac, mask]))
    });
    for outcome in outcomes {
        let (shown, secrets) = outcome.result.unwrap();
        assert!(secrets.iter().all(|secret| secret.len() > 30 && !shown.contains(secret)), "{shown}");
    }
    let dealer = InsecureDealer::<F>::new(DEALT, party(0), 2);
    let alpha = format!("{:?}", dealer.key().alpha());
    assert!(!format!("{dealer:?} {:?}", dealer.key()).contains(&alpha));
}
