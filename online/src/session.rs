//! Sessions: what a protocol sees, and the driver that moves its rounds.
//!
//! A protocol is an `async fn` over `&Session<F>`. It suspends where the paper says "the parties open". [`Session::run`]
//! polls it until it can go no further, exchanges one message with each peer, and polls again; so rounds equal the
//! longest chain of awaits, whatever runs side by side.

mod driver;
mod material;
mod opening;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use speedwell_field::Field;
use speedwell_net::{PartyId, Transport};

use self::driver::RunGuard;
pub(crate) use self::opening::take;
pub use self::opening::{Input, Opening};

use crate::config::Config;
use crate::error::{Result, UsageFault};
use crate::join::try_join_all;
use crate::journal::EpochState;
use crate::linear::MatrixPool;
use crate::mask::{Pool, Shape};
use crate::opened::Opened;
use crate::plan::Planner;
use crate::prep::{Masks, Preprocessing};
use crate::report::{Report, mac_level};
use crate::round::{Class, Core, Request, Slot};
use crate::share::Shares;
use crate::weakness::Weakness;

/// One run of programs among the parties, under one MAC key.
///
/// The source of preprocessing is taken by value: one key has one session, so two checks under one key cannot be under
/// way at once. The first peer, check or network error poisons the session; every later call returns that error.
pub struct Session<F: Field> {
    core: Mutex<Core<F>>,
    transport: Option<Box<dyn Transport>>,
    me: PartyId,
    parties: usize,
    running: Mutex<bool>,
    pool: Mutex<Pool<F>>,
    /// The masks asked for, where a rehearsal wants to know.
    pub(crate) recorded: Mutex<Option<Vec<(Shape, usize)>>>,
    /// Products of random matrices, made ahead.
    pub(crate) matrices: Mutex<MatrixPool<F>>,
}

impl<F: Field> Session<F> {
    /// A session over `transport` with material from `prep`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`UsageFault::EpochBurnt`] if the journal says so, [`UsageFault::FieldTooSmall`], [`UsageFault::Parties`] if
    /// transport and material disagree, [`UsageFault::Entropy`].
    pub fn new(
        transport: Box<dyn Transport>,
        prep: Box<dyn Preprocessing<F>>,
        config: Config,
    ) -> Result<Self> {
        let (me, parties) = (transport.me(), transport.parties());
        let key = prep.key();
        if key.parties() != parties || key.party() != me {
            return Err(UsageFault::Parties { transport: parties, material: key.parties() }.into());
        }
        let setup = config.into_setup();
        if key.is_erased() || setup.journal.state(prep.epoch()) == EpochState::Burnt {
            return Err(UsageFault::EpochBurnt.into());
        }
        let have = mac_level::<F>(1);
        if have < setup.statistical {
            return Err(UsageFault::FieldTooSmall { field: F::NAME, have, need: setup.statistical }.into());
        }
        let core = Mutex::new(Core::new(prep, setup)?);
        Ok(Self {
            core,
            transport: Some(transport),
            me,
            parties,
            running: Mutex::new(false),
            pool: Mutex::default(),
            recorded: Mutex::default(),
            matrices: Mutex::default(),
        })
    }

    /// A planning session of party `me` among `parties`: it has no peers and no values and counts what a program costs.
    ///
    /// Vectors have a length but no elements, and whatever is revealed is 1; so the plan of a program whose course depends
    /// on revealed values is the plan of that course. A revealed number of groups is the number of rows.
    ///
    /// # Errors
    /// [`UsageFault::Entropy`].
    pub fn planning(me: PartyId, parties: usize) -> Result<Self> {
        Self::planning_with(me, parties, Config::new([0; 16]))
    }

    /// As [`planning`](Self::planning), with the settings of the run that is planned: its masks and its network.
    ///
    /// # Errors
    /// [`UsageFault::Entropy`].
    pub fn planning_with(me: PartyId, parties: usize, config: Config) -> Result<Self> {
        let setup = config.into_planning();
        let core = Mutex::new(Core::new(Box::new(Planner::new(me, parties)), setup)?);
        Ok(Self {
            core,
            transport: None,
            me,
            parties,
            running: Mutex::new(false),
            pool: Mutex::default(),
            recorded: Mutex::default(),
            matrices: Mutex::default(),
        })
    }

    /// Runs a program: all parties must run the same one.
    ///
    /// # Errors
    /// Whatever the program returns, or the first peer, check or network error; both poison the session. Peers are told a
    /// fixed code. Dropping the future before its end poisons the session as well.
    pub async fn run<T, P>(&self, program: P) -> Result<T>
    where
        P: AsyncFnOnce(&Self) -> Result<T>,
    {
        if let Some(error) = self.core().failure() {
            return Err(error.clone());
        }
        if std::mem::replace(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner), true) {
            return Err(UsageFault::Busy.into());
        }
        let mut guard = RunGuard { session: self, ended: false };
        let result = self.drive(program).await;
        guard.ended = true;
        result.map_err(|error| self.give_up(error))
    }

    /// Resolves when everything sent has been handed to the network: before the last session over a transport is dropped.
    ///
    /// # Errors
    /// Network errors.
    pub async fn flush(&self) -> Result<()> {
        match &self.transport {
            Some(transport) => Ok(transport.flush().await?),
            None => Ok(()),
        }
    }

    /// What has been counted so far.
    #[must_use]
    pub fn report(&self) -> Report {
        self.core().report.clone()
    }

    /// This party.
    #[must_use]
    pub fn me(&self) -> PartyId {
        self.me
    }

    /// Number of parties.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// Whether this is a planning session.
    #[must_use]
    pub fn is_planning(&self) -> bool {
        self.transport.is_none()
    }

    // Openings.

    /// Opens a vector that is masked by fresh uniform elements used once (kind U). One round; unchecked until the next
    /// check. It joins the current round when called; awaiting the result ends the round.
    pub fn open(&self, x: Shares<F>) -> Opening<F> {
        self.request(Class::Uniform, x)
    }

    /// Opens a vector that is masked only statistically (kind S): everything opened before is checked first.
    pub fn open_statistical(&self, x: Shares<F>) -> Opening<F> {
        self.request(Class::Statistical, x)
    }

    /// Reveals a vector to everybody (kind V): check, open, check, give. Reveals at one level share both checks.
    ///
    /// # Errors
    /// Whatever ends the session; [`Error::Usage`](crate::Error::Usage) for shares that carry a fault.
    pub async fn reveal(&self, x: &Shares<F>) -> Result<Vec<F>> {
        let opened = self.request(Class::Visible, x.clone()).await?;
        Ok(self.give(&opened))
    }

    /// Reveals a vector to one party: check, open x + r with a fresh mask r of that party, check, subtract. `None` at the
    /// others. Material: one mask an element.
    ///
    /// # Errors
    /// As [`reveal`](Self::reveal), and [`Error::Exhausted`](crate::Error::Exhausted).
    pub async fn reveal_to(&self, party: PartyId, x: &Shares<F>) -> Result<Option<Vec<F>>> {
        let Masks { shares, clear } = self.masks(party, x.len())?;
        let opened = self.request(Class::Visible, x + &shares).await?;
        Ok(clear.map(|r| {
            let mut values = self.give(&opened);
            F::sub_assign_slice(&mut values, &r);
            values
        }))
    }

    /// Puts `len` values of `owner` in: the owner gives them, the others give `None`. One round; inputs called one behind
    /// the other share it. Material: one mask of the owner a value.
    ///
    /// # Errors
    /// [`UsageFault::InputOwner`], [`UsageFault::Length`], [`UsageFault::NoSuchParty`], [`Error::Exhausted`](crate::Error::Exhausted).
    pub fn input(&self, owner: PartyId, len: usize, values: Option<&[F]>) -> Input<F> {
        Input(self.request_input(owner, len, values).map_err(Some))
    }

    /// Puts a vector of the same length of every party in, in one round; the vectors in the order of the parties.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub async fn input_all(&self, values: &[F]) -> Result<Vec<Shares<F>>> {
        let inputs: Vec<Input<F>> = PartyId::all(self.parties)
            .map(|p| self.input(p, values.len(), (p == self.me).then_some(values)))
            .collect();
        try_join_all(inputs).await
    }

    /// Checks everything opened so far. Three rounds; none if there is nothing to check.
    ///
    /// # Errors
    /// Whatever ends the session.
    pub async fn check(&self) -> Result<()> {
        let slot = Slot::default();
        self.core().request_check(Arc::clone(&slot));
        std::future::poll_fn(|_| match take(&slot) {
            Some(()) => Poll::Ready(Ok(())),
            None => Poll::Pending,
        })
        .await
    }

    /// A coin that nobody can foresee before everything that was opened or put in, and awaited, is fixed: the same 32 bytes
    /// at all parties, fresh at each call. An opening or an input that is under way when the coin is asked for may be sent
    /// when it is known. It comes with a check; four rounds if it is the first thing of a session, else three.
    ///
    /// # Errors
    /// Whatever ends the session.
    pub async fn coin(&self) -> Result<[u8; 32]> {
        let slot = Slot::default();
        self.core().request_coin(Arc::clone(&slot));
        std::future::poll_fn(|_| take(&slot).map_or(Poll::Pending, |coin| Poll::Ready(Ok(coin)))).await
    }

    /// `len` public values that `owner` says: it gives them, the others give `None`. One round. Before the next check
    /// two honest parties may have heard different things.
    ///
    /// # Errors
    /// [`UsageFault::InputOwner`], [`UsageFault::Length`].
    pub(crate) fn announce(&self, owner: PartyId, len: usize, values: Option<&[F]>) -> Opening<F> {
        match check_owner(owner == self.me, len, values) {
            Ok(()) => Opening(Ok(self.say(owner, len, values.map(<[F]>::to_vec)))),
            Err(error) => Opening(Err(Some(error))),
        }
    }

    /// Shares of public constants.
    #[must_use]
    pub fn constant(&self, c: &[F]) -> Shares<F> {
        let core = self.core();
        let zeros = Shares::zeros(&core.key, c.len(), self.is_planning());
        drop(core);
        if self.is_planning() { zeros } else { zeros.add_public(c) }
    }

    fn request(&self, class: Class, x: Shares<F>) -> Opening<F> {
        let mut core = self.core();
        if let Some(error) = core.failure() {
            return Opening(Err(Some(error.clone())));
        }
        let len = x.len();
        if let Err(fault) = core.spend_masks(class, len) {
            return Opening(Err(Some(fault.into())));
        }
        match x.admit(&core.key, core.setup.planning).and_then(|()| x.into_parts()) {
            Ok((values, macs)) => {
                let slot = Slot::default();
                core.request(Request { class, len, values, macs, slot: Arc::clone(&slot) });
                Opening(Ok(slot))
            }
            Err(error) => Opening(Err(Some(error))),
        }
    }

    fn request_input(
        &self,
        owner: PartyId,
        len: usize,
        values: Option<&[F]>,
    ) -> Result<(Shares<F>, Opening<F>)> {
        check_owner(owner == self.me, len, values)?;
        let Masks { shares, clear } = self.masks(owner, len)?;
        let difference = values.zip(clear).map(|(values, clear)| {
            let mut difference = values.to_vec();
            F::sub_assign_slice(&mut difference, &clear);
            difference
        });
        Ok((shares, Opening(Ok(self.say(owner, len, difference)))))
    }

    /// Sends public values of `owner` to all; the others receive them.
    fn say(&self, owner: PartyId, len: usize, values: Option<Vec<F>>) -> Slot<Opened<F>> {
        let values =
            if self.is_planning() { Vec::new() } else { values.unwrap_or_else(|| vec![F::ZERO; len]) };
        let slot = Slot::default();
        let (class, macs) = (Class::Input(owner), Vec::new());
        self.core().request(Request { class, len, values, macs, slot: Arc::clone(&slot) });
        slot
    }

    /// The values behind an opening whose check has passed.
    fn give(&self, opened: &Opened<F>) -> Vec<F> {
        if self.is_planning() { vec![F::ONE; opened.len()] } else { opened.values().to_vec() }
    }

    /// Whether a test has removed this defence.
    pub(crate) fn weak(&self, weakness: Weakness) -> bool {
        self.core().weak(weakness)
    }

    /// Refuses shares that carry a fault or belong to another session.
    pub(crate) fn admit_shares(&self, x: &Shares<F>) -> Result<()> {
        let core = self.core();
        x.admit(&core.key, core.setup.planning)
    }

    pub(crate) fn core(&self) -> MutexGuard<'_, Core<F>> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses values that are not the owner's to give, or are not as many as agreed.
pub(crate) fn check_owner<T>(owns: bool, len: usize, values: Option<&[T]>) -> Result<()> {
    match values {
        Some(values) if owns && values.len() != len => {
            Err(UsageFault::Length { operation: "input", left: len, right: values.len() }.into())
        }
        values if values.is_some() == owns => Ok(()),
        _ => Err(UsageFault::InputOwner.into()),
    }
}

impl<F: Field> std::fmt::Debug for Session<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session<{}>({} of {}, ..)", F::NAME, self.me, self.parties)
    }
}

/// A session that is given up between opening our sigma and the end of the check burns its epoch.
impl<F: Field> Drop for Session<F> {
    fn drop(&mut self) {
        if self.core().in_sigma_window() {
            let _ = self.core().fail(UsageFault::Interrupted.into());
        }
    }
}
