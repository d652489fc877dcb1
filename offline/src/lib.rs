//! Preprocessing for Speedwell: the building blocks of LowGear.
