//! The log: to standard error, quiet unless asked; beside a report in JSON, as JSON too. No value that depends on data, key or share is ever passed to it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::failure::{Failure, Outcome};

/// Environment variable with a filter in the syntax of `tracing`, for example `speedwell_net=trace`.
const VARIABLE: &str = "SPEEDWELL_LOG";

/// Starts the log. Each `-v` shows one level more of Speedwell's own crates; other crates stay at warnings, so that
/// no library is asked to tell what it sees of a handshake.
///
/// With `json` each line is one object, `{"log": …}`, and without -v there is none.
pub(crate) fn start(verbose: u8, json: bool) -> Outcome<()> {
    let own = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = match std::env::var(VARIABLE) {
        Ok(text) => EnvFilter::try_new(&text).map_err(|error| {
            Failure::input(
                format!("environment variable {VARIABLE}"),
                format!("\"{text}\": {error}"),
                "a filter such as `info` or `speedwell_net=debug`",
                format!("correct or unset {VARIABLE}"),
            )
        })?,
        Err(_) if json && verbose == 0 => EnvFilter::new("off"),
        Err(_) => EnvFilter::new(format!("warn,speedwell={own}")),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start (two commands in one process, as in tests) keeps the first log.
    let _ = if json {
        tracing::subscriber::set_global_default(builder.event_format(JsonLines).finish())
    } else {
        tracing::subscriber::set_global_default(builder.with_ansi(false).with_target(verbose > 1).finish())
    };
    Ok(())
}

/// One object a line.
struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (level, target) = (event.metadata().level().as_str(), event.metadata().target());
        let line = json!({ "log": {
            "unix_seconds": since.as_secs_f64(), "level": level, "target": target, "fields": fields.0,
        }});
        writeln!(to, "{line}")
    }
}

/// An event's fields, as text.
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), Value::String(value.to_owned()));
    }
}
