//! From the bytes of a study file to a [`Study`]: TOML to raw keys, raw keys to validated types.

mod statistic;

use super::{
    Column, ColumnId, Condition, Fault, Kind, NullRule, Op, Recipients, Source, Study, StudyDigest,
    StudyError,
};
use serde::Deserialize;
use statistic::{RawStatistic, statistics};
use std::collections::{BTreeMap, BTreeSet};

type Result<T> = std::result::Result<T, StudyError>;

const MAX_ROWS: i128 = 1_000_000_000_000;
const MAX_COLUMNS: usize = 1_000;
const MAX_CATEGORIES: usize = 10_000;
const MAX_PARTIES: i128 = 1_000;
const MAX_DECIMALS: i128 = 30;
const OPS: [(&str, Op); 6] = [
    // Two-letter operators first: `<=` is no `<` followed by `=`.
    ("!=", Op::NotEqual),
    ("<=", Op::LessOrEqual),
    (">=", Op::GreaterOrEqual),
    ("=", Op::Equal),
    ("<", Op::Less),
    (">", Op::Greater),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStudy {
    title: Option<String>,
    parties: Option<Vec<String>>,
    min_owners: Option<i64>,
    max_rows: Option<i64>,
    recipients: Option<RawRecipients>,
    decimals: Option<i64>,
    filters: Option<Vec<String>>,
    #[serde(default)]
    columns: BTreeMap<String, RawColumn>,
    #[serde(default)]
    derived: BTreeMap<String, RawDerived>,
    #[serde(default)]
    statistics: Vec<RawStatistic>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected \"all\" or a list of party names")]
enum RawRecipients {
    Word(String),
    Names(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    r#type: Option<String>,
    unit: Option<String>,
    range: Option<Vec<i64>>,
    null: Option<String>,
    categories: Option<Vec<String>>,
    unknown: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDerived {
    from: Option<String>,
    floor_div: Option<i64>,
    r#where: Option<Vec<String>>,
    unit: Option<String>,
}

pub(super) fn study(bytes: &[u8], digest: StudyDigest) -> Result<Study> {
    let raw = toml_text(bytes)?;
    let title = required(raw.title, "title", "what the study is about, in a few words")?;
    name(&title, "title", false)?;
    let parties = raw.parties.map(|names| party_names(names, "parties")).transpose()?;
    let min_owners = limits(raw.min_owners.unwrap_or(3), "min_owners", 2, MAX_PARTIES)? as usize;
    if let Some(names) = &parties
        && names.len() < min_owners
    {
        return fault("parties", Fault::TooFewParties { expected: min_owners, found: names.len() });
    }
    let max_rows =
        required(raw.max_rows, "max_rows", "the most rows that any party may bring, before filters")?;
    let max_rows = limits(max_rows, "max_rows", 1, MAX_ROWS)? as u64;
    let recipients = recipients(raw.recipients, parties.as_deref())?;
    let decimals = limits(raw.decimals.unwrap_or(6), "decimals", 0, MAX_DECIMALS)? as u32;

    let columns = columns(raw.columns, raw.derived)?;
    let filters = conditions(raw.filters.unwrap_or_default(), "filters", &columns, columns.len())?;
    let statistics = statistics(raw.statistics, &columns, decimals)?;
    Ok(Study { title, parties, min_owners, max_rows, recipients, columns, filters, statistics, digest })
}

fn toml_text(bytes: &[u8]) -> Result<RawStudy> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(StudyError::ByteOrderMark);
    }
    let line_at = |at: usize| 1 + bytes.iter().take(at).filter(|b| **b == b'\n').count();
    let text = str::from_utf8(bytes).map_err(|e| StudyError::NotUtf8 { line: line_at(e.valid_up_to()) })?;
    toml::from_str(text).map_err(|e| StudyError::Syntax {
        line: line_at(e.span().map_or(0, |span| span.start)),
        message: e.message().trim().replace('\n', "; "),
    })
}

fn recipients(raw: Option<RawRecipients>, parties: Option<&[String]>) -> Result<Recipients> {
    let names = match raw {
        None => return Ok(Recipients::All),
        Some(RawRecipients::Word(word)) if word == "all" => return Ok(Recipients::All),
        Some(RawRecipients::Word(found)) => {
            let known = "all, or a list of party names".into();
            return fault("recipients", Fault::NotOneOf { found, known });
        }
        Some(RawRecipients::Names(names)) => party_names(names, "recipients")?,
    };
    if names.is_empty() {
        return fault(
            "recipients",
            Fault::Length { found: 0, expected: "at least one party, or write \"all\"" },
        );
    }
    if let Some(parties) = parties
        && let Some(found) = names.iter().find(|n| !parties.contains(n))
    {
        return fault("recipients", Fault::NoSuchParty { found: found.clone(), known: parties.join(", ") });
    }
    Ok(Recipients::Named(names))
}

fn columns(files: BTreeMap<String, RawColumn>, derived: BTreeMap<String, RawDerived>) -> Result<Vec<Column>> {
    let count = files.len() + derived.len();
    if files.is_empty() || count > MAX_COLUMNS {
        return fault(
            "columns",
            Fault::Length { found: count, expected: "1 to 1,000 columns as [columns.<name>]" },
        );
    }
    let mut columns = Vec::with_capacity(count);
    for (name, raw) in files {
        columns.push(file_column(name, raw)?);
    }
    let files = columns.len();
    for (name, raw) in derived {
        let column = derived_column(name, raw, &columns, files)?;
        columns.push(column);
    }
    Ok(columns)
}

fn file_column(column: String, raw: RawColumn) -> Result<Column> {
    let key = |last: &str| format!("columns.{column}.{last}");
    name(&column, &format!("columns.{column}"), true)?;
    let r#type = required(raw.r#type, &key("type"), "\"integer\", \"boolean\" or \"categorical\"")?;
    let r#type = one_of(
        &r#type,
        &key("type"),
        &[("integer", "integer"), ("boolean", "boolean"), ("categorical", "categorical")],
    )?;
    let unit = unit(raw.unit, &key("unit"))?;
    let foreign = |present: bool, last: &str| match present {
        true => fault(&key(last), Fault::Foreign { kind: r#type }),
        false => Ok(()),
    };
    let kind = match r#type {
        "integer" => {
            foreign(raw.categories.is_some(), "categories")?;
            foreign(raw.unknown.is_some(), "unknown")?;
            let range = required(raw.range, &key("range"), "[least, greatest], both included")?;
            let [lo, hi] = range[..] else {
                return fault(
                    &key("range"),
                    Fault::Length { found: range.len(), expected: "two: [least, greatest]" },
                );
            };
            if lo > hi {
                return fault(&key("range"), Fault::NotIncreasing { first: lo, second: hi });
            }
            Kind::Integer { lo, hi }
        }
        "boolean" => {
            foreign(raw.categories.is_some(), "categories")?;
            foreign(raw.unknown.is_some(), "unknown")?;
            foreign(raw.range.is_some(), "range")?;
            Kind::Boolean
        }
        _ => {
            foreign(raw.range.is_some(), "range")?;
            let labels = required(raw.categories, &key("categories"), "the list of allowed labels")?;
            if labels.is_empty() || labels.len() > MAX_CATEGORIES {
                let expected = "1 to 10,000 labels";
                return fault(&key("categories"), Fault::Length { found: labels.len(), expected });
            }
            labels.iter().try_for_each(|label| name(label, &key("categories"), false))?;
            distinct(&labels, &key("categories"))?;
            let index = |label: String| match labels.iter().position(|l| *l == label) {
                Some(index) => Ok(index),
                None => fault(&key("unknown"), Fault::NotOneOf { found: label, known: labels.join(", ") }),
            };
            let unknown = raw.unknown.map(index).transpose()?;
            Kind::Categorical { labels, unknown }
        }
    };
    let null = null_rule(raw.null, &key("null"), &kind)?;
    Ok(Column { name: column, unit, kind, source: Source::File { null } })
}

fn null_rule(raw: Option<String>, key: &str, kind: &Kind) -> Result<NullRule> {
    let Some(word) = raw else { return Ok(NullRule::Refuse) };
    let rules = [("refuse", NullRule::Refuse), ("skip_row", NullRule::SkipRow)];
    match kind {
        Kind::Categorical { unknown, .. } => {
            let rule = one_of(&word, key, &[rules[0], rules[1], ("unknown", NullRule::Unknown)])?;
            if rule == NullRule::Unknown && unknown.is_none() {
                return fault(key, Fault::NoUnknownLabel);
            }
            Ok(rule)
        }
        Kind::Integer { .. } | Kind::Boolean => {
            let rule = one_of(&word, key, &[rules[0], rules[1], ("zero", NullRule::Zero)])?;
            match *kind {
                Kind::Integer { lo, hi } if rule == NullRule::Zero && (lo > 0 || hi < 0) => {
                    fault(key, Fault::ZeroOutsideRange { lo, hi })
                }
                _ => Ok(rule),
            }
        }
    }
}

fn derived_column(column: String, raw: RawDerived, known: &[Column], files: usize) -> Result<Column> {
    let key = |last: &str| format!("derived.{column}.{last}");
    name(&column, &format!("derived.{column}"), true)?;
    if known.iter().any(|c| c.name == column) {
        return fault(&format!("derived.{column}"), Fault::Duplicate { found: column });
    }
    let from = required(raw.from, &key("from"), "the column of the file that it is derived from")?;
    let from = find(&from, &key("from"), &known[..files])?;
    let base = &known[from.0];
    number_column(base, &key("from"))?;
    let floor_div = limits(raw.floor_div.unwrap_or(1), &key("floor_div"), 1, i64::MAX.into())? as i64;
    let conditions = conditions(raw.r#where.unwrap_or_default(), &key("where"), known, files)?;
    let unit = match raw.unit {
        None if floor_div == 1 => base.unit.clone(),
        given => unit(given, &key("unit"))?,
    };
    let (lo, hi) = base.range();
    // The divisor is positive, so Euclidean division is floor division.
    let (mut lo, mut hi) = (lo.div_euclid(floor_div), hi.div_euclid(floor_div));
    if !conditions.is_empty() {
        (lo, hi) = (lo.min(0), hi.max(0));
    }
    let source = Source::Derived { from, floor_div, conditions };
    Ok(Column { name: column, unit, kind: Kind::Integer { lo, hi }, source })
}

/// Conditions on the first `visible` of the columns.
fn conditions(texts: Vec<String>, key: &str, columns: &[Column], visible: usize) -> Result<Vec<Condition>> {
    texts.into_iter().map(|text| condition(text, key, &columns[..visible])).collect()
}

fn condition(text: String, key: &str, columns: &[Column]) -> Result<Condition> {
    let parts = text.find(['=', '!', '<', '>']).and_then(|at| {
        let (column, rest) = text.split_at(at);
        let (symbol, op) = OPS.iter().find(|(symbol, _)| rest.starts_with(symbol))?;
        let constant = rest[symbol.len()..].trim();
        // `==` and `=<` are no operators here; a constant never starts with one.
        let clean = !constant.is_empty() && !constant.starts_with(['=', '!', '<', '>']);
        clean.then_some((column.trim(), *op, constant))
    });
    let Some((column, op, constant)) = parts else { return fault(key, Fault::Condition { found: text }) };
    let id = find(column, key, columns)?;
    let column = &columns[id.0];
    let wrong = |expected: String| {
        fault(key, Fault::Constant { found: constant.into(), column: column.name.clone(), expected })
    };
    let value = match &column.kind {
        Kind::Integer { .. } => match constant.replace('_', "").parse() {
            Ok(value) => value,
            Err(_) => return wrong("a whole number".into()),
        },
        Kind::Boolean => match constant {
            "0" | "false" => 0,
            "1" | "true" => 1,
            _ => return wrong("0, 1, false or true".into()),
        },
        Kind::Categorical { labels, .. } => {
            if !matches!(op, Op::Equal | Op::NotEqual) {
                return fault(key, Fault::NoOrder { found: text });
            }
            match labels.iter().position(|label| label == constant) {
                Some(index) => index as i64,
                None => return wrong(format!("one of: {}", labels.join(", "))),
            }
        }
    };
    Ok(Condition { column: id, op, value })
}

fn fault<T>(key: &str, fault: Fault) -> Result<T> {
    Err(StudyError::Key { key: key.into(), fault })
}

fn required<T>(value: Option<T>, key: &str, expected: &'static str) -> Result<T> {
    value.map_or_else(|| fault(key, Fault::Missing { expected }), Ok)
}

fn limits(found: i64, key: &str, lo: i128, hi: i128) -> Result<i64> {
    match (lo..=hi).contains(&found.into()) {
        true => Ok(found),
        false => fault(key, Fault::Limits { found: found.into(), lo, hi }),
    }
}

fn one_of<T: Copy>(word: &str, key: &str, known: &[(&str, T)]) -> Result<T> {
    match known.iter().find(|(name, _)| *name == word) {
        Some((_, value)) => Ok(*value),
        None => {
            let known: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            fault(key, Fault::NotOneOf { found: word.into(), known: known.join(", ") })
        }
    }
}

fn name(text: &str, key: &str, condition: bool) -> Result<()> {
    let usable = (1..=200).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && text.trim() == text
        && !(condition && text.contains(['=', '!', '<', '>']));
    if usable { Ok(()) } else { fault(key, Fault::Name { found: text.into(), condition }) }
}

fn unit(text: Option<String>, key: &str) -> Result<String> {
    let text = text.unwrap_or_default();
    if !text.is_empty() {
        name(&text, key, false)?;
    }
    Ok(text)
}

fn party_names(names: Vec<String>, key: &str) -> Result<Vec<String>> {
    names.iter().try_for_each(|n| name(n, key, false))?;
    distinct(&names, key)?;
    Ok(names)
}

fn distinct(names: &[String], key: &str) -> Result<()> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(found) => fault(key, Fault::Duplicate { found: found.clone() }),
        None => Ok(()),
    }
}

fn find(name: &str, key: &str, columns: &[Column]) -> Result<ColumnId> {
    match columns.iter().position(|c| c.name == name) {
        Some(index) => Ok(ColumnId(index)),
        None => {
            let known: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
            fault(key, Fault::NotOneOf { found: name.into(), known: known.join(", ") })
        }
    }
}

fn number_column(column: &Column, key: &str) -> Result<()> {
    match column.kind {
        Kind::Integer { .. } | Kind::Boolean => Ok(()),
        Kind::Categorical { .. } => column_type(column, key, "integer or boolean"),
    }
}

fn column_type<T>(column: &Column, key: &str, expected: &'static str) -> Result<T> {
    let found = match column.kind {
        Kind::Integer { .. } => "integer",
        Kind::Boolean => "boolean",
        Kind::Categorical { .. } => "categorical",
    };
    fault(key, Fault::ColumnType { column: column.name.clone(), found, expected })
}
