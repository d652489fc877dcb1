//! The consortium file: who takes part, by name, address and key, and in which field. Public, and the same byte for
//! byte at every party; the digest of its bytes is compared before anything else is said.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::text;
use super::value::{Address, Field, Format, Name, Pin, SecurityBits};
use crate::failure::{Failure, Outcome};

/// What the file should be, for messages.
const WHAT: &str = "a consortium file, as `speedwell consortium` writes it";
/// Where to have it from.
const REMEDY: &str =
    "take the consortium.toml that all parties agreed on, unchanged; `speedwell consortium --help`";
/// Fewest parties.
const MIN_PARTIES: usize = 2;

/// One party, as all others know it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: Name,
    /// Where its peers dial it.
    pub(crate) address: Address,
    /// The SHA-256 of its public key.
    pub(crate) pin: Pin,
}

/// What the consortium file says. A party's number is its place in `members`, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Consortium {
    /// The field of all computation.
    pub(crate) field: Field,
    /// The statistical security of all masks and proofs, in bits.
    pub(crate) security: SecurityBits,
    /// The parties, in order.
    pub(crate) members: Vec<Member>,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    #[serde(rename = "format")]
    _format: Format,
    field: Field,
    statistical_security_bits: SecurityBits,
    #[serde(rename = "party")]
    members: Vec<Member>,
}

impl Consortium {
    /// A consortium of these parties in this order, or what is wrong with them.
    pub(crate) fn new(field: Field, security: SecurityBits, members: Vec<Member>) -> Result<Self, Clash> {
        check(&members)?;
        let text = to_text(field, security, &members);
        Ok(Self { field, security, members, text })
    }

    /// Reads a consortium file.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let text = text::read(path, WHAT, REMEDY)?;
        let shape: Shape = text::parse(path, &text, WHAT, REMEDY)?;
        check(&shape.members)
            .map_err(|clash| Failure::input(path.display(), &clash, Clash::EXPECTED, clash.remedy()))?;
        Ok(Self {
            field: shape.field,
            security: shape.statistical_security_bits,
            members: shape.members,
            text,
        })
    }

    /// The file's bytes: as read, or as they are to be written. Their SHA-256 is the consortium's digest.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// All names, for messages: "bank-a, bank-b".
    pub(crate) fn names(&self) -> String {
        self.members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Why some parties are not a consortium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// So many parties.
    Count(usize),
    /// Two parties, by number from 0, share what must be each one's own.
    Shared { what: &'static str, value: String, first: usize, second: usize },
}

impl Clash {
    /// What a consortium is.
    pub(crate) const EXPECTED: &'static str =
        "2 to 64 parties, each with a name, an address and a key of its own";

    /// What to do about it.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::Count(_) => "name one card per party",
            Self::Shared { what: "pin", .. } => {
                "one of the two copied the other's key or card: it makes its own with `speedwell init`"
            }
            Self::Shared { .. } => "one of the two makes a new card with `speedwell init`",
        }
    }
}

impl std::fmt::Display for Clash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count} parties"),
            Self::Shared { what, value, first, second } => {
                write!(f, "parties {first} and {second} have the same {what}, {value}")
            }
        }
    }
}

/// Enough parties, and nothing shared that must be each one's own.
fn check(members: &[Member]) -> Result<(), Clash> {
    if !(MIN_PARTIES..=speedwell_net::PartyId::MAX_PARTIES).contains(&members.len()) {
        return Err(Clash::Count(members.len()));
    }
    let values: [(&'static str, fn(&Member) -> String); 3] = [
        ("name", |member| member.name.to_string()),
        ("pin", |member| member.pin.to_string()),
        ("address", |member| member.address.to_string().to_ascii_lowercase()),
    ];
    for (what, value) in values {
        for (second, member) in members.iter().enumerate() {
            let mine = value(member);
            if let Some(first) = members.iter().take(second).position(|other| value(other) == mine) {
                return Err(Clash::Shared { what, value: mine, first, second });
            }
        }
    }
    Ok(())
}

fn to_text(field: Field, security: SecurityBits, members: &[Member]) -> String {
    let mut text = format!(
        "# Public: the same file, byte for byte, at every party. A change of any byte makes another consortium.\n\
         format = {format}\nfield = \"{field}\"\nstatistical_security_bits = {security}\n",
        format = super::value::FORMAT,
    );
    for (number, Member { name, address, pin }) in members.iter().enumerate() {
        text.push_str(&format!(
            "\n[[party]] # {number}\nname = \"{name}\"\naddress = \"{address}\"\npin = \"{pin}\"\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(number: u8) -> Member {
        Member {
            name: format!("bank-{number}").parse().unwrap(),
            address: format!("10.0.0.{number}:7400").parse().unwrap(),
            pin: format!("sha256:{}", format!("{number:02x}").repeat(32)).parse().unwrap(),
        }
    }

    fn new(members: Vec<Member>) -> Result<Consortium, Clash> {
        Consortium::new(Field::Fp127, SecurityBits::DEFAULT, members)
    }

    #[test]
    fn reads_back_as_it_was_written_in_the_order_given() {
        let consortium = new(vec![member(2), member(1), member(3)]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("consortium.toml");
        std::fs::write(&path, consortium.text()).unwrap();
        assert_eq!(Consortium::read(&path).unwrap(), consortium);
        assert_eq!(consortium.names(), "bank-2, bank-1, bank-3");
    }

    #[test]
    fn refuses_what_two_parties_share() {
        let change: [(&str, fn(&mut Member)); 3] = [
            ("name", |m| m.name = member(1).name),
            ("pin", |m| m.pin = member(1).pin),
            ("address", |m| m.address = member(1).address),
        ];
        for (shared, change) in change {
            let mut other = member(2);
            change(&mut other);
            match new(vec![member(3), member(1), other]) {
                Err(Clash::Shared { what, first: 1, second: 2, .. }) => assert_eq!(what, shared),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(new(vec![member(1)]), Err(Clash::Count(1)));
    }

    #[test]
    fn refuses_unknown_keys_and_other_formats_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("consortium.toml");
        let text = new(vec![member(1), member(2)]).unwrap().text().to_owned();
        for (from, to, says) in [
            ("format = 1", "format = 2", "format 2"),
            ("field = \"fp127\"", "field = \"fp61\"", "fp61"),
            ("statistical_security_bits = 64", "statistical_security_bits = 40", "40"),
            ("[[party]] # 0", "[[party]]\ncolour = 1", "colour"),
        ] {
            std::fs::write(&path, text.replace(from, to)).unwrap();
            let failure = Consortium::read(&path).unwrap_err();
            assert!(failure.place.contains("line ") && failure.found.contains(says), "{failure}");
        }
    }
}
