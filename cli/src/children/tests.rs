//! Children that end well, badly, silently and not at all.

use super::*;
use crate::progress::Stage;

fn shell(name: &str, script: &str) -> Spec {
    Spec {
        name: name.to_owned(),
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        folder: ".".into(),
        listener: None,
    }
}

fn run(specs: Vec<Spec>, watch: &mut dyn FnMut(usize, Tick)) -> Outcome<Vec<Value>> {
    super::run(specs, &Stop::listen().unwrap(), watch)
}

#[test]
fn ticks_are_passed_on_and_reports_come_in_order() {
    let line = r#"{"progress":"rows","done":1,"total":2}"#;
    let first = shell("a", &format!("echo '{line}' >&2; echo '{{\"a\":1}}'"));
    let second = shell("b", "echo a log line >&2; echo '{\"b\":2}'");
    let mut seen = Vec::new();
    let reports = run(vec![first, second], &mut |number, tick| seen.push((number, tick))).unwrap();
    assert_eq!(reports, [serde_json::json!({"a": 1}), serde_json::json!({"b": 2})]);
    assert_eq!(seen, [(0, Tick { progress: Stage::Rows, done: 1, total: Some(2) })]);
}

#[test]
fn when_one_fails_the_others_are_killed_and_its_own_words_are_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let error = Failure::input("a.csv, row 3", "x", "y", "z").to_json();
    let until = format!("until [ -s {} ]; do :; done", pid.display());
    let failing = shell("a", &format!("{until}; echo '{error}' >&2; exit 3"));
    let endless = shell("b", &format!("echo $$ > {}; exec sleep 1000", pid.display()));
    let grace = Duration::from_millis(50);
    let failure =
        run_with_grace(vec![failing, endless], &Stop::listen().unwrap(), &mut |_, _| {}, grace).unwrap_err();
    assert_eq!(failure, Failure::input("a: a.csv, row 3", "x", "y", "z"));
    let pid = std::fs::read_to_string(pid).unwrap();
    assert!(!std::path::Path::new("/proc").join(pid.trim()).exists(), "the other child is still there");
}

#[test]
fn the_cause_is_preferred_to_its_consequences() {
    let peer = Failure { exit: Exit::Peer, ..Failure::input("a", "closed", "", "") }.to_json();
    let file = Failure::input("b.csv", "x", "y", "z").to_json();
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let first = shell("a", &format!("echo '{peer}' >&2; echo x > {}; exit 4", mark.display()));
    let until = format!("until [ -s {} ]; do :; done", mark.display());
    let second = shell("b", &format!("{until}; echo '{file}' >&2; exit 3"));
    assert_eq!(run(vec![first, second], &mut |_, _| {}).unwrap_err().place, "b: b.csv");
}

#[test]
fn a_killed_child_is_the_cause_and_has_a_text_of_its_own() {
    let peer = Failure { exit: Exit::Peer, ..Failure::input("a", "closed", "", "") }.to_json();
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let first = shell("bank-a", &format!("echo '{peer}' >&2; echo x > {}; exit 4", mark.display()));
    let until = format!("until [ -s {} ]; do :; done", mark.display());
    let second = shell("bank-b", &format!("echo a banner >&2; {until}; kill -9 $$"));
    let failure = run(vec![first, second], &mut |_, _| {}).unwrap_err();
    assert_eq!((failure.exit, failure.place.as_str()), (Exit::Peer, "bank-b"));
    assert_eq!(failure.found, "bank-b's process was killed by signal 9");
}

#[test]
fn a_child_that_dies_without_a_word_is_reported_with_its_log() {
    let failure = run(vec![shell("a", "echo oops >&2; exit 9")], &mut |_, _| {}).unwrap_err();
    assert_eq!(failure.exit, Exit::Internal);
    assert!(failure.found.contains("oops"), "{failure}");
}
