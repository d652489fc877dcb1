use super::*;

const HEAD: &str = r#"
title = "test"
max_rows = 100
filters = ["c != z", "a>=-3"]
[columns.a]
type = "integer"
unit = "cent"
range = [-5, 99]
null = "zero"
[columns.f]
type = "boolean"
[columns.c]
type = "categorical"
categories = ["x", "y", "z"]
unknown = "z"
null = "unknown"
[derived.loss]
from = "a"
where = ["f = true"]
[derived.tens]
from = "a"
floor_div = 10
"#;

const TAIL: &str = "[[statistics]]\nname = \"n\"\nkind = \"count\"\n";

fn parse(text: &str) -> Result<Study, StudyError> {
    Study::parse(text.as_bytes())
}

/// The key and fault of a study of `HEAD` and `TAIL` in which `from` is replaced by `to`.
fn fault(from: &str, to: &str) -> (String, Fault) {
    let text = format!("{HEAD}{TAIL}");
    assert!(text.contains(from), "{from}");
    match parse(&text.replacen(from, to, 1)) {
        Err(StudyError::Key { key, fault }) => (key, fault),
        other => panic!("{from} -> {to}: {other:?}"),
    }
}

/// The key and fault of a study of `HEAD` and this statistic.
fn statistic_fault(keys: &str) -> (String, Fault) {
    match parse(&format!("{HEAD}[[statistics]]\nname = \"s\"\n{keys}")) {
        Err(StudyError::Key { key, fault }) => (key, fault),
        other => panic!("{keys}: {other:?}"),
    }
}

#[test]
fn a_study_is_read_as_written() {
    let study = parse(&format!("{HEAD}{TAIL}")).unwrap();
    let names: Vec<&str> = study.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["a", "c", "f", "loss", "tens"]);
    let [a, c, f, loss, tens] = ["a", "c", "f", "loss", "tens"].map(|name| study.find(name).unwrap());
    assert_eq!((study.min_owners, study.max_rows, &study.recipients), (3, 100, &Recipients::All));
    assert_eq!(
        study.filters,
        [
            Condition { column: c, op: Op::NotEqual, value: 2 },
            Condition { column: a, op: Op::GreaterOrEqual, value: -3 },
        ]
    );
    assert_eq!(study.column(loss).range(), (-5, 99));
    assert_eq!(study.column(loss).unit, "cent");
    let conditions = vec![Condition { column: f, op: Op::Equal, value: 1 }];
    assert_eq!(study.column(loss).source, Source::Derived { from: a, floor_div: 1, conditions });
    assert_eq!(study.column(tens).range(), (-1, 9));
    assert_eq!(study.column(tens).unit, "");
    assert_eq!(
        study.column(c).kind,
        Kind::Categorical { labels: vec!["x".into(), "y".into(), "z".into()], unknown: Some(2) }
    );
    assert_eq!(study.statistics[0].decimals, 6);
}

#[test]
fn digest_is_sha3_256_of_the_bytes() {
    let study = parse(&format!("{HEAD}{TAIL}")).unwrap();
    let other = parse(&format!("{HEAD}{TAIL}\n")).unwrap();
    assert_ne!(study.digest(), other.digest());
    let text = study.digest().to_string();
    assert!(text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()));
}

#[test]
fn every_kind_of_statistic_is_read() {
    for keys in [
        "kind = \"count\"\nby = \"f\"",
        "kind = \"sum\"\ncolumn = \"f\"",
        "kind = \"mean\"\ncolumn = \"loss\"\ndecimals = 0",
        "kind = \"variance\"\ncolumn = \"a\"\nestimator = \"sample\"",
        "kind = \"std\"\ncolumn = \"a\"\nestimator = \"population\"\nproducts = \"clear\"",
        "kind = \"covariance\"\ncolumns = [\"a\", \"tens\"]\nestimator = \"sample\"\nproducts = \"shares\"",
        "kind = \"correlation\"\ncolumns = [\"a\", \"f\", \"tens\"]",
        "kind = \"ratio\"\nnumerator = \"sum( f )\"\ndenominator = \"count\"",
        "kind = \"histogram\"\ncolumn = \"a\"\nedges = [0, 5]\nby = \"c\"",
        "kind = \"concentration\"\ntotal = \"sum(loss)\"",
    ] {
        let study = parse(&format!("{HEAD}[[statistics]]\nname = \"s\"\n{keys}"));
        assert_eq!(study.map(|s| s.statistics.len()), Ok(1), "{keys}");
    }
}

#[test]
fn faults_name_key_and_remedy() {
    let missing = |(key, fault): (String, Fault)| (key, matches!(fault, Fault::Missing { .. }));
    let is = |key: &str| (key.to_owned(), true);
    assert_eq!(missing(fault("title = \"test\"", "")), is("title"));
    assert_eq!(missing(fault("max_rows = 100", "")), is("max_rows"));
    assert_eq!(missing(fault("type = \"boolean\"", "")), is("columns.f.type"));
    assert_eq!(missing(fault("range = [-5, 99]", "")), is("columns.a.range"));
    assert_eq!(missing(fault("categories = [\"x\", \"y\", \"z\"]", "")), is("columns.c.categories"));
    assert_eq!(missing(fault("from = \"a\"\nwhere", "where")), is("derived.loss.from"));
    assert_eq!(missing(fault("kind = \"count\"", "")), is("statistics[\"n\"].kind"));
    assert_eq!(missing(fault("name = \"n\"", "")), is("statistics[0].name"));

    let limits = |found, lo, hi| Fault::Limits { found, lo, hi };
    assert_eq!(fault("max_rows = 100", "max_rows = 0"), ("max_rows".into(), limits(0, 1, 1_000_000_000_000)));
    assert_eq!(fault("max_rows", "min_owners = 1\nmax_rows"), ("min_owners".into(), limits(1, 2, 1000)));
    assert_eq!(fault("max_rows", "decimals = 31\nmax_rows"), ("decimals".into(), limits(31, 0, 30)));
    let (key, found) = fault("floor_div = 10", "floor_div = 0");
    assert_eq!((key.as_str(), found), ("derived.tens.floor_div", limits(0, 1, i64::MAX.into())));

    let (key, found) = fault("[-5, 99]", "[99, -5]");
    assert_eq!((key.as_str(), found), ("columns.a.range", Fault::NotIncreasing { first: 99, second: -5 }));
    assert!(matches!(fault("[-5, 99]", "[1]"), (_, Fault::Length { found: 1, .. })));
    assert!(matches!(fault("[-5, 99]", "[1, 9]"), (_, Fault::ZeroOutsideRange { lo: 1, hi: 9 })));
    assert!(matches!(fault("unknown = \"z\"", ""), (_, Fault::NoUnknownLabel)));
    assert!(matches!(fault("unknown = \"z\"", "unknown = \"w\""), (_, Fault::NotOneOf { .. })));
    assert!(matches!(fault("\"zero\"", "\"nil\""), (_, Fault::NotOneOf { .. })));
    assert!(matches!(fault("\"unknown\"", "\"zero\""), (_, Fault::NotOneOf { .. })));
    assert!(matches!(fault("\"y\", ", "\"x\", "), (_, Fault::Duplicate { .. })));
    assert!(matches!(fault("[derived.loss]", "[derived.a]"), (_, Fault::Duplicate { .. })));
    assert!(matches!(fault("from = \"a\"", "from = \"tens\""), (_, Fault::NotOneOf { .. })));
    assert!(matches!(fault("from = \"a\"", "from = \"c\""), (_, Fault::ColumnType { .. })));
    assert!(matches!(fault("type = \"boolean\"", "type = \"date\""), (_, Fault::NotOneOf { .. })));
    let foreign = fault("type = \"boolean\"", "type = \"boolean\"\nrange = [0, 1]");
    assert_eq!(foreign, ("columns.f.range".into(), Fault::Foreign { kind: "boolean" }));
    assert!(matches!(fault("[columns.f]", "[columns.\"f>\"]"), (_, Fault::Name { condition: true, .. })));
    assert!(matches!(fault("[columns.f]", "[columns.\" f\"]"), (_, Fault::Name { .. })));
    let (_, found) = fault("unit = \"cent\"", "unit = \"\\u0007\"");
    assert!(found.to_string().contains("without control characters"), "{found}");
}

#[test]
fn conditions_are_understood_or_refused() {
    let condition = |text: &str| {
        let study = parse(&format!("{HEAD}{TAIL}").replacen("c != z", text, 1));
        study.map(|study| study.filters[0])
    };
    let a = ColumnId(0);
    for (text, op, value) in [
        ("a=1", Op::Equal, 1),
        ("a != -1", Op::NotEqual, -1),
        ("a < 1_000", Op::Less, 1000),
        ("a<=1", Op::LessOrEqual, 1),
        (" a  >  1 ", Op::Greater, 1),
        ("a >= 1", Op::GreaterOrEqual, 1),
    ] {
        assert_eq!(condition(text), Ok(Condition { column: a, op, value }), "{text}");
    }
    for text in ["a", "a =", "a == 1", "a =< 1", "a ! 1", "c < x", "a <> 1", "= 1"] {
        let Err(StudyError::Key { key, fault }) = condition(text) else { panic!("{text} was taken") };
        assert_eq!(key, "filters");
        assert!(
            matches!(fault, Fault::Condition { .. } | Fault::NotOneOf { .. } | Fault::NoOrder { .. }),
            "{text}: {fault:?}"
        );
    }
    for text in ["a = x", "a = 1.5", "f = 2", "c = w", "a = 99999999999999999999"] {
        let Err(StudyError::Key { fault, .. }) = condition(text) else { panic!("{text} was taken") };
        assert!(matches!(fault, Fault::Constant { .. }), "{text}: {fault:?}");
    }
    for op in [Op::Equal, Op::NotEqual, Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual] {
        let table = [(1, 2), (2, 2), (3, 2)].map(|(x, y)| op.holds(x, y));
        let expected = match op {
            Op::Equal => [false, true, false],
            Op::NotEqual => [true, false, true],
            Op::Less => [true, false, false],
            Op::LessOrEqual => [true, true, false],
            Op::Greater => [false, false, true],
            Op::GreaterOrEqual => [false, true, true],
        };
        assert_eq!(table, expected, "{op:?}");
    }
}

#[test]
fn statistics_refuse_what_they_cannot_use() {
    let key = |last: &str| format!("statistics[\"s\"].{last}");
    let foreign = statistic_fault("kind = \"mean\"\ncolumn = \"a\"\nedges = [1, 2]");
    assert_eq!(foreign, (key("edges"), Fault::Foreign { kind: "mean" }));
    let (at, found) = statistic_fault("kind = \"median\"");
    assert!(at == key("kind") && matches!(found, Fault::NotOneOf { .. }));
    let (at, found) = statistic_fault("kind = \"variance\"\ncolumn = \"a\"");
    assert!(at == key("estimator") && matches!(found, Fault::Missing { .. }));
    let (at, found) = statistic_fault("kind = \"sum\"\ncolumn = \"c\"");
    assert!(at == key("column") && matches!(found, Fault::ColumnType { found: "categorical", .. }));
    let (at, found) = statistic_fault("kind = \"count\"\nby = \"a\"");
    assert!(at == key("by") && matches!(found, Fault::ColumnType { found: "integer", .. }));
    let (at, found) = statistic_fault("kind = \"ratio\"\nnumerator = \"f\"\ndenominator = \"count\"");
    assert!(at == key("numerator") && matches!(found, Fault::Total { .. }));
    for columns in ["[\"a\"]", "[\"a\", \"f\", \"tens\"]"] {
        let keys = format!("kind = \"covariance\"\nestimator = \"sample\"\ncolumns = {columns}");
        assert!(matches!(statistic_fault(&keys), (_, Fault::Length { .. })), "{columns}");
    }
    let twice = "kind = \"correlation\"\ncolumns = [\"a\", \"a\"]";
    assert!(matches!(statistic_fault(twice), (_, Fault::Duplicate { .. })));
    let (at, found) = statistic_fault("kind = \"histogram\"\ncolumn = \"a\"\nedges = [0, 3, 3]");
    assert_eq!((at, found), (key("edges"), Fault::NotIncreasing { first: 3, second: 3 }));
    let same_name = format!("{HEAD}{TAIL}{TAIL}");
    let fault = Fault::Duplicate { found: "n".into() };
    assert_eq!(parse(&same_name), Err(StudyError::Key { key: "statistics".into(), fault }));
}

#[test]
fn syntax_errors_name_the_line() {
    let unknown_key = format!("{HEAD}{TAIL}").replacen("unit =", "units =", 1);
    let Err(StudyError::Syntax { line: 7, message }) = parse(&unknown_key) else {
        panic!("{:?}", parse(&unknown_key))
    };
    assert!(message.contains("units") && message.contains("unit"), "{message}");
    assert!(matches!(parse("title = "), Err(StudyError::Syntax { line: 1, .. })));
    assert!(matches!(parse("\nmax_rows = \"many\""), Err(StudyError::Syntax { line: 2, .. })));
    assert_eq!(parse("\u{feff}title = \"t\""), Err(StudyError::ByteOrderMark));
    assert_eq!(Study::parse(b"title = 1\n\xff"), Err(StudyError::NotUtf8 { line: 2 }));
    assert!(matches!(Study::read(Path::new("/nowhere/study.toml")), Err(StudyError::Read { .. })));
}

#[test]
fn parties_and_recipients_are_checked() {
    let with = |lines: &str| parse(&format!("{lines}\n{HEAD}{TAIL}"));
    let study = with("parties = [\"p\", \"q\", \"r\"]\nrecipients = [\"q\"]").unwrap();
    assert!(study.is_recipient("q") && !study.is_recipient("p"));
    assert_eq!(study.check_parties(&["p", "q", "r"]), Ok(()));
    let other = study.check_parties(&["q", "p", "r"]);
    assert!(matches!(other, Err(StudyError::Key { fault: Fault::OtherParties { .. }, .. })));
    let open = with("recipients = [\"q\"]").unwrap();
    assert_eq!(open.check_parties(&["a", "q", "z"]), Ok(()));
    let absent = open.check_parties(&["a", "b", "c"]);
    assert!(matches!(absent, Err(StudyError::Key { fault: Fault::NoSuchParty { .. }, .. })));
    let stranger = with("parties = [\"p\", \"q\", \"r\"]\nrecipients = [\"s\"]");
    assert!(matches!(stranger, Err(StudyError::Key { fault: Fault::NoSuchParty { .. }, .. })));
    assert!(matches!(
        with("parties = [\"p\"]"),
        Err(StudyError::Key { fault: Fault::TooFewParties { .. }, .. })
    ));
    assert!(matches!(
        with("recipients = \"some\""),
        Err(StudyError::Key { fault: Fault::NotOneOf { .. }, .. })
    ));
    assert!(matches!(with("recipients = []"), Err(StudyError::Key { fault: Fault::Length { .. }, .. })));
}
