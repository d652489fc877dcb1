//! Fixed-point numbers against exact integers: values, error bounds, refusals, and costs as planned.

mod common;

use common::exact::{all_are_refused, all_get, interval, samples, secret, secret_fixed};
use common::{party, run};
use speedwell_field::{ArkField, Fp127, Goldilocks};
use speedwell_online::linear::Matrix;
use speedwell_online::{
    Bit, Config, Error, Fixed, Int, Interval, Opt, Rational, Result, Session, Ulps, UsageFault, plan,
};

type Bls = ArkField<ark_bls12_381::Fr>;

fn same(config: Config) -> Config {
    config
}

fn rational(text: &str) -> Rational {
    text.parse().unwrap()
}

/// ⌊(x + 2^(t−1))/2^t⌋.
fn nearest(x: i128, t: u32) -> i128 {
    if t == 0 { x } else { (x + (1 << (t - 1))) >> t }
}

fn half_away(x: i128, t: u32) -> i128 {
    nearest(x.abs(), t) * x.signum()
}

#[test]
fn rounding_of_integers() {
    for (range, by) in [
        (Interval::signed(20), 7),
        (interval(100, 140), 7),
        (interval(1 << 40, (1 << 40) + 100_000), 12),
        (interval(-5, 3), 1),
        (Interval::signed(60), 59),
        (Interval::signed(100), 40),
        (interval(0, 9), 10),
    ] {
        let values = samples(range, 40, 1);
        let ((down, near), _) = all_get::<Fp127, _>(2, same, async |s| {
            let x = secret(s, &values, range);
            let down = x.div_pow2_floor(s, by).await?;
            let near = x.div_pow2_round(s, by).await?;
            Ok((down.reveal(s).await?, near.reveal(s).await?))
        });
        assert_eq!(down, values.iter().map(|x| x >> by).collect::<Vec<_>>(), "{range} {by}");
        assert_eq!(near, values.iter().map(|x| nearest(*x, by)).collect::<Vec<_>>(), "{range} {by}");
    }
}

/// Each of the products is rounded as its name says, in every field, for two and three parties, with its error bound.
#[test]
fn products_are_rounded_as_their_names_say() {
    fn check<F: speedwell_field::Field>(n: usize, f: u32, range: Interval, config: fn(Config) -> Config) {
        let (x, y) = (samples(range, 40, 5), samples(range, 40, 6));
        let (got, _) = all_get::<F, _>(n, config, async |s| {
            let (a, b) = (secret_fixed(s, &x, range, f), secret_fixed(s, &y, range, f));
            let products = [
                a.mul(s, &b).await?,
                a.mul_half_away(s, &b).await?,
                a.mul_pr(s, &b).await?,
                a.square(s).await?,
            ];
            let mut got = Vec::new();
            for product in &products {
                assert_eq!(product.error(), if got.len() == 2 { Ulps::ONE } else { Ulps::HALF });
                got.push(product.reveal_scaled(s).await?);
            }
            Ok(got)
        });
        for ((i, x), y) in x.iter().enumerate().zip(&y) {
            assert_eq!(got[0][i], nearest(x * y, f), "{x} {y}");
            assert_eq!(got[1][i], half_away(x * y, f), "{x} {y}");
            assert!([0, 1].contains(&(got[2][i] - ((x * y) >> f))), "{x} {y}");
            assert_eq!(got[3][i], nearest(x * x, f), "{x}");
        }
    }
    check::<Fp127>(2, 16, Interval::symmetric(1 << 23), same);
    check::<Fp127>(3, 16, Interval::symmetric(1 << 23), |config| config.masks(64, 1 << 40));
    check::<Fp127>(2, 32, Interval::signed(48), same);
    check::<Fp127>(2, 3, interval(-8, 7), same);
    check::<Fp127>(2, 8, interval(-90, -3), same);
    check::<Goldilocks>(2, 8, Interval::signed(16), same);
    check::<Bls>(3, 16, Interval::signed(32), same);
}

/// Where only a full-field mask has room, random rounding is exact; the plan asks for the masks that are then taken.
#[test]
fn random_rounding_without_room_plans_what_it_takes() {
    let range = Interval::signed(12);
    let program = async |s: &Session<Goldilocks>| {
        let x = secret_fixed(s, &[3, -5, 7], range, 4);
        x.mul_pr(s, &x).await?.reveal_scaled(s).await
    };
    let planned = plan::<Goldilocks, _, _>(party(0), 2, async |s| program(s).await.map(drop)).unwrap();
    assert!(!planned.shapes.is_empty());
    for outcome in run::<Goldilocks>(2).go(async |s| {
        for (shape, n) in &planned.shapes {
            s.lay_in(*shape, usize::try_from(*n).unwrap()).await?;
        }
        program(s).await
    }) {
        assert_eq!(outcome.result, Ok(vec![1, 2, 3]));
    }
}

/// Inner products, changes of scale and matrix products are rounded by the same names.
#[test]
fn sums_and_scales_are_rounded_as_their_names_say() {
    let range = interval(-3000, 3000);
    let (mut x, y) = (samples(range, 24, 7), samples(range, 24, 8));
    // Ties.
    x[10..14].copy_from_slice(&[-4, -12, 4, 12]);
    let f = 4;
    let ((dots, scales, entries), _) = all_get::<Fp127, _>(2, same, async |s| {
        let (a, b) = (secret_fixed(s, &x, range, f), secret_fixed(s, &y, range, f));
        let dots = [a.dot(s, &b).await?, a.dot_pr(s, &b).await?, a.dot_half_away(s, &b).await?];
        assert_eq!(dots.each_ref().map(Fixed::error), [Ulps::HALF, Ulps::ONE, Ulps::HALF]);
        let scales = [a.rescale(s, 1).await?, a.rescale_pr(s, 1).await?, a.rescale_half_away(s, 1).await?];
        assert_eq!(scales.each_ref().map(Fixed::error), [Ulps::HALF, Ulps::ONE, Ulps::HALF]);
        for same in [a.rescale_pr(s, f).await?, a.rescale_half_away(s, f).await?] {
            assert_eq!((same.error(), same.fraction_bits()), (Ulps::ZERO, f));
        }
        let (left, right) = (Matrix::new(3, 8, a)?, Matrix::new(8, 3, b)?);
        let entries = left.mul_pr(s, &right).await?.into_entries();
        assert_eq!(entries.error(), Ulps::ONE);
        let dots = Fixed::reveal_scaled(&dots[0].append(&dots[1]).append(&dots[2]), s).await?;
        let mut all = Vec::new();
        for scaled in &scales {
            all.push(scaled.reveal_scaled(s).await?);
        }
        Ok((dots, all, entries.reveal_scaled(s).await?))
    });
    let sum: i128 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
    assert_eq!([dots[0], dots[2]], [nearest(sum, f), half_away(sum, f)]);
    assert!([0, 1].contains(&(dots[1] - (sum >> f))));
    let mut away = 0;
    for (i, x) in x.iter().enumerate() {
        assert_eq!([scales[0][i], scales[2][i]], [nearest(*x, 3), half_away(*x, 3)], "{x}");
        assert!([0, 1].contains(&(scales[1][i] - (x >> 3))), "{x}");
        away += usize::from(nearest(*x, 3) != half_away(*x, 3));
    }
    assert!(away >= 2);
    for (i, j) in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))) {
        let sum: i128 = (0..8).map(|k| x[8 * i + k] * y[3 * k + j]).sum();
        assert!([0, 1].contains(&(entries[3 * i + j] - (sum >> f))), "{i} {j}");
    }
}

#[test]
fn sums_of_products_are_rounded_once() {
    let range = Interval::signed(30);
    let (x, y) = (samples(range, 24, 1), samples(range, 24, 2));
    let ((dot, sums), report) = all_get::<Fp127, _>(2, same, async |s| {
        let (a, b) = (secret_fixed(s, &x, range, 12), secret_fixed(s, &y, range, 10));
        let dot = a.dot(s, &b).await?;
        assert_eq!((dot.error(), dot.fraction_bits()), (Ulps::HALF, 12));
        let (a, b) = (a.slice(0..12), b.slice(0..12));
        let sums = Fixed::sum_of_products(s, &[(&a, &b), (&b, &b), (&a, &a)]).await?;
        assert_eq!((sums.error(), sums.fraction_bits()), (Ulps::HALF, 12));
        Ok((dot.reveal_scaled(s).await?, sums.reveal_scaled(s).await?))
    });
    assert_eq!(dot, [nearest(x.iter().zip(&y).map(|(x, y)| x * y).sum(), 10)]);
    for i in 0..12 {
        // At 24 fraction bits, then 12.
        let sum = ((x[i] * y[i]) << 2) + ((y[i] * y[i]) << 4) + x[i] * x[i];
        assert_eq!(sums[i], nearest(sum, 12));
    }
    // One mask for the dot product, and one for each of the twelve sums.
    assert_eq!(report.masks.values().sum::<u64>(), 13);
}

/// Vectors of different lengths are refused, also where their products could be cut into equal parts.
#[test]
fn sums_of_products_of_different_lengths_are_refused() {
    let range = Interval::signed(20);
    for outcome in run::<Fp127>(2).go(async |s| {
        let (two, four) = (secret_fixed(s, &[1, 2], range, 4), secret_fixed(s, &[1, 2, 3, 4], range, 4));
        let refused = [
            Fixed::sum_of_products(s, &[(&two, &two), (&four, &four)]).await.err(),
            Fixed::sum_of_products(s, &[(&two, &four), (&four, &two)]).await.err(),
            Fixed::sum_of_products(s, &[]).await.err(),
        ];
        assert_eq!(s.report().rounds, 0);
        Ok(refused)
    }) {
        for refused in outcome.result.unwrap() {
            assert!(matches!(refused, Some(Error::Usage(UsageFault::Length { .. }))), "{refused:?}");
        }
    }
}

/// A row or a column that a matrix does not have is refused.
#[test]
fn rows_and_columns_are_those_of_the_matrix() {
    let range = Interval::signed(20);
    for outcome in run::<Fp127>(2).go(async |s| {
        let matrix = Matrix::new(3, 2, secret_fixed(s, &[1, 2, 3, 4, 5, 6], range, 4))?;
        let there = [matrix.row(2).reveal_scaled(s).await?, matrix.column(1).reveal_scaled(s).await?];
        let not_there = [matrix.row(3), matrix.column(2), matrix.column(7)];
        let mut refused = Vec::new();
        for entries in not_there {
            refused.push(entries.reveal_scaled(s).await.err());
        }
        Ok((there, refused))
    }) {
        let (there, refused) = outcome.result.unwrap();
        assert_eq!(there, [vec![5, 6], vec![2, 4, 6]]);
        for refused in refused {
            assert!(matches!(refused, Some(Error::Usage(UsageFault::Length { .. }))), "{refused:?}");
        }
    }
}

#[test]
fn linear_operations_are_exact_and_align_scales() {
    let range = Interval::signed(20);
    let (x, y) = (samples(range, 30, 3), samples(range, 30, 4));
    let (got, report) = all_get::<Fp127, _>(2, same, async |s| {
        let (a, b) = (secret_fixed(s, &x, range, 8), secret_fixed(s, &y, range, 11));
        let made = [&a + &b, &a - &b, -&a, &a * -7, a.append(&b), a.sum(), b.sum_groups(10)];
        let mut got = Vec::new();
        for made in &made {
            assert_eq!(made.error(), Ulps::ZERO);
            got.push((made.fraction_bits(), made.reveal_scaled(s).await?));
        }
        Ok(got)
    });
    let both = |f: fn(i128, i128) -> i128| x.iter().zip(&y).map(|(x, y)| f(*x, *y)).collect::<Vec<_>>();
    assert_eq!(got[0], (11, both(|x, y| 8 * x + y)));
    assert_eq!(got[1], (11, both(|x, y| 8 * x - y)));
    assert_eq!(got[2], (8, x.iter().map(|x| -x).collect()));
    assert_eq!(got[3], (8, x.iter().map(|x| -7 * x).collect()));
    assert_eq!(got[4], (11, x.iter().map(|x| 8 * x).chain(y.iter().copied()).collect()));
    assert_eq!(got[5], (8, vec![x.iter().sum()]));
    assert_eq!(got[6], (11, y.chunks(10).map(|y| y.iter().sum()).collect()));
    assert!(report.material.is_empty());
}

#[test]
fn public_reals_scales_and_conversions() {
    let range = Interval::signed(28);
    let x = samples(range, 30, 3);
    let (got, _) = all_get::<Fp127, _>(2, same, async |s| {
        let a = secret_fixed(s, &x, range, 16);
        let exact = a.mul_public(s, &vec![rational("-0.375"); 30]).await?;
        assert_eq!(exact.error(), Ulps::HALF);
        let third = a.mul_public(s, &vec![Rational::new(1, 3)?; 30]).await?;
        assert!(!third.error().exceeds(Ulps::ratio(9, 16)));
        let coarse = a.rescale(s, 9).await?;
        let fine = coarse.rescale(s, 12).await?;
        assert_eq!(fine.error(), Ulps::from(4));
        let plus = a.add_public(rational("1.1"));
        let ints = [a.floor(s).await?, a.round(s).await?];
        let mut got = Vec::new();
        for made in [exact, third, coarse, fine, plus] {
            got.push(made.reveal_scaled(s).await?);
        }
        for ints in ints {
            got.push(ints.reveal(s).await?);
        }
        let constant = Fixed::constant(s, &[rational("0.1"), rational("-3.07")], 16)?;
        got.push(constant.reveal_scaled(s).await?);
        assert_eq!(constant.error(), Ulps::HALF);
        assert_eq!(Fixed::from_int(&Int::constant(s, &[-3]), 5).reveal(s).await?.len(), 1);
        Ok(got)
    });
    for (i, x) in x.iter().enumerate() {
        assert_eq!(got[0][i], nearest(-3 * x, 3));
        assert!((16 * 3 * got[1][i] - 16 * x).abs() <= 9 * 3, "{x}");
        assert_eq!(got[2][i], nearest(*x, 7));
        assert_eq!(got[3][i], nearest(*x, 7) * 8);
        assert_eq!(got[4][i], x + 72_090); // 1.1·2^16 = 72089.6
        assert_eq!(got[5][i], x >> 16);
        assert_eq!(got[6][i], nearest(*x, 16));
    }
    assert_eq!(got[7], [6554, -201_196]); // 6553.6 and −201195.52
}

#[test]
fn numbers_are_revealed_as_decimals_and_floats() {
    let ((decimals, floats, to_one), _) = (
        common::run::<Fp127>(2)
            .go(async |s| {
                let x = Fixed::constant(s, &[rational("-3.0625"), rational("0"), rational("12.5")], 8)?;
                let to_one = x.reveal_scaled_to(s, common::party(1)).await?;
                Ok((x.reveal_decimal(s).await?, x.reveal(s).await?, to_one))
            })
            .remove(1)
            .result
            .unwrap(),
        (),
    );
    assert_eq!(decimals, ["-3.0625", "0", "12.5"]);
    assert_eq!(floats, [-3.0625, 0.0, 12.5]);
    assert_eq!(to_one, Some(vec![-784, 0, 3200]));
}

#[test]
fn comparisons_and_choices_align_scales() {
    let range = Interval::signed(12);
    let (x, y) = (samples(range, 40, 8), samples(range, 40, 9));
    let (got, _) = all_get::<Fp127, _>(3, same, async |s| {
        let (a, b) = (secret_fixed(s, &x, range, 4), secret_fixed(s, &y, range, 6));
        let bits = [
            a.lt(s, &b).await?,
            a.le(s, &b).await?,
            a.eq(s, &b).await?,
            a.is_negative(s).await?,
            a.gt(s, &b).await?,
            a.ge(s, &b).await?,
            a.ne(s, &b).await?,
            a.is_zero(s).await?,
            // No multiple of an ulp: 19/16 < 1.2 and 20/16 is not.
            a.lt_public(s, rational("1.2")).await?,
            a.lt_public(s, rational("-1.25")).await?,
            a.le_public(s, rational("1.2")).await?,
            a.le_public(s, rational("-1.25")).await?,
            a.gt_public(s, rational("1.2")).await?,
            a.gt_public(s, rational("-1.25")).await?,
            a.ge_public(s, rational("1.2")).await?,
            a.ge_public(s, rational("-1.25")).await?,
        ];
        let chosen = [
            a.min(s, &b).await?,
            a.max(s, &b).await?,
            a.abs(s).await?,
            a.clamp(s, rational("-1.5"), rational("20")).await?,
            Fixed::select(s, &bits[0], &a, &b).await?,
        ];
        let mut got = Vec::new();
        for bit in &bits {
            got.push(bit.to_int().reveal(s).await?);
        }
        for chosen in chosen {
            got.push(chosen.reveal_scaled(s).await?);
        }
        got.push(a.sign(s).await?.reveal(s).await?);
        for (value, at) in [a.argmin(s).await?, a.argmax(s).await?] {
            assert_eq!((value.fraction_bits(), value.range(), value.error()), (4, a.range(), a.error()));
            got.push([value.reveal_scaled(s).await?, at.reveal(s).await?].concat());
        }
        Ok(got)
    });
    for (i, (x, y)) in x.iter().zip(&y).enumerate() {
        let fine = 4 * x;
        let mut expected = vec![fine < *y, fine <= *y, fine == *y, *x < 0];
        expected.extend([fine > *y, fine >= *y, fine != *y, *x == 0, *x < 20, *x < -20]);
        expected.extend([*x <= 19, *x <= -20, *x > 19, *x > -20, *x >= 20, *x >= -20]);
        let mut expected: Vec<i128> = expected.into_iter().map(i128::from).collect();
        expected.extend([
            fine.min(*y),
            fine.max(*y),
            x.abs(),
            (*x).clamp(-24, 320),
            fine.min(*y),
            x.signum(),
        ]);
        assert_eq!(got[..22].iter().map(|got| got[i]).collect::<Vec<_>>(), expected, "{x} and {y}");
    }
    let place = |extreme: &i128| x.iter().position(|x| x == extreme).unwrap() as i128;
    let (least, most) = (x.iter().min().unwrap(), x.iter().max().unwrap());
    assert_eq!(got[22..], [[*least, place(least)], [*most, place(most)]]);
}

#[test]
fn inputs_are_rounded_and_proved() {
    let range = Interval::symmetric(40);
    let input = async |s: &Session<Fp127>, values: [&str; 3]| {
        let own: Vec<Rational> = values.iter().map(|x| rational(x)).collect();
        let own = (s.me() == common::party(1)).then_some(own.as_slice());
        Fixed::checked_input(s, common::party(1), range, 4, 3, own).await
    };
    let (got, _) = all_get::<Fp127, _>(2, same, async |s| {
        let x = input(s, ["2.5", "-1.17", "0.1"]).await?;
        assert_eq!((x.error(), x.range(), x.fraction_bits()), (Ulps::HALF, range, 4));
        x.reveal_scaled(s).await
    });
    assert_eq!(got, [40, -19, 2]);
    let outcomes = common::run::<Fp127>(2).go(async |s| input(s, ["2.6", "0", "0"]).await.map(drop));
    let refused = matches!(outcomes[1].result, Err(Error::Usage(UsageFault::Range(_))));
    assert!(refused, "{:?}", outcomes[1].result);
}

#[test]
fn optional_numbers() {
    let (got, _) = all_get::<Fp127, _>(2, same, async |s| {
        let range = Interval::symmetric(100);
        let value = secret_fixed(s, &[8, -24, 40, 56], range, 3);
        let a = Opt::new(s, Bit::constant(s, &[true, false, true, false]), &value).await?;
        let b = Opt::new(s, Bit::constant(s, &[true, true, false, false]), &-&value).await?;
        let other = secret_fixed(s, &[1, 2, 3, 4], range, 3);
        let double = a.map(s, async |_, x| Ok(&(x * 2) + &other)).await?;
        Ok((
            (a.count().reveal(s).await?, a.sum().reveal_scaled(s).await?),
            a.or(s, &b).await?.reveal_scaled(s).await?,
            double.reveal_scaled(s).await?,
            a.unwrap_or(rational("0.5"))?.reveal_scaled(s).await?,
            a.unwrap_or_secret(s, &other).await?.reveal_scaled(s).await?,
            Opt::none(s, 1, 3).or(s, &Opt::some(s, other.slice(2..3))).await?.reveal_scaled(s).await?,
        ))
    });
    assert_eq!(got.0, (vec![2], vec![48]));
    assert_eq!(got.1, [Some(8), Some(24), Some(40), None]);
    assert_eq!(got.2, [Some(17), None, Some(83), None]);
    assert_eq!(got.3, [8, 4, 40, 4]);
    assert_eq!(got.4, [8, 2, 40, 4]);
    assert_eq!(got.5, [Some(3)]);
}

/// The bound that a result carries holds for a computation of several steps.
#[test]
fn errors_add_up_to_a_bound() {
    let range = Interval::signed(24);
    let x = samples(range, 60, 12);
    let f = 16;
    let ((got, bound), _) = all_get::<Fp127, _>(2, same, async |s| {
        let a = secret_fixed(s, &x, range, f);
        let cube = a.square(s).await?.mul(s, &a).await?;
        let polynomial = &(&cube - &a.mul(s, &a).await?) + &(&a * 3);
        Ok((polynomial.reveal_scaled(s).await?, polynomial.error().as_f64()))
    });
    let mut worst = 0.0_f64;
    for (x, got) in x.iter().zip(got) {
        // x³ − x² + 3x at 48 fraction bits.
        let exact = x * x * x - ((x * x) << f) + ((3 * x) << (2 * f));
        let error = ((got << (2 * f)) - exact).abs() as f64 / 2_f64.powi(2 * f as i32);
        assert!(error <= bound, "{x}: {error} {bound}");
        worst = worst.max(error);
    }
    assert!(worst > 0.5, "the samples meet errors of more than one rounding: {worst} of {bound}");
}

#[test]
fn what_may_leave_the_field_or_the_room_is_refused_before_anything_is_sent() {
    async fn product<F: speedwell_field::Field>(s: &Session<F>, bits: u32, f: u32) -> Result<Vec<i128>> {
        let x = secret_fixed(s, &[3, 5], Interval::signed(bits), f);
        x.mul(s, &x).await?.reveal_scaled(s).await
    }
    let refused = all_are_refused::<Fp127, _>(2, async |s| product(s, 64, 16).await);
    assert!(matches!(refused, Error::Usage(UsageFault::Range(fault)) if fault.operation == "mul"));
    let refused = all_are_refused::<Goldilocks, _>(2, async |s| product(s, 33, 16).await);
    assert!(matches!(refused, Error::Usage(UsageFault::Range(_))));
    let refused = all_are_refused::<Fp127, _>(2, async |s| {
        let x = secret_fixed(s, &[3], Interval::signed(20), 8);
        let y = &x * (1_i128 << 120);
        y.reveal_scaled(s).await
    });
    assert!(matches!(refused, Error::Usage(UsageFault::Range(_))));
    let refused = all_are_refused::<Fp127, _>(2, async |s| {
        Fixed::from_int(&Int::constant(s, &[0]), 121).reveal_scaled(s).await
    });
    assert!(matches!(refused, Error::Usage(UsageFault::FractionBits { fraction_bits: 121, .. })));
}
