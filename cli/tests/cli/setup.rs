//! `init`, `consortium`, and the command line itself.

use std::fs;

use crate::support::{Place, done, fails, report};

#[test]
fn the_version_says_what_security_to_expect() {
    let version = done(&mut Place::new().speedwell(&["--version"]));
    assert!(version.starts_with(&format!("speedwell {}", env!("CARGO_PKG_VERSION"))), "{version}");
    assert!(version.contains("64 bits by default") && version.contains("insecure dealer:"), "{version}");
}

#[test]
fn a_wrong_command_line_has_its_own_exit_code() {
    Place::new().speedwell(&["init", "--nmae", "x"]).assert().code(2);
    Place::new().speedwell(&[]).assert().code(2);
}

#[test]
fn a_wrong_command_line_is_told_in_json_where_json_is_asked_for() {
    let wrong = |arguments: &[&str]| fails(&mut Place::new().speedwell(arguments), 2);
    wrong(&["init", "--nmae", "x"]).says(&["the command line", "--nmae", "speedwell init", "--help"]);
    wrong(&["demo", "--rows", "many"]).says(&["--rows", "many"]);
    wrong(&["demo", "--field", "fp61"]).says(&["fp61", "goldilocks"]);
    wrong(&["init", "--name", "Bank A", "--address", "a:1", "--out", "a"]).says(&["Bank A", "a-z"]);
    wrong(&["dmeo"]).says(&["dmeo"]);
    wrong(&[]).says(&["subcommand"]);
    // For people it stays text.
    let output = Place::new().speedwell(&["dmeo"]).assert().code(2).get_output().clone();
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: "));
}

#[test]
fn a_wrong_log_filter_is_told() {
    let place = Place::new();
    let mut command = place.speedwell(&["consortium", "x", "--out", "y"]);
    fails(command.env("SPEEDWELL_LOG", "speedwell=loud"), 3).says(&["SPEEDWELL_LOG", "speedwell=loud"]);
}

#[test]
fn init_makes_four_files_and_says_where() {
    let place = Place::new();
    let made = ["init", "--name", "bank-a", "--address", "bank-a.example:7400", "--out", "a"];
    let made = report(&mut place.speedwell(&made));
    assert_eq!(made["name"], "bank-a");
    let card = fs::read_to_string(place.path("a/bank-a.card.toml")).unwrap();
    assert!(card.contains(made["pin"].as_str().unwrap()) && card.contains("BEGIN CERTIFICATE"));
    assert!(!card.contains("PRIVATE"), "the card holds no secret");
    let settings = fs::read_to_string(place.path("a/party.toml")).unwrap();
    assert!(settings.contains("listen = \"0.0.0.0:7400\""), "{settings}");
    assert!(settings.contains("preprocessing_mib = 1024"), "{settings}");
    let mut files: Vec<_> =
        fs::read_dir(place.path("a")).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["bank-a.card.toml", "certificate.pem", "key.pem", "party.toml"]);
}

#[cfg(unix)]
#[test]
fn the_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.init("bank-a", "127.0.0.1:7400");
    let mode = |file: &str| fs::metadata(place.path(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("bank-a/key.pem"), 0o600);
    assert_eq!(mode("bank-a/bank-a.card.toml"), 0o644);
}

#[test]
fn init_overwrites_a_key_only_when_forced() {
    let place = Place::new();
    place.init("bank-a", "127.0.0.1:7400");
    let key = fs::read(place.path("bank-a/key.pem")).unwrap();
    let again = ["init", "--name", "bank-a", "--address", "127.0.0.1:7400", "--out", "bank-a"];
    // Even if only the key is left.
    for file in ["bank-a.card.toml", "certificate.pem", "party.toml"] {
        fs::remove_file(place.path("bank-a").join(file)).unwrap();
    }
    fails(&mut place.speedwell(&again), 3).says(&["key.pem", "exists already", "--force"]);
    assert_eq!(fs::read(place.path("bank-a/key.pem")).unwrap(), key);
    assert_eq!(fs::read_dir(place.path("bank-a")).unwrap().count(), 1, "nothing else was written");
    done(place.speedwell(&again).arg("--force"));
    assert_ne!(fs::read(place.path("bank-a/key.pem")).unwrap(), key);
}

#[test]
fn renewal_keeps_the_pin_and_changes_the_certificate() {
    let place = Place::new();
    let init = ["init", "--name", "bank-a", "--address", "127.0.0.1:7400", "--out", "a"];
    let first = report(&mut place.speedwell(&init));
    let certificate = fs::read(place.path("a/certificate.pem")).unwrap();
    let key = fs::read(place.path("a/key.pem")).unwrap();
    let second = report(place.speedwell(&init).args(["--renew", "--days", "30"]));
    assert_eq!(first["pin"], second["pin"]);
    assert_ne!(fs::read(place.path("a/certificate.pem")).unwrap(), certificate);
    assert_eq!(fs::read(place.path("a/key.pem")).unwrap(), key);
}

#[test]
fn names_and_addresses_are_checked_on_the_command_line() {
    let place = Place::new();
    let init = |name, address| place.speedwell(&["init", "--name", name, "--address", address, "--out", "a"]);
    init("Bank A", "a:1").assert().code(2);
    init("bank-a", "a").assert().code(2);
    assert!(!place.path("a").exists());
}

#[test]
fn a_consortium_has_the_parties_in_the_order_of_the_cards() {
    let place = Place::new();
    place.init("bank-a", "127.0.0.1:7400");
    place.init("bank-b", "127.0.0.1:7401");
    let cards = ["bank-b/bank-b.card.toml", "bank-a/bank-a.card.toml"];
    let made = ["consortium", cards[0], cards[1], "--out", "c.toml", "--field", "goldilocks"];
    let made = report(&mut place.speedwell(&made));
    assert_eq!(made["parties"][0]["name"], "bank-b");
    assert_eq!(made["field"], "goldilocks");
    assert_eq!(made["statistical_security_bits"], 64);
    let text = fs::read_to_string(place.path("c.toml")).unwrap();
    assert!(text.find("bank-b").unwrap() < text.find("bank-a").unwrap());
}

#[test]
fn levels_of_security_other_than_those_meant_are_refused() {
    let place = Place::new();
    for level in ["39", "41", "63", "65", "79", "81", "many"] {
        for command in [&["params"][..], &["bench", "offline"]] {
            let error = fails(place.speedwell(command).args(["--stat-sec", level]), 2);
            error.says(&["--stat-sec", level, "40, 64, 80"]);
        }
    }
    place.init("bank-a", "127.0.0.1:7400");
    place.init("bank-b", "127.0.0.1:7401");
    let cards = ["bank-a/bank-a.card.toml", "bank-b/bank-b.card.toml"];
    let consortium = |level: &str| {
        let made = ["consortium", cards[0], cards[1], "--out", "c.toml", "--security", level];
        place.speedwell(&made)
    };
    for level in ["40", "41", "128"] {
        fails(&mut consortium(level), 2).says(&["--security", level, "64 or 80"]);
    }
    assert_eq!(report(&mut consortium("80"))["statistical_security_bits"], 80);
}

#[test]
fn a_consortium_of_clashing_cards_is_refused_by_file() {
    let place = Place::new();
    place.init("bank-a", "127.0.0.1:7400");
    place.init("bank-b", "127.0.0.1:7401");
    let (a, b) = ("bank-a/bank-a.card.toml", "bank-b/bank-b.card.toml");
    let refused = |other: &str| {
        let error = fails(&mut place.speedwell(&["consortium", a, other, "--out", "c.toml"]), 3);
        assert!(!place.path("c.toml").exists(), "{error:?}");
        error
    };
    refused(a).says(&["same name, bank-a", &format!("{a} and {a}"), "speedwell init"]);
    let card = fs::read_to_string(place.path(b)).unwrap();
    place.write("address.toml", card.replace("127.0.0.1:7401", "127.0.0.1:7400"));
    refused("address.toml").says(&["same address, 127.0.0.1:7400"]);
    let card = fs::read_to_string(place.path(a)).unwrap();
    let card = card.replace("\"bank-a\"", "\"bank-c\"").replace("7400", "7402");
    place.write("pin.toml", &card);
    refused("pin.toml").says(&["same pin, sha256:", "copied"]);
    let error = fails(&mut place.speedwell(&["consortium", a, "--out", "c.toml"]), 3);
    error.says(&["1 parties", "2 to 64"]);
}

#[test]
fn a_card_that_was_changed_is_refused() {
    let place = Place::new();
    place.init("bank-a", "127.0.0.1:7400");
    place.init("bank-b", "127.0.0.1:7401");
    let (a, b) = ("bank-a/bank-a.card.toml", "bank-b/bank-b.card.toml");
    let consortium = |card: &str| fails(&mut place.speedwell(&["consortium", a, card, "--out", "c.toml"]), 3);
    let good = fs::read_to_string(place.path(b)).unwrap();
    let pin = good.lines().find_map(|line| line.strip_prefix("pin = ")).unwrap();
    let other = format!("\"sha256:{}\"", "0".repeat(64));
    place.write("pin.toml", good.replace(pin, &other));
    consortium("pin.toml").says(&["pin.toml, key pin", "telephone", pin.trim_matches('"')]);
    place.write("key.toml", good.replace("address =", "adress ="));
    consortium("key.toml").says(&["key.toml, line 5", "adress", "address"]);
    place.write("cut.toml", &good[..good.len() / 2]);
    consortium("cut.toml").says(&["cut.toml, line"]);
    consortium("none.toml").says(&["none.toml", "cannot be opened"]);
    place.write("junk.toml", good.replace("BEGIN CERTIFICATE", "BEGIN NONSENSE"));
    consortium("junk.toml").says(&["key certificate", "bank-b"]);
}
