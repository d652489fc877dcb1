//! Honest runs, and what a party checks of its own files before it sends anything.

use std::fs;

use serde_json::Value;

use crate::neighbours::{Neighbours, STUDY};
use crate::support::{done, report};

/// The value of a statistic's row in a result file.
fn figure(file: &Value, statistic: usize, row: usize) -> String {
    let value = &file["results"]["statistics"][statistic]["rows"][row]["value"];
    value["decimal"].as_str().or(value["value"].as_str()).unwrap_or_else(|| panic!("{value}")).to_owned()
}

#[test]
fn three_banks_get_the_same_right_answer() {
    let mut banks = Neighbours::new(3);
    let running: Vec<_> = (0..3).map(|party| banks.start(party)).collect();
    let reports: Vec<Value> = running.into_iter().map(|party| party.report()).collect();
    let files: Vec<Value> = banks
        .names
        .iter()
        .map(|name| serde_json::from_str(&banks.place.read(&format!("{name}.json"))).unwrap())
        .collect();
    for (file, report) in files.iter().zip(&reports) {
        // Food 100 + 200 + 300, fuel 6 times 7; sums of squares and products by hand.
        assert_eq!(figure(file, 0, 0), "600");
        assert_eq!(figure(file, 0, 1), "42");
        assert_eq!(figure(file, 1, 0), "10499.778");
        assert_eq!(figure(file, 2, 0), "0.382");
        assert_eq!(file["results"], files[0]["results"]);
        assert_eq!(file["session"], files[0]["session"]);
        assert_eq!((&file["warning"], &file["preprocessing"]), (&Value::Null, &Value::from("lowgear")));
        assert_eq!(report["cost"], file["cost"]);
        assert_eq!(report["warning"], file["warning"]);
        assert!(report["notes"][0].as_str().unwrap().contains("\"share\""), "{report}");
    }
}

#[test]
fn the_plan_is_what_a_run_takes() {
    let mut banks = Neighbours::new(2);
    let plan = ["plan", "--study", "study.toml", "--consortium", "consortium.toml"];
    let plan = report(&mut banks.place.speedwell(&plan))["plan"].clone();
    let running = [banks.start(0), banks.start(1)];
    for party in running {
        let cost = party.report()["cost"].clone();
        for count in ["rounds", "checks", "opened", "revealed", "inputs", "material"] {
            assert_eq!(cost[count], plan[count], "{count}");
        }
    }
}

#[test]
fn only_recipients_get_a_result() {
    let mut banks = Neighbours::new(3);
    banks.place.edit("study.toml", "decimals = 3", "decimals = 3\nrecipients = [\"bank-1\"]");
    let running: Vec<_> = (0..3).map(|party| banks.start(party)).collect();
    let reports: Vec<Value> = running.into_iter().map(|party| party.report()).collect();
    assert_eq!(banks.place.found(".json"), [banks.place.path("bank-1.json")]);
    assert_eq!([&reports[0]["result"], &reports[2]["result"]], [&Value::Null, &Value::Null]);
    let file: Value = serde_json::from_str(&banks.place.read("bank-1.json")).unwrap();
    assert_eq!(figure(&file, 0, 0), "600");
}

#[test]
fn every_field_gives_the_same_answer() {
    for field in ["goldilocks", "bls12-381"] {
        let mut banks = Neighbours::new(2);
        banks.place.edit("consortium.toml", "field = \"fp127\"", &format!("field = \"{field}\""));
        // Within 64 bits the squares of totals need narrower bounds.
        banks.place.edit("study.toml", "max_rows = 10_000_000", "max_rows = 100_000");
        let running = [banks.start(0), banks.start(1)];
        for party in running {
            party.report();
        }
        let file: Value = serde_json::from_str(&banks.place.read("bank-0.json")).unwrap();
        assert_eq!(figure(&file, 0, 0), "300", "{field}");
        assert_eq!(file["field"], field);
        // 64 bits less 2 for each check and log2 of the checks of the run and its preprocessing.
        assert_eq!(file["statistical_security_bits"], if field == "goldilocks" { 59 } else { 64 });
    }
}

/// The security of the preprocessing is the consortium's, its memory each party's own.
#[test]
fn parties_agree_on_security_and_each_has_its_memory() {
    let mut banks = Neighbours::new(2);
    let bits = "statistical_security_bits = ";
    banks.place.edit("consortium.toml", &format!("{bits}64"), &format!("{bits}80"));
    banks.place.edit("bank-1/party.toml", "preprocessing_mib = 1024", "preprocessing_mib = 64");
    let running = [banks.start(0), banks.start(1)];
    for party in running {
        party.report();
    }
    let file: Value = serde_json::from_str(&banks.place.read("bank-0.json")).unwrap();
    assert_eq!((figure(&file, 0, 0).as_str(), &file["statistical_security_bits"]), ("300", &Value::from(80)));

    banks.place.found(".json").iter().for_each(|file| fs::remove_file(file).unwrap());
    // 40 bits are for measurements: no party runs with them. Nor with less memory than a batch or so.
    banks.place.edit("consortium.toml", &format!("{bits}80"), &format!("{bits}40"));
    banks.fails_alone(0, 3).says(&["consortium.toml", "40 is not a statistical security level", "64 or 80"]);
    banks.place.edit("consortium.toml", &format!("{bits}40"), &format!("{bits}64"));
    banks.place.edit("bank-1/party.toml", "preprocessing_mib = 64", "preprocessing_mib = 63");
    banks.fails_alone(1, 3).says(&["key limits.preprocessing_mib", "63", "64 to 1048576 MiB"]);
}

/// A party counts runs that made material and did not come to its end, and makes none beyond a number.
#[test]
fn runs_that_ended_while_material_was_made_are_counted() {
    let mut banks = Neighbours::new(2);
    let running = [banks.start(0), banks.start(1)];
    for party in running {
        party.report();
    }
    let file: Value = serde_json::from_str(&banks.place.read("bank-0.json")).unwrap();
    let session = file["session"].as_str().unwrap();
    let record = banks.place.read("bank-0/unfinished-runs");
    let lines: Vec<&str> = record.lines().collect();
    assert_eq!(lines.len(), 2, "{record}");
    assert!(lines[0].starts_with(&format!("+ {session} ")), "{record}");
    assert_eq!(lines[1], lines[0].replace('+', "-"), "{record}");

    banks.place.found(".json").iter().for_each(|file| fs::remove_file(file).unwrap());
    banks.place.write("bank-0/unfinished-runs", format!("{}\n", lines[0]));
    banks.place.edit("bank-0/party.toml", "unfinished_runs = 100", "unfinished_runs = 1");
    banks.fails_alone(0, 3).says(&["unfinished-runs", "1 runs", "limits.unfinished_runs", "remove the file"]);
}

#[test]
fn a_study_too_large_for_the_field_is_refused() {
    let banks = Neighbours::new(2);
    banks.place.edit("consortium.toml", "field = \"fp127\"", "field = \"goldilocks\"");
    banks.fails_alone(0, 3).says(&["study.toml", "bits", "larger field"]);
}

#[test]
fn a_result_is_for_its_owner_alone_and_never_overwritten_unasked() {
    use std::os::unix::fs::PermissionsExt;
    let mut banks = Neighbours::new(2);
    banks.place.write("bank-0.json", "earlier");
    let arguments = banks.arguments(0);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let refused = banks.place.speedwell(&arguments).assert().code(3).get_output().clone();
    crate::support::Error::of(&refused).says(&["bank-0.json", "exists already", "--force"]);
    assert_eq!(banks.place.read("bank-0.json"), "earlier");

    let running = [banks.start_with(0, &["--force"]), banks.start(1)];
    for party in running {
        party.report();
    }
    assert!(banks.place.read("bank-0.json").contains("\"results\""));
    let mode = fs::metadata(banks.place.path("bank-0.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_result_without_a_place_is_found_before_the_run() {
    let banks = Neighbours::new(2);
    let arguments = banks.arguments(0);
    let without: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|a| !["--out", "bank-0.json"].contains(a)).collect();
    let output = banks.place.speedwell(&without).assert().code(2).get_output().clone();
    crate::support::Error::of(&output).says(&["--out"]);
    let elsewhere: Vec<&str> =
        arguments.iter().map(|a| if a == "bank-0.json" { "no/such/r.json" } else { a }).collect();
    let output = banks.place.speedwell(&elsewhere).assert().code(3).get_output().clone();
    crate::support::Error::of(&output).says(&["no/such/r.json", "cannot be written"]);
}

#[test]
fn the_result_never_takes_the_place_of_a_file_that_the_run_needs() {
    let banks = Neighbours::new(2);
    for file in ["bank-0/key.pem", "bank-0/certificate.pem", "bank-0/party.toml", "bank-0.csv", "study.toml"]
    {
        let before = banks.place.read(file);
        let arguments = banks.arguments(0);
        let mut arguments: Vec<&str> =
            arguments.iter().map(|a| if a == "bank-0.json" { file } else { a }).collect();
        arguments.push("--force");
        let output = banks.place.speedwell(&arguments).assert().code(2).get_output().clone();
        crate::support::Error::of(&output).says(&[file, "take the place"]);
        assert_eq!(banks.place.read(file), before);
    }
}

#[test]
fn a_dry_run_connects_to_nobody_and_says_what_would_be_revealed() {
    let banks = Neighbours::new(3);
    let mut arguments = banks.arguments(1);
    arguments.push("--dry-run".into());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said: Value = serde_json::from_str(&done(&mut banks.place.speedwell(&arguments))).unwrap();
    assert_eq!(said["rows"], 3);
    assert_eq!(said["recipients"], serde_json::json!(["bank-0", "bank-1", "bank-2"]));
    assert!(said["revealed"].as_array().unwrap().len() >= 4, "{said}");
    assert!(said["plan"]["rounds"].as_u64().unwrap() > 0);
    banks.no_result();
    // A bad row is found as in a run.
    banks.place.write("bank-1.csv", "shop,amount\nfood,1\nfood,x\n");
    let output = banks.place.speedwell(&arguments).assert().code(3).get_output().clone();
    crate::support::Error::of(&output).says(&["bank-1.csv, row 3, column amount"]);
}

#[test]
fn keys_and_files_that_do_not_belong_together_are_refused() {
    let banks = Neighbours::new(2);
    let place = &banks.place;
    // The two parties' keys swapped.
    for file in ["key.pem", "certificate.pem"] {
        fs::rename(place.path(&format!("bank-0/{file}")), place.path("swap")).unwrap();
        fs::rename(place.path(&format!("bank-1/{file}")), place.path(&format!("bank-0/{file}"))).unwrap();
        fs::rename(place.path("swap"), place.path(&format!("bank-1/{file}"))).unwrap();
    }
    banks.fails_alone(0, 3).says(&["bank-0/key.pem", "sha256:", "consortium.toml has for bank-0"]);
    // One party's certificate with another's key.
    fs::copy(place.path("bank-1/key.pem"), place.path("bank-0/key.pem")).unwrap();
    banks.fails_alone(0, 3).says(&["bank-0/certificate.pem", "not for this private key"]);
    fs::remove_file(place.path("bank-0/key.pem")).unwrap();
    banks.fails_alone(0, 3).says(&["bank-0/key.pem", "cannot be opened"]);
}

#[test]
fn a_port_that_is_taken_is_refused() {
    // The test holds the sockets of both parties.
    let taken = Neighbours::new(2).fails_alone(0, 3);
    taken.says(&["this party", "cannot listen on 127.0.0.1:"]);
    assert_eq!(taken.expected, "a free port at an address of this machine");
    assert_eq!(taken.remedy, "end the program that uses the port, or listen on another one");
}

#[test]
fn what_the_question_itself_gives_away_is_said_before_and_after() {
    let mut banks = Neighbours::new(3);
    let plain: Vec<String> = banks.arguments(0).into_iter().filter(|a| a != "--json").collect();
    let running = [banks.start_as(0, &plain), banks.start(1), banks.start(2)];
    let [first, second, third] = running.map(|party| party.output());
    assert!(second.status.success() && third.status.success());
    for text in [first.stderr, first.stdout] {
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("with three parties, \"share\""), "{text}");
    }
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let banks = Neighbours::new(2);
    let key = banks.place.path("bank-0/key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    banks.fails_alone(0, 3).says(&["bank-0/key.pem", "mode 640", "chmod 600"]);
}

#[test]
fn standard_input_that_is_no_socket_is_refused() {
    let banks = Neighbours::new(2);
    let mut arguments = banks.arguments(0);
    arguments.push("--listen-on-stdin".into());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = banks.place.speedwell(&arguments).assert().code(2).get_output().clone();
    crate::support::Error::of(&output).says(&["--listen-on-stdin", "socket"]);
}

#[test]
fn a_party_that_is_not_in_the_consortium_is_refused() {
    let banks = Neighbours::new(2);
    banks.place.edit("bank-0/party.toml", "name = \"bank-0\"", "name = \"bank-9\"");
    banks.fails_alone(0, 3).says(&["bank-0/party.toml, key name", "bank-9", "bank-0, bank-1"]);
}

#[test]
fn an_expired_certificate_is_refused_where_it_is_used_and_where_it_is_shown() {
    let banks = Neighbours::new(2);
    let key = rcgen::KeyPair::from_pem(&banks.place.read("bank-0/key.pem")).unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let expired = params.self_signed(&key).unwrap().pem();
    let card = banks.place.read("bank-0/bank-0.card.toml");
    let current = banks.place.read("bank-0/certificate.pem");
    banks.place.write("expired.toml", card.replace(&current, &expired));
    let shown = ["consortium", "expired.toml", "bank-1/bank-1.card.toml", "--out", "c.toml"];
    crate::support::fails(&mut banks.place.speedwell(&shown), 3).says(&[
        "expired.toml",
        "expired",
        "bank-0",
        "--renew",
    ]);

    banks.place.write("bank-0/certificate.pem", &expired);
    banks.fails_alone(0, 3).says(&["bank-0/certificate.pem", "expired", "--renew"]);
    // The remedy helps, and the consortium file stays.
    let address = card.lines().find_map(|line| line.strip_prefix("address = ")).unwrap().trim_matches('"');
    let renew = ["init", "--name", "bank-0", "--address", address, "--out", "bank-0", "--renew"];
    done(&mut banks.place.speedwell(&renew));
    let mut banks = banks;
    let running = [banks.start(0), banks.start(1)];
    for party in running {
        party.report();
    }
}

#[test]
fn a_wrong_study_is_refused_by_key_or_line() {
    let banks = Neighbours::new(2);
    let refused = |text: String, says: &[&str]| {
        banks.place.write("study.toml", text);
        banks.fails_alone(0, 3).says(says);
    };
    refused(STUDY.replace("range = [0, 1000]", "rnage = [0, 1000]"), &["study.toml, line", "rnage"]);
    refused(STUDY.replace("kind = \"sum\"", "kind = \"some\""), &["study.toml, key statistics", "some"]);
    refused(STUDY.replace("min_owners = 2", "min_owners = 5"), &["study.toml, key min_owners", "at least 5"]);
    refused(
        STUDY.replace("decimals = 3", "decimals = 3\nrecipients = [\"bank-7\"]"),
        &["study.toml, key recipients", "bank-7"],
    );
}

#[test]
fn the_log_at_its_loudest_holds_no_secret() {
    let mut banks = Neighbours::new(2);
    // Totals that no counter or digest shows by chance.
    banks.place.edit("study.toml", "range = [0, 1000]", "range = [0, 1_000_000_000]");
    banks.place.write("bank-0.csv", "shop,amount\nfood,918273645\nfuel,1\n");
    let mut running = [banks.start_with(0, &["-vvv"]), banks.start(1)];
    let first = running[0].0.stderr.take();
    let log = std::io::read_to_string(first.unwrap()).unwrap();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["log"]["fields"]["message"].is_string(), "{line}");
    }
    for party in running {
        party.report();
    }
    assert!(log.contains("all parties are there"), "there is a log: {log}");
    let key = banks.place.read("bank-0/key.pem");
    let secret = key.lines().nth(1).unwrap();
    for secret in ["918273645", "918273646", secret] {
        assert!(!log.contains(secret), "the log holds {secret}");
    }
}
