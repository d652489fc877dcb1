//! What ended a run, in the words of the command line: who, what, what to do.

use std::time::Duration;

use speedwell_net::{ConnectError, LocalError, PartyId, Roster};
use speedwell_online::{AbortCode, Error, UsageFault};

use crate::exit::Exit;
use crate::failure::Failure;

/// What all parties need to have in common.
const SAME: &str = "the same consortium file, study and release of speedwell at all parties";
/// What finds the cause of a peer that cannot be met.
const DOCTOR: &str = "run `speedwell doctor` here and there: it names the cause";

/// Why the parties did not come together.
pub(crate) fn connecting(error: &ConnectError, patience: Duration) -> Failure {
    match error {
        ConnectError::Local(error) => local(error),
        ConnectError::Peer { peer, address, fault } => {
            Failure::of(Exit::Peer, format!("{peer} at {address}"), fault.advice())
        }
        ConnectError::Absent { .. } => Failure::new(
            Exit::Peer,
            "connecting to the parties",
            error,
            format!("all parties within {} s (setting wait.connect_seconds)", patience.as_secs()),
            format!("start the missing parties and run again; {DOCTOR}"),
        ),
        other => Failure::new(Exit::Peer, "connecting to the parties", other, SAME, DOCTOR),
    }
}

/// Why this party cannot take part.
pub(crate) fn local(error: &LocalError) -> Failure {
    Failure::of(Exit::Input, "this party", error.advice())
}

/// Why a session ended. `silence` is how long a peer may be silent.
pub(crate) fn session(error: &Error, roster: &Roster, silence: Duration) -> Failure {
    let name = |party: &PartyId| roster.label(*party).to_string();
    match error {
        Error::Peer { party, fault } => Failure::new(
            Exit::Check,
            name(party),
            format!("broke the protocol: {fault}"),
            "messages as the protocol prescribes",
            "nothing was revealed and nothing written; clear up with that party before running again",
        ),
        Error::Check(fault) => Failure::new(
            Exit::Check,
            "the check of the computation",
            format!("{fault}: at least one party deviated, or its machine corrupted data"),
            "every opening consistent with its MAC",
            "no result was written and all material of the run is void; clear up among the parties before running again",
        ),
        Error::Net(error) => Failure::new(
            Exit::Peer,
            name(&error.peer),
            error.fault.advice().found,
            format!("signs of life at least every {} s until the end of the run", silence.as_secs()),
            "see that party's own message for why it stopped, then start all parties again",
        ),
        Error::Aborted { by, reason } => Failure::new(
            if *reason == AbortCode::Check { Exit::Check } else { Exit::Peer },
            name(by),
            format!("gave up: {reason}"),
            "every party to run to its end",
            "see that party's own message for the details, then start all parties again",
        ),
        Error::Usage(UsageFault::Desync { peer }) => Failure::new(
            Exit::Peer,
            name(peer),
            "runs another program, or the same in another order",
            SAME,
            "install the same release everywhere, then start all parties again",
        ),
        other => alone(other),
    }
}

/// Why a session ended by itself.
pub(crate) fn alone(error: &Error) -> Failure {
    match error {
        Error::Usage(
            fault @ (UsageFault::Range(_) | UsageFault::NoRoom { .. } | UsageFault::FractionBits { .. }),
        ) => Failure::new(
            Exit::Input,
            "the computation",
            fault,
            "numbers and masks that the field has room for",
            "take a larger field, shorter numbers, a lower level of statistical security, or other masks",
        ),
        other => Failure::internal("the session", other),
    }
}

#[cfg(test)]
mod tests {
    use speedwell_net::{Member, NetError, NetFault};
    use speedwell_online::{CheckFault, PeerFault};

    use super::*;

    #[test]
    fn each_end_of_a_session_has_its_exit_code_and_names_the_party() {
        let member = |name: &str, key| Member {
            name: name.into(),
            address: "127.0.0.1:1".into(),
            pin: speedwell_net::KeyPin::from([key; 32]),
        };
        let roster = Roster::new(vec![member("bank-a", 0), member("bank-b", 1)]).unwrap();
        let party = PartyId::new(1).unwrap();
        let told = |error: Error| session(&error, &roster, Duration::from_secs(30));
        let peer = told(Error::peer(party, PeerFault::WrongLength));
        assert_eq!((peer.exit, peer.place.as_str()), (Exit::Check, "party 1 (bank-b)"));
        assert_eq!(told(Error::Check(CheckFault::Mac)).exit, Exit::Check);
        let net = told(Error::Net(NetError { peer: party, fault: NetFault::TimedOut }));
        assert_eq!((net.exit, net.place.as_str()), (Exit::Peer, "party 1 (bank-b)"));
        assert!(net.expected.contains("30 s"), "{net}");
        let gave_up = |reason| told(Error::Aborted { by: party, reason });
        assert_eq!(gave_up(AbortCode::Check).exit, Exit::Check, "a check that failed there failed");
        assert_eq!(gave_up(AbortCode::Stopped).exit, Exit::Peer);
        assert_eq!(told(UsageFault::Desync { peer: party }.into()).exit, Exit::Peer);
        let no_room = UsageFault::NoRoom { operation: "comparison", need: 98, have: 63 };
        assert_eq!(told(no_room.into()).exit, Exit::Input);
        assert_eq!(told(UsageFault::Stalled.into()).exit, Exit::Internal);
    }
}
