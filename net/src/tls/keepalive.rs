//! Keepalive: a thread of its own that shows the peers signs of life and listens for theirs.
//!
//! A party may compute for minutes without touching its connections; the thread has its own runtime, so nothing the
//! party does can stop it short of stopping the process. A sign of life is one byte on the control connection, sent six
//! times in the time that a peer waits for one; what a peer sends there is read slowly and not looked at, so a peer
//! that floods it pays more than we do.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::error::LocalError;
use super::life::LifeSign;
use super::stream::SharedStream;

/// One peer's control connection.
pub(super) struct Control {
    pub(super) stream: SharedStream,
    pub(super) life: LifeSign,
}

/// The running thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Keepalive {
    stop: Arc<Notify>,
}

impl Keepalive {
    /// Moves the control connections to a new thread.
    pub(super) fn start(controls: Vec<Control>, idle: Duration) -> Result<Self, LocalError> {
        let refused = LocalError::System("a thread for the keepalive");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| refused.clone())?;
        let mut sockets = Vec::new();
        for control in controls {
            let tcp = control.stream.detach().map_err(|_| LocalError::System("a socket"))?;
            sockets.push((control, tcp));
        }
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let beat = idle.checked_div(6).unwrap_or(idle).max(Duration::from_millis(1));
        let serve = move || {
            runtime.block_on(async {
                for (control, tcp) in sockets {
                    if control.stream.attach(tcp).is_ok() {
                        tokio::spawn(show(control.stream.clone(), beat));
                        tokio::spawn(listen(control, beat));
                    }
                }
                stopped.notified().await;
            });
        };
        std::thread::Builder::new().name("keepalive".into()).spawn(serve).map_err(|_| refused)?;
        Ok(Self { stop })
    }
}

impl Drop for Keepalive {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}

async fn show(stream: SharedStream, beat: Duration) {
    while stream.write_all(b".").await.is_ok() && stream.flush().await.is_ok() {
        tokio::time::sleep(beat).await;
    }
}

async fn listen(control: Control, beat: Duration) {
    while let Ok(Some(())) = control.stream.read(|bytes| (bytes.len(), ())).await {
        control.life.renew();
        tokio::time::sleep(beat.checked_div(4).unwrap_or(beat)).await;
    }
}
