//! Aborts: what a cheater may say instead of what it should send.

use speedwell_online::wire::Message;

use crate::cell::{Target, check_all};
use crate::cheats::{ENCODING, HEADER, LENGTH, ORDER, REPLAY, SENDER, VALUE};
use crate::scene::Protocol;

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
