//! How much text Podhop reads; beyond a limit it says so and reads no further.

/// Bytes of one text; etcd takes objects up to 1.5 MiB.
pub const MAX_TEXT: usize = 2 << 20;

/// Documents in one text.
pub const MAX_DOCUMENTS: usize = 2_000;

/// Lists and maps within each other; go-yaml stops at 10,000, no object needs more than 40.
pub const MAX_DEPTH: usize = 200;

/// Nodes of one document after every alias is expanded.
pub const MAX_NODES: usize = 400_000;
