use super::*;
use crate::study::Study;

/// Cells: count, sum(x), sum(y), sum(x·x), …, for x in −2..=9, y in 0..=3, at most 10 rows.
fn layout(statistic: &str) -> Layout {
    let text = format!(
        "title = \"t\"\nmax_rows = 10\n[columns.x]\ntype = \"integer\"\nrange = [-2, 9]\n\
         [columns.y]\ntype = \"integer\"\nrange = [0, 3]\n[[statistics]]\nname = \"s\"\n{statistic}"
    );
    Layout::new(&Study::parse(text.as_bytes()).unwrap(), 3).unwrap()
}

fn labels(layout: &Layout) -> Vec<&str> {
    layout.reveals().iter().map(|r| r.label.as_str()).collect()
}

fn shown(layout: &Layout, revealed: &[i128]) -> String {
    finish(layout, revealed).unwrap().statistics[0].rows[0].value.to_string()
}

fn contradiction(labels: &[&str]) -> FinishError {
    FinishError::Contradiction { statistic: "s".into(), labels: labels.iter().map(|l| (*l).into()).collect() }
}

#[test]
fn length_and_bounds_are_checked() {
    let layout = layout("kind = \"mean\"\ncolumn = \"x\"");
    assert_eq!(labels(&layout), ["sum(x)", "count"]);
    assert_eq!(shown(&layout, &[-60, 30]), "-2.000000");
    assert_eq!(finish(&layout, &[1i128]), Err(FinishError::Length { expected: 2, found: 1 }));
    let outside = |what: &str, found: i128, lo: i128, hi: i128| FinishError::OutOfBounds {
        what: what.into(),
        found: found.into(),
        lo: lo.into(),
        hi: hi.into(),
    };
    assert_eq!(finish(&layout, &[-61i128, 30]), Err(outside("sum(x)", -61, -60, 270)));
    assert_eq!(finish(&layout, &[271i128, 30]), Err(outside("sum(x)", 271, -60, 270)));
    assert_eq!(finish(&layout, &[5i128, -1]), Err(outside("count", -1, 0, 30)));
    assert_eq!(finish(&layout, &[5i128, 31]), Err(outside("count", 31, 0, 30)));
}

#[test]
fn totals_that_no_rows_give_are_refused() {
    for products in ["clear", "shares"] {
        let std = layout(&format!(
            "kind = \"std\"\ncolumn = \"x\"\nestimator = \"sample\"\nproducts = \"{products}\""
        ));
        // n = 2; Σx = 6; Σx² = 17 < 6²/2: the variance would be negative.
        let (good, bad, single) = match products {
            "clear" => (vec![2i128, 20, 6], vec![2, 17, 6], vec![1, 17, 4]),
            _ => (vec![2, 2 * 20 - 36], vec![2, 2 * 17 - 36], vec![1, 1]),
        };
        assert_eq!(shown(&std, &good), "1.414214", "{products}: {:?}", labels(&std));
        let refused = finish(&std, &bad).unwrap_err();
        // On shares the interval excludes negative numerators already.
        assert!(
            refused == contradiction(&[]) || matches!(refused, FinishError::OutOfBounds { .. }),
            "{refused}"
        );
        assert_eq!(finish(&std, &single), Err(contradiction(&[])), "{products}");
    }
    let r = layout("kind = \"correlation\"\ncolumns = [\"x\", \"y\"]");
    assert_eq!(labels(&r).len(), 3);
    assert_eq!(shown(&r, &[-10, 20, 20]), "-0.500000");
    assert_eq!(finish(&r, &[21i128, 20, 20]), Err(contradiction(&["x", "y"])));
    assert_eq!(finish(&r, &[1i128, 0, 20]), Err(contradiction(&["x", "y"])));
}

#[test]
fn messages_name_what_and_what_to_do() {
    let layout = layout("kind = \"count\"");
    let advice = finish(&layout, &[31i128]).unwrap_err().advice();
    assert_eq!(advice.found, "count is 31");
    assert!(
        advice.expected.starts_with("a value in [0, 30]") && advice.remedy.contains("dry run"),
        "{advice}"
    );
    assert!(contradiction(&[]).to_string().starts_with("the totals of \"s\" contradict each other"));
}
