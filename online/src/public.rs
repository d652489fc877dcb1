//! Bits derived from secrets that are public all the same: a sampler's or a proof's accept bits. Whoever declares one says
//! why it tells nothing.

/// Declares a bit public: the caller branches on it, and a checker for secret-dependent branches is told so here.
#[cfg(not(feature = "testing"))]
#[inline(always)]
pub(crate) fn declared(bit: bool) -> bool {
    bit
}

/// As in products, and the checker is told.
#[cfg(feature = "testing")]
#[inline(always)]
pub(crate) fn declared(mut bit: bool) -> bool {
    if let Some(tell) = CHECKER.get() {
        tell(&mut bit);
    }
    bit
}

#[cfg(feature = "testing")]
thread_local! {
    /// The checker of this thread: a test under valgrind.
    pub(crate) static CHECKER: std::cell::Cell<Option<fn(&mut bool)>> = const { std::cell::Cell::new(None) };
}
