//! Podhop.

fn main() {}
