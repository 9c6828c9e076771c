//! The terminal: kubectl and the tools inside Pods.
