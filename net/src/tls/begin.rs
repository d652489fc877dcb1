//! From gathered connections to transports.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_rustls::TlsStream;

use super::error::ConnectError;
use super::event::MeshEvent;
use super::keepalive::{Control, Keepalive};
use super::life::LifeSign;
use super::link::Link;
use super::secure::Endpoint;
use super::set::Set;
use super::socket::Socket;
use super::stream::SharedStream;
use super::transport::{Peer, TlsTransport};
use super::{Connected, MeshConfig};
use crate::PartyId;

/// Moves the control connections to the keepalive's thread and starts the tasks of the others.
pub(super) fn begin(
    endpoint: &Endpoint,
    config: &MeshConfig,
    sets: BTreeMap<PartyId, Set>,
    session_id: [u8; 16],
    refused: u64,
) -> Result<Connected, ConnectError> {
    let parties = endpoint.roster().parties();
    let (mut controls, mut peers) = (Vec::new(), Vec::new());
    let mut channels: Vec<Vec<Option<(TlsStream<Socket>, LifeSign)>>> =
        (0..config.channels).map(|_| (0..parties).map(|_| None).collect()).collect();
    for (peer, mut set) in sets {
        let life = LifeSign::new();
        peers.extend(set.info.take());
        if let Some(stream) = set.control.take() {
            controls.push(Control { stream, life: life.clone() });
        }
        for (links, stream) in channels.iter_mut().zip(set.data.drain(..)) {
            if let (Some(link), Some(stream)) = (links.get_mut(peer.index()), stream) {
                *link = Some((stream, life.clone()));
            }
        }
    }
    let keepalive = Arc::new(Keepalive::start(controls, config.timeouts.idle)?);
    let start = |(stream, life): (TlsStream<Socket>, LifeSign)| Peer {
        link: Link::start(SharedStream::new(stream), config.queue_bytes, life.clone()),
        life,
    };
    let transport = |links: Vec<Option<(TlsStream<Socket>, LifeSign)>>| TlsTransport {
        me: endpoint.me(),
        links: links.into_iter().map(|link| link.map(start)).collect(),
        timeouts: config.timeouts,
        spin: config.spin,
        _keepalive: keepalive.clone(),
    };
    let transports = channels.into_iter().map(transport).collect();
    config.events.tell(&MeshEvent::Started { session_id });
    Ok(Connected { transports, session_id, peers, refused })
}
