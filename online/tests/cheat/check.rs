//! The MAC check: its three flights, in the check before an output and in the one after it.

use speedwell_online::wire::Message::{Commit, Seed, Sigma, Start};

use crate::cell::{Target, check_all};
use crate::cheats::{ENCODING, HEADER, LENGTH, ORDER, REPLAY, SENDER, VALUE};
use crate::scene::Protocol::Mul;

pub const START: [Target; 1] = [Target::new(Mul, Start, 0)];
pub const SEED: [Target; 2] = [Target::new(Mul, Seed, 0), Target::new(Mul, Seed, 1)];
pub const COMMIT: [Target; 2] = [Target::new(Mul, Commit, 0), Target::new(Mul, Commit, 1)];
pub const SIGMA: [Target; 2] = [Target::new(Mul, Sigma, 0), Target::new(Mul, Sigma, 1)];

macro_rules! tests {
    ($($name:ident: $targets:expr, $cheats:expr;)*) => {$(
        #[test]
        fn $name() {
            $targets.into_iter().for_each(|target| check_all(target, $cheats));
        }
    )*};
}

tests! {
    cheat_start_bad_value: START, VALUE;
    cheat_start_bad_length: START, LENGTH;
    cheat_start_bad_encoding: START, ENCODING;
    cheat_start_bad_order: START, ORDER;
    cheat_start_bad_replay: START, REPLAY;
    cheat_start_bad_sender: START, SENDER;
    cheat_start_bad_header: START, HEADER;

    cheat_seed_bad_value: SEED, VALUE;
    cheat_seed_bad_length: SEED, LENGTH;
    cheat_seed_bad_encoding: SEED, ENCODING;
    cheat_seed_bad_order: SEED, ORDER;
    cheat_seed_bad_replay: SEED, REPLAY;
    cheat_seed_bad_sender: SEED, SENDER;
    cheat_seed_bad_header: SEED, HEADER;

    cheat_commit_bad_value: COMMIT, VALUE;
    cheat_commit_bad_length: COMMIT, LENGTH;
    cheat_commit_bad_encoding: COMMIT, ENCODING;
    cheat_commit_bad_order: COMMIT, ORDER;
    cheat_commit_bad_replay: COMMIT, REPLAY;
    cheat_commit_bad_sender: COMMIT, SENDER;
    cheat_commit_bad_header: COMMIT, HEADER;

    cheat_sigma_bad_value: SIGMA, VALUE;
    cheat_sigma_bad_length: SIGMA, LENGTH;
    cheat_sigma_bad_encoding: SIGMA, ENCODING;
    cheat_sigma_bad_order: SIGMA, ORDER;
    cheat_sigma_bad_replay: SIGMA, REPLAY;
    cheat_sigma_bad_sender: SIGMA, SENDER;
    cheat_sigma_bad_header: SIGMA, HEADER;
}
