//! What the page of the last build costs in Chromium. It reports and judges nothing.

use crate::shell::{Failure, program, project_root};

/// Where a built page begins.
const PAGE: &str = "dist/index.html";

/// Runs `tests/browser/bench.mjs`, which prints a line for each figure.
pub fn browser() -> Result<(), Failure> {
    if !project_root().join(PAGE).exists() {
        return Err(Failure::new("there is no built page: run `cargo xtask build` first"));
    }
    program("node", ["--test-reporter=spec", "tests/browser/bench.mjs"])
        .run("the measurement did not run to its end; read the first error above")
}
