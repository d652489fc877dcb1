//! The matrix {message} × {cheat} × {element} × {n} × {cheater} × {victims} on the messages that hold points.

use speedwell_online::wire::Message::{Commit, Points, Sigma};

use crate::cell::{Cell, Target, check_all};
use crate::cheats::{ENCODING, GROUP, GROUPS, HEADER, LENGTH, ORDER, REPLAY, SENDER, VALUE};
use crate::scene::Protocol;

/// The masked difference Y − b·G.
const MUL: Target = Target::new(Protocol::Mul, Points, 0);
/// The product, which is visible; the second message of this kind, so that there is one to replay.
const PRODUCT: Target = Target::new(Protocol::Mul, Points, 1);
const REVEAL: Target = Target::new(Protocol::Reveal, Points, 0);
const REVEAL_TO: Target = Target::new(Protocol::RevealTo, Points, 0);
/// With a group's part.
const COMMIT: Target = Target::new(Protocol::Mul, Commit, 0);
const SIGMA: Target = Target::new(Protocol::Mul, Sigma, 0);
const LAST_SIGMA: Target = Target::new(Protocol::Mul, Sigma, 1);

macro_rules! tests {
    ($($name:ident: $target:expr, $cheats:expr;)*) => {$(
        #[test]
        fn $name() {
            check_all($target, $cheats);
        }
    )*};
}

tests! {
    cheat_reveal_points_bad_value: REVEAL, VALUE;
    cheat_reveal_points_bad_length: REVEAL, LENGTH;
    cheat_reveal_points_bad_encoding: REVEAL, ENCODING;
    cheat_reveal_points_bad_group: REVEAL, GROUP;
    cheat_reveal_points_bad_order: REVEAL, ORDER;
    cheat_reveal_points_bad_replay: REVEAL, REPLAY;
    cheat_reveal_points_bad_sender: REVEAL, SENDER;
    cheat_reveal_points_bad_header: REVEAL, HEADER;

    cheat_mul_points_bad_value: MUL, VALUE;
    cheat_mul_points_bad_length: MUL, LENGTH;
    cheat_mul_points_bad_encoding: MUL, ENCODING;
    cheat_mul_points_bad_group: MUL, GROUP;
    cheat_mul_points_bad_order: MUL, ORDER;

    cheat_product_point_bad_value: PRODUCT, VALUE;
    cheat_product_point_bad_group: PRODUCT, GROUP;
    cheat_product_point_bad_order: PRODUCT, ORDER;
    cheat_product_point_bad_replay: PRODUCT, REPLAY;

    cheat_reveal_points_to_bad_value: REVEAL_TO, VALUE;
    cheat_reveal_points_to_bad_group: REVEAL_TO, GROUP;

    cheat_commit_with_points_bad_value: COMMIT, VALUE;
    cheat_sigma_with_points_bad_value: SIGMA, VALUE;
    cheat_sigma_with_points_bad_length: SIGMA, LENGTH;
    cheat_sigma_with_points_bad_order: SIGMA, ORDER;
    cheat_last_sigma_with_points_bad_value: LAST_SIGMA, VALUE;
    cheat_last_sigma_with_points_bad_replay: LAST_SIGMA, REPLAY;
}

/// Every cheat stands in the quick part, with every number of parties and every kind of victim.
#[test]
fn the_matrix_covers_every_cheat_on_points() {
    for cheat in GROUPS.iter().chain([&GROUP]).flat_map(|group| group.iter()) {
        let cells: Vec<Cell> = Cell::all(REVEAL, *cheat).filter(Cell::is_quick).collect();
        for n in [2, 3, 5] {
            assert!(cells.iter().any(|cell| cell.n == n), "{cheat:?} among {n}");
        }
        for victim in [None, Some(0), Some(1), Some(2)] {
            assert!(cells.iter().any(|cell| cell.n == 3 && cell.victim == victim), "{cheat:?} {victim:?}");
        }
    }
}
