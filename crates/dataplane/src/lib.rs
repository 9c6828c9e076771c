//! The data plane: kernel tables compiled from a snapshot, a packet's walk through them, and the
//! processes at both ends that resolve names, listen and answer.

pub mod directory;
pub mod dns;
