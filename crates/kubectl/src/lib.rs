//! The terminal: `kubectl`, the small tools around it, and the tools inside Pods and on nodes.
//!
//! It parses command lines, acts through `cluster`, and prints exactly as `kubectl` v1.36 does. It
//! decides nothing about the cluster.

mod age;
mod labels;
pub mod print;
pub mod report;
mod tabwriter;
