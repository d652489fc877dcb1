use super::*;
use crate::{Layout, differences, finish, reduce_file};
use sha3::{Digest as _, Sha3_256};
use std::collections::BTreeMap;

fn files(preset: Preset) -> (GeneratorConfig, tempfile::TempDir, Generated) {
    let config = GeneratorConfig::preset(preset);
    let directory = tempfile::tempdir().unwrap();
    let generated = generate(&config, directory.path(), &|_| ()).unwrap();
    (config, directory, generated)
}

/// SHA3-256 over the banks' files and the typologies.
fn digest(generated: &Generated) -> String {
    let mut hash = Sha3_256::new();
    let banks = generated.banks.iter().map(|(_, path)| path);
    for path in banks.chain([&generated.typologies]) {
        let bytes = fs::read(path).unwrap();
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A change of these hashes means other bytes on every user's machine: change them knowingly, and say so in the changelog.
#[test]
fn bytes_are_the_same_on_every_machine() {
    for (preset, hash) in [
        (Preset::Tiny, "b298e774bebe07dd7fce63858da2671259e6e4a10841f5a72ea32e4e63e8f4b1"),
        (Preset::Small, "eb92ef3199c5e41764b7f1932bc6f6456bdb873b575d587eb188599f697e168e"),
        (Preset::Demo, "ec70596161487c74871b17dd2fd486b8b9dc5e515ad571a500e17f1a1a4ce406"),
    ] {
        let (_, _directory, generated) = files(preset);
        assert_eq!(digest(&generated), hash, "{preset:?}");
    }
}

#[test]
fn a_bank_is_the_same_alone() {
    let (config, _directory, generated) = files(Preset::Tiny);
    let world = World::new(&config);
    let frauds = Frauds::new(&config, &world);
    for bank in (0..config.banks).rev() {
        let mut bytes = Vec::new();
        write_bank(&config, &world, &frauds, bank, &mut bytes, &|_| ()).unwrap();
        assert_eq!(bytes, fs::read(&generated.banks[bank as usize].1).unwrap());
    }
    let other = GeneratorConfig { seed: 2, ..config.clone() };
    let mut bytes = Vec::new();
    let world = World::new(&other);
    write_bank(&other, &world, &Frauds::new(&other, &world), 0, &mut bytes, &|_| ()).unwrap();
    assert_ne!(bytes, fs::read(&generated.banks[0].1).unwrap());
}

#[test]
fn both_paths_agree_on_the_demo_study() {
    let (config, _directory, generated) = files(Preset::Tiny);
    let study = Study::read(&generated.study).unwrap();
    let names: Vec<&str> = generated.banks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(study.check_parties(&names), Ok(()));
    let layout = Layout::new(&study, 3).unwrap();
    assert_eq!(layout.check_room(&[1, (1 << 63) - 2]), Ok(()), "p = 2^127 - 2^65 + 1");
    let reduce = |path: &PathBuf| reduce_file(&layout, path, &mut |_| ()).unwrap();
    let all: Vec<_> = generated.banks.iter().map(|(_, path)| reduce(path)).collect();
    assert!(all.iter().all(|a| (a.rows, a.skipped, a.filtered) == (config.rows_per_bank, 0, 0)));
    let vectors: Vec<Vec<i128>> = all.into_iter().map(|a| a.values).collect();
    let secure = finish(&layout, &layout.evaluate(&vectors)).unwrap();
    let plain = write_expected(&generated).unwrap();
    assert_eq!(differences(&secure, &plain), []);
    let stored: Results = serde_json::from_str(&fs::read_to_string(&generated.expected).unwrap()).unwrap();
    assert_eq!(stored, plain);
    let names: Vec<&str> = plain.statistics.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "transactions",
            "fraud rate",
            "loss",
            "mean amount",
            "std of amount",
            "concentration of loss",
            "covariance of amount and hour"
        ]
    );
}

#[test]
fn every_preset_has_a_study_with_room() {
    for preset in [Preset::Tiny, Preset::Small, Preset::Medium, Preset::Large, Preset::Demo] {
        let config = GeneratorConfig::preset(preset);
        let study = Study::parse(demo_study(&config).as_bytes()).unwrap();
        let layout = Layout::new(&study, config.banks as usize).unwrap();
        assert_eq!(layout.check_room(&[1, (1 << 63) - 2]), Ok(()), "{preset:?}");
    }
    let two = GeneratorConfig { banks: 2, ..GeneratorConfig::default() };
    assert_eq!(Study::parse(demo_study(&two).as_bytes()).unwrap().min_owners, 2);
}

#[test]
fn progress_and_errors() {
    let config = GeneratorConfig::preset(Preset::Tiny);
    let directory = tempfile::tempdir().unwrap();
    let most = AtomicU64::new(0);
    generate(&config, directory.path(), &|rows| {
        most.fetch_max(rows, Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!(most.into_inner(), 3_000);
    let file = directory.path().join("study.toml");
    let error = generate(&config, &file, &|_| ()).unwrap_err();
    assert!(matches!(error, GenerateError::Write { .. }), "{error}");
    let wrong = GeneratorConfig { banks: 1, ..config };
    assert!(matches!(generate(&wrong, &file, &|_| ()), Err(GenerateError::Config(_))));
}

struct Row {
    day: u32,
    second: u32,
    amount: u32,
    confirmed: bool,
    /// Typology and instance.
    truth: Option<(String, u32)>,
}

/// Every bank's rows, with what is true of them.
fn rows(generated: &Generated) -> Vec<Vec<Row>> {
    let truth = fs::read_to_string(&generated.typologies).unwrap();
    let mut truths = BTreeMap::new();
    for line in truth.lines().skip(1) {
        let [bank, row, typology, instance] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let known = (typology.to_owned(), instance.parse().unwrap());
        truths.insert((bank.to_owned(), row.parse::<usize>().unwrap()), known);
    }
    let count = truths.len();
    let bank = |(name, path): &(String, PathBuf)| -> Vec<Row> {
        let text = fs::read_to_string(path).unwrap();
        let row = |(at, line): (usize, &str)| {
            let f: Vec<&str> = line.split(',').collect();
            let number = |i: usize| f[i].parse().unwrap();
            let truth = truths.get(&(name.clone(), at + 1)).cloned();
            Row { day: number(0), second: number(1), amount: number(5), confirmed: f[7] == "1", truth }
        };
        text.lines().enumerate().skip(1).map(row).collect()
    };
    let banks: Vec<Vec<Row>> = generated.banks.iter().map(bank).collect();
    assert_eq!(banks.iter().flatten().filter(|r| r.truth.is_some()).count(), count);
    banks
}

/// One generation for all that needs many rows.
#[test]
fn data_are_as_described() {
    let (config, _directory, generated) = files(Preset::Demo);
    let banks = rows(&generated);
    rows_follow_the_calendar_and_benford(&config, &banks);
    frauds_are_as_many_as_configured(&banks);
    the_amount_does_not_give_fraud_away(&banks);
    velocity_bursts_cross_banks_within_minutes(&banks);
}

fn rows_follow_the_calendar_and_benford(config: &GeneratorConfig, banks: &[Vec<Row>]) {
    let all = || banks.iter().flatten();
    for rows in banks {
        assert_eq!(rows.len() as u64, config.rows_per_bank);
        assert!(rows.is_sorted_by_key(|r| (r.day, r.second)));
        assert!(rows.iter().all(|r| r.day < config.days && r.second < 86_400));
        assert!(rows.iter().all(|r| (config.least_amount..=config.greatest_amount).contains(&r.amount)));
    }

    // Saturdays are the busiest, nights are quiet.
    let on = |weekday| all().filter(|r| r.day < 84 && r.day % 7 == weekday).count();
    assert!((0..7).all(|weekday| on(5) >= on(weekday)) && on(5) * 10 > on(0) * 12);
    let at = |hour| all().filter(|r| r.second / 3600 == hour).count();
    assert!(at(17) > 8 * at(3));

    // First digits obey Benford's law: mean absolute deviation 0.008; below 0.012 counts as acceptable, above 0.015 not.
    let first = |r: &Row| r.amount.to_string().as_bytes()[0] - b'0';
    let mut digits = [0f64; 10];
    all().for_each(|r| digits[usize::from(first(r))] += 1.0 / all().count() as f64);
    let deviation = |d: usize| (digits[d] - (1.0 + 1.0 / d as f64).log10()).abs() / 9.0;
    assert!((1..10).map(deviation).sum::<f64>() < 0.012);
}

/// Most are confirmed, and the third bank has twice the take-overs of the first.
fn frauds_are_as_many_as_configured(banks: &[Vec<Row>]) {
    let all = || banks.iter().flatten();
    let of = |bank: usize, name: &str| {
        banks[bank].iter().filter(|r| r.truth.as_ref().is_some_and(|(t, _)| t == name)).count() as f64
    };
    let everywhere = |name: &str| (0..3).map(|bank| of(bank, name)).sum::<f64>();
    assert!((800.0..1_120.0).contains(&everywhere("velocity")), "1,600 of a million rows");
    assert!((400.0..560.0).contains(&everywhere("skimming")), "800 of a million rows");
    assert!((1.6..2.4).contains(&(of(2, "take_over") / of(0, "take_over"))));
    let injected = || all().filter(|r| r.truth.is_some());
    let share = injected().filter(|r| r.confirmed).count() as f64 / injected().count() as f64;
    assert!((0.85..0.90).contains(&share), "{share}");
    let false_alarms = all().filter(|r| r.truth.is_none() && r.confirmed).count();
    assert!((85..155).contains(&false_alarms), "200 of a million rows: {false_alarms}");
}

fn the_amount_does_not_give_fraud_away(banks: &[Vec<Row>]) {
    let (mut frauds, mut honest) = (Vec::new(), Vec::new());
    for row in banks.iter().flatten() {
        if row.truth.is_some() { frauds.push(row.amount) } else { honest.push(row.amount) }
    }
    honest.sort_unstable();
    // The probability that a fraud is dearer than an honest transaction.
    let below = |a: &u32| honest.partition_point(|h| h < a) as f64;
    let at_most = |a: &u32| honest.partition_point(|h| h <= a) as f64;
    let wins: f64 = frauds.iter().map(|a| (below(a) + at_most(a)) / 2.0).sum();
    let auc = wins / frauds.len() as f64 / honest.len() as f64;
    assert!((0.46..0.54).contains(&auc), "{auc}");
}

fn velocity_bursts_cross_banks_within_minutes(banks: &[Vec<Row>]) {
    let mut bursts: BTreeMap<u32, Vec<(usize, u32, u32)>> = BTreeMap::new();
    for (bank, rows) in banks.iter().enumerate() {
        for row in rows {
            if let Some((typology, instance)) = &row.truth
                && typology == "velocity"
            {
                bursts.entry(*instance).or_default().push((bank, row.day, row.second));
            }
        }
    }
    assert!(bursts.len() > 50);
    for (instance, rows) in bursts {
        let spread = |of: fn(&(usize, u32, u32)) -> u32| {
            rows.iter().map(of).max().unwrap() - rows.iter().map(of).min().unwrap()
        };
        assert_eq!(spread(|r| r.1), 0, "{instance}: one day");
        assert!(spread(|r| r.2) <= 2_400, "{instance}: forty minutes");
        assert!(spread(|r| r.0 as u32) > 0, "{instance}: several banks");
        assert!((6..=24).contains(&rows.len()), "{instance}");
    }
}

#[test]
fn the_study_bounds_the_rows_by_what_is_generated() {
    // So that a small demonstration fits a small field.
    let config = GeneratorConfig { rows_per_bank: 400, ..GeneratorConfig::preset(Preset::Demo) };
    let study = Study::parse(demo_study(&config).as_bytes()).unwrap();
    assert_eq!(study.max_rows, 400);
    let goldilocks = (1u128 << 64) - (1 << 32) + 1;
    crate::Layout::new(&study, 3).unwrap().check_room(&[goldilocks as u64]).unwrap();
}
