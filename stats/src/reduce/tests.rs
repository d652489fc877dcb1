use super::*;
use crate::{data_error::Excerpt, study::Study};

const STUDY: &str = r#"
title = "test"
max_rows = 5
filters = ["channel != atm"]
[columns.amount]
type = "integer"
unit = "cent"
range = [-50, 1000]
[columns.fraud]
type = "boolean"
null = "zero"
[columns.channel]
type = "categorical"
categories = ["pos", "online", "atm", "other"]
unknown = "other"
null = "unknown"
[columns.shop]
type = "categorical"
categories = ["a", "b"]
null = "skip_row"
[derived.loss]
from = "amount"
where = ["fraud = 1"]
[derived.tens]
from = "amount"
floor_div = 10
[[statistics]]
name = "sums"
kind = "covariance"
columns = ["loss", "tens"]
estimator = "sample"
by = "shop"
[[statistics]]
name = "bins"
kind = "histogram"
column = "amount"
edges = [0, 100, 500]
"#;

const HEADER: &str = "note,amount,fraud,channel,shop\n";

fn layout() -> Layout {
    Layout::new(&Study::parse(STUDY.as_bytes()).unwrap(), 3).unwrap()
}

fn run(text: &[u8]) -> Result<Aggregates, DataError> {
    reduce(&layout(), text, "x.csv", &mut |_| ())
}

/// Row, column and fault of these bytes.
fn fault_of(text: &[u8]) -> (Option<u64>, Option<String>, DataFault) {
    let error = run(text).unwrap_err();
    assert_eq!(error.file, "x.csv");
    (error.row, error.column, *error.fault)
}

/// Row, column and fault of these rows under the header.
fn fault(rows: &str) -> (Option<u64>, Option<String>, DataFault) {
    fault_of(format!("{HEADER}{rows}").as_bytes())
}

#[test]
fn rows_become_cells() {
    let rows = "x,10,1,pos,a\r\n\"x, y\",-15,,web,b\r\n,\"999\",true,,b\r\nx,500,1,atm,a\r\nx,7,0,pos,\r\n";
    let result = run(format!("{HEADER}{rows}").as_bytes()).unwrap();
    assert_eq!((result.rows, result.skipped, result.filtered), (5, 1, 1));
    assert_eq!(result.bytes, (HEADER.len() + rows.len()) as u64);
    let layout = layout();
    let named: Vec<(&str, i128)> =
        layout.cells().iter().map(|c| c.label.as_str()).zip(result.values.iter().copied()).collect();
    assert_eq!(
        named,
        [
            ("count, shop = a", 1),
            ("count, shop = b", 2),
            ("sum(loss), shop = a", 10),
            ("sum(loss), shop = b", 999),
            ("sum(tens), shop = a", 1),
            ("sum(tens), shop = b", -2 + 99),
            ("sum(loss * tens), shop = a", 10),
            ("sum(loss * tens), shop = b", 99 * 999),
            ("count where amount in below 0", 1),
            ("count where amount in [0, 100)", 1),
            ("count where amount in [100, 500)", 0),
            ("count where amount in 500 and above", 1),
        ]
    );
    assert_eq!(format!("{result:?}"), "Aggregates(12 cells)");
}

#[test]
fn columns_may_stand_in_any_order() {
    let one = run(format!("{HEADER}x,10,1,pos,a\n").as_bytes()).unwrap();
    let two = run(b"shop,fraud,amount,more,channel\na,1,10,,pos").unwrap();
    assert_eq!(one.values, two.values);
}

#[test]
fn bad_files_are_named() {
    assert_eq!(fault_of(b""), (None, None, DataFault::Empty));
    assert_eq!(fault_of(b"\n\n"), (None, None, DataFault::Empty));
    assert_eq!(fault(""), (None, None, DataFault::NoRows));
    assert_eq!(fault_of(b"\xef\xbb\xbfamount"), (None, None, DataFault::ByteOrderMark("UTF-8")));
    assert!(matches!(fault_of(b"\xff\xfea\0"), (None, None, DataFault::ByteOrderMark(_))));
    assert!(matches!(fault_of(b"\xfe\xff\0a"), (None, None, DataFault::ByteOrderMark(_))));
    let missing = reduce_file(&layout(), Path::new("/nowhere/x.csv"), &mut |_| ()).unwrap_err();
    assert_eq!(*missing.fault, DataFault::Read(std::io::ErrorKind::NotFound));
    assert_eq!(missing.file, "/nowhere/x.csv");
    let directory = reduce_file(&layout(), Path::new("/"), &mut |_| ()).unwrap_err();
    assert!(matches!(*directory.fault, DataFault::Read(_)), "{directory}");
}

#[test]
fn bad_headers_are_named() {
    let header = |text: &str| fault_of(format!("{text}\n1,2,3,4,5\n").as_bytes());
    let (row, column, fault) = header("amount,fraud,channel,note");
    assert_eq!((row, column.as_deref()), (Some(1), Some("shop")));
    let header_text = "amount, fraud, channel, note".to_owned();
    assert_eq!(fault, DataFault::MissingColumn { header: header_text, similar: None });
    let (_, column, fault) = header("amount,fraud,channel, Shop");
    assert_eq!(column.as_deref(), Some("shop"));
    assert!(matches!(fault, DataFault::MissingColumn { similar: Some(name), .. } if name == " Shop"));
    let twice = header("amount,fraud,channel,shop,shop");
    assert_eq!(twice, (Some(1), Some("shop".into()), DataFault::DuplicateColumn));
    for (text, name) in [
        ("amount;fraud;channel;shop", "semicolons"),
        ("amount\tfraud\tchannel\tshop", "tabs"),
        ("amount|fraud|channel|shop", "vertical bars"),
    ] {
        assert_eq!(header(text), (Some(1), None, DataFault::WrongDelimiter(name)));
    }
    for text in [b"amount,fraud,channel,sh\xf6p\n".as_slice(), b"amount,fraud,channel,sh\xf6p,shop\n"] {
        assert_eq!(fault_of(text), (Some(1), Some("number 4".into()), DataFault::NotUtf8));
    }
}

#[test]
fn bad_rows_are_named() {
    let at = |row, column: &str, fault| (Some(row), Some(column.to_owned()), fault);
    let unit = || "cent".to_owned();
    let found = |text: &str| Excerpt::new(text.as_bytes());
    let ok = "x,1,0,pos,a\n";
    let number = |text: &str| DataFault::NotANumber { found: found(text), unit: unit() };
    let range = |text: &str| DataFault::OutOfRange { found: found(text), lo: -50, hi: 1000, unit: unit() };
    assert_eq!(fault(&format!("{ok}{ok}x,12.5,0,pos,a\n")), at(4, "amount", number("12.5")));
    assert_eq!(fault("x, 12,0,pos,a\n"), at(2, "amount", number(" 12")));
    assert_eq!(fault("x,1001,0,pos,a\n"), at(2, "amount", range("1001")));
    assert_eq!(fault("x,-51,0,pos,a\n"), at(2, "amount", range("-51")));
    assert_eq!(fault("x,99999999999999999999,0,pos,a\n"), at(2, "amount", range("99999999999999999999")));
    assert_eq!(fault("x,,0,pos,a\n"), at(2, "amount", DataFault::Null));
    assert_eq!(fault("x,1,2,pos,a\n"), at(2, "fraud", DataFault::NotABoolean { found: found("2") }));
    let unknown = DataFault::UnknownCategory { found: found("c"), known: "a, b".into() };
    assert_eq!(fault("x,1,0,pos,c\n"), at(2, "shop", unknown));
    assert_eq!(fault("x,1,0,pos\n"), (Some(2), None, DataFault::Ragged { expected: 5, found: 4 }));
    assert_eq!(fault("x,1,0,pos,a,\n"), (Some(2), None, DataFault::Ragged { expected: 5, found: 6 }));
    assert_eq!(fault("x,1,0,po\"s,a\n"), (Some(2), None, DataFault::StrayQuote));
    assert_eq!(fault(&format!("{ok}\n{ok}")), (Some(3), None, DataFault::Blank));
    assert_eq!(fault(&ok.repeat(6)), (Some(7), None, DataFault::TooManyRows { limit: 5 }));
    let bytes = [HEADER.as_bytes(), b"x,1,0,p\xf6s,a\n"].concat();
    assert_eq!(fault_of(&bytes), at(2, "channel", DataFault::NotUtf8));
    // A column that the study does not use holds text all the same.
    let bytes = [HEADER.as_bytes(), ok.as_bytes(), b"\xff,1,0,pos,a\n"].concat();
    assert_eq!(fault_of(&bytes), at(3, "note", DataFault::NotUtf8));
    assert_eq!(fault("schön,1,0,pos,c\n").1.as_deref(), Some("shop"), "other text is no fault");
    // A row that a filter drops is checked all the same.
    assert_eq!(fault("x,1001,0,atm,a\n"), at(2, "amount", range("1001")));
}

#[test]
fn messages_say_where_what_and_what_to_do() {
    let message = |rows: &str| run(format!("{HEADER}{rows}").as_bytes()).unwrap_err().to_string();
    assert_eq!(
        message("x,12.5,0,pos,a\n"),
        "x.csv, row 2, column amount: \"12.5\" (expected: a whole number (cent); \
         to do: write digits only, without point, separators or spaces)"
    );
    assert_eq!(
        message("x,1001,0,pos,a\n"),
        "x.csv, row 2, column amount: \"1001\" (expected: a number from -50 to 1000 (cent); \
         to do: correct the row, or agree on a wider range in the study)"
    );
    let long = message(&format!("x,{},0,pos,a\n", "é\u{1b}".repeat(50)));
    assert!(long.contains("\\u{1b}é") && long.contains('…') && !long.contains('\u{1b}'), "{long}");
}

#[test]
fn progress_is_reported() {
    let study = STUDY.replace("max_rows = 5", "max_rows = 200_000");
    let layout = Layout::new(&Study::parse(study.as_bytes()).unwrap(), 3).unwrap();
    let text = format!("{HEADER}{}", "x,1,0,pos,a\n".repeat(140_000));
    let mut reports = Vec::new();
    let result = reduce(&layout, text.as_bytes(), "x.csv", &mut |p| reports.push(p)).unwrap();
    assert_eq!(reports.iter().map(|p| p.rows).collect::<Vec<_>>(), [65_536, 131_072, 140_000]);
    assert!(reports.is_sorted_by_key(|p| p.bytes));
    assert_eq!(reports[2].bytes, text.len() as u64);
    assert_eq!(result.values[0], 140_000);
}
