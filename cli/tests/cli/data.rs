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
fn a_bad_row_deep_in_the_file_ends_the_run_at_every_party() {
    let mut banks = Neighbours::new(3);
    let mut text = "shop,amount\n".to_owned();
    text.push_str(&"food,1\n".repeat(50_000));
    text.push_str("food,1001\n");
    text.push_str(&"food,1\n".repeat(50_000));
    banks.place.write("bank-1.csv", text);
    let mut running = vec![banks.start(0), banks.start(1), banks.start(2)];
    let third = running.pop().unwrap().output();
    let second = running.pop().unwrap().fails(3);
    second.says(&["bank-1.csv, row 50002, column amount", "1001", "0 to 1000"]);
    // The others hear that it gave up, and no word of why.
    let first = running.pop().unwrap().output();
    for output in [first, third] {
        assert_eq!(output.status.code(), Some(4));
        crate::support::Error::of(&output).says(&["party 1 (bank-1)", "that party's own message"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!text.contains("50002") && !text.contains("1001"), "{text}");
    }
    banks.no_result();
}
