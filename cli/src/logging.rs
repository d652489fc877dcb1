//! The log: to standard error, quiet unless asked. No value that depends on data, key or share is ever passed to it.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::failure::{Failure, Outcome};

/// Environment variable with a filter in the syntax of `tracing`, for example `speedwell_net=trace`.
const VARIABLE: &str = "SPEEDWELL_LOG";

/// Starts the log. Each `-v` shows one level more of Speedwell's own crates; other crates stay at warnings, so that
/// no library is asked to tell what it sees of a handshake.
pub(crate) fn start(verbose: u8) -> Outcome<()> {
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
        Err(_) => EnvFilter::new(format!("warn,speedwell={own}")),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(verbose > 1)
        .finish();
    // A second start (two commands in one process, as in tests) keeps the first log.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}
