use super::*;
use crate::study::Fault;

/// A study over columns a (−5..=9), b (0..=3), f (boolean) and c (x, y, z), at most 100 rows.
fn study(statistics: &str) -> Study {
    let head = r#"
        title = "test"
        max_rows = 100
        [columns.a]
        type = "integer"
        range = [-5, 9]
        [columns.b]
        type = "integer"
        range = [0, 3]
        [columns.f]
        type = "boolean"
        [columns.c]
        type = "categorical"
        categories = ["x", "y", "z"]
    "#;
    Study::parse(format!("{head}{statistics}").as_bytes()).unwrap()
}

fn labels(layout: &Layout) -> (Vec<&str>, Vec<&str>) {
    let cells = layout.cells.iter().map(|c| c.label.as_str()).collect();
    (cells, layout.reveals.iter().map(|r| r.label.as_str()).collect())
}

#[test]
fn mean_and_deviation_share_their_cells() {
    let study = study(
        r#"
        [[statistics]]
        name = "mean"
        kind = "mean"
        column = "a"
        by = "f"
        [[statistics]]
        name = "std"
        kind = "std"
        column = "a"
        by = "f"
        estimator = "sample"
        products = "clear"
        "#,
    );
    let layout = Layout::new(&study, 3).unwrap();
    let (cells, reveals) = labels(&layout);
    assert_eq!(
        cells,
        [
            "sum(a), f = false",
            "sum(a), f = true",
            "count, f = false",
            "count, f = true",
            "sum(a * a), f = false",
            "sum(a * a), f = true"
        ]
    );
    assert_eq!(layout.products, []);
    assert_eq!(
        reveals,
        [
            "sum(a), f = false",
            "count, f = false",
            "sum(a), f = true",
            "count, f = true",
            "sum(a * a), f = false",
            "sum(a * a), f = true"
        ]
    );
    assert_eq!(layout.cells[0].party, Interval::new(-500, 900));
    assert_eq!(layout.cells[0].pooled, Interval::new(-1500, 2700));
    assert_eq!(layout.cells[4].pooled, Interval::new(0, 81 * 300));
}

#[test]
fn products_on_shares_reveal_no_sum() {
    let study = study(
        r#"
        [[statistics]]
        name = "cov"
        kind = "covariance"
        columns = ["b", "a"]
        estimator = "population"
        "#,
    );
    let layout = Layout::new(&study, 3).unwrap();
    let (cells, reveals) = labels(&layout);
    assert_eq!(cells, ["count", "sum(a)", "sum(b)", "sum(a * b)"]);
    assert_eq!(reveals, ["count", "count * sum(a * b) - sum(a) * sum(b)"]);
    let pooled = |i| Operand::Pooled(CellId(i));
    assert_eq!(
        layout.products,
        [Product { left: pooled(0), right: pooled(3) }, Product { left: pooled(1), right: pooled(2) }]
    );
    assert_eq!(layout.reveals[1].expression, Expression::Form(vec![(1, ProductId(0)), (-1, ProductId(1))]));
    // (300/2)² · 14 · 3, which is less than 300·300·27 + 1500·900.
    assert_eq!(layout.reveals[1].bound, Interval::new(-945_000, 945_000));
}

#[test]
fn concentration_squares_each_partys_own_total() {
    let study = study(
        r#"
        [[statistics]]
        name = "hhi"
        kind = "concentration"
        total = "sum(b)"
        "#,
    );
    let layout = Layout::new(&study, 4).unwrap();
    let cell = CellId(0);
    let squares: Vec<_> = (0..4).map(|i| Operand::Party(i, cell)).chain([Operand::Pooled(cell)]).collect();
    assert_eq!(layout.products.iter().map(|p| p.left).collect::<Vec<_>>(), squares);
    assert!(layout.products.iter().all(Product::is_square));
    assert_eq!(
        layout.reveals.iter().map(|r| &r.bound).collect::<Vec<_>>(),
        [&Interval::new(0, 4 * 300 * 300), &Interval::new(0, 1200 * 1200)]
    );
    let vectors = [vec![7], vec![0], vec![11], vec![2]];
    assert_eq!(layout.evaluate(&vectors), [BigInt::from(49 + 121 + 4), BigInt::from(400)]);
    assert!(layout.leaks().is_empty());
    let three = Layout::new(&study, 3).unwrap();
    assert_eq!(three.leaks(), [Leak::ConcentrationOfThree { statistic: "hhi".into() }]);
}

#[test]
fn histogram_has_outer_bins_where_the_range_reaches() {
    let study = study(
        r#"
        [[statistics]]
        name = "all"
        kind = "histogram"
        column = "a"
        edges = [0, 4, 5]
        [[statistics]]
        name = "inner"
        kind = "histogram"
        column = "b"
        edges = [0, 2, 4]
        by = "f"
        "#,
    );
    let layout = Layout::new(&study, 3).unwrap();
    let bins = |table: usize| {
        let rows = &layout.tables[table].rows;
        rows.iter().map(|(labels, _)| labels.join("/")).collect::<Vec<_>>()
    };
    assert_eq!(bins(0), ["below 0", "[0, 4)", "[4, 5)", "5 and above"]);
    assert_eq!(bins(1), ["false/[0, 2)", "false/[2, 4)", "true/[0, 2)", "true/[2, 4)"]);
    let Moment::Bins(outer) = &layout.blocks[0].moment else { panic!("not bins") };
    assert_eq!([-5, -1, 0, 3, 4, 5, 9].map(|x| outer.bin(x)), [0, 0, 1, 1, 2, 3, 3]);
    let Moment::Bins(inner) = &layout.blocks[1].moment else { panic!("not bins") };
    assert_eq!([0, 1, 2, 3].map(|x| inner.bin(x)), [0, 0, 1, 1]);
}

#[test]
fn digest_tells_layouts_apart() {
    let mean = "[[statistics]]\nname = \"m\"\nkind = \"mean\"\ncolumn = \"a\"\n";
    let sum = "[[statistics]]\nname = \"m\"\nkind = \"sum\"\ncolumn = \"a\"\n";
    let digest = |text: &str, parties| Layout::new(&study(text), parties).unwrap().digest();
    assert_eq!(digest(mean, 3), digest(mean, 3));
    assert_ne!(digest(mean, 3), digest(mean, 4));
    assert_ne!(digest(mean, 3), digest(sum, 3));
}

#[test]
fn room_is_checked_to_the_last_value() {
    // 3 parties · 100 rows · 9: the pooled sum reaches 2700, the count 300.
    let study = study("[[statistics]]\nname = \"m\"\nkind = \"sum\"\ncolumn = \"a\"\n");
    let layout = Layout::new(&study, 3).unwrap();
    assert_eq!(layout.check_room(&[5401]), Ok(()));
    let no_room = LayoutError::NoRoom { what: "sum(a)".into(), bits: 12, room: 11 };
    assert_eq!(layout.check_room(&[5399]), Err(no_room));
    // p = 2^127 − 2^65 + 1.
    assert_eq!(layout.check_room(&[1, (1 << 63) - 2]), Ok(()));
}

#[test]
fn too_large_aggregates_are_refused_before_anything_runs() {
    let text = r#"
        title = "large"
        max_rows = 1_000_000_000_000
        [columns.a]
        type = "integer"
        range = [0, 9_000_000_000_000_000_000]
        [[statistics]]
        name = "v"
        kind = "variance"
        column = "a"
        estimator = "sample"
    "#;
    let study = Study::parse(text.as_bytes()).unwrap();
    let error = Layout::new(&study, 3).unwrap_err();
    assert!(matches!(&error, LayoutError::NoRoom { what, room: 127, .. } if what == "sum(a * a)"), "{error}");
    let study = Study::parse(text.replace("9_000_000_000_000_000_000", "1_000_000_000").as_bytes()).unwrap();
    let layout = Layout::new(&study, 3).unwrap();
    let error = layout.check_room(&[1, (1 << 63) - 2]).unwrap_err();
    assert!(
        matches!(&error, LayoutError::NoRoom { what, room: 125, .. } if what.starts_with("count *")),
        "{error}"
    );
}

#[test]
fn too_few_parties_are_refused() {
    let study = study("[[statistics]]\nname = \"m\"\nkind = \"count\"\n");
    assert_eq!(Layout::new(&study, 2), Err(LayoutError::TooFewParties { expected: 3, found: 2 }));
    let error = study.check_parties(&["a", "b"]).unwrap_err();
    let fault = Fault::TooFewParties { expected: 3, found: 2 };
    assert_eq!(error, crate::StudyError::Key { key: "min_owners".into(), fault });
}

#[test]
fn too_many_cells_are_refused() {
    let edges: Vec<String> = (0..10_000).map(|e| e.to_string()).collect();
    let labels: Vec<String> = (0..200).map(|l| format!("\"l{l}\"")).collect();
    let text = format!(
        "title = \"t\"\nmax_rows = 5\n[columns.a]\ntype = \"integer\"\nrange = [0, 9_999]\n\
         [columns.c]\ntype = \"categorical\"\ncategories = [{}]\n\
         [[statistics]]\nname = \"h\"\nkind = \"histogram\"\ncolumn = \"a\"\nedges = [{}]\nby = \"c\"\n",
        labels.join(", "),
        edges.join(", ")
    );
    let study = Study::parse(text.as_bytes()).unwrap();
    let error = LayoutError::TooManyCells { found: 2_000_000, limit: 100_000 };
    assert_eq!(Layout::new(&study, 3), Err(error));
}
