//! Rows that cannot be used: one error that names file, row and column, and nothing sent or written.

use crate::neighbours::Neighbours;

#[test]
fn each_bad_file_is_refused_before_anything_is_sent() {
    let banks = Neighbours::new(2);
    let refused = |text: &[u8], says: &[&str]| {
        banks.place.write("bank-0.csv", text);
        let error = banks.fails_alone(0, 3);
        error.says(&["bank-0.csv"]);
        error.says(says);
    };
    refused(b"shop,sum\nfood,1\n", &["column amount", "missing", "shop, sum"]);
    refused(b"shop,amount\nfood,1\nfood,12.5\n", &["row 3, column amount", "12.5", "whole number"]);
    refused(b"shop,amount\nfood,1001\n", &["row 2, column amount", "1001", "0 to 1000"]);
    refused(b"shop,amount\nfood,-1\n", &["row 2, column amount", "-1", "0 to 1000"]);
    refused(b"shop,amount\nboats,1\n", &["row 2, column shop", "boats", "food"]);
    refused(b"shop,amount\nfood,\n", &["row 2, column amount", "empty"]);
    refused(b"", &["empty", "header"]);
    refused(b"shop,amount\n", &["no rows"]);
    refused(b"shop;amount\nfood;1\n", &["semicolon", "comma"]);
    refused(b"shop\tamount\nfood\t1\n", &["tab", "comma"]);
    refused(b"\xef\xbb\xbfshop,amount\nfood,1\n", &["byte order mark", "UTF-8"]);
    refused(b"\xff\xfes\0h\0", &["byte order mark"]);
    refused(b"shop,amount\nfood,1,2\n", &["row 2", "2 fields", "3"]);
    refused(b"shop,amount\nfo\xffod,1\n", &["row 2, column shop", "UTF-8"]);
    // In a column that the study does not use, too.
    refused(b"shop,amount,note\nfood,1,fine\nfood,1,\xff\n", &["row 3, column note", "UTF-8"]);
}

#[test]
fn a_missing_file_and_a_folder_are_refused() {
    let banks = Neighbours::new(2);
    std::fs::remove_file(banks.place.path("bank-0.csv")).unwrap();
    banks.fails_alone(0, 3).says(&["bank-0.csv", "cannot be read", "path"]);
    std::fs::create_dir(banks.place.path("bank-0.csv")).unwrap();
    banks.fails_alone(0, 3).says(&["bank-0.csv", "cannot be read"]);
}

#[test]
fn a_bad_row_deep_in_the_file_is_found_before_anything_is_sent() {
    let banks = Neighbours::new(3);
    let mut text = "shop,amount\n".to_owned();
    text.push_str(&"food,1\n".repeat(50_000));
    text.push_str("food,1001\n");
    text.push_str(&"food,1\n".repeat(50_000));
    banks.place.write("bank-1.csv", text);
    // Nobody else is there: with a good file it would wait for the others.
    let error = banks.fails_alone(1, 3);
    error.says(&["bank-1.csv, row 50002, column amount", "1001", "0 to 1000"]);
}

#[test]
fn what_was_found_what_was_expected_and_what_to_do_are_told_apart() {
    let banks = Neighbours::new(2);
    let refused = |text: &[u8]| {
        banks.place.write("bank-0.csv", text);
        banks.fails_alone(0, 3)
    };
    let empty = refused(b"");
    assert_eq!((empty.place.as_str(), empty.found.as_str()), ("bank-0.csv", "the file is empty"));
    assert_eq!(empty.expected, "a header line with the names of the columns, then the rows");
    assert_eq!(empty.remedy, "export the rows again, with a header");
    let missing = refused(b"shop,sum\nfood,1\n");
    assert_eq!(missing.place, "bank-0.csv, row 1, column amount");
    assert_eq!(missing.found, "the column is missing; the header has: shop, sum");
    assert_eq!(missing.expected, "a column of this name, the same to the letter");
    assert_eq!(missing.remedy, "add it, or rename the one that is meant");
    let wrong = refused(b"shop,amount\nfood,12.5\n");
    assert_eq!((wrong.found.as_str(), wrong.expected.as_str()), ("\"12.5\"", "a whole number (cent)"));
}
