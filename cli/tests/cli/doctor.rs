//! `doctor` among doctors, beside a waiting party, and with something to find.

use serde_json::Value;

use crate::neighbours::{Neighbours, Running};

fn arguments(party: usize, more: &[&str]) -> Vec<String> {
    let file = format!("bank-{party}/party.toml");
    ["doctor", "--consortium", "consortium.toml", "--party", &file, "--json"]
        .iter()
        .chain(more)
        .map(|argument| (*argument).to_owned())
        .collect()
}

/// The report of a doctor that ended with this code.
fn findings(running: Running, code: i32) -> Value {
    let output = running.output();
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn doctors_meet_and_find_nothing() {
    let mut banks = Neighbours::new(3);
    let running: Vec<_> = (0..3)
        .map(|party| banks.start_as(party, &arguments(party, &["--study", "study.toml", "--wait", "20"])))
        .collect();
    for running in running {
        let found = findings(running, 0);
        assert_eq!(found["well"], true);
        for peer in found["peers"].as_array().unwrap() {
            assert_eq!(peer["reached"], true, "{found}");
            assert_eq!(peer["reached_us"], true, "{found}");
            assert!(peer["version"].as_str().unwrap().starts_with("speedwell "), "{found}");
            assert!(peer["clock_offset_ms"].as_i64().unwrap().abs() < 60_000, "{found}");
        }
    }
}

#[test]
fn a_waiting_party_answers_and_goes_on_waiting() {
    let mut banks = Neighbours::new(2);
    let mut waiting = banks.start_with(0, &["--progress", "lines"]);
    waiting.until("connect");
    // The doctor listens elsewhere, so that the party's socket stays for the party.
    let party = banks.place.read("bank-1/party.toml");
    let listen = party.lines().find(|line| line.starts_with("listen")).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("listen = \"{}\"", free.local_addr().unwrap());
    banks.place.write("doctor.toml", party.replace(listen, &elsewhere).replace("= \"", "= \"bank-1/"));
    banks.place.edit("doctor.toml", "\"bank-1/bank-1\"", "\"bank-1\"");
    banks.place.edit("doctor.toml", "listen = \"bank-1/", "listen = \"");
    drop(free);
    let doctor = ["doctor", "--consortium", "consortium.toml", "--party", "doctor.toml", "--wait", "5"];
    let found = crate::support::report(&mut banks.place.speedwell(&doctor));
    assert_eq!(found["peers"][0]["reached"], true);
    let other = banks.start(1);
    waiting.report();
    other.report();
}

#[test]
fn another_consortium_file_is_a_finding_with_its_fix() {
    let mut banks = Neighbours::new(2);
    let text = banks.place.read("consortium.toml");
    banks.place.write("other.toml", text.replace("# Public", "# public"));
    let other: Vec<String> = arguments(1, &["--wait", "20"])
        .into_iter()
        .map(|a| if a == "consortium.toml" { "other.toml".to_owned() } else { a })
        .collect();
    let running = [banks.start_as(0, &arguments(0, &["--wait", "20"])), banks.start_as(1, &other)];
    for running in running {
        let found = findings(running, 1);
        let finding = &found["peers"][0]["findings"][0];
        assert!(finding["found"].as_str().unwrap().contains("consortium file"), "{found}");
        assert!(finding["remedy"].as_str().unwrap().contains("byte by byte"), "{found}");
    }
}

#[test]
fn a_peer_that_is_not_there_is_a_finding_with_its_fix() {
    let mut banks = Neighbours::new(2);
    drop(banks.socket(1));
    let running = banks.start_as(0, &arguments(0, &["--wait", "1"]));
    let found = findings(running, 1);
    assert_eq!(found["peers"][0]["reached"], false);
    let finding = &found["peers"][0]["findings"][0];
    assert!(finding["place"].as_str().unwrap().contains("bank-1"), "{found}");
    assert!(finding["remedy"].as_str().unwrap().contains("start it"), "{found}");
}

#[test]
fn an_address_that_leads_to_another_party_is_a_finding() {
    let mut banks = Neighbours::new(3);
    // Where party 1 should be, party 2's doctor listens.
    let socket = banks.socket(1);
    drop(banks.socket(2));
    let mut other = banks.place.process();
    other.args(arguments(2, &["--wait", "5"])).arg("--listen-on-stdin");
    other.stdin(std::process::Stdio::from(std::os::fd::OwnedFd::from(socket)));
    other.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let _other = Running(other.spawn().unwrap());
    let found = findings(banks.start_as(0, &arguments(0, &["--wait", "3"])), 1);
    let said = found["peers"][0]["findings"][0]["found"].as_str().unwrap();
    assert!(said.contains("that of party 2 (bank-2)"), "{found}");
}
