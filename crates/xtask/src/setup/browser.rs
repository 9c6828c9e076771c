//! Chromium, which the tests need and the release build is better with, and its driver, which the tests need.

use std::path::PathBuf;

use super::wasm_std::apt_install;
use crate::shell::{Failure, on_path};

/// Finds both, or installs Debian's packages where that is allowed.
pub fn find_or_install() -> Result<String, Failure> {
    if present() {
        return Ok("found (PATH)".to_owned());
    }
    apt_install(&["chromium", "chromium-driver"])?;
    if present() {
        return Ok("installed (apt-get)".to_owned());
    }
    Err(Failure::new(
        "`chromium` and `chromedriver` are not on PATH: install both, then run this again",
    ))
}

/// Chromium, where there is one.
pub fn chromium() -> Option<PathBuf> {
    std::env::var_os("PODHOP_CHROMIUM")
        .map(PathBuf::from)
        .into_iter()
        .chain(["chromium", "google-chrome"].into_iter().filter_map(on_path))
        .find(|path| path.is_file())
}

fn present() -> bool {
    on_path("chromium").is_some() && on_path("chromedriver").is_some()
}
