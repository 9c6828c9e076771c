//! tshark, which reads the captures that the tests write. They go on without it, and say so.

use super::wasm_std::apt_install;
use crate::shell::on_path;

/// Finds it, or installs Debian's package where that is allowed.
pub fn find_or_install() -> String {
    if on_path("tshark").is_some() {
        return "found (PATH)".to_owned();
    }
    match apt_install(&["tshark"]) {
        Ok(()) => "installed (apt-get)".to_owned(),
        Err(failure) => format!("not there, so captures are not decoded: {failure}"),
    }
}
