//! `params`: the parameters of LowGear, as they are derived.

use serde_json::{Value, json};
use speedwell_offline::bgv::Params;

use crate::failure::Outcome;
use crate::file::value::{Field, Level};
use crate::report::Report;
use crate::run::source;

/// Shows the parameters of the preprocessing: ring, modulus, proofs, flooding, bytes.
///
/// They follow from the field and the statistical security and from nothing else; no party can choose them. Lattice security is 128
/// bits or more; what would fall below is refused.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Example:
  speedwell params --field fp127 --stat-sec 64")]
pub(crate) struct Args {
    /// The field; all of them if none is named.
    #[arg(long, value_enum)]
    field: Option<Field>,
    /// Bits of statistical security of proofs and flooding.
    #[arg(long, value_enum, default_value_t)]
    stat_sec: Level,
}

/// Derives and prints.
pub(crate) fn run(args: &Args) -> Outcome<Report> {
    let fields = match args.field {
        Some(field) => vec![field],
        None => vec![Field::Fp127, Field::Goldilocks, Field::Bls12381],
    };
    let (mut texts, mut lines): (Vec<String>, Vec<Value>) = (Vec::new(), Vec::new());
    for field in fields {
        let params = source::params(field, args.stat_sec.bits())?;
        texts.push(params.to_string());
        lines.push(line(field, &params));
    }
    Report::done(texts.join("\n\n"), &Value::Array(lines))
}

fn line(field: Field, params: &Params) -> Value {
    json!({
        "field": field,
        "stat_sec": params.stat_sec(),
        "ring_dimension": params.dimension(),
        "log_q": params.log_q(),
        "limbs": params.limbs(),
        "limbs_kept": params.kept(),
        "proof_rows": params.rows(),
        "proof_block": params.block(),
        "setup_rows": params.setup_rows(),
        "log_slack": Params::log2(&params.proof_witness().ternary),
        "log_key_slack": Params::log2(&params.key_witness().ternary),
        "log_noise_hidden": Params::log2(params.shift()),
        "log_flooding": Params::log2(&params.flood()),
        "replies_per_epoch": params.replies_per_epoch(),
        "reply_bits": params.reply_bits(),
        "bytes_per_triple": params.bytes_per_triple(),
    })
}
