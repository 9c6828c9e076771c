//! A smaller standard library for release builds, made from its source: a panic in it ends in one trap instead of a
//! message of its own, which makes the page a tenth smaller. The page says a sentence of its own when the engine traps.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::wasm_std::Compiler;
use crate::shell::{Failure, program};

/// The flags that go with it.
pub const FLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none";

/// What cargo must have in its environment for it, or nothing where the source is not to be had; and which way it was.
pub fn find_or_install(
    compiler: &Compiler,
) -> Result<(Vec<(OsString, OsString)>, String), Failure> {
    let without =
        |why: &str| Ok((Vec::new(), format!("none ({why}); the page gets a tenth larger")));
    if matches!(compiler, Compiler::Sysroot { .. }) {
        return without("the compiler is Debian's");
    }
    if present()? {
        return Ok((variables(), "found (rust-src)".to_owned()));
    }
    let add = program("rustup", ["component", "add", "rust-src"]);
    if add.succeeds_within(Duration::from_secs(120)) && present()? {
        return Ok((variables(), "installed (rustup component add rust-src)".to_owned()));
    }
    without("rustup could not download rust-src")
}

fn present() -> Result<bool, Failure> {
    let sysroot = program("rustc", ["--print", "sysroot"]).quiet("install Rust with rustup")?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
}

/// The stable compiler builds its own library with the same switch that is used to build the compiler.
fn variables() -> Vec<(OsString, OsString)> {
    [
        ("RUSTC_BOOTSTRAP", "1"),
        ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
        ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into()
}
