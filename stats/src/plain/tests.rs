use super::*;
use crate::{Layout, Undefined, differences, finish, reduce};
use proptest::prelude::*;

/// One statistic of every kind, by category and without, products on shares and in clear.
const STUDY: &str = r#"
title = "test"
max_rows = 1000
min_owners = 2
decimals = 4
filters = ["a != 7"]
[columns.a]
type = "integer"
range = [-50, 50]
null = "zero"
[columns.b]
type = "integer"
range = [0, 20]
unit = "cent"
null = "skip_row"
[columns.f]
type = "boolean"
null = "zero"
[columns.c]
type = "categorical"
categories = ["x", "y", "z"]
unknown = "z"
null = "unknown"
[derived.loss]
from = "b"
where = ["f = 1", "c != y"]
[derived.tens]
from = "a"
floor_div = 10
"#;

fn study() -> Study {
    let kinds = [
        "kind = \"count\"",
        "kind = \"sum\"\ncolumn = \"a\"",
        "kind = \"mean\"\ncolumn = \"loss\"",
        "kind = \"variance\"\ncolumn = \"a\"\nestimator = \"sample\"",
        "kind = \"std\"\ncolumn = \"b\"\nestimator = \"population\"\nproducts = \"clear\"",
        "kind = \"std\"\ncolumn = \"tens\"\nestimator = \"sample\"",
        "kind = \"covariance\"\ncolumns = [\"a\", \"b\"]\nestimator = \"sample\"",
        "kind = \"covariance\"\ncolumns = [\"b\", \"a\"]\nestimator = \"population\"\nproducts = \"clear\"",
        "kind = \"correlation\"\ncolumns = [\"tens\", \"b\", \"f\"]",
        "kind = \"correlation\"\ncolumns = [\"a\", \"b\"]\nproducts = \"clear\"",
        "kind = \"ratio\"\nnumerator = \"sum(f)\"\ndenominator = \"count\"",
        "kind = \"ratio\"\nnumerator = \"sum(b)\"\ndenominator = \"sum(b)\"",
        "kind = \"histogram\"\ncolumn = \"a\"\nedges = [-10, 0, 3, 50]",
        "kind = \"concentration\"\ntotal = \"sum(loss)\"",
        "kind = \"concentration\"\ntotal = \"count\"",
    ];
    let mut text = STUDY.to_owned();
    for (i, kind) in kinds.iter().enumerate() {
        for by in ["", "by = \"c\"\n", "by = \"f\"\n"] {
            text += &format!(
                "[[statistics]]\nname = \"{i}{}\"\n{kind}\n{by}",
                by.trim().replace("by = ", " by ").replace('"', "")
            );
        }
    }
    Study::parse(text.as_bytes()).unwrap()
}

/// The secure path without the security: reduce, evaluate the layout, finish.
fn secure_path(study: &Study, files: &[String]) -> Results {
    let layout = Layout::new(study, files.len()).unwrap();
    let reduce_one = |text: &String| reduce(&layout, text.as_bytes(), "x.csv", &mut |_| ()).unwrap().values;
    let vectors: Vec<Vec<i128>> = files.iter().map(reduce_one).collect();
    finish(&layout, &layout.evaluate(&vectors)).unwrap()
}

fn plain_path(study: &Study, files: &[String]) -> Results {
    let mut plain = Plain::new(study);
    files.iter().for_each(|text| plain.add_party(text.as_bytes(), "x.csv").unwrap());
    plain.results()
}

fn row() -> impl Strategy<Value = String> {
    let a = prop_oneof![(-50i64..=50).prop_map(|a| a.to_string()), Just("7".into()), Just(String::new())];
    let b = prop_oneof![9 => (0i64..=20).prop_map(|b| b.to_string()), 1 => Just(String::new())];
    let f = prop::sample::select(vec!["0", "1", "true", "False", ""]);
    let c = prop::sample::select(vec!["x", "y", "z", "other", "\"x\"", "\"o,\"\"p\"\"\"", ""]);
    (a, b, f, c).prop_map(|(a, b, f, c)| format!("{c},{a},ignored,{f},{b}\n"))
}

proptest! {
    #![proptest_config(crate::testing::cases(64))]
    #[test]
    fn both_paths_agree_on_every_figure(
        files in prop::collection::vec(prop::collection::vec(row(), 1..12), 2..5),
    ) {
        let study = study();
        let files: Vec<String> = files.iter().map(|rows| format!("c,a,more,f,b\n{}", rows.concat())).collect();
        let (secure, plain) = (secure_path(&study, &files), plain_path(&study, &files));
        prop_assert_eq!(differences(&secure, &plain), []);
        prop_assert_eq!(&secure, &plain);
        prop_assert_eq!(secure.statistics.len(), 45);
    }
}

/// Figures computed by hand.
#[test]
fn a_worked_example() {
    let text = r#"
        title = "worked"
        max_rows = 10
        [columns.x]
        type = "integer"
        unit = "cent"
        range = [0, 100]
        [columns.y]
        type = "integer"
        unit = "h"
        range = [0, 23]
        [[statistics]]
        name = "mean"
        kind = "mean"
        column = "x"
        decimals = 2
        [[statistics]]
        name = "std"
        kind = "std"
        column = "x"
        estimator = "sample"
        decimals = 3
        [[statistics]]
        name = "cov"
        kind = "covariance"
        columns = ["x", "y"]
        estimator = "population"
        decimals = 2
        [[statistics]]
        name = "r"
        kind = "correlation"
        columns = ["x", "y"]
        decimals = 4
        [[statistics]]
        name = "hhi"
        kind = "concentration"
        total = "sum(x)"
        decimals = 4
    "#;
    let study = Study::parse(text.as_bytes()).unwrap();
    let files = ["x,y\n10,1\n20,2\n", "x,y\n40,3\n", "x,y\n50,0\n"].map(str::to_owned);
    for results in [secure_path(&study, &files), plain_path(&study, &files)] {
        let shown: Vec<String> = results
            .statistics
            .iter()
            .map(|t| format!("{} {} {}", t.name, t.rows[0].value, t.unit).trim().to_owned())
            .collect();
        // x: 10 20 40 50, mean 30, Σ(x−30)² = 1000; y: 1 2 3 0, mean 3/2, Σ(y−3/2)² = 5; Σ(x−30)(y−3/2) = −10.
        // Totals 30, 40, 50: (900 + 1600 + 2500) / 14400.
        assert_eq!(
            shown,
            ["mean 30.00 cent", "std 18.257 cent", "cov -2.50 cent * h", "r -0.1414", "hhi 0.3472"]
        );
    }
}

#[test]
fn figures_that_do_not_exist_are_undefined() {
    let study = study();
    // One row in category y, none in x, and z skipped or filtered.
    let files = ["c,a,f,b\ny,3,0,5\nz,7,1,1\n", "c,a,f,b\nz,1,1,\n"].map(str::to_owned);
    for results in [secure_path(&study, &files), plain_path(&study, &files)] {
        let value = |name: &str, labels: &[&str]| {
            let table = results.statistics.iter().find(|t| t.name == name).unwrap();
            table.rows.iter().find(|row| row.labels == labels).unwrap().value.clone()
        };
        let undefined = |reason| Value::Undefined { reason };
        assert_eq!(value("2 by c", &["x"]), undefined(Undefined::ZeroDivisor));
        assert_eq!(value("3 by c", &["x"]), undefined(Undefined::TooFewRows));
        assert_eq!(value("3 by c", &["y"]), undefined(Undefined::TooFewRows));
        assert_eq!(value("4 by c", &["y"]).to_string(), "0.0000");
        assert_eq!(value("8 by c", &["y", "tens", "b"]), undefined(Undefined::NoVariation));
        assert_eq!(value("13", &[]), undefined(Undefined::ZeroDivisor));
        assert_eq!(value("0 by c", &["y"]).to_string(), "1");
    }
}

#[test]
fn bad_files_are_errors() {
    let study = study();
    let fails = |text: &str| Plain::new(&study).add_party(text.as_bytes(), "x.csv").unwrap_err();
    let column = || "a".to_owned();
    assert_eq!(fails("c,f,b\n"), PlainError::MissingColumn { file: "x.csv".into(), column: column() });
    let bad = PlainError::BadField { file: "x.csv".into(), row: 3, column: column() };
    assert_eq!(fails("c,a,f,b\nx,1,0,1\nx,51,0,1\n"), bad);
    assert!(matches!(fails("c,a,f,b\nx,1,0\n"), PlainError::Unreadable { .. }));
    let missing = evaluate_files(&study, &[Path::new("/nowhere.csv")]);
    assert!(matches!(missing, Err(PlainError::Unreadable { file, .. }) if file == "/nowhere.csv"));
}
