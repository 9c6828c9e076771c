//! What comes from npm, as `www/package-lock.json` pins it.

use std::path::PathBuf;

use crate::shell::{Failure, file_error, program, project_root};

/// Installs when the lock file is not the one that was installed last; yields the folder of node programs.
pub fn install() -> Result<(PathBuf, String), Failure> {
    let www = project_root().join("www");
    let lock_path = www.join("package-lock.json");
    let lock = std::fs::read(&lock_path).map_err(file_error("read", &lock_path))?;
    let installed = www.join("node_modules/.podhop-installed");
    let programs = www.join("node_modules/.bin");
    if std::fs::read(&installed).is_ok_and(|before| before == lock) {
        return Ok((programs, "found (www/node_modules)".to_owned()));
    }
    program("npm", ["ci", "--no-audit", "--no-fund"])
        .within(&www)
        .quiet("check that the npm registry can be reached, then run this again")?;
    std::fs::write(&installed, lock).map_err(file_error("write", &installed))?;
    Ok((programs, "installed (npm ci)".to_owned()))
}
