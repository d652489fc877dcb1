//! The insecure dealer: preprocessing from a common seed, for tests and benches only.
