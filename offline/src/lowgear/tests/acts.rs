//! Deviations put together from closures.

use speedwell_field::Field;

use super::super::cheat::Deviation;
use super::super::check::Column;
use super::super::engine::{Engine, ReplyPlace};
use super::super::proof::Encrypted;
use crate::bgv::{Ciphertext, FactorRole};

pub type Cipher = Ciphertext<FactorRole>;

type Key = dyn Fn(u8, &mut Vec<i32>, &mut Vec<i32>) -> bool + Send + Sync;
type Witness = dyn Fn(Option<(u64, usize)>, &mut Encrypted) + Send + Sync;
type SetUp<F> = dyn Fn(&mut Engine<F>) + Send + Sync;
type Product<F> = dyn Fn(&Engine<F>, ReplyPlace, &Cipher, &mut Cipher) + Send + Sync;
type Rejections = dyn Fn(u64, usize) -> u64 + Send + Sync;
type Again = dyn Fn() -> bool + Send + Sync;
type Shares<F> = dyn Fn(&Engine<F>, &mut [Column<F>]) + Send + Sync;
type Check<F> = dyn Fn(&Engine<F>, &[u8; 32], &[&Column<F>], &mut F, &mut F) + Send + Sync;

/// What a cheater does; honest where nothing is said.
pub struct Acts<F: Field> {
    key: Box<Key>,
    witness: Box<Witness>,
    set_up: Box<SetUp<F>>,
    product: Box<Product<F>>,
    rejections: Box<Rejections>,
    again: Box<Again>,
    shares: Box<Shares<F>>,
    check: Box<Check<F>>,
}

impl<F: Field> Acts<F> {
    pub fn honest() -> Self {
        Self {
            key: Box::new(|_, _, _| false),
            witness: Box::new(|_, _| {}),
            set_up: Box::new(|_| {}),
            product: Box::new(|_, _, _, _| {}),
            rejections: Box::new(|_, _| 0),
            again: Box::new(|| false),
            shares: Box::new(|_, _| {}),
            check: Box::new(|_, _, _, _, _| {}),
        }
    }

    pub fn key(
        mut self,
        act: impl Fn(u8, &mut Vec<i32>, &mut Vec<i32>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.key = Box::new(act);
        self
    }

    pub fn witness(
        mut self,
        act: impl Fn(Option<(u64, usize)>, &mut Encrypted) + Send + Sync + 'static,
    ) -> Self {
        self.witness = Box::new(act);
        self
    }

    pub fn set_up(mut self, act: impl Fn(&mut Engine<F>) + Send + Sync + 'static) -> Self {
        self.set_up = Box::new(act);
        self
    }

    pub fn product(
        mut self,
        act: impl Fn(&Engine<F>, ReplyPlace, &Cipher, &mut Cipher) + Send + Sync + 'static,
    ) -> Self {
        self.product = Box::new(act);
        self
    }

    pub fn rejections(mut self, act: impl Fn(u64, usize) -> u64 + Send + Sync + 'static) -> Self {
        self.rejections = Box::new(act);
        self
    }

    pub fn again(mut self, act: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.again = Box::new(act);
        self
    }

    pub fn shares(mut self, act: impl Fn(&Engine<F>, &mut [Column<F>]) + Send + Sync + 'static) -> Self {
        self.shares = Box::new(act);
        self
    }

    pub fn check(
        mut self,
        act: impl Fn(&Engine<F>, &[u8; 32], &[&Column<F>], &mut F, &mut F) + Send + Sync + 'static,
    ) -> Self {
        self.check = Box::new(act);
        self
    }
}

impl<F: Field> Deviation<F> for Acts<F> {
    fn key(&self, role: u8, s: &mut Vec<i32>, e: &mut Vec<i32>) -> bool {
        (self.key)(role, s, e)
    }

    fn witness(&self, batch: Option<(u64, usize)>, witness: &mut Encrypted) {
        (self.witness)(batch, witness);
    }

    fn set_up(&self, engine: &mut Engine<F>) {
        (self.set_up)(engine);
    }

    fn product(&self, engine: &Engine<F>, place: ReplyPlace, c: &Cipher, product: &mut Cipher) {
        (self.product)(engine, place, c, product);
    }

    fn rejections(&self, run: u64, index: usize) -> u64 {
        (self.rejections)(run, index)
    }

    fn asks_again(&self) -> bool {
        (self.again)()
    }

    fn shares(&self, engine: &Engine<F>, columns: &mut [Column<F>]) {
        (self.shares)(engine, columns);
    }

    fn check(
        &self,
        engine: &Engine<F>,
        coefficients: &[u8; 32],
        columns: &[&Column<F>],
        rho: &mut F,
        mac: &mut F,
    ) {
        (self.check)(engine, coefficients, columns, rho, mac);
    }
}

/// `x K_to`, called one of the factor role.
pub fn times_key<F: Field>(engine: &Engine<F>, place: ReplyPlace, x: &[F]) -> Cipher {
    let peer = engine.peers.iter().find(|peer| peer.party == place.to).unwrap();
    engine.bgv.product(&engine.bgv.multiplier(x), &peer.alpha).recast()
}

/// A polynomial of a cheater, and its slots.
pub fn polynomial<F: Field>(engine: &Engine<F>) -> (Vec<F>, Vec<F>) {
    let coefficients: Vec<F> = (3..).map(|i| F::from_u64(i * i)).take(engine.batch()).collect();
    let mut slots = coefficients.clone();
    engine.bgv.slots().forward(&mut slots);
    (coefficients, slots)
}

/// Adds `scale * (x, alpha x)` to a column, batch by batch.
pub fn shift_column<F: Field>(engine: &Engine<F>, column: &mut Column<F>, x: &[F], scale: F) {
    let alpha = engine.key.alpha();
    let pairs = column.values.iter_mut().zip(column.macs.iter_mut());
    for ((value, mac), x) in pairs.zip(x.iter().cycle()) {
        *value += scale * *x;
        *mac += scale * alpha * *x;
    }
}
