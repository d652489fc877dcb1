//! All parties of a run in one process: for trying programs out, for tests and for teaching.

use std::thread;

use speedwell_field::Field;
use speedwell_net::{PartyId, memory_mesh};
use speedwell_online::{Config, Error, Preprocessing, Result, Session, UsageFault, transcript};

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
    let session = match transcript::fresh32() {
        Ok(fresh) => fresh,
        Err(error) => return (0..n).map(|_| Err(error.clone())).collect(),
    };
    let mut id = [0; 16];
    id.iter_mut().zip(session).for_each(|(i, s)| *i = s);
    thread::scope(|scope| {
        let (source, program) = (&source, &program);
        let parties: Vec<_> = memory_mesh(n)
            .into_iter()
            .map(|transport| {
                scope.spawn(move || {
                    let me = speedwell_net::Transport::me(&transport);
                    let session = Session::new(Box::new(transport), Box::new(source(me)), Config::new(id))?;
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                    let runtime = runtime.map_err(|_| Error::from(UsageFault::Interrupted))?;
                    runtime.block_on(session.run(async |s| program(s).await))
                })
            })
            .collect();
        parties
            .into_iter()
            .map(|party| party.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
