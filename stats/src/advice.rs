//! Errors whose text is their advice: what was found, what is expected, what to do.

/// Makes types with a method `advice` errors.
macro_rules! advised {
    ($($name:ty),*) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.advice().fmt(f)
            }
        }
        impl std::error::Error for $name {}
    )*};
}

pub(crate) use advised;
