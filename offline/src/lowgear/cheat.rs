//! Ways in which a party under test deviates from within, and defences that tests remove at all parties. In a product both are
//! empty: every function here then does nothing.
//!
//! A [`Deviation`] changes what its party sends where honest code has no freedom: witnesses, products, shares. What can be changed on
//! the wire alone (bytes, order, silence) is done there, by the tampering transport of the network crate. A [`Weakness`] is for
//! positive controls: the attack that a defence is there for has to work without it.

use speedwell_field::Field;
use speedwell_online::{Config, Result};

use super::check::Column;
use super::engine::{Engine, ReplyPlace};
use super::link::Link;
use super::proof::{Encrypted, Prover};
use crate::bgv::{Bgv, Ciphertext, Multiplier, PublicKey, Role, SecretKey};

/// A defence that all parties leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), allow(dead_code, reason = "only tests leave out a defence"))]
pub(super) enum Weakness {
    /// The factor role uses the key pair of the MAC role.
    OneKeyForBothRoles,
    /// The MAC of a comes from a_i times K_j, as in the original LowGear.
    OldAuthentication,
    /// Columns are checked one by one, each masked by an element of its own.
    SeparateChecks,
    /// A batch check is masked by an element of its first column.
    MaskFromFactor,
    /// The value shares of input masks are zero but for their owner's.
    ZeroInputShares,
    /// Hashes of what was broadcast for proofs are not compared.
    EchoSkipped,
    /// Proofs are received and not verified.
    ProofSkipped,
    /// The check's session does not compare digests of openings.
    DigestSkipped,
    /// The check's session burns nothing.
    NothingBurns,
    /// A check that has opened its combination is begun again for whoever asks for that, with the same mask.
    CheckRepeated,
}

/// Which defence is missing: in a product, none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Defences {
    #[cfg(test)]
    pub(super) missing: Option<Weakness>,
}

impl Defences {
    /// Whether this defence is left out.
    #[cfg_attr(
        not(test),
        allow(clippy::unused_self, reason = "there is something to look at in tests alone")
    )]
    pub(super) fn lack(self, weakness: Weakness) -> bool {
        #[cfg(test)]
        return self.missing == Some(weakness);
        #[cfg(not(test))]
        {
            let _ = weakness;
            false
        }
    }

    /// The configuration of the checks' session.
    pub(super) fn check_config(self, config: Config) -> Config {
        #[cfg(test)]
        return match self.missing {
            Some(Weakness::DigestSkipped) => config.weakness(speedwell_online::Weakness::DigestSkipped),
            Some(Weakness::NothingBurns) => config.weakness(speedwell_online::Weakness::NothingBurns),
            _ => config,
        };
        #[cfg(not(test))]
        config
    }
}

/// What a party does instead of what the protocol says.
#[cfg(test)]
pub(super) trait Deviation<F: Field>: Send + Sync {
    /// Changes the secrets of one of its key pairs; `true` if it did.
    fn key(&self, _role: u8, _s: &mut Vec<i32>, _e: &mut Vec<i32>) -> bool {
        false
    }

    /// Changes what K (`None`) or A' of a job's batch is encrypted from.
    fn witness(&self, _batch: Option<(u64, usize)>, _witness: &mut Encrypted) {}

    /// Changes what it holds at the end of the set-up: its own share of the MAC key, seeds.
    fn set_up(&self, _engine: &mut Engine<F>) {}

    /// Changes x C of a reply, called one of the factor role whatever it is, before it is re-randomised.
    fn product(
        &self,
        _engine: &Engine<F>,
        _place: ReplyPlace,
        _c: &Ciphertext<crate::bgv::FactorRole>,
        _product: &mut Ciphertext<crate::bgv::FactorRole>,
    ) {
    }

    /// How often it says that a proof of a run, at this place of its list, is rejected, whatever it is.
    fn rejections(&self, _run: u64, _index: usize) -> u64 {
        0
    }

    /// Whether it asks for a check once more, where all are ready to repeat it.
    fn asks_again(&self) -> bool {
        false
    }

    /// Changes its shares before they are checked.
    fn shares(&self, _engine: &Engine<F>, _columns: &mut [Column<F>]) {}

    /// Changes what it says in a check, when it knows the coin: its combined value and MAC.
    fn check(
        &self,
        _engine: &Engine<F>,
        _coefficients: &[u8; 32],
        _columns: &[&Column<F>],
        _rho: &mut F,
        _mac: &mut F,
    ) {
    }
}

/// The deviation of one party: in a product, none.
pub(super) struct Cheat<F> {
    #[cfg(test)]
    pub(super) deviation: Option<std::sync::Arc<dyn Deviation<F>>>,
    #[cfg(not(test))]
    none: std::marker::PhantomData<fn() -> F>,
}

impl<F: Field> Cheat<F> {
    /// No deviation.
    pub(super) fn none() -> Self {
        Self {
            #[cfg(test)]
            deviation: None,
            #[cfg(not(test))]
            none: std::marker::PhantomData,
        }
    }
}

/// A party's own proofs of one run.
type Provers<'a> = Vec<Box<dyn Prover + Send + 'a>>;

/// A prover that says "rejected" some times first.
#[cfg(test)]
struct Withheld<'a> {
    prover: Box<dyn Prover + Send + 'a>,
    left: u64,
}

#[cfg(test)]
impl Prover for Withheld<'_> {
    fn statement(&self) -> [u8; 32] {
        self.prover.statement()
    }

    fn first(&mut self, workers: &super::work::Workers, seed: &super::engine::Secret) -> [u8; 32] {
        self.prover.first(workers, seed)
    }

    fn respond(&mut self, challenge: &mut speedwell_field::Prg) -> Option<Vec<u8>> {
        let response = self.prover.respond(challenge);
        let withheld = self.left > 0;
        self.left = self.left.saturating_sub(1);
        response.filter(|_| !withheld)
    }
}

#[cfg(test)]
impl<F: Field> Cheat<F> {
    pub(super) fn key<R: Role>(&self, bgv: &Bgv<F>, secret: &mut SecretKey<R>, public: &mut PublicKey<R>) {
        let Some(deviation) = &self.deviation else { return };
        let mut s = secret.secret().coefficients().to_vec();
        let mut e = secret.error().coefficients().to_vec();
        if deviation.key(R::BYTE, &mut s, &mut e) {
            (*secret, *public) = bgv.forged_key(public.a().clone(), s, e);
        }
    }

    pub(super) fn witness(&self, batch: Option<(u64, usize)>, witness: &mut Encrypted) {
        if let Some(deviation) = &self.deviation {
            deviation.witness(batch, witness);
        }
    }

    pub(super) fn set_up(engine: &mut Engine<F>) {
        if let Some(deviation) = engine.cheat.deviation.clone() {
            deviation.set_up(engine);
        }
    }

    /// What is replied with instead of x C.
    pub(super) fn product<R: Role>(
        &self,
        engine: &Engine<F>,
        place: ReplyPlace,
        x: &Multiplier,
        c: &Ciphertext<R>,
    ) -> Option<(Multiplier, Ciphertext<R>)> {
        let deviation = self.deviation.as_ref()?;
        let mut product = engine.bgv.product(x, c).recast();
        deviation.product(engine, place, &c.clone().recast(), &mut product);
        Some((engine.bgv.constant_multiplier(F::ONE), product.recast()))
    }

    pub(super) fn provers<'a>(&self, run: u64, own: Provers<'a>) -> Provers<'a> {
        let Some(deviation) = self.deviation.as_ref() else { return own };
        let withheld = own.into_iter().enumerate().map(|(index, prover)| -> Box<dyn Prover + Send + 'a> {
            Box::new(Withheld { prover, left: deviation.rejections(run, index) })
        });
        withheld.collect()
    }

    /// Whether anybody asks for the check once more.
    pub(super) async fn again(&self, link: &Link) -> Result<bool> {
        let own = self.deviation.as_ref().is_some_and(|deviation| deviation.asks_again());
        let said = bytes::Bytes::copy_from_slice(&[u8::from(own)]);
        let theirs = link.exchange(super::link::Kind::Hello, said, &link.each(1)).await?;
        Ok(own || theirs.iter().any(|said| said.as_slice() == [1]))
    }

    pub(super) fn shares(&self, engine: &Engine<F>, columns: &mut [Column<F>]) {
        if let Some(deviation) = &self.deviation {
            deviation.shares(engine, columns);
        }
    }

    pub(super) fn check(
        &self,
        engine: &Engine<F>,
        coefficients: &[u8; 32],
        columns: &[&Column<F>],
        rho: &mut F,
        mac: &mut F,
    ) {
        if let Some(deviation) = &self.deviation {
            deviation.check(engine, coefficients, columns, rho, mac);
        }
    }
}

#[cfg(not(test))]
#[allow(clippy::unused_self, reason = "the same calls as in tests, and nothing behind them")]
impl<F: Field> Cheat<F> {
    pub(super) fn key<R: Role>(&self, _: &Bgv<F>, _: &mut SecretKey<R>, _: &mut PublicKey<R>) {}

    pub(super) fn witness(&self, _: Option<(u64, usize)>, _: &mut Encrypted) {}

    pub(super) fn set_up(_: &mut Engine<F>) {}

    pub(super) fn product<R: Role>(
        &self,
        _: &Engine<F>,
        _: ReplyPlace,
        _: &Multiplier,
        _: &Ciphertext<R>,
    ) -> Option<(Multiplier, Ciphertext<R>)> {
        None
    }

    pub(super) fn provers<'a>(&self, _: u64, own: Provers<'a>) -> Provers<'a> {
        own
    }

    #[allow(clippy::unused_async, reason = "the same call as in tests")]
    pub(super) async fn again(&self, _: &Link) -> Result<bool> {
        Ok(false)
    }

    pub(super) fn shares(&self, _: &Engine<F>, _: &mut [Column<F>]) {}

    pub(super) fn check(&self, _: &Engine<F>, _: &[u8; 32], _: &[&Column<F>], _: &mut F, _: &mut F) {}
}
