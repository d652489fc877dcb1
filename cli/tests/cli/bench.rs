//! `bench`: the shape of its line, not its figures.

use serde_json::{Value, json};

use crate::support::{Place, report};

fn line(arguments: &[&str]) -> Value {
    let place = Place::new();
    let line = report(place.speedwell(&["bench", "online"]).args(arguments));
    assert_eq!(place.found("").len(), 0, "files are left");
    line
}

#[test]
fn the_line_has_every_key_and_counts_what_was_done() {
    let expected = [
        ("mul", json!({ "triples": 1 }), 4),
        ("chain", json!({ "triples": 1 }), 303),
        ("open", json!({ "randoms": 1 }), 4),
    ];
    for transport in ["memory", "tls"] {
        for (op, material, rounds) in &expected {
            let line = line(&["--op", op, "--count", "300", "--transport", transport]);
            assert_eq!(line["bench"], "online");
            assert_eq!((&line["op"], &line["transport"]), (&json!(op), &json!(transport)));
            assert_eq!((&line["parties"], &line["field"]), (&json!(2), &json!("fp127")));
            assert_eq!((&line["source"], &line["threads"]), (&json!("dealer"), &json!(1)));
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
}

#[test]
fn parties_fields_and_threads_are_as_asked() {
    for field in ["goldilocks", "bls12-381"] {
        let asked = ["--op", "mul", "--count", "100", "--parties", "3", "--field", field, "--threads", "2"];
        let line = line(&asked);
        assert_eq!((&line["parties"], &line["field"]), (&json!(3), &json!(field)));
        assert_eq!(line["threads"], 2);
    }
}
