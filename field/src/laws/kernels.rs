//! Slice kernels against their element-wise definitions.

use super::{edges, lengths, mixed, on_both_paths, random};
use crate::Field;
use core::array;

pub fn kernels<F: Field>() {
    on_both_paths(|| {
        for n in lengths() {
            kernels_on::<F>(&array::from_fn(|i| mixed(10 + i as u8, n)), random(16, 1)[0]);
        }
    });
}

pub fn kernels_at_edges<F: Field>() {
    on_both_paths(|| {
        let edges = edges::<F>();
        for shift in 0..edges.len() {
            let rotated =
                |by: usize| edges.iter().cycle().skip(by % edges.len()).take(edges.len()).copied().collect();
            kernels_on(&array::from_fn(|i| rotated(i * shift)), edges[shift]);
        }
    });
}

fn kernels_on<F: Field>([a, b, c, x, y]: &[Vec<F>; 5], k: F) {
    let n = a.len();
    let each = |f: &dyn Fn(usize) -> F| (0..n).map(f).collect::<Vec<F>>();
    let in_place = |kernel: &dyn Fn(&mut [F])| {
        let mut a = a.clone();
        kernel(&mut a);
        a
    };
    assert_eq!(in_place(&|a| F::add_assign_slice(a, b)), each(&|i| a[i] + b[i]), "add, n = {n}");
    assert_eq!(in_place(&|a| F::sub_assign_slice(a, b)), each(&|i| a[i] - b[i]), "sub, n = {n}");
    assert_eq!(in_place(&|a| F::sub_from_slice(a, b)), each(&|i| b[i] - a[i]), "sub_from, n = {n}");
    assert_eq!(in_place(&|a| F::mul_assign_slice(a, b)), each(&|i| a[i] * b[i]), "mul, n = {n}");
    assert_eq!(in_place(&|a| F::scale_slice(a, k)), each(&|i| a[i] * k), "scale, n = {n}");
    assert_eq!(in_place(&|a| F::axpy(a, k, x)), each(&|i| a[i] + k * x[i]), "axpy, n = {n}");
    assert_eq!(in_place(&|a| F::mul_add_slice(a, x, y)), each(&|i| a[i] + x[i] * y[i]), "mul_add, n = {n}");
    for k in [F::ZERO, F::ONE, -F::ONE, k] {
        assert_eq!(
            in_place(&|a| F::beaver(a, x, b, y, c, k)),
            each(&|i| a[i] + x[i] * b[i] + y[i] * c[i] + k * x[i] * y[i]),
            "beaver, n = {n}"
        );
        let horner = a.iter().rev().fold(F::ZERO, |sum, a| sum * k + *a);
        assert_eq!(F::horner(a, k), horner, "horner, n = {n}");
    }
    let sum_of = |f: &dyn Fn(usize) -> F| (0..n).fold(F::ZERO, |sum, i| sum + f(i));
    assert_eq!(F::dot(a, b), sum_of(&|i| a[i] * b[i]), "dot, n = {n}");
    assert_eq!(F::sum(a), sum_of(&|i| a[i]), "sum, n = {n}");
    let largest = vec![-F::ONE; n];
    assert_eq!(F::dot(&largest, &largest), sum_of(&|_| F::ONE), "dot of p − 1, n = {n}");
}

pub fn unequal_lengths<F: Field>() {
    on_both_paths(|| {
        let k = random::<F>(20, 1)[0];
        for (n, m) in [(0, 5), (5, 0), (3, 9), (9, 3), (64, 67), (131, 130)] {
            let shorter = n.min(m);
            let [a, x]: [Vec<F>; 2] = array::from_fn(|i| random(21 + i as u8, n));
            let [b, y]: [Vec<F>; 2] = array::from_fn(|i| random(23 + i as u8, m));
            let check = |kernel: &dyn Fn(&mut [F]), expected: &dyn Fn(usize) -> F| {
                let mut out = a.clone();
                kernel(&mut out);
                let expected: Vec<F> = (0..n).map(|i| if i < shorter { expected(i) } else { a[i] }).collect();
                assert_eq!(out, expected, "lengths {n} and {m}");
            };
            check(&|a| F::add_assign_slice(a, &b), &|i| a[i] + b[i]);
            check(&|a| F::sub_assign_slice(a, &b), &|i| a[i] - b[i]);
            check(&|a| F::sub_from_slice(a, &b), &|i| b[i] - a[i]);
            check(&|a| F::mul_assign_slice(a, &b), &|i| a[i] * b[i]);
            check(&|a| F::axpy(a, k, &b), &|i| a[i] + k * b[i]);
            check(&|a| F::mul_add_slice(a, &x, &b), &|i| a[i] + x[i] * b[i]);
            check(&|a| F::beaver(a, &b, &x, &y, &x, k), &|i| a[i] + b[i] * x[i] + y[i] * (x[i] + k * b[i]));
            let dot = (0..shorter).fold(F::ZERO, |sum, i| sum + a[i] * b[i]);
            assert_eq!(F::dot(&a, &b), dot);
        }
    });
}
