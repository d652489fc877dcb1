//! From statistics to cells, products and reveals, each listed once.

use super::{
    Bins, Block, Cell, CellId, Expression, Layout, LayoutError, Moment, Numerator, Operand, Product,
    ProductId, Recipe, Reveal, RevealId, Table,
};
use crate::{
    interval::Interval,
    study::{ColumnId, Estimator, Measure, Products, Study, Total},
};
use num_bigint::BigInt;
use std::collections::BTreeMap;

/// About 50 MB of labels and intervals.
const MAX_CELLS: usize = 100_000;

pub(super) fn layout(study: &Study, parties: usize) -> Result<Layout, LayoutError> {
    if parties < study.min_owners {
        return Err(LayoutError::TooFewParties { expected: study.min_owners, found: parties });
    }
    let layout = Layout {
        study: study.clone(),
        parties,
        blocks: vec![],
        cells: vec![],
        products: vec![],
        reveals: vec![],
        tables: vec![],
    };
    let mut builder = Builder { study, layout, seen: Seen::default() };
    for statistic in &study.statistics {
        let table = builder.table(statistic.by, &statistic.measure)?;
        builder.layout.tables.push(table);
    }
    // Local sums are kept in an i128.
    match builder.layout.cells.iter().find(|c| c.party.bits() > 127) {
        Some(cell) => {
            Err(LayoutError::NoRoom { what: cell.label.clone(), bits: cell.party.bits(), room: 127 })
        }
        None => Ok(builder.layout),
    }
}

struct Builder<'a> {
    study: &'a Study,
    layout: Layout,
    seen: Seen,
}

/// Positions of what is listed already, so that a look-up does not walk the lists.
#[derive(Default)]
struct Seen {
    products: BTreeMap<(Operand, Operand), ProductId>,
    cells: BTreeMap<CellId, RevealId>,
    forms: BTreeMap<Vec<(i64, ProductId)>, RevealId>,
}

/// Labels that tell figures of one category apart, and how each is computed.
type Figures = Vec<(Vec<String>, Recipe)>;

/// A category of a column, or all rows.
#[derive(Clone, Copy)]
struct Place {
    by: Option<ColumnId>,
    category: usize,
}

impl Builder<'_> {
    fn table(&mut self, by: Option<ColumnId>, measure: &Measure) -> Result<Table, LayoutError> {
        let name = |id: &ColumnId| self.study.column(*id).name.clone();
        let mut headers: Vec<String> = by.iter().map(name).collect();
        match measure {
            Measure::Histogram { column, .. } => headers.push(name(column)),
            Measure::Correlation { .. } => headers.extend(["first".into(), "second".into()]),
            _ => {}
        }
        let categories: Vec<Vec<String>> = match by {
            None => vec![vec![]],
            Some(id) => self.study.column(id).categories().into_iter().map(|c| vec![c.to_owned()]).collect(),
        };
        let mut rows = Vec::new();
        for (category, labels) in categories.into_iter().enumerate() {
            let figures = self.figures(Place { by, category }, measure)?;
            rows.extend(
                figures.into_iter().map(|(more, recipe)| ([labels.as_slice(), &more].concat(), recipe)),
            );
        }
        Ok(Table { headers, rows })
    }

    /// The figures of one category; labels tell them apart where there are several.
    fn figures(&mut self, at: Place, measure: &Measure) -> Result<Figures, LayoutError> {
        let one = |recipe| Ok(vec![(vec![], recipe)]);
        let quotient = |numerator, denominator| one(Recipe::Quotient { numerator, denominator });
        match measure {
            Measure::Count => one(Recipe::Integer(self.total(at, Total::Count)?)),
            Measure::Sum { column } => one(Recipe::Integer(self.total(at, Total::Sum(*column))?)),
            Measure::Mean { column } => {
                quotient(self.total(at, Total::Sum(*column))?, self.total(at, Total::Count)?)
            }
            Measure::Ratio { numerator, denominator } => {
                quotient(self.total(at, *numerator)?, self.total(at, *denominator)?)
            }
            Measure::Variance { column: x, estimator, products } => {
                one(self.moment(at, (*x, *x), *estimator, *products, false)?)
            }
            Measure::Std { column: x, estimator, products } => {
                one(self.moment(at, (*x, *x), *estimator, *products, true)?)
            }
            Measure::Covariance { x, y, estimator, products } => {
                one(self.moment(at, (*x, *y), *estimator, *products, false)?)
            }
            Measure::Concentration { total } => one(self.concentration(at, *total)?),
            Measure::Correlation { columns, products } => self.correlations(at, columns, *products),
            Measure::Histogram { column, edges } => self.histogram(at, *column, edges),
        }
    }

    fn correlations(
        &mut self,
        at: Place,
        columns: &[ColumnId],
        products: Products,
    ) -> Result<Figures, LayoutError> {
        let mut figures = Vec::new();
        for (i, x) in columns.iter().enumerate() {
            for y in &columns[i + 1..] {
                let recipe = Recipe::Correlation {
                    xy: self.numerator(at, (*x, *y), products)?,
                    xx: self.numerator(at, (*x, *x), products)?,
                    yy: self.numerator(at, (*y, *y), products)?,
                };
                figures.push(([*x, *y].map(|id| self.study.column(id).name.clone()).to_vec(), recipe));
            }
        }
        Ok(figures)
    }

    fn histogram(&mut self, at: Place, column: ColumnId, edges: &[i64]) -> Result<Figures, LayoutError> {
        let (lo, hi) = self.study.column(column).range();
        let below = edges.first().is_some_and(|first| lo < *first);
        let above = edges.last().is_some_and(|last| hi >= *last);
        let bins = Bins { column, edges: edges.to_vec(), below, above };
        let names = bins.labels();
        let CellId(first) = self.cell(at, Moment::Bins(bins))?;
        let figure = |(bin, name)| (vec![name], Recipe::Integer(self.reveal_cell(CellId(first + bin))));
        Ok(names.into_iter().enumerate().map(figure).collect())
    }

    fn total(&mut self, at: Place, total: Total) -> Result<RevealId, LayoutError> {
        let cell = self.total_cell(at, total)?;
        Ok(self.reveal_cell(cell))
    }

    fn total_cell(&mut self, at: Place, total: Total) -> Result<CellId, LayoutError> {
        match total {
            Total::Count => self.cell(at, Moment::Count),
            Total::Sum(column) => self.cell(at, Moment::Sum(column)),
        }
    }

    fn moment(
        &mut self,
        at: Place,
        pair: (ColumnId, ColumnId),
        estimator: Estimator,
        products: Products,
        root: bool,
    ) -> Result<Recipe, LayoutError> {
        let n = self.total(at, Total::Count)?;
        Ok(Recipe::Moment { numerator: self.numerator(at, pair, products)?, n, estimator, root })
    }

    /// n·Σxy − Σx·Σy, on shares or in clear.
    fn numerator(
        &mut self,
        at: Place,
        (x, y): (ColumnId, ColumnId),
        products: Products,
    ) -> Result<Numerator, LayoutError> {
        let (x, y) = (x.min(y), x.max(y));
        let n = self.cell(at, Moment::Count)?;
        let sum_x = self.cell(at, Moment::Sum(x))?;
        let sum_y = self.cell(at, Moment::Sum(y))?;
        let sum_xy = self.cell(at, Moment::Product(x, y))?;
        if products == Products::Clear {
            let [n, xy, x, y] = [n, sum_xy, sum_x, sum_y].map(|cell| self.reveal_cell(cell));
            return Ok(Numerator::Clear { n, xy, x, y });
        }
        let first = self.product(Operand::Pooled(n), Operand::Pooled(sum_xy));
        let second = self.product(Operand::Pooled(sum_x), Operand::Pooled(sum_y));
        let pooled = |cell: CellId| &self.layout.cells[cell.0].pooled;
        let plain = pooled(n).times(pooled(sum_xy)).plus(&pooled(sum_x).times(pooled(sum_y)).scaled(-1));
        // n²·|cov| ≤ n²·σx·σy ≤ (n/2)²·(width of x)·(width of y), by Cauchy, Schwarz and Popoviciu. A variance is ≥ 0.
        let width = |id: ColumnId| {
            let (lo, hi) = self.study.column(id).range();
            BigInt::from(hi) - BigInt::from(lo)
        };
        let most = &pooled(n).hi * &pooled(n).hi * width(x) * width(y) / 4u32;
        let least = if x == y { BigInt::ZERO } else { -&most };
        let bound = plain.and(&Interval::new(least, most));
        let [a, b] = [x, y].map(|id| &self.study.column(id).name);
        let label = format!("count * sum({a} * {b}) - sum({a}) * sum({b}){}", at.label(self.study));
        Ok(Numerator::Revealed(self.reveal_form(vec![(1, first), (-1, second)], label, bound)))
    }

    /// Σ Lᵢ² over the parties, and (Σ Lᵢ)².
    fn concentration(&mut self, at: Place, total: Total) -> Result<Recipe, LayoutError> {
        let cell = self.total_cell(at, total)?;
        let own = |party| Operand::Party(party, cell);
        let squares: Vec<(i64, ProductId)> =
            (0..self.layout.parties).map(|i| (1, self.product(own(i), own(i)))).collect();
        let whole = self.product(Operand::Pooled(cell), Operand::Pooled(cell));
        let Cell { label, party, pooled } = &self.layout.cells[cell.0];
        let (top, bottom) = (format!("sum over parties of ({label})^2"), format!("({label})^2"));
        let sum_of_squares = party.square().pooled(self.layout.parties);
        let square_of_sum = pooled.square();
        let numerator = self.reveal_form(squares, top, sum_of_squares);
        let denominator = self.reveal_form(vec![(1, whole)], bottom, square_of_sum);
        Ok(Recipe::Quotient { numerator, denominator })
    }

    /// The cell of a moment at a place (of a histogram, its first bin). On first use the moment's whole block is listed:
    /// every category and bin.
    fn cell(&mut self, at: Place, moment: Moment) -> Result<CellId, LayoutError> {
        let block = match self.layout.blocks.iter().position(|b| b.by == at.by && b.moment == moment) {
            Some(found) => found,
            None => self.add_block(at.by, moment)?,
        };
        let block = &self.layout.blocks[block];
        Ok(CellId(block.first + at.category * block.bins))
    }

    fn add_block(&mut self, by: Option<ColumnId>, moment: Moment) -> Result<usize, LayoutError> {
        let study = self.study;
        let categories = by.map_or(1, |id| study.column(id).category_count());
        let name = |id: ColumnId| &study.column(id).name;
        let range = |id: ColumnId| {
            let (lo, hi) = study.column(id).range();
            Interval::new(lo, hi)
        };
        let one = Interval::new(0, 1);
        let (values, what) = match &moment {
            Moment::Count => (one, vec!["count".to_owned()]),
            Moment::Sum(x) => (range(*x), vec![format!("sum({})", name(*x))]),
            Moment::Product(x, y) => {
                let values = if x == y { range(*x).square() } else { range(*x).times(&range(*y)) };
                (values, vec![format!("sum({} * {})", name(*x), name(*y))])
            }
            Moment::Bins(bins) => {
                let label = |bin| format!("count where {} in {bin}", name(bins.column));
                (one, bins.labels().into_iter().map(label).collect())
            }
        };
        let bins = what.len();
        let first = self.layout.cells.len();
        let found = categories.saturating_mul(bins).saturating_add(first);
        if found > MAX_CELLS {
            return Err(LayoutError::TooManyCells { found, limit: MAX_CELLS });
        }
        let party = values.sum_of_at_most(study.max_rows);
        let pooled = party.pooled(self.layout.parties);
        for category in 0..categories {
            let place = Place { by, category }.label(study);
            self.layout.cells.extend(what.iter().map(|what| Cell {
                label: format!("{what}{place}"),
                party: party.clone(),
                pooled: pooled.clone(),
            }));
        }
        self.layout.blocks.push(Block { moment, by, first, categories, bins });
        Ok(self.layout.blocks.len() - 1)
    }

    fn product(&mut self, a: Operand, b: Operand) -> ProductId {
        let (left, right) = (a.min(b), a.max(b));
        let next = ProductId(self.layout.products.len());
        let id = *self.seen.products.entry((left, right)).or_insert(next);
        if id == next {
            self.layout.products.push(Product { left, right });
        }
        id
    }

    fn reveal_cell(&mut self, cell: CellId) -> RevealId {
        let next = RevealId(self.layout.reveals.len());
        let id = *self.seen.cells.entry(cell).or_insert(next);
        if id == next {
            let Cell { label, pooled, .. } = self.layout.cells[cell.0].clone();
            self.layout.reveals.push(Reveal { expression: Expression::Cell(cell), label, bound: pooled });
        }
        id
    }

    fn reveal_form(&mut self, terms: Vec<(i64, ProductId)>, label: String, bound: Interval) -> RevealId {
        let next = RevealId(self.layout.reveals.len());
        let id = *self.seen.forms.entry(terms.clone()).or_insert(next);
        if id == next {
            self.layout.reveals.push(Reveal { expression: Expression::Form(terms), label, bound });
        }
        id
    }
}

impl Place {
    fn label(self, study: &Study) -> String {
        let Some(id) = self.by else { return String::new() };
        let column = study.column(id);
        format!(", {} = {}", column.name, column.category(self.category).unwrap_or_default())
    }
}
