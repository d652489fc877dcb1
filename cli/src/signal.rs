//! Being stopped from outside: Ctrl-C and the termination signal. Hanging up is left to the system, so that `nohup` works.

use std::sync::{Arc, Mutex, PoisonError};

use crate::failure::{Failure, Outcome};

/// Whether somebody has asked this process to stop. From the first one on, the system's own way to end it is off.
#[derive(Clone)]
pub(crate) struct Stop(Arc<Mutex<State>>);

enum State {
    Running(Vec<Box<dyn FnOnce() + Send>>),
    Asked,
}

impl Stop {
    /// Listens from now on.
    pub(crate) fn listen() -> Outcome<Self> {
        let fail = |error: std::io::Error| Failure::internal("listening for Ctrl-C", error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(fail)?;
        let signals = {
            let _inside = runtime.enter();
            Signals::new().map_err(fail)?
        };
        let stop = Self(Arc::new(Mutex::new(State::Running(Vec::new()))));
        let told = stop.clone();
        std::thread::spawn(move || {
            runtime.block_on(signals.next());
            let before =
                std::mem::replace(&mut *told.0.lock().unwrap_or_else(PoisonError::into_inner), State::Asked);
            if let State::Running(waiting) = before {
                waiting.into_iter().for_each(|then| then());
            }
        });
        Ok(stop)
    }

    /// Calls `then` when somebody asks; at once if somebody has.
    pub(crate) fn then(&self, then: impl FnOnce() + Send + 'static) {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Running(waiting) => waiting.push(Box::new(then)),
            State::Asked => then(),
        }
    }
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]))
    }

    async fn next(mut self) {
        std::future::poll_fn(|context| {
            let asked = self.0.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if asked { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(self) {
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
