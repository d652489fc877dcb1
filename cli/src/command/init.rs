//! `init`: a party's key, certificate, party file and public card.

use std::path::PathBuf;

use serde_json::json;
use speedwell_net::IdentityPem;

use crate::failure::Outcome;
use crate::file::card::Card;
use crate::file::party;
use crate::file::value::{Address, Name, Pin};
use crate::file::write::{Audience, Pending, make_folder};
use crate::identity;
use crate::report::Report;

/// Names of the files in a party's folder; the card has the party's name in front.
const KEY: &str = "key.pem";
const CERTIFICATE: &str = "certificate.pem";
const PARTY: &str = "party.toml";

/// Makes this party's key, certificate and party file, and the public card to give to the others.
///
/// Run it where the party will run: the private key is made there, is readable by its owner alone, and never leaves.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  speedwell init --name bank-a --address bank-a.example:7400 --out bank-a
  speedwell init --name bank-a --address bank-a.example:7400 --out bank-a --renew

The first writes into bank-a/:
  key.pem             secret: whoever holds it is bank-a (mode 0600)
  certificate.pem     the certificate that carries the public key
  party.toml          local settings: paths, listening address, waits, threads, memory
  bank-a.card.toml    public: give it to whoever runs `speedwell consortium`
The second makes a new certificate for the same key: pin and consortium file stay as they are.")]
pub(crate) struct Args {
    /// The party's name: 1 to 32 of a-z, 0-9 and '-', starting with a letter.
    #[arg(long)]
    name: Name,
    /// Where the other parties reach it, host:port. One TCP port, which must be open to the others.
    #[arg(long)]
    address: Address,
    /// Where to listen, if not on every interface at the port of --address.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "renew")]
    listen: Option<Address>,
    /// The folder to write into; made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// For how many days the certificate is valid.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Makes a new certificate and card for the key that is in the folder; key and party file stay.
    #[arg(long)]
    renew: bool,
    /// Replaces files that are there already. The old key is gone then, and with it the party's place in every
    /// consortium that has its pin.
    #[arg(long, conflicts_with = "renew")]
    force: bool,
}

/// Makes and writes the files, or none if one of them is there already.
pub(crate) fn run(args: &Args) -> Outcome<Report> {
    let Args { name, out, renew, force, .. } = args;
    make_folder(out)?;
    let file = |name: &str, audience, replace: bool| Pending::new(&out.join(name), audience, replace);
    let replace = *force || *renew;
    let card = file(&card_name(name), Audience::Everybody, replace)?;
    let certificate = file(CERTIFICATE, Audience::Everybody, replace)?;
    let pin = if *renew {
        let (pem, pin) = identity::renew(name, args.days, &out.join(KEY))?;
        show(args, card, certificate, &pem, pin)?;
        pin
    } else {
        let key = file(KEY, Audience::Owner, *force)?;
        let settings = file(PARTY, Audience::Owner, *force)?;
        let listen = args.listen.as_ref().map_or_else(|| args.address.listen(), ToString::to_string);
        let (pem, pin) = identity::generate(name, args.days)?;
        key.commit(pem.key.as_bytes())?;
        settings.commit(party::new_text(name, KEY, CERTIFICATE, &listen).as_bytes())?;
        show(args, card, certificate, &pem, pin)?;
        pin
    };
    report(args, pin)
}

/// Writes what is public.
fn show(args: &Args, card: Pending, certificate: Pending, pem: &IdentityPem, pin: Pin) -> Outcome<()> {
    certificate.commit(pem.certificate.as_bytes())?;
    let public = Card::new(args.name.clone(), args.address.clone(), pin, pem.certificate.clone());
    card.commit(public.to_text().as_bytes())
}

fn report(args: &Args, pin: Pin) -> Outcome<Report> {
    let path = |file: &str| args.out.join(file);
    let (key, card) = (path(KEY), path(&card_name(&args.name)));
    let made = if args.renew { "a new certificate for its key" } else { "a key of its own" };
    let text = format!(
        "{name} has {made} now.\n  \
         keep:  {}\n  \
         give:  {}\n  \
         pin:   {pin}\n  \
         valid: {days} days\n\
         The others need the card; compare the pin with them over another channel.",
        key.display(),
        card.display(),
        name = args.name,
        days = args.days,
    );
    let json = json!({
        "name": args.name, "address": args.address, "pin": pin, "days": args.days, "renewed": args.renew,
        "key": key, "certificate": path(CERTIFICATE), "party": path(PARTY), "card": card,
    });
    Report::done(text, &json)
}

fn card_name(name: &Name) -> String {
    format!("{name}.card.toml")
}
