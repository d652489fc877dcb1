//! Keys and certificates as files: reading one's own, and reading what others show.

use std::path::Path;

use speedwell_net::{Identity, IdentityError, IdentityPem};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::failure::{Failure, Outcome};
use crate::file::text;
use crate::file::value::{Name, Pin};

/// What is to be done about a party's own key or certificate.
const OWN: &str = "restore the pair that `speedwell init` made; if the key is lost, run `speedwell init` again and have \
                   a new consortium file made with the new card";

/// Refuses a key that others on this machine can read.
#[cfg(unix)]
fn private(key: &Path) -> Outcome<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(key).map(|metadata| metadata.permissions().mode() & 0o777).unwrap_or(0);
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::input(
        key.display(),
        format!("others on this machine can read this key (mode {mode:03o})"),
        "a key for its owner alone (mode 600)",
        format!(
            "chmod 600 {}; if somebody may have read it, make a new one with `speedwell init`",
            key.display()
        ),
    ))
}

#[cfg(not(unix))]
fn private(_key: &Path) -> Outcome<()> {
    Ok(())
}

/// A new key with its certificate, valid from now for so many days.
pub(crate) fn generate(name: &Name, days: u32) -> Outcome<(IdentityPem, Pin)> {
    let fail = |error: IdentityError| Failure::internal("making a key", error);
    let pem = IdentityPem::generate(name.as_str(), days).map_err(fail)?;
    let pin = Identity::from_pem(&pem.certificate, &pem.key).map_err(fail)?.pin();
    Ok((pem, Pin(pin)))
}

/// A new certificate for the key in this file, valid from now for so many days. The pin stays.
pub(crate) fn renew(name: &Name, days: u32, key: &Path) -> Outcome<(IdentityPem, Pin)> {
    let key_pem = zeroize::Zeroizing::new(text::read(key, "this party's private key, PEM", OWN)?);
    let bad = |error| Failure::input(key.display(), error, "this party's private key, PEM", OWN);
    let pem = IdentityPem::renew(name.as_str(), days, &key_pem).map_err(bad)?;
    let pin = Identity::from_pem(&pem.certificate, &pem.key).map_err(bad)?.pin();
    Ok((pem, Pin(pin)))
}

/// Reads a party's own certificate and key, which must be in force now.
pub(crate) fn read(certificate: &Path, key: &Path) -> Outcome<Identity> {
    let certificate_pem = text::read(certificate, "this party's certificate, PEM", OWN)?;
    let key_pem = zeroize::Zeroizing::new(text::read(key, "this party's private key, PEM", OWN)?);
    private(key)?;
    let identity = Identity::from_pem(&certificate_pem, &key_pem).map_err(|error| {
        let place = match error {
            IdentityError::NoKey | IdentityError::UnsupportedKey => key,
            _ => certificate,
        };
        Failure::input(place.display(), error, "a certificate and its own private key", OWN)
    })?;
    in_force(certificate, identity.not_before(), identity.not_after(), RENEW)?;
    Ok(identity)
}

/// What a certificate that others show says of itself: the pin of its key, if it is in force now.
pub(crate) fn shown(place: &Path, pem: &str, of: &Name) -> Outcome<Pin> {
    let remedy = format!("ask {of} for the card that its `speedwell init` wrote");
    let bad = || {
        let place = format!("{}, key certificate", place.display());
        Failure::input(place, "cannot be read", "one X.509 certificate, PEM", &remedy)
    };
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).map_err(|_| bad())?;
    let (rest, certificate) = X509Certificate::from_der(&block.contents).map_err(|_| bad())?;
    if block.label != "CERTIFICATE" || !rest.is_empty() {
        return Err(bad());
    }
    let validity = certificate.validity();
    let remedy = format!("ask {of} to run `speedwell init --renew` and to send the new card");
    in_force(place, validity.not_before.timestamp(), validity.not_after.timestamp(), &remedy)?;
    Ok(Pin(speedwell_net::KeyPin::from(sha256(certificate.public_key().raw))))
}

/// SHA-256 as files and reports show it.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex: String = sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    digest
}

/// 32 fresh random bytes of the operating system.
pub(crate) fn fresh() -> Outcome<[u8; 32]> {
    let mut bytes = [0; 32];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| Failure::internal("the operating system", "gave no random bytes"))?;
    Ok(bytes)
}

/// What the owner of a certificate does when it is not in force.
const RENEW: &str = "set this machine's clock if it is wrong; else renew the certificate with `speedwell init --renew`, \
                     which keeps the key and its pin";

fn in_force(place: &Path, from: i64, to: i64, remedy: &str) -> Outcome<()> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    if (from..=to).contains(&now) {
        return Ok(());
    }
    let found = if now > to { "the certificate has expired" } else { "the certificate is not valid yet" };
    let expected =
        format!("a certificate valid now ({now}); this one is from {from} to {to} (seconds since 1970)");
    Err(Failure::input(place.display(), found, expected, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_shows_the_pin_that_its_owner_has() {
        let name: Name = "bank-a".parse().unwrap();
        let (pem, pin) = generate(&name, 1).unwrap();
        assert_eq!(shown(Path::new("card"), &pem.certificate, &name).unwrap(), pin);
        assert!(shown(Path::new("card"), "no certificate", &name).is_err());
    }

    #[test]
    fn outside_its_dates_a_certificate_is_refused() {
        let expired = in_force(Path::new("c.pem"), 0, 1, RENEW).unwrap_err();
        assert_eq!(expired.found, "the certificate has expired");
        let early = in_force(Path::new("c.pem"), i64::MAX - 1, i64::MAX, RENEW).unwrap_err();
        assert_eq!(early.found, "the certificate is not valid yet");
    }

    #[test]
    fn a_digest_is_that_of_other_tools() {
        let expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(b"abc"), expected);
    }
}
