//! The values that several files share: names, addresses, the field, the security level.
//!
//! Each is checked as it is parsed, so that a value of the type is a good one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The version of all file formats here.
pub(crate) const FORMAT: u32 = 1;

/// A format number that is [`FORMAT`]; any other is refused when the file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "u32", into = "u32")]
pub(crate) struct Format;

impl TryFrom<u32> for Format {
    type Error = String;
    fn try_from(number: u32) -> Result<Self, String> {
        if number == FORMAT {
            Ok(Self)
        } else {
            Err(format!("format {number} where this version reads format {FORMAT}"))
        }
    }
}

impl From<Format> for u32 {
    fn from(_: Format) -> u32 {
        FORMAT
    }
}

/// A party's name: 1 to 32 of a-z, 0-9 and '-', starting with a letter. It serves as a file name too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Name(String);

impl Name {
    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
        if letters && starts && text.len() <= 32 {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "\"{text}\" is not a party name: 1 to 32 of a-z, 0-9 and '-', starting with a letter"
            ))
        }
    }
}

/// Where a party listens, as its peers dial it: `host:port`, the host a name or an address (IPv6 in brackets).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Address {
    text: String,
    port: u16,
}

impl Address {
    /// Where to listen so that peers who dial this address arrive: the address itself if it is on this machine's
    /// loopback, else every interface.
    pub(crate) fn listen(&self) -> String {
        match self.text.parse::<std::net::SocketAddr>() {
            Ok(address) if address.ip().is_loopback() => self.text.clone(),
            Ok(std::net::SocketAddr::V6(_)) => format!("[::]:{}", self.port),
            _ => format!("0.0.0.0:{}", self.port),
        }
    }
}

impl FromStr for Address {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            Err(format!(
                "\"{text}\" is not an address: {why} (as in bank-a.example:7400 or [2001:db8::1]:7400)"
            ))
        };
        let Some((host, port)) = text.rsplit_once(':') else { return wrong("it has no port") };
        let port = match port.parse::<u16>() {
            Ok(0) | Err(_) => return wrong("the port is not a number from 1 to 65535"),
            Ok(port) => port,
        };
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let good = match inner {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty()
                    && host.len() <= 253
                    && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            }
        };
        if !good {
            return wrong("the host is neither a name nor an IP address");
        }
        Ok(Self { text: text.to_owned(), port })
    }
}

/// The SHA-256 of a party's public key (its SubjectPublicKeyInfo): `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Pin(pub(crate) speedwell_net::KeyPin);

impl FromStr for Pin {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|error| format!("\"{text}\": {error}"))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The fields a consortium can compute in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, clap::ValueEnum)]
pub(crate) enum Field {
    /// p = 2^127 - 2^65 + 1, the default: room for sums of squares over billions of rows.
    #[default]
    #[serde(rename = "fp127")]
    #[value(name = "fp127")]
    Fp127,
    /// p = 2^64 - 2^32 + 1: twice as fast, and too small for most statistics of money.
    #[serde(rename = "goldilocks")]
    #[value(name = "goldilocks")]
    Goldilocks,
    /// The scalar field of BLS12-381, for results that enter a SNARK.
    #[serde(rename = "bls12-381")]
    #[value(name = "bls12-381")]
    Bls12381,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fp127 => "fp127",
            Self::Goldilocks => "goldilocks",
            Self::Bls12381 => "bls12-381",
        })
    }
}

/// The statistical security of a consortium, in bits: 64, or 80 on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "u32", into = "u32")]
pub(crate) struct SecurityBits(u32);

impl SecurityBits {
    /// What a consortium gets unless it asks for more.
    pub(crate) const DEFAULT: Self = Self(64);
}

/// The statistical security of parameters that are shown or measured: what a consortium may have, or 40 bits, a label beside other
/// systems' figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Level {
    /// For measurements alone: it exceeds the flooding budget, and no run offers it.
    #[value(name = "40")]
    Forty,
    /// What a consortium gets unless it asks for more.
    #[default]
    #[value(name = "64")]
    SixtyFour,
    /// On request.
    #[value(name = "80")]
    Eighty,
}

impl Level {
    /// The number of bits.
    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::Forty => 40,
            Self::SixtyFour => 64,
            Self::Eighty => 80,
        }
    }
}

impl TryFrom<u32> for SecurityBits {
    type Error = String;
    fn try_from(bits: u32) -> Result<Self, String> {
        match bits {
            64 | 80 => Ok(Self(bits)),
            _ => Err(format!("{bits} is not a statistical security level: 64 or 80 bits")),
        }
    }
}

impl FromStr for SecurityBits {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<u32>().map_err(|_| format!("\"{text}\" is not a number of bits: 64 or 80"))?.try_into()
    }
}

impl From<SecurityBits> for u32 {
    fn from(bits: SecurityBits) -> u32 {
        bits.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Into text and back for values that files hold as text.
macro_rules! textual {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    )*};
}

textual!(Name, Address, Pin);

impl fmt::Display for SecurityBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_has_every_level_of_a_consortium_and_one_more() {
        use clap::ValueEnum;
        assert_eq!(u32::from(SecurityBits::DEFAULT), Level::default().bits());
        for level in Level::value_variants() {
            let bits = level.bits();
            assert_eq!(level.to_possible_value().unwrap().get_name(), bits.to_string());
            assert_eq!(SecurityBits::try_from(bits).is_ok(), bits != 40);
        }
    }

    #[test]
    fn names_are_plain_words() {
        for good in ["a", "bank-a", "b2", &"x".repeat(32)] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "Bank", "2b", "-a", "a b", "a/b", "..", "ü", "a\n", &"x".repeat(33)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_have_a_host_and_a_port() {
        for good in ["bank.example:7400", "127.0.0.1:1", "[::1]:65535"] {
            assert!(good.parse::<Address>().is_ok(), "{good}");
        }
        for bad in
            ["", "host", ":1", "host:", "host:0", "host:65536", "::1:80", "a b:1", "[::1:80", "http://a:1"]
        {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_party_listens_where_its_address_leads() {
        let listen = |text: &str| text.parse::<Address>().unwrap().listen();
        assert_eq!(listen("127.0.0.1:7400"), "127.0.0.1:7400");
        assert_eq!(listen("bank.example:7400"), "0.0.0.0:7400");
        assert_eq!(listen("10.1.2.3:7400"), "0.0.0.0:7400");
        assert_eq!(listen("[2001:db8::1]:7400"), "[::]:7400");
    }

    #[test]
    fn weaker_security_levels_are_refused() {
        assert!("64".parse::<SecurityBits>().is_ok() && "80".parse::<SecurityBits>().is_ok());
        assert!("40".parse::<SecurityBits>().is_err());
    }
}
