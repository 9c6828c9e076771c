//! The terminal: `kubectl`, the small tools around it, and the tools inside Pods and on nodes.
//!
//! It parses command lines, acts through `cluster`, and prints exactly as `kubectl` v1.36 does. It
//! decides nothing about the cluster.

mod age;
mod arguments;
mod command;
mod complete;
mod describe;
mod descriptions;
pub mod findings;
mod ip;
mod labels;
mod node;
mod output;
pub mod pattern;
mod podhop;
pub mod print;
pub mod report;
mod resource_arguments;
mod shell;
mod tabwriter;
mod tool;

pub use complete::Completion;
pub use descriptions::Descriptions;
pub use report::Output;
pub use shell::{Ran, Shell, goes_on};
