//! Waiting for a peer: as long as it lives, and no longer.

use std::time::Duration;

use super::rogue::Accomplice;
use super::*;
use crate::NetFault;

const IDLE: Duration = Duration::from_secs(1);

#[test]
fn a_busy_peer_is_waited_for_beyond_the_idle_time_out() {
    let town = Town::new(2);
    let mut configs = [town.config(0), town.config(1)];
    configs.iter_mut().for_each(|config| config.timeouts.idle = IDLE);
    let [waiter, busy] = configs;
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (waited, until_waited) = std::sync::mpsc::channel();
    let busy = std::thread::spawn(move || {
        runtime().block_on(async {
            let transport = TlsMesh::connect(busy).await.unwrap().transports.remove(0);
            // The whole runtime stands still here, as in a long computation.
            until_waited.recv().unwrap();
            transport.send(party(0), frame(1, "done")).await.unwrap();
            transport.flush().await.unwrap();
        });
    });
    runtime().block_on(async {
        let transport = TlsMesh::connect(waiter).await.unwrap().transports.remove(0);
        let mut answer = transport.recv(party(1), 10);
        let patience = tokio::time::timeout(IDLE * 5 / 2, &mut answer).await;
        assert!(patience.is_err(), "ended early: {patience:?}");
        waited.send(()).unwrap();
        assert_eq!(answer.await.unwrap(), frame(1, "done"));
    });
    busy.join().unwrap();
}

#[tokio::test]
async fn a_dead_peer_is_given_up_after_the_idle_time_out() {
    let town = Town::new(2);
    let mut config = town.config(0);
    config.timeouts.idle = Duration::from_millis(300);
    let zero = tokio::spawn(TlsMesh::connect(config));
    // It starts the session, keeps its connections open and never shows a sign of life.
    let _held = Accomplice::of(&town, 1).start(0).await;
    let transport = zero.await.unwrap().unwrap().transports.remove(0);
    assert_eq!(transport.recv(party(1), 10).await.unwrap_err().fault, NetFault::TimedOut);
}

#[tokio::test]
async fn a_live_peer_is_given_up_after_the_rounds_time_out() {
    let (a, _b) = Town::pair(|config| config.timeouts.round = Duration::from_millis(300)).await;
    assert_eq!(a.recv(party(1), 10).await.unwrap_err().fault, NetFault::TimedOut);
}
