//! The futures that a program awaits: an opening, an input.

use std::future::Future;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll};

use speedwell_field::Field;

use crate::error::{Error, Result};
use crate::opened::Opened;
use crate::round::Slot;
use crate::share::Shares;

/// A vector that is being opened.
#[must_use = "an opening does nothing more until it is awaited, and its round is lost"]
pub struct Opening<F: Field>(pub(super) std::result::Result<Slot<Opened<F>>, Option<Error>>);

impl<F: Field> Future for Opening<F> {
    type Output = Result<Opened<F>>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok(slot) => take(slot).map_or(Poll::Pending, |opened| Poll::Ready(Ok(opened))),
            Err(error) => error.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
        }
    }
}

/// A vector that is being put in.
#[must_use = "an input is complete when it is awaited"]
pub struct Input<F: Field>(pub(super) std::result::Result<(Shares<F>, Opening<F>), Option<Error>>);

// Nothing in it points into itself.
impl<F: Field> Unpin for Input<F> {}

impl<F: Field> Future for Input<F> {
    type Output = Result<Shares<F>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok((mask, difference)) => {
                let Poll::Ready(difference) = Pin::new(difference).poll(cx) else { return Poll::Pending };
                // ⟦x⟧ = ⟦r⟧ + (x − r)
                Poll::Ready(difference.map(|difference| mask.clone() + &difference))
            }
            Err(error) => error.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
        }
    }
}

/// What has appeared in a slot, once.
pub(crate) fn take<T>(slot: &Slot<T>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}
