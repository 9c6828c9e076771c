//! JSON to typed objects and back, in as little code as possible.
//!
//! Every type of every kind is compiled once for each serde format it meets, so there is exactly one
//! each way, and it knows nothing but `serde_json::Value`. It has no words for what does not fit:
//! whatever came from a person was checked before, with places and upstream's sentences (`decode`),
//! and what did not is ours. `serde_json`'s own formats make the page's wasm a third larger.

mod read;
mod write;

use std::fmt;

pub use read::from_json;
pub use write::to_json;

/// The JSON does not fit the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the JSON does not fit the type")
    }
}

impl std::error::Error for Unfit {}
