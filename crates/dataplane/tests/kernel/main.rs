//! The kernel's side of the data plane, from outside the crate.

mod article;
mod fixture;
mod modes;
mod plugins;
mod reference;
mod scale;
