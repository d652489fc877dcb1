//! The party card: what a party shows the others, made by `init`, read by `consortium`. Public.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::text;
use super::value::{Address, Format, Name, Pin};
use crate::failure::Outcome;

/// What the file should be, for messages.
const WHAT: &str = "a party card, as `speedwell init` writes it";

/// One party's public card.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    format: Format,
    /// The party's name.
    pub(crate) name: Name,
    /// Where its peers dial it.
    pub(crate) address: Address,
    /// The SHA-256 of its public key.
    pub(crate) pin: Pin,
    /// Its certificate, which carries that key.
    pub(crate) certificate: String,
}

impl Card {
    /// A card of the present format.
    pub(crate) fn new(name: Name, address: Address, pin: Pin, certificate: String) -> Self {
        Self { format: Format, name, address, pin, certificate }
    }

    /// Reads a card. That the pin is the certificate's is for the caller to check, who can open certificates.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let remedy = "ask its party for the card.toml that its `speedwell init` wrote";
        let text = text::read(path, WHAT, remedy)?;
        text::parse(path, &text, WHAT, remedy)
    }

    /// The file's text.
    pub(crate) fn to_text(&self) -> String {
        format!(
            "# Public: the card of {name}. Give it to whoever runs `speedwell consortium`, over a channel where nobody\n\
             # can swap it, or compare the pin by telephone. It holds no secret.\n\
             format = {format}\n\
             name = \"{name}\"\n\
             address = \"{address}\"\n\
             pin = \"{pin}\"\n\
             certificate = \"\"\"\n{certificate}\"\"\"\n",
            format = u32::from(self.format),
            name = self.name,
            address = self.address,
            pin = self.pin,
            certificate = self.certificate,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_reads_back_as_it_was_written() {
        let pin: Pin = format!("sha256:{}", "ab".repeat(32)).parse().unwrap();
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned();
        let card = Card::new("bank-a".parse().unwrap(), "a.example:7400".parse().unwrap(), pin, pem);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.toml");
        std::fs::write(&path, card.to_text()).unwrap();
        assert_eq!(Card::read(&path).unwrap(), card);
    }
}
