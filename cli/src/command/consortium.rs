//! `consortium`: from the parties' cards to the one file that all of them share.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::file::card::Card;
use crate::file::consortium::{Clash, Consortium, Member};
use crate::file::value::{Field, SecurityBits};
use crate::file::write::{Audience, Pending};
use crate::identity;
use crate::report::Report;

/// Makes the consortium file from the parties' cards.
///
/// The parties are numbered in the order of the cards. The file is public, and every party needs it byte for byte; its
/// digest is compared at the start of every run.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  speedwell consortium bank-a.card.toml bank-b.card.toml bank-c.card.toml --out consortium.toml

Then every party takes consortium.toml, compares the digest printed here, and runs `speedwell doctor`.")]
pub(crate) struct Args {
    /// The cards, in the order in which the parties are to be numbered.
    #[arg(required = true, value_name = "CARD")]
    cards: Vec<PathBuf>,
    /// The field of all computation.
    #[arg(long, value_enum, default_value_t)]
    field: Field,
    /// Statistical security of preprocessing, proofs and masks in bits, the same at all parties: 64, or 80.
    #[arg(long, value_name = "BITS", default_value_t = SecurityBits::DEFAULT)]
    security: SecurityBits,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replaces the file if it is there already.
    #[arg(long)]
    force: bool,
}

/// Reads and checks the cards, writes the file, prints its digest.
pub(crate) fn run(args: &Args) -> Outcome<Report> {
    let pending = Pending::new(&args.out, Audience::Everybody, args.force)?;
    let members = args.cards.iter().map(|path| member(path)).collect::<Outcome<Vec<_>>>()?;
    let consortium = Consortium::new(args.field, args.security, members).map_err(|clash| {
        Failure::input(place(&clash, &args.cards), &clash, Clash::EXPECTED, clash.remedy())
    })?;
    let digest = identity::digest(consortium.text().as_bytes());
    pending.commit(consortium.text().as_bytes())?;

    let mut text = format!(
        "{}: {} parties, field {}, {} bits of statistical security\n",
        args.out.display(),
        consortium.members.len(),
        consortium.field,
        consortium.security
    );
    for (number, member) in consortium.members.iter().enumerate() {
        text.push_str(&format!("  {number}  {}  {}  {}\n", member.name, member.address, member.pin));
    }
    text.push_str(&format!("digest: {digest}\nGive the file, unchanged, to every party."));
    let json = json!({
        "file": args.out, "digest": digest, "field": consortium.field,
        "statistical_security_bits": consortium.security, "parties": consortium.members,
    });
    Report::done(text, &json)
}

/// What a good card says: its pin is that of its certificate, which is in force.
fn member(path: &Path) -> Outcome<Member> {
    let card = Card::read(path)?;
    let pin = identity::shown(path, &card.certificate, &card.name)?;
    if pin != card.pin {
        return Err(Failure::input(
            format!("{}, key pin", path.display()),
            card.pin,
            format!("{pin}, which is the pin of the certificate beside it"),
            format!(
                "somebody changed the card: ask {} for it again and compare the pin by telephone",
                card.name
            ),
        ));
    }
    Ok(Member { name: card.name, address: card.address, pin })
}

/// The files at fault.
fn place(clash: &Clash, cards: &[PathBuf]) -> String {
    match clash {
        Clash::Shared { first, second, .. } => [*first, *second]
            .iter()
            .filter_map(|number| cards.get(*number))
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
            .join(" and "),
        Clash::Count(_) => "the cards".to_owned(),
    }
}
