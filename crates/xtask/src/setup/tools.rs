//! Programs that are written in Rust: found on PATH, else in the cache, else installed there, the faster way first.

use std::path::PathBuf;

use super::{cache, once};
use crate::progress::installing;
use crate::shell::{Failure, cargo, on_path, program, project_root, version_of};

/// One program and how it is installed.
pub struct Tool {
    program: &'static str,
    package: &'static str,
    version: String,
    arguments: &'static [&'static str],
    opt_level: &'static str,
    minutes: &'static str,
}

/// Trunk. Newer ones want a newer compiler than the workspace's.
pub fn trunk() -> Tool {
    Tool {
        program: "trunk",
        package: "trunk",
        version: "0.21.14".to_owned(),
        arguments: &["--locked", "--no-default-features"],
        opt_level: "0",
        minutes: "3 to 10",
    }
}

/// wasm-bindgen's command line, which must be of the version that the workspace links.
pub fn wasm_bindgen() -> Result<Tool, Failure> {
    let lock = std::fs::read_to_string(project_root().join("Cargo.lock")).unwrap_or_default();
    let version = locked_version(&lock, "wasm-bindgen").ok_or_else(|| {
        Failure::new("Cargo.lock names no wasm-bindgen: restore the committed Cargo.lock")
    })?;
    Ok(Tool {
        program: "wasm-bindgen",
        package: "wasm-bindgen-cli",
        version: version.to_owned(),
        // Not `--locked`: the lock file it was published with names a version that has been withdrawn.
        arguments: &[],
        opt_level: "1",
        minutes: "2 to 5",
    })
}

impl Tool {
    /// The folder to put on PATH, or none when the program is there already; and which way it was.
    pub fn find_or_install(&self) -> Result<(Option<PathBuf>, String), Failure> {
        if version_of(self.program)
            .is_some_and(|line| line.split(' ').any(|word| word == self.version))
        {
            return Ok((None, format!("found {} (PATH)", self.version)));
        }
        let name = format!("{}-{}", self.package, self.version);
        if cache()?.join(&name).is_dir() {
            return Ok((
                Some(cache()?.join(name).join("bin")),
                format!("found {} (cache)", self.version),
            ));
        }
        let mut way = "cargo install";
        let folder = once(&name, |building| {
            let root = building.join("root");
            if on_path("cargo-binstall").is_some() {
                installing(&format!("cargo binstall {} {}", self.package, self.version));
                let downloaded = program(
                    "cargo-binstall",
                    ["--no-confirm", "--disable-strategies", "compile", "--root"],
                )
                .args([root.as_os_str()])
                .args([format!("{}@{}", self.package, self.version)])
                .quiet("");
                if downloaded.is_ok() {
                    way = "cargo binstall";
                    return Ok(());
                }
            }
            installing(&format!(
                "cargo install {} {} (compiles it; {} minutes, once)",
                self.package, self.version, self.minutes
            ));
            cargo(["install", self.package, "--version", &self.version])
                .args(self.arguments)
                .args(["--root".as_ref(), root.as_os_str()])
                .env("CARGO_TARGET_DIR", building.join("target"))
                // A tool that is used for seconds is not worth minutes of optimisation.
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level)
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
                .quiet("check that crates.io can be reached, then run this again")
                .map(drop)
        })?;
        Ok((Some(folder.join("bin")), format!("installed {} ({way})", self.version)))
    }
}

/// The version of `package` in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_read() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.1\"\n";
        assert_eq!(locked_version(lock, "a"), Some("2.0.1"));
        assert_eq!(locked_version(lock, "c"), None);
    }
}
