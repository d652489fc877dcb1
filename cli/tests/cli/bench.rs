//! `bench`: the shape of its lines, not their figures.

use serde_json::{Value, json};

use crate::support::{Place, report};

fn line(arguments: &[&str]) -> Value {
    let place = Place::new();
    let line = report(place.speedwell(&["bench"]).args(arguments));
    assert_eq!(place.found("").len(), 0, "files are left");
    line
}

#[test]
fn the_line_of_the_online_phase_has_every_key_and_counts_what_was_done() {
    let expected = [
        ("mul", "memory", json!({ "triples": 1.0 }), 4),
        ("chain", "tls", json!({ "triples": 1.0 }), 303),
        ("open", "tls", json!({ "randoms": 1.0 }), 4),
    ];
    for (op, transport, material, rounds) in &expected {
        let line =
            line(&["online", "--op", op, "--count", "300", "--transport", transport, "--source", "lowgear"]);
        assert_eq!(line["bench"], "online");
        assert_eq!((&line["op"], &line["transport"]), (&json!(op), &json!(transport)));
        assert_eq!((&line["parties"], &line["field"]), (&json!(2), &json!("fp127")));
        assert_eq!((&line["source"], &line["threads"]), (&json!("lowgear"), &json!(1)));
        assert_eq!((&line["count"], &line["material_per_op"]), (&json!(300), material));
        assert_eq!(line["rounds"], *rounds, "{line}");
        for key in ["seconds", "bytes_sent_per_op_per_peer", "material_seconds", "peak_rss_mb"] {
            assert!(line[key].as_f64().unwrap() > 0.0, "{key} in {line}");
        }
        for key in ["per_second", "per_cpu_second", "cpu_seconds_per_party"] {
            assert!(line.get(key).is_some(), "{key} in {line}");
        }
    }
}

/// Operations under masks, which are of the kind that has room, or that was asked for.
#[test]
fn lines_of_masked_operations_say_which_masks_were_taken() {
    for (op, more, masking) in [
        ("dot", &[][..], Value::Null),
        ("lt32", &[], json!("bounded")),
        ("lt32", &["--masking", "full-field"], json!("full-field")),
        ("lt64", &["--stat-sec", "64"], json!("full-field")),
        ("eq64", &[], json!("bounded")),
        ("fixed_mul", &[], json!("bounded")),
        ("fixed_mul", &["--fraction-bits", "32"], json!("full-field")),
        ("fixed_mul_pr", &[], json!("bounded")),
        ("fixed_mul_pr", &["--field", "goldilocks"], json!("full-field")),
        ("fixed_div", &[], json!("bounded")),
        ("sort32", &[], json!("bounded")),
    ] {
        let arguments =
            ["online", "--op", op, "--count", "40", "--transport", "memory", "--source", "lowgear"];
        let line = line(&[&arguments[..], more].concat());
        assert_eq!((&line["op"], &line["count"]), (&json!(op), &json!(40)));
        assert_eq!(line["masking"], masking, "{line}");
        let level = if more.contains(&"64") { 64 } else { 40 };
        assert_eq!(line["stat_sec"], level, "{line}");
        assert!(line["ahead_seconds"].as_f64().unwrap() >= 0.0, "{line}");
        assert!(line["material_seconds"].as_f64().unwrap() > 0.0, "{line}");
    }
}

#[test]
fn what_has_no_room_is_the_callers_to_change() {
    for arguments in [["--op", "lt64", "--field", "goldilocks"], ["--op", "lt64", "--masking", "bounded"]] {
        let place = Place::new();
        let mut command = place.speedwell(&["bench", "online", "--count", "10", "--transport", "memory"]);
        crate::support::fails(command.args(arguments), 3).says(&["larger field"]);
    }
}

#[test]
fn the_line_of_the_offline_phase_has_every_key() {
    for (kind, sec, exceeded) in [("triples", "64", false), ("bits", "64", false), ("masks", "40", true)] {
        let arguments = ["offline", "--kind", kind, "--stat-sec", sec, "--count", "100", "--parties", "2"];
        let line = line(&[&arguments[..], &["--field", "goldilocks", "--threads", "2"]].concat());
        let expected = json!({
            "bench": "offline", "source": "lowgear", "kind": kind, "field": "goldilocks", "parties": 2, "threads": 2,
            "ring_dimension": 16384, "flooding_budget_exceeded": exceeded,
        });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(line[key], *value, "{key} in {line}");
        }
        // Whole batches are made.
        assert_eq!(line["count"], if kind == "masks" { 32768 } else { 16384 }, "{line}");
        for key in [
            "seconds",
            "setup_seconds",
            "ready_seconds",
            "bytes_sent_per_op_per_peer",
            "peak_rss_mb",
            "log_q",
            "cpu_seconds_per_party",
        ] {
            assert!(line[key].as_f64().unwrap() > 0.0, "{key} in {line}");
        }
        assert_eq!(line["stat_sec"].to_string(), sec);
    }
}

/// What a small program waits for: triples, bits and masks of every party, the set-up included.
#[test]
fn a_mixture_is_counted_as_asked_for() {
    let line = line(&["offline", "--kind", "mixed", "--field", "goldilocks"]);
    assert_eq!((&line["kind"], &line["count"], &line["stat_sec"]), (&json!("mixed"), &json!(1), &json!(64)));
    let seconds = |key: &str| line[key].as_f64().unwrap();
    assert!(seconds("ready_seconds") >= seconds("setup_seconds").max(seconds("seconds")), "{line}");
    // A batch of 16,384 triples alone takes 152 bytes each.
    assert!(seconds("bytes_sent_per_op_per_peer") > 16_384.0 * 152.0, "{line}");
}

#[test]
fn parameters_are_shown_for_every_field() {
    let place = Place::new();
    let all = report(&mut place.speedwell(&["params"]));
    let rings: Vec<_> =
        all.as_array().unwrap().iter().map(|one| one["ring_dimension"].as_u64().unwrap()).collect();
    assert_eq!(rings, [16384, 16384, 32768]);
    for one in all.as_array().unwrap() {
        let most = if one["ring_dimension"] == 16384 { 430.0 } else { 860.0 };
        assert!(one["log_q"].as_f64().unwrap() <= most, "{one}");
    }
    let text =
        crate::support::done(&mut place.speedwell(&["params", "--field", "fp127", "--stat-sec", "80"]));
    assert!(text.contains("80 bits") && text.contains("flooded"), "{text}");
}
