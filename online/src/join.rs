//! Concurrency for protocols: futures polled in a fixed order, so that all parties fill their rounds alike.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Result;

/// A future with its result, once it has one.
enum Slot<'a, T> {
    Running(Pin<Box<dyn Future<Output = T> + Send + 'a>>),
    Done(T),
    Taken,
}

impl<T> Slot<'_, T> {
    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        if let Self::Running(future) = self {
            match future.as_mut().poll(cx) {
                Poll::Ready(value) => *self = Self::Done(value),
                Poll::Pending => return false,
            }
        }
        true
    }

    fn take(&mut self) -> Option<T> {
        match std::mem::replace(self, Self::Taken) {
            Self::Done(value) => Some(value),
            _ => None,
        }
    }
}

/// Runs two sub-protocols side by side: their rounds are shared.
pub async fn join<'a, A, B>(
    a: impl Future<Output = A> + Send + 'a,
    b: impl Future<Output = B> + Send + 'a,
) -> (A, B) {
    let (mut a, mut b) = (Slot::Running(Box::pin(a)), Slot::Running(Box::pin(b)));
    std::future::poll_fn(move |cx| {
        let (a_done, b_done) = (a.poll(cx), b.poll(cx));
        if !(a_done && b_done) {
            return Poll::Pending;
        }
        match (a.take(), b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            _ => Poll::Pending,
        }
    })
    .await
}

/// [`join`] of fallible sub-protocols; the first error in order ends both.
pub async fn try_join<'a, A, B>(
    a: impl Future<Output = Result<A>> + Send + 'a,
    b: impl Future<Output = Result<B>> + Send + 'a,
) -> Result<(A, B)> {
    let (a, b) = join(a, b).await;
    Ok((a?, b?))
}

/// Runs any number of sub-protocols side by side; their results in order.
pub async fn join_all<'a, T>(
    futures: impl IntoIterator<Item = impl Future<Output = T> + Send + 'a>,
) -> Vec<T> {
    let mut slots: Vec<Slot<'a, T>> = futures.into_iter().map(|f| Slot::Running(Box::pin(f))).collect();
    std::future::poll_fn(move |cx| {
        // Every one is polled, whether or not an earlier one is done.
        let running = slots.iter_mut().filter_map(|slot| (!slot.poll(cx)).then_some(())).count();
        if running > 0 {
            return Poll::Pending;
        }
        Poll::Ready(slots.iter_mut().filter_map(Slot::take).collect())
    })
    .await
}

/// [`join_all`] of fallible sub-protocols: ends at once when one fails.
pub async fn try_join_all<'a, T>(
    futures: impl IntoIterator<Item = impl Future<Output = Result<T>> + Send + 'a>,
) -> Result<Vec<T>> {
    let mut slots: Vec<Slot<'a, Result<T>>> =
        futures.into_iter().map(|f| Slot::Running(Box::pin(f))).collect();
    std::future::poll_fn(move |cx| {
        let mut done = true;
        for slot in &mut slots {
            done &= slot.poll(cx);
            if let Slot::Done(Err(error)) = slot {
                return Poll::Ready(Err(error.clone()));
            }
        }
        if done { Poll::Ready(slots.iter_mut().filter_map(Slot::take).collect()) } else { Poll::Pending }
    })
    .await
}
