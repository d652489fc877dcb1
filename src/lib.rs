//! Speedwell: secure computation among parties who do not trust each other.
