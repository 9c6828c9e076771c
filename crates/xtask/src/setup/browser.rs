//! Chromium and its driver, which only the tests need.

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

fn present() -> bool {
    on_path("chromium").is_some() && on_path("chromedriver").is_some()
}
