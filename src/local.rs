//! All parties of a run in one process: for trying programs out, for tests and for teaching.

use std::thread;

use speedwell_field::Field;
use speedwell_net::{MemoryTransport, PartyId, Transport, memory_mesh};
use speedwell_offline::bgv::Params;
use speedwell_offline::lowgear::{Links, LowGear, Settings};
use speedwell_online::{
    Config, MemoryJournal, Preprocessing, Result, Session, UsageFault, plan_with, transcript,
};

/// Statistical security of the preprocessing, in bits.
const STAT_SEC: u32 = 64;

/// Runs `program` among `n` parties, each on a thread of its own, with real preprocessing: what the program needs is planned, then made by
/// LowGear in blocks as short as possible. The results in the order of the parties.
///
/// The program is run once more for the plan, with a [planning](Session::planning) session, in which whatever is revealed is 1. A
/// program whose demand depends on revealed values may run out of material.
///
/// # Errors
/// The first party's that fails; [`UsageFault::NoParameters`] for a field without preprocessing.
pub fn run_local<F, T>(n: usize, program: impl AsyncFn(&Session<F>) -> Result<T> + Sync) -> Result<Vec<T>>
where
    F: Field,
    T: Send,
{
    run_local_with(n, |config| config, program)
}

/// [`run_local`] with sessions that `settings` adapts: the statistical level, how many masks there may be, the network that the
/// program is made fast for.
///
/// # Errors
/// As [`run_local`].
pub fn run_local_with<F, T>(
    n: usize,
    settings: impl Fn(Config) -> Config + Sync,
    program: impl AsyncFn(&Session<F>) -> Result<T> + Sync,
) -> Result<Vec<T>>
where
    F: Field,
    T: Send,
{
    let first = PartyId::new(0).ok_or(UsageFault::NoSuchParty)?;
    let planned =
        plan_with(first, n, settings(Config::new([0; 16])), async |session| program(session).await)?;
    let demand = planned.material;
    let params = Params::of::<F>(STAT_SEC).map_err(|_| UsageFault::NoParameters { field: F::NAME })?;
    let id = fresh_id()?;
    let parties = on_threads(n, async |[online, checks, proofs, replies]: [MemoryTransport; 4]| {
        let links = Links { proofs: Box::new(proofs), replies: Box::new(replies), checks: Box::new(checks) };
        let journal = MemoryJournal::default();
        let making = Settings::new(params.clone()).journal(Box::new(journal.clone()));
        let mut lowgear = LowGear::<F>::set_up(links, id, making).await?;
        lowgear.make(&demand).await?;
        let stock = lowgear.finish().await?;
        let config = settings(Config::new(id)).journal(Box::new(journal));
        let session = Session::new(Box::new(online), Box::new(stock), config)?;
        session.run(async |s| program(s).await).await
    });
    parties.into_iter().collect()
}

/// Runs `program` among `n` parties, each on a thread of its own with the material that `source` gives it. The results in
/// the order of the parties.
pub fn run_parties<F, P, T>(
    n: usize,
    source: impl Fn(PartyId) -> P + Sync,
    program: impl AsyncFn(&Session<F>) -> Result<T> + Sync,
) -> Vec<Result<T>>
where
    F: Field,
    P: Preprocessing<F> + 'static,
    T: Send,
{
    let id = match fresh_id() {
        Ok(id) => id,
        Err(error) => return (0..n).map(|_| Err(error.clone())).collect(),
    };
    on_threads(n, async |[online]: [MemoryTransport; 1]| {
        let source = source(online.me());
        let session = Session::new(Box::new(online), Box::new(source), Config::new(id))?;
        session.run(async |s| program(s).await).await
    })
}

/// Runs every party on a thread of its own, with so many channels among all.
fn on_threads<const CHANNELS: usize, T: Send>(
    n: usize,
    party: impl AsyncFn([MemoryTransport; CHANNELS]) -> Result<T> + Sync,
) -> Vec<Result<T>> {
    let mut meshes = [(); CHANNELS].map(|()| memory_mesh(n).into_iter());
    let transports = (0..n).filter_map(|_| {
        let own: Vec<MemoryTransport> = meshes.iter_mut().filter_map(Iterator::next).collect();
        own.try_into().ok()
    });
    let transports: Vec<[MemoryTransport; CHANNELS]> = transports.collect();
    thread::scope(|scope| {
        let party = &party;
        let threads: Vec<_> = transports
            .into_iter()
            .map(|transports| {
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                    runtime.map_err(|_| UsageFault::Threads)?.block_on(party(transports))
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|party| party.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// A session id that no run has had.
fn fresh_id() -> Result<[u8; 16]> {
    let fresh = transcript::fresh32()?;
    let mut id = [0; 16];
    id.iter_mut().zip(fresh).for_each(|(i, s)| *i = s);
    Ok(id)
}
