//! Kernel tables compiled from a snapshot, and a packet's walk through them.
