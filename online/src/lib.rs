//! The SPDZ online phase: authenticated shares, sessions, MAC checks, arithmetic protocols.
