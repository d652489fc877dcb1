//! Prints how fast LowGear makes material between parties in one process, each on threads of its own.
//!
//! `cargo run --release -p speedwell-offline --example lowgear_rate -- [kind] [count] [fp127-64 | goldilocks-40 | …] [parties]`

use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_net::{PartyId, Transport, memory_mesh};
use speedwell_offline::bgv::Params;
use speedwell_offline::lowgear::{Links, LowGear, Settings};
use speedwell_online::Kind;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn main() {
    let arg = |at| std::env::args().nth(at);
    let kind = match arg(1).as_deref() {
        Some("squares") => Kind::Squares,
        Some("bits") => Kind::Bits,
        Some("randoms") => Kind::Randoms,
        Some("inverses") => Kind::Inverses,
        Some("masks") => Kind::Masks(PartyId::new(0).unwrap()),
        _ => Kind::Triples,
    };
    let count = arg(2).and_then(|n| n.parse().ok()).unwrap_or(327_680);
    let parties = arg(4).and_then(|n| n.parse().ok()).unwrap_or(2);
    match arg(3).as_deref() {
        Some("fp127-40") => run::<Fp127>(parties, kind, count, 40),
        Some("goldilocks-40") => run::<Goldilocks>(parties, kind, count, 40),
        Some("goldilocks-64") => run::<Goldilocks>(parties, kind, count, 64),
        _ => run::<Fp127>(parties, kind, count, 64),
    }
}

fn run<F: Field>(n: usize, kind: Kind, count: u64, sec: u32) {
    let params = Params::of::<F>(sec).unwrap();
    println!("{params}");
    let flows = memory_mesh(n).into_iter().zip(memory_mesh(n)).zip(memory_mesh(n));
    std::thread::scope(|scope| {
        for ((proofs, replies), checks) in flows {
            let params = params.clone();
            scope.spawn(move || {
                let me = proofs.me();
                let links = Links { proofs: Box::new(proofs), replies: Box::new(replies), checks: Box::new(checks) };
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async move {
                    let (start, cpu) = (Instant::now(), thread_cpu());
                    let settings = Settings::new(params);
                    let lowgear = LowGear::<F>::set_up(links, [7; 16], settings).await.unwrap();
                    println!("{me}: set-up {:.2?}, {:.2?} CPU", start.elapsed(), thread_cpu() - cpu);
                    let (start, cpu) = (Instant::now(), thread_cpu());
                    lowgear.make_and_drop(&BTreeMap::from([(kind, count)])).await.unwrap();
                    let (wall, cpu) = (start.elapsed(), thread_cpu() - cpu);
                    println!(
                        "{me}: {count} {kind} in {wall:.2?}, {cpu:.2?} CPU: {:.0} per CPU second, {:.2} µs each",
                        count as f64 / cpu.as_secs_f64(),
                        cpu.as_secs_f64() * 1e6 / count as f64
                    );
                });
            });
        }
    });
}

/// Processor time of this thread.
fn thread_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0))
}
