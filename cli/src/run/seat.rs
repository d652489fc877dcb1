//! A party's seat: the consortium, its own settings and its key, all of which fit together.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use speedwell_net::{Identity, Listen, LocalParty, Member, PartyId, Roster};

use crate::failure::{Failure, Outcome};
use crate::file::consortium::Consortium;
use crate::file::party::Party;
use crate::{children, identity};

/// The two files that say who a party is among whom.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Files {
    /// The consortium file, the same at all parties.
    #[arg(long, value_name = "FILE")]
    pub(crate) consortium: PathBuf,
    /// This party's own file, as `speedwell init` wrote it.
    #[arg(long, value_name = "FILE")]
    pub(crate) party: PathBuf,
}

/// Where a party listens.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Socket {
    /// Standard input is the socket to listen on, as `inetd` hands it over.
    #[arg(long, hide = true)]
    listen_on_stdin: bool,
}

impl Socket {
    /// The socket handed over, or else the address in the party file.
    pub(crate) fn listen(self, party: &Party) -> Outcome<Listen> {
        if self.listen_on_stdin {
            children::handed_over().map(Listen::On)
        } else {
            Ok(Listen::At(party.listen.clone()))
        }
    }
}

/// One party of a consortium.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) consortium: Consortium,
    pub(crate) party: Party,
    pub(crate) identity: Identity,
    pub(crate) roster: Arc<Roster>,
    pub(crate) me: PartyId,
    /// SHA-256 of the consortium file.
    pub(crate) digest: [u8; 32],
}

impl Seat {
    /// Reads and checks everything that needs no network.
    pub(crate) fn read(files: &Files) -> Outcome<Self> {
        let consortium = Consortium::read(&files.consortium)?;
        let party = Party::read(&files.party)?;
        let roster = roster(&consortium, &files.consortium)?;
        let me = roster.named(party.name.as_str()).ok_or_else(|| {
            Failure::input(
                format!("{}, key name", files.party.display()),
                format!("\"{}\" is not in {}", party.name, files.consortium.display()),
                format!("one of {}", consortium.names()),
                "take the party file that belongs to this consortium, or have the consortium file made with this party's card",
            )
        })?;
        let identity = identity::read(&party.certificate, &party.key)?;
        let pinned = roster.member(me).map(|member| member.pin);
        if pinned != Some(identity.pin()) {
            return Err(Failure::input(
                party.key.display(),
                format!("this key has the pin {}", identity.pin()),
                pinned.map_or_else(String::new, |pin| {
                    format!("{pin}, which {} has for {}", files.consortium.display(), party.name)
                }),
                "use the key that belongs to this party, or have a new consortium file made with this party's card",
            ));
        }
        let digest = identity::sha256(consortium.text().as_bytes());
        Ok(Self { consortium, party, identity, roster, me, digest })
    }

    /// What the peers are told, and asked to have the same.
    pub(crate) fn local(&self, digests: &[(&str, [u8; 32])]) -> LocalParty {
        let consortium = ("consortium file", self.digest);
        let digests = std::iter::once(&consortium).chain(digests);
        LocalParty {
            roster: Arc::clone(&self.roster),
            me: self.me,
            identity: self.identity.clone(),
            software: software(),
            digests: digests.map(|(name, digest)| ((*name).to_owned(), *digest)).collect(),
        }
    }

    /// How many parties of the consortium run on this party's host, as far as addresses tell.
    pub(crate) fn neighbours(&self) -> usize {
        let host = |party: PartyId| {
            let address = &self.roster.member(party)?.address;
            address.rsplit_once(':').map(|(host, _)| host.to_owned())
        };
        let mine = host(self.me);
        self.roster.ids().filter(|party| host(*party) == mine).count()
    }
}

/// The name and version that peers are shown.
pub(crate) fn software() -> String {
    concat!("speedwell ", env!("CARGO_PKG_VERSION")).to_owned()
}

/// The parties of a consortium file, as the network knows them.
pub(crate) fn roster(consortium: &Consortium, path: &Path) -> Outcome<Arc<Roster>> {
    let members = consortium.members.iter().map(|member| Member {
        name: member.name.to_string(),
        address: member.address.to_string(),
        pin: member.pin.0,
    });
    Roster::new(members.collect()).map(Arc::new).map_err(|error| {
        Failure::input(path.display(), error, "a consortium of different parties", "have the file made again")
    })
}
