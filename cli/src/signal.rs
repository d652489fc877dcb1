//! Being stopped from outside: Ctrl-C, and the termination and hang-up signals.

use crate::failure::{Failure, Outcome};

/// Calls `then` once, on a thread of its own, when somebody asks this process to stop.
pub(crate) fn on_stop(then: impl FnOnce() + Send + 'static) -> Outcome<()> {
    let fail = |error: std::io::Error| Failure::internal("listening for Ctrl-C", error);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(fail)?;
    let stop = {
        let _inside = runtime.enter();
        Stop::new().map_err(fail)?
    };
    std::thread::spawn(move || {
        runtime.block_on(stop.asked());
        then();
    });
    Ok(())
}

#[cfg(unix)]
struct Stop([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Stop {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn asked(mut self) {
        std::future::poll_fn(|context| {
            let asked = self.0.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if asked { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn asked(self) {
        // Without a handler the system ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The failure of a command that was stopped.
pub(crate) fn stopped(what: &str) -> Failure {
    Failure::new(
        crate::exit::Exit::Interrupted,
        what,
        "stopped from outside",
        "to run to its end",
        "start it again; nothing was written",
    )
}
