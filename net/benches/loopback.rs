//! What a round and a byte cost over mutual TLS on loopback, and a round in memory.
//!
//! Two parties, each a thread with a current-thread runtime. In a round each sends 16 bytes and receives 16 bytes.
//! `cargo bench -p speedwell-net` prints the least times; parts of names select, `--test` runs everything once, shortly.
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use speedwell_net::{
    Frame, Header, Identity, IdentityPem, Listen, LocalParty, MAX_PAYLOAD, Member, MeshConfig, PartyId,
    Roster, TlsMesh, Transport, memory_mesh,
};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let short = args.iter().any(|arg| arg == "--test");
    let (rounds, frames, repetitions) = if short { (10, 10, 1) } else { (2_000, 1_000, 20) };
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part.as_str()));
    let pair = [0, 1].map(|i| PartyId::new(i).expect("a party"));
    let round = f64::from(rounds) / 1e6;
    for (name, spin) in [("round, TLS, spinning", true), ("round, TLS, parked", false)] {
        if wanted(name) {
            let time =
                least(repetitions, || tls(pair, spin, move |t, peer| Box::pin(ping_pong(t, peer, rounds))));
            println!("{name}: {:.2} us", time / round);
        }
    }
    if wanted("round, memory") {
        let time = least(repetitions, || memory(pair, rounds));
        println!("round, memory: {:.2} us", time / round);
    }
    if wanted("bulk, TLS") {
        let time = least(repetitions, || tls(pair, false, move |t, peer| Box::pin(bulk(t, peer, frames))));
        let bytes = f64::from(frames) * MAX_PAYLOAD as f64;
        println!("bulk, TLS, each way at once: {:.2} GB/s", bytes / time / 1e9);
    }
}

/// The least time in seconds: other load on the machine only ever adds.
fn least(repetitions: usize, mut run: impl FnMut() -> Duration) -> f64 {
    (0..repetitions).map(|_| run().as_secs_f64()).fold(f64::INFINITY, f64::min)
}

type Work = std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// Runs `work` at both parties and gives the time of the slower.
fn tls(
    pair: [PartyId; 2],
    spin: bool,
    work: impl Fn(Arc<dyn Transport>, PartyId) -> Work + Send + Clone + 'static,
) -> Duration {
    let made = pair.map(|party| {
        let pem = IdentityPem::generate(&party.to_string(), 1).expect("an identity");
        let identity = Identity::from_pem(&pem.certificate, &pem.key).expect("an identity");
        (TcpListener::bind("127.0.0.1:0").expect("a port"), identity)
    });
    let member = |(listener, identity): &(TcpListener, Identity)| {
        let address = listener.local_addr().expect("an address").to_string();
        Member { name: address.clone(), address, pin: identity.pin() }
    };
    let roster = Arc::new(Roster::new(made.iter().map(member).collect()).expect("a roster"));
    let threads = pair.map(|p| p.index()).into_iter().zip(made).map(|(index, (listener, identity))| {
        let (me, peer, roster, work) = (pair[index], pair[1 - index], roster.clone(), work.clone());
        std::thread::spawn(move || {
            runtime().block_on(async {
                let local =
                    LocalParty { roster, me, identity, software: "bench".into(), digests: Vec::new() };
                let config = MeshConfig { listen: Listen::On(listener), spin, ..MeshConfig::new(local) };
                let transport = TlsMesh::connect(config).await.expect("a session").transports.remove(0);
                let transport: Arc<dyn Transport> = Arc::new(transport);
                ping_pong(transport.clone(), peer, 100).await;
                let start = Instant::now();
                work(transport, peer).await;
                start.elapsed()
            })
        })
    });
    let threads: Vec<_> = threads.collect();
    threads.into_iter().map(|thread| thread.join().expect("a party")).max().expect("two")
}

fn memory(pair: [PartyId; 2], rounds: u32) -> Duration {
    runtime().block_on(async {
        let start = Instant::now();
        let tasks: Vec<_> = memory_mesh(2)
            .into_iter()
            .map(|t| {
                let peer = pair[1 - t.me().index()];
                tokio::spawn(ping_pong(Arc::new(t), peer, rounds))
            })
            .collect();
        for task in tasks {
            task.await.expect("a party");
        }
        start.elapsed()
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().event_interval(1).build().expect("a runtime")
}

/// A round as the protocols have it: both send, both receive.
async fn ping_pong(transport: Arc<dyn Transport>, peer: PartyId, rounds: u32) {
    let payload = Bytes::from_static(&[7; 16]);
    for round in 0..rounds {
        let header = Header { round: round.into(), ..Header::default() };
        transport.send(peer, Frame { header, payload: payload.clone() }).await.expect("sent");
        assert_eq!(transport.recv(peer, 16).await.expect("received").header.round, u64::from(round));
    }
    transport.flush().await.expect("flushed");
}

async fn bulk(transport: Arc<dyn Transport>, peer: PartyId, frames: u32) {
    let payload = Bytes::from(vec![7; MAX_PAYLOAD]);
    let send = async {
        for _ in 0..frames {
            let frame = Frame { header: Header::default(), payload: payload.clone() };
            transport.send(peer, frame).await.expect("sent");
        }
        transport.flush().await.expect("flushed");
    };
    let receive = async {
        for _ in 0..frames {
            transport.recv(peer, MAX_PAYLOAD).await.expect("received");
        }
    };
    tokio::join!(send, receive);
}
