//! Openings and inputs: a wrong share in each protocol.

use speedwell_online::wire::Message::{Commit, Open, Seed, Sigma};

use crate::cell::{Target, check_all};
use crate::cheats::{Cheat, ENCODING, HEADER, LENGTH, ORDER, REPLAY, SENDER, VALUE};
use crate::scene::{Protocol, Scene};

pub const INPUT: Target = Target::new(Protocol::Input, Open, 0);
pub const MUL: Target = Target::new(Protocol::Mul, Open, 1);
pub const SQUARE: Target = Target::new(Protocol::Square, Open, 1);
pub const DOT: Target = Target::new(Protocol::Dot, Open, 1);
pub const MATMUL: Target = Target::new(Protocol::Matmul, Open, 1);
/// The opening of x − a.
pub const INVERSE: Target = Target::new(Protocol::Inverse, Open, 1);
/// The opening of x·b, which is visible.
pub const INVERSE_PRODUCT: Target = Target::new(Protocol::Inverse, Open, 2);
pub const REVEAL: Target = Target::new(Protocol::Reveal, Open, 1);
pub const REVEAL_TO: Target = Target::new(Protocol::RevealTo, Open, 1);

/// The opening under a bounded mask, behind the mask's tables.
pub const MASKED: Target = Target::new(Protocol::Less, Open, 2);
/// The opening of what a range proof shows.
pub const ROWS: Target = Target::new(Protocol::Coarse, Open, 2);
/// The number of the attempt that is shown. Other numbers than the right one stand in `ranges`.
pub const ANNOUNCEMENT: Target = Target::new(Protocol::Coarse, Open, 1);

pub const TARGETS: [Target; 11] =
    [INPUT, MUL, SQUARE, DOT, MATMUL, INVERSE, INVERSE_PRODUCT, REVEAL, REVEAL_TO, MASKED, ROWS];

macro_rules! tests {
    ($($name:ident: $target:expr, $cheats:expr;)*) => {$(
        #[test]
        fn $name() {
            check_all($target, $cheats);
        }
    )*};
}

tests! {
    cheat_input_bad_value: INPUT, VALUE;
    cheat_input_bad_length: INPUT, LENGTH;
    cheat_input_bad_encoding: INPUT, ENCODING;
    cheat_input_bad_order: INPUT, ORDER;
    cheat_input_bad_replay: INPUT, REPLAY;
    cheat_input_bad_sender: INPUT, SENDER;
    cheat_input_bad_header: INPUT, HEADER;

    cheat_mul_bad_value: MUL, VALUE;
    cheat_mul_bad_length: MUL, LENGTH;
    cheat_mul_bad_encoding: MUL, ENCODING;
    cheat_mul_bad_order: MUL, ORDER;
    cheat_mul_bad_replay: MUL, REPLAY;
    cheat_mul_bad_sender: MUL, SENDER;
    cheat_mul_bad_header: MUL, HEADER;

    cheat_square_bad_value: SQUARE, VALUE;
    cheat_square_bad_length: SQUARE, LENGTH;
    cheat_square_bad_encoding: SQUARE, ENCODING;
    cheat_square_bad_order: SQUARE, ORDER;
    cheat_square_bad_replay: SQUARE, REPLAY;
    cheat_square_bad_sender: SQUARE, SENDER;
    cheat_square_bad_header: SQUARE, HEADER;

    cheat_dot_bad_value: DOT, VALUE;
    cheat_dot_bad_length: DOT, LENGTH;
    cheat_dot_bad_encoding: DOT, ENCODING;
    cheat_dot_bad_order: DOT, ORDER;
    cheat_dot_bad_replay: DOT, REPLAY;
    cheat_dot_bad_sender: DOT, SENDER;
    cheat_dot_bad_header: DOT, HEADER;

    cheat_matmul_bad_value: MATMUL, VALUE;
    cheat_matmul_bad_length: MATMUL, LENGTH;
    cheat_matmul_bad_encoding: MATMUL, ENCODING;
    cheat_matmul_bad_order: MATMUL, ORDER;
    cheat_matmul_bad_replay: MATMUL, REPLAY;
    cheat_matmul_bad_sender: MATMUL, SENDER;
    cheat_matmul_bad_header: MATMUL, HEADER;

    cheat_inverse_bad_value: INVERSE, VALUE;
    cheat_inverse_bad_length: INVERSE, LENGTH;
    cheat_inverse_bad_encoding: INVERSE, ENCODING;
    cheat_inverse_bad_order: INVERSE, ORDER;
    cheat_inverse_bad_replay: INVERSE, REPLAY;
    cheat_inverse_bad_sender: INVERSE, SENDER;
    cheat_inverse_bad_header: INVERSE, HEADER;

    cheat_inverse_product_bad_value: INVERSE_PRODUCT, VALUE;
    cheat_inverse_product_bad_length: INVERSE_PRODUCT, LENGTH;
    cheat_inverse_product_bad_encoding: INVERSE_PRODUCT, ENCODING;
    cheat_inverse_product_bad_order: INVERSE_PRODUCT, ORDER;
    cheat_inverse_product_bad_replay: INVERSE_PRODUCT, REPLAY;
    cheat_inverse_product_bad_sender: INVERSE_PRODUCT, SENDER;
    cheat_inverse_product_bad_header: INVERSE_PRODUCT, HEADER;

    cheat_masked_bad_value: MASKED, VALUE;
    cheat_masked_bad_length: MASKED, LENGTH;
    cheat_masked_bad_encoding: MASKED, ENCODING;
    cheat_masked_bad_order: MASKED, ORDER;
    cheat_masked_bad_replay: MASKED, REPLAY;
    cheat_masked_bad_sender: MASKED, SENDER;
    cheat_masked_bad_header: MASKED, HEADER;

    cheat_rows_bad_value: ROWS, VALUE;
    cheat_rows_bad_length: ROWS, LENGTH;
    cheat_rows_bad_encoding: ROWS, ENCODING;
    cheat_rows_bad_order: ROWS, ORDER;
    cheat_rows_bad_replay: ROWS, REPLAY;
    cheat_rows_bad_sender: ROWS, SENDER;
    cheat_rows_bad_header: ROWS, HEADER;

    cheat_announcement_bad_length: ANNOUNCEMENT, LENGTH;
    cheat_announcement_bad_encoding: ANNOUNCEMENT, ENCODING;
    cheat_announcement_bad_order: ANNOUNCEMENT, ORDER;
    cheat_announcement_bad_header: ANNOUNCEMENT, HEADER;
    cheat_announcement_bad_replay: ANNOUNCEMENT, &[Cheat::ReplaySession, Cheat::ReplayEpoch];

    cheat_reveal_bad_value: REVEAL, VALUE;
    cheat_reveal_bad_length: REVEAL, LENGTH;
    cheat_reveal_bad_encoding: REVEAL, ENCODING;
    cheat_reveal_bad_order: REVEAL, ORDER;
    cheat_reveal_bad_replay: REVEAL, REPLAY;
    cheat_reveal_bad_sender: REVEAL, SENDER;
    cheat_reveal_bad_header: REVEAL, HEADER;

    cheat_reveal_to_bad_value: REVEAL_TO, VALUE;
    cheat_reveal_to_bad_length: REVEAL_TO, LENGTH;
    cheat_reveal_to_bad_encoding: REVEAL_TO, ENCODING;
    cheat_reveal_to_bad_order: REVEAL_TO, ORDER;
    cheat_reveal_to_bad_replay: REVEAL_TO, REPLAY;
    cheat_reveal_to_bad_sender: REVEAL_TO, SENDER;
    cheat_reveal_to_bad_header: REVEAL_TO, HEADER;
}

/// The masked opening stands behind a check; the coin of a range proof comes when all is put in, then the announcement,
/// the rows, and the check that covers them.
#[test]
fn the_messages_of_masks_are_where_they_should_be() {
    for n in [2, 3, 5] {
        for (target, behind, before) in
            [(MASKED, Sigma, Open), (ANNOUNCEMENT, Sigma, Open), (ROWS, Open, Seed)]
        {
            let scene = Scene::of(target.protocol, n, 0);
            let round = scene.round_of(Open, target.nth);
            assert_eq!((scene.rounds[round - 1], scene.rounds[round + 1]), (behind, before), "{target:?}");
        }
        let rounds = &Scene::of(Protocol::Coarse, n, 0).rounds;
        assert_eq!(rounds[..9], [Open, Seed, Commit, Sigma, Open, Open, Seed, Commit, Sigma]);
    }
}
