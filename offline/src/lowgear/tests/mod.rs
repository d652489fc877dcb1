//! LowGear among parties in one process: honest ones on threads of their own, cheaters and their victims in virtual time.

mod acts;
mod agreement;
mod attempts;
mod cheat_authenticated;
mod cheat_setup;
mod cheat_triples;
mod controls;
mod decoders;
mod degenerate;
mod early;
mod honest;
mod leaks;
mod limits;
mod repeated;
mod scenario;
mod soundness;

use std::collections::BTreeMap;
use std::time::Duration;

use speedwell_field::Field;
use speedwell_net::{MemoryConfig, MemoryTransport, PartyId, Transport, memory_mesh_with};
use speedwell_online::{Kind, Preprocessing, Result};

use super::{Links, LowGear, Settings, Stock};
use crate::bgv::Params;

const SESSION: [u8; 16] = *b"lowgear in tests";

/// A toy ring: without any security, and fast.
fn toy<F: Field>() -> Params {
    Params::insecure_toy::<F>(128, 40).unwrap()
}

/// How long a party waits for a frame of a peer.
const WAIT: Duration = Duration::from_secs(60);

/// Transports of one flow.
fn mesh(n: usize) -> Vec<MemoryTransport> {
    patient_mesh(n, WAIT)
}

fn patient_mesh(n: usize, wait: Duration) -> Vec<MemoryTransport> {
    memory_mesh_with(n, MemoryConfig { timeout: Some(wait), ..MemoryConfig::default() })
}

/// Runs `body` at every party, on threads of their own.
fn parties<T: Send>(n: usize, body: impl AsyncFn(PartyId, Links) -> T + Sync) -> Vec<T> {
    patient_parties(n, WAIT, body)
}

/// As [`parties`], where a frame may take `wait`.
fn patient_parties<T: Send>(
    n: usize,
    wait: Duration,
    body: impl AsyncFn(PartyId, Links) -> T + Sync,
) -> Vec<T> {
    let mesh = || patient_mesh(n, wait);
    let flows = mesh().into_iter().zip(mesh()).zip(mesh());
    std::thread::scope(|scope| {
        let body = &body;
        let threads: Vec<_> = flows
            .map(|((proofs, replies), checks)| {
                scope.spawn(move || {
                    let me = proofs.me();
                    let links = Links {
                        proofs: Box::new(proofs),
                        replies: Box::new(replies),
                        checks: Box::new(checks),
                    };
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                    runtime.block_on(body(me, links))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Makes `demand` among `n` honest parties.
fn honest<F: Field>(
    n: usize,
    settings: impl Fn(PartyId) -> Settings + Sync,
    demand: &[(Kind, u64)],
) -> Vec<Result<Stock<F>>> {
    patient_honest(n, WAIT, settings, demand)
}

/// As [`honest`], where a frame may take `wait`.
fn patient_honest<F: Field>(
    n: usize,
    wait: Duration,
    settings: impl Fn(PartyId) -> Settings + Sync,
    demand: &[(Kind, u64)],
) -> Vec<Result<Stock<F>>> {
    let demand: BTreeMap<Kind, u64> = demand.iter().copied().collect();
    patient_parties(n, wait, async |me, links| {
        let mut lowgear = LowGear::<F>::set_up(links, SESSION, settings(me)).await?;
        lowgear.make(&demand).await?;
        lowgear.finish().await
    })
}

/// The sum of the parties' vectors.
fn sum<F: Field>(parts: &[Vec<F>]) -> Vec<F> {
    let mut parts = parts.iter();
    let mut sum = parts.next().unwrap().clone();
    parts.for_each(|part| F::add_assign_slice(&mut sum, part));
    sum
}

/// Puts shares of all parties together and compares the MACs with the values.
fn reassemble<F: Field>(shares: &[speedwell_online::Shares<F>], alpha: F) -> Vec<F> {
    let values = sum(&shares.iter().map(|s| s.value_shares().to_vec()).collect::<Vec<_>>());
    let macs = sum(&shares.iter().map(|s| s.mac_shares().to_vec()).collect::<Vec<_>>());
    for (value, mac) in values.iter().zip(&macs) {
        assert_eq!(*mac, alpha * *value, "MAC");
    }
    values
}

fn whole_key<F: Field>(stocks: &[Stock<F>]) -> F {
    stocks.iter().map(|stock| stock.key().alpha()).fold(F::ZERO, |sum, alpha| sum + alpha)
}
