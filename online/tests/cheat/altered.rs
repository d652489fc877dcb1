//! The dealer, with what it deals altered on the way.

use std::sync::Arc;

use speedwell_dealer::InsecureDealer;
use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::{Inverses, MacKey, Masks, Preprocessing, Result, Shares, Squares, Triples};

type Change<T> = Box<dyn FnMut(T) -> T + Send>;

/// The dealer, as it is until something is said to change.
pub struct Altered<F: Field> {
    dealer: InsecureDealer<F>,
    bits: Change<Shares<F>>,
    masks: Change<Masks<F>>,
}

impl<F: Field> Altered<F> {
    pub fn new(dealer: InsecureDealer<F>) -> Self {
        Self { dealer, bits: Box::new(|bits| bits), masks: Box::new(|masks| masks) }
    }

    /// What becomes of each vector of random bits.
    pub fn bits(self, change: impl FnMut(Shares<F>) -> Shares<F> + Send + 'static) -> Self {
        Self { bits: Box::new(change), ..self }
    }

    /// What becomes of each vector of input masks.
    pub fn masks(self, change: impl FnMut(Masks<F>) -> Masks<F> + Send + 'static) -> Self {
        Self { masks: Box::new(change), ..self }
    }
}

impl<F: Field> Preprocessing<F> for Altered<F> {
    fn epoch(&self) -> [u8; 16] {
        self.dealer.epoch()
    }
    fn key(&self) -> Arc<MacKey<F>> {
        self.dealer.key()
    }
    fn triples(&mut self, n: usize) -> Result<Triples<F>> {
        self.dealer.triples(n)
    }
    fn squares(&mut self, n: usize) -> Result<Squares<F>> {
        self.dealer.squares(n)
    }
    fn bits(&mut self, n: usize) -> Result<Shares<F>> {
        Ok((self.bits)(self.dealer.bits(n)?))
    }
    fn masks(&mut self, owner: PartyId, n: usize) -> Result<Masks<F>> {
        Ok((self.masks)(self.dealer.masks(owner, n)?))
    }
    fn randoms(&mut self, n: usize) -> Result<Shares<F>> {
        self.dealer.randoms(n)
    }
    fn inverses(&mut self, n: usize) -> Result<Inverses<F>> {
        self.dealer.inverses(n)
    }
    fn burn(&mut self) {
        self.dealer.burn();
    }
}
