//! What happened to a packet, and why.
