//! Authenticated points of a curve: against clear computation, their encoding, their cost, what is refused.
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod algebra;
mod codec;
mod cost;
mod refused;
mod wire;

use ark_ec::PrimeGroup;
use speedwell_online::curve::{Base, Curve, Scalar};

pub type Bls1 = ark_bls12_381::G1Projective;
pub type Bls2 = ark_bls12_381::G2Projective;
pub type Bn = ark_bn254::G1Projective;

/// x_k·G in the clear, by ark's own multiplication.
pub fn clear<C: Curve>(x: &[Scalar<C>]) -> Vec<C> {
    x.iter().map(|x| C::generator() * x.0).collect()
}

pub fn affine<C: Curve>(points: &[C]) -> Vec<C::Affine> {
    points.iter().map(|point| point.into_affine()).collect()
}

/// A base other than the generator.
pub fn other_base<C: Curve>() -> Base<C> {
    Base::new(<C as PrimeGroup>::generator() * C::ScalarField::from(77_u64))
}
