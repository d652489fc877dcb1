//! Opened points that no check has covered yet, and the future that brings them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Curve;
use crate::error::{Error, Result};
use crate::round::Slot;
use crate::session::take;

/// A vector of opened points, not yet checked. It is added to shares and multiplied by them, and gives its points to nobody.
#[derive(Clone)]
pub struct OpenedPoints<C: Curve> {
    len: usize,
    values: Arc<Vec<C::Affine>>,
}

impl<C: Curve> OpenedPoints<C> {
    pub(super) fn new(len: usize, values: Arc<Vec<C::Affine>>) -> Self {
        Self { len, values }
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn values(&self) -> &[C::Affine] {
        &self.values
    }
}

impl<C: Curve> std::fmt::Debug for OpenedPoints<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedPoints({}, ..)", self.len)
    }
}

/// A vector of points that is being opened.
#[must_use = "an opening does nothing more until it is awaited, and its round is lost"]
pub struct PointsOpening<C: Curve>(pub(super) std::result::Result<Slot<OpenedPoints<C>>, Option<Error>>);

impl<C: Curve> Future for PointsOpening<C> {
    type Output = Result<OpenedPoints<C>>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok(slot) => take(slot).map_or(Poll::Pending, |opened| Poll::Ready(Ok(opened))),
            Err(error) => error.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
        }
    }
}
