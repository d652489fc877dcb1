//! Reading: text files with a size cap, TOML whose errors name line and key.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::failure::{Failure, Outcome};

/// Longest file of settings: a hundred times what 64 parties need, and small enough to hold.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The whole of a UTF-8 text file, which is `what` (for the message: "a consortium file").
pub(crate) fn read(path: &Path, what: &str, remedy: &str) -> Outcome<String> {
    let fail = |found: String| Failure::input(path.display(), found, what, remedy);
    let file = File::open(path).map_err(|error| fail(format!("cannot be opened: {error}")))?;
    let mut bytes = Vec::new();
    let count = file
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| fail(format!("cannot be read: {error}")))?;
    if count as u64 > MAX_BYTES {
        return Err(fail(format!("is longer than {MAX_BYTES} bytes")));
    }
    String::from_utf8(bytes)
        .map_err(|error| fail(format!("is not UTF-8 text from byte {} on", error.utf8_error().valid_up_to())))
}

/// Parses TOML into a shape that refuses unknown keys.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str, what: &str, remedy: &str) -> Outcome<T> {
    toml::from_str(text).map_err(|error| {
        let place = match error.span() {
            Some(span) => format!("{}, line {}", path.display(), line_of(text, span.start)),
            None => path.display().to_string(),
        };
        // The parser's own words name the key, and what it could have been.
        Failure::input(place, error.message().trim().replace('\n', "; "), what, remedy)
    })
}

/// The line, counted from 1, that holds the byte at `offset`.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[allow(dead_code, reason = "only its type matters")]
        count: u32,
    }

    fn failure(text: &str) -> Failure {
        parse::<Shape>(Path::new("x.toml"), text, "a shape", "mend it").unwrap_err()
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_keys_there_are() {
        let failure = failure("count = 1\ncuont = 2\n");
        assert_eq!(failure.place, "x.toml, line 2");
        assert!(failure.found.contains("`cuont`") && failure.found.contains("`count`"), "{failure}");
    }

    #[test]
    fn a_wrong_type_and_broken_syntax_name_the_line() {
        assert_eq!(failure("\ncount = \"one\"\n").place, "x.toml, line 2");
        assert_eq!(failure("count = \n").place, "x.toml, line 1");
    }

    #[test]
    fn a_missing_file_and_one_that_is_no_text_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        assert!(read(&path, "a", "b").unwrap_err().found.starts_with("cannot be opened"));
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        assert_eq!(read(&path, "a", "b").unwrap_err().found, "is not UTF-8 text from byte 1 on");
    }
}
