//! The matrix {message} × {cheat} × {element} × {n} × {cheater} × {victims} as a whole.
//!
//! The named tests run its quick part. With `SPEEDWELL_LONG=1` they run all of it.

use speedwell_online::wire::Message;

use crate::cell::{Cell, Target};
use crate::cheats::GROUPS;
use crate::{abort, check, coin, open};

/// Where the cheats on this kind of message are tested. A new kind does not compile before it stands here.
fn targets(message: Message) -> Vec<Target> {
    match message {
        Message::Start => check::START.to_vec(),
        Message::Open => open::TARGETS.to_vec(),
        Message::Seed => check::SEED.to_vec(),
        Message::Commit => check::COMMIT.to_vec(),
        Message::Sigma => check::SIGMA.to_vec(),
        // Without a session: they have their own runs and verdicts.
        Message::Toss | Message::Tossed => Vec::new(),
        Message::Abort => abort::TARGETS.to_vec(),
        // Over a curve: `tests/cheat_curve`.
        Message::Points => Vec::new(),
    }
}

#[test]
fn the_matrix_covers_every_kind_of_message() {
    let (mut all, mut quick) = (0, 0);
    for message in Message::ALL.into_iter().filter(|message| *message != Message::Points) {
        for cheat in GROUPS.iter().flat_map(|group| group.iter()) {
            let of_coins = coin::Cell::all(message, *cheat).count();
            let of_sessions = targets(message).into_iter().flat_map(|target| Cell::all(target, *cheat));
            let (cells, fast) =
                of_sessions.fold((0, 0), |(all, fast), cell| (all + 1, fast + usize::from(cell.is_quick())));
            assert!(cells + of_coins > 0, "{message:?} {cheat:?}");
            (all, quick) = (all + cells + of_coins, quick + fast + of_coins);
        }
    }
    assert!(all >= 9_000 && quick >= 4_000, "{all} cells, {quick} of them quick");
}
