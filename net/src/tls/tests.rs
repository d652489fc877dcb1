//! Shared by the tests of the mesh: towns of parties on loopback, and rogues.

mod data;
mod doctor;
mod gathering;
mod life;
mod matrix;
mod rogue;
mod rude;

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::*;
use crate::{Frame, Header, Identity, IdentityPem, Member, Transport};

/// Parties with fresh keys, each with a port of its own on loopback.
struct Town {
    roster: Arc<Roster>,
    identities: Vec<Identity>,
    sockets: Vec<std::net::TcpListener>,
}

impl Town {
    fn new(n: usize) -> Self {
        Self::of((0..n).map(|_| identity()).collect())
    }

    fn of(identities: Vec<Identity>) -> Self {
        let sockets: Vec<_> =
            identities.iter().map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let member = |(index, (identity, socket)): (usize, (&Identity, &std::net::TcpListener))| Member {
            name: format!("bank-{}", char::from(b'a' + u8::try_from(index).unwrap())),
            address: socket.local_addr().unwrap().to_string(),
            pin: identity.pin(),
        };
        let members = identities.iter().zip(&sockets).enumerate().map(member).collect();
        Self { roster: Arc::new(Roster::new(members).unwrap()), identities, sockets }
    }

    fn local(&self, index: usize) -> LocalParty {
        LocalParty {
            roster: self.roster.clone(),
            me: party(index),
            identity: self.identities[index].clone(),
            software: "speedwell test".into(),
            digests: vec![("study file".into(), [1; 32]), ("program".into(), [2; 32])],
        }
    }

    /// As the party would run it; the first one looks out for frames itself. May be made again, for a restart: the port stays.
    fn config(&self, index: usize) -> MeshConfig {
        let listen = Listen::On(self.sockets[index].try_clone().unwrap());
        MeshConfig { listen, spin: index == 0, ..MeshConfig::new(self.local(index)) }
    }

    async fn connect_all(&self, adapt: impl Fn(&mut MeshConfig)) -> Vec<Connected> {
        let tasks: Vec<_> = (0..self.identities.len())
            .map(|index| {
                let mut config = self.config(index);
                adapt(&mut config);
                tokio::spawn(TlsMesh::connect(config))
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.push(task.await.unwrap().unwrap());
        }
        all
    }

    /// Two parties' transports of one channel.
    async fn pair(adapt: impl Fn(&mut MeshConfig)) -> (TlsTransport, TlsTransport) {
        let mut all = Self::new(2).connect_all(adapt).await.into_iter();
        let mut next = || all.next().unwrap().transports.remove(0);
        (next(), next())
    }
}

fn identity() -> Identity {
    let pem = IdentityPem::generate("test", 1).unwrap();
    Identity::from_pem(&pem.certificate, &pem.key).unwrap()
}

fn party(index: usize) -> PartyId {
    PartyId::new(index).unwrap()
}

fn frame(round: u64, payload: impl Into<Bytes>) -> Frame {
    Frame { header: Header { round, ..Header::default() }, payload: payload.into() }
}

/// The events of one mesh, to be awaited.
fn events() -> (EventSink, mpsc::UnboundedReceiver<MeshEvent>) {
    let (tell, events) = mpsc::unbounded_channel();
    (EventSink::new(move |event| drop(tell.send(event.clone()))), events)
}

async fn refusal(events: &mut mpsc::UnboundedReceiver<MeshEvent>) -> HandshakeFault {
    loop {
        if let MeshEvent::Refused { fault, .. } = events.recv().await.unwrap() {
            return fault;
        }
    }
}

/// Sends a frame each way on every link of these transports.
async fn exchange(transports: &[&TlsTransport]) {
    let n = transports.len();
    for from in transports {
        for to in from.me().others(n) {
            from.send(to, frame(7, vec![u8::try_from(from.me().index()).unwrap()])).await.unwrap();
        }
    }
    for to in transports {
        for from in to.me().others(n) {
            let got = to.recv(from, 1).await.unwrap();
            assert_eq!(got, frame(7, vec![u8::try_from(from.index()).unwrap()]));
        }
    }
}
