//! Aborts: what a cheater may say instead of what it should send.

use speedwell_net::tamper::Action;
use speedwell_online::wire::Message;
use speedwell_online::{AbortCode, EpochState, Error};

use crate::cell::{Target, check_all};
use crate::cheats::{ENCODING, HEADER, LENGTH, ORDER, REPLAY, SENDER, VALUE, abort_instead};
use crate::common::{is, party, run};
use crate::scene::{F, Protocol};

/// In place of an opening, and of each message of the first check.
pub const TARGETS: [Target; 4] = [
    Target::abort_instead(Protocol::Mul, Message::Open, 1),
    Target::abort_instead(Protocol::Mul, Message::Seed, 0),
    Target::abort_instead(Protocol::Mul, Message::Commit, 0),
    Target::abort_instead(Protocol::Mul, Message::Sigma, 0),
];

macro_rules! tests {
    ($($name:ident: $cheats:expr;)*) => {$(
        #[test]
        fn $name() {
            TARGETS.into_iter().for_each(|target| check_all(target, $cheats));
        }
    )*};
}

tests! {
    cheat_abort_bad_code: VALUE;
    cheat_abort_bad_length: LENGTH;
    cheat_abort_bad_encoding: ENCODING;
    cheat_abort_bad_order: ORDER;
    cheat_abort_bad_replay: REPLAY;
    cheat_abort_bad_sender: SENDER;
    cheat_abort_bad_header: HEADER;
}

/// A cheater that gives up with any of the codes, in place of any of its messages: everybody stops, and the epoch burns
/// where their sigmas were out.
#[test]
fn an_abort_stops_everybody() {
    let places = [
        (Message::Start, 0, EpochState::Live),
        (Message::Open, 0, EpochState::Live),
        (Message::Open, 1, EpochState::Live),
        (Message::Seed, 0, EpochState::Live),
        (Message::Commit, 0, EpochState::Live),
        (Message::Sigma, 0, EpochState::Burnt),
        (Message::Open, 2, EpochState::Live),
        (Message::Seed, 1, EpochState::Live),
        (Message::Commit, 1, EpochState::Live),
        (Message::Sigma, 1, EpochState::Burnt),
    ];
    for (message, nth, epoch) in places {
        for (code, n) in (1..=6).flat_map(|code| [(code, 2), (code, 3)]) {
            let cheater = usize::from(code) % n;
            let run = run::<F>(n).cheater(cheater, move |event| {
                if event.out() && is(event, message) && event.nth() == nth {
                    vec![Action::Deliver(abort_instead(event, code))]
                } else {
                    event.pass()
                }
            });
            let (outcomes, watches) = run.go_watched(async |s| Protocol::Mul.play(s).await);
            assert!(watches[0].altered() >= n - 1);
            let reason = AbortCode::from_byte(code).unwrap();
            for (_, outcome) in outcomes.iter().enumerate().filter(|(p, _)| *p != cheater) {
                assert_eq!(outcome.result, Err(Error::Aborted { by: party(cheater), reason }));
                // Who says that a check failed burns the epoch wherever it is.
                let epoch = if reason == AbortCode::Check { EpochState::Burnt } else { epoch };
                assert_eq!(outcome.epoch, epoch, "{message:?} {nth}");
            }
        }
    }
}
