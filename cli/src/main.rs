//! The binary `speedwell`.

fn main() {}
