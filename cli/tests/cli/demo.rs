//! `demo` and `gen`: the whole way, and no trace of it when it is stopped.

use std::process::Stdio;

use serde_json::Value;

use crate::neighbours::Running;
use crate::support::{Place, done, fails, report};

#[test]
fn the_demo_gives_the_plain_answer_and_leaves_nothing() {
    let place = Place::new();
    let demo = report(&mut place.speedwell(&["demo", "--rows", "400", "--seed", "5"]));
    assert_eq!(demo["same"], true);
    assert_eq!(demo["results"], demo["plain"]);
    assert_eq!(demo["costs"].as_array().unwrap().len(), 3);
    assert!(demo["costs"][0]["cost"]["peak_rss_bytes"].as_u64().unwrap() > 0);
    assert_eq!(place.found("").len(), 0, "files are left");
}

#[test]
fn a_kept_demo_can_be_run_again_by_hand() {
    let place = Place::new();
    done(&mut place.speedwell(&["demo", "--rows", "300", "--banks", "2", "--keep", "kept"]));
    for file in ["consortium.toml", "study.toml", "bank-a.csv", "bank-b/result.json", "truth/expected.json"] {
        assert!(place.path("kept").join(file).is_file(), "{file}");
    }
    let file: Value = serde_json::from_str(&place.read("kept/bank-a/result.json")).unwrap();
    let plain: Value = serde_json::from_str(&place.read("kept/truth/expected.json")).unwrap();
    assert_eq!(file["results"], plain);
    let plan = ["plan", "--study", "kept/study.toml", "--consortium", "kept/consortium.toml"];
    assert_eq!(report(&mut place.speedwell(&plan))["plan"]["rounds"], file["cost"]["rounds"]);
    // A second demo does not overwrite the first.
    let refused = fails(&mut place.speedwell(&["demo", "--keep", "kept"]), 3);
    assert_eq!(refused.place, "kept");
    refused.says(&["not empty", "--keep"]);
    assert!(!refused.has(&["--force"]), "demo has no such option: {refused:?}");
}

#[test]
fn a_small_demo_fits_a_small_field_and_a_large_one_says_so() {
    let place = Place::new();
    let demo = |rows| place.speedwell(&["demo", "--field", "goldilocks", "--rows", rows]);
    let small = report(&mut demo("400"));
    assert_eq!((&small["same"], &small["field"]), (&true.into(), &"goldilocks".into()));
    let large = fails(&mut demo("5000"), 3);
    large.says(&["5000 rows", "bits", "fewer --rows", "larger --field"]);
}

#[test]
fn the_demo_says_what_the_question_itself_gives_away() {
    let place = Place::new();
    let notes = |banks: &str| {
        report(&mut place.speedwell(&["demo", "--rows", "100", "--banks", banks]))["notes"].clone()
    };
    assert!(notes("2")[0].as_str().unwrap().contains("two parties"));
    assert!(notes("3")[0].as_str().unwrap().contains("concentration of loss"));
    let text = done(&mut place.speedwell(&["demo", "--rows", "100"]));
    assert!(text.contains("note: with three parties"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stopped_demo_leaves_no_process_and_no_file() {
    let place = Place::new();
    let mut process = place.process();
    process.args(["demo", "--rows", "3000000"]).stdin(Stdio::null());
    let mut demo = Running(process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    demo.until("making up data");
    let children = children(demo.id());
    assert_eq!(children.len(), 1, "one process makes the data up");
    demo.signal("INT");
    assert_eq!(demo.output().status.code(), Some(130));
    for child in children {
        assert!(!std::path::Path::new(&format!("/proc/{child}")).exists(), "process {child} is left");
    }
    assert_eq!(place.found("").len(), 0, "files are left");
}

/// The processes that this one started.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<u32> {
    let parent_of = |pid: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
    };
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| parent_of(*pid) == Some(parent))
        .collect()
}

#[test]
fn generated_files_depend_on_seed_and_size_alone() {
    let place = Place::new();
    for (folder, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
        done(&mut place.speedwell(&["gen", "--preset", "tiny", "--seed", seed, "--out", folder]));
    }
    assert_eq!(place.read("a/bank-b.csv"), place.read("b/bank-b.csv"));
    assert_ne!(place.read("a/bank-b.csv"), place.read("c/bank-b.csv"));
    let made = report(&mut place.speedwell(&["gen", "--rows", "50", "--banks", "4", "--out", "d"]));
    assert_eq!(made["banks"].as_array().unwrap().len(), 4);
    assert_eq!(made["rows_per_bank"], 50);
}

#[test]
fn wrong_parameters_of_the_generator_are_refused() {
    let place = Place::new();
    place.speedwell(&["gen", "--preset", "huge", "--out", "a"]).assert().code(2);
    fails(&mut place.speedwell(&["gen", "--banks", "1", "--out", "a"]), 3).says(&["banks", "2 to 26"]);
    place.write("g.toml", "rwos = 3\n");
    fails(&mut place.speedwell(&["gen", "--config", "g.toml", "--out", "a"]), 3).says(&["g.toml", "rwos"]);
    done(&mut place.speedwell(&["gen", "--preset", "tiny", "--out", "b"]));
    fails(&mut place.speedwell(&["gen", "--preset", "tiny", "--out", "b"]), 3)
        .says(&["not empty", "--force"]);
}
