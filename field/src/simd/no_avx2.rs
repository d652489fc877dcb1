//! Where there is no AVX2: every kernel leaves everything to the portable one.

use crate::{Fp127, Goldilocks, goldilocks::Beaver};

pub(crate) fn add_assign<'a>(a: &'a mut [Fp127], b: &'a [Fp127]) -> (&'a mut [Fp127], &'a [Fp127]) {
    (a, b)
}

pub(crate) fn sub_assign<'a>(a: &'a mut [Fp127], b: &'a [Fp127]) -> (&'a mut [Fp127], &'a [Fp127]) {
    (a, b)
}

pub(crate) fn sub_from<'a>(a: &'a mut [Fp127], b: &'a [Fp127]) -> (&'a mut [Fp127], &'a [Fp127]) {
    (a, b)
}

pub(crate) fn mul_assign<'a>(
    a: &'a mut [Goldilocks],
    b: &'a [Goldilocks],
) -> (&'a mut [Goldilocks], &'a [Goldilocks]) {
    (a, b)
}

pub(crate) fn scale(a: &mut [Goldilocks], _c: Goldilocks) -> &mut [Goldilocks] {
    a
}

pub(crate) fn axpy<'a>(
    a: &'a mut [Goldilocks],
    _c: Goldilocks,
    x: &'a [Goldilocks],
) -> (&'a mut [Goldilocks], &'a [Goldilocks]) {
    (a, x)
}

pub(crate) fn mul_add<'a>(
    a: &'a mut [Goldilocks],
    x: &'a [Goldilocks],
    y: &'a [Goldilocks],
) -> (&'a mut [Goldilocks], &'a [Goldilocks], &'a [Goldilocks]) {
    (a, x, y)
}

pub(crate) fn beaver(operands: Beaver<'_>) -> Beaver<'_> {
    operands
}
