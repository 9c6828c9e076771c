//! What the page of the last build costs in Chromium, and what it looks like. It reports and judges nothing.

use crate::shell::{Failure, program, project_root};

/// Where a built page begins.
const PAGE: &str = "dist/index.html";

/// Runs `tests/browser/bench.mjs`, which prints a line for each figure.
pub fn browser() -> Result<(), Failure> {
    in_chromium("tests/browser/bench.mjs")
}

/// Runs `tests/browser/pictures.mjs`, which keeps the page in ten states as pictures.
pub fn pictures() -> Result<(), Failure> {
    in_chromium("tests/browser/pictures.mjs")
}

fn in_chromium(script: &str) -> Result<(), Failure> {
    if !project_root().join(PAGE).exists() {
        return Err(Failure::new("there is no built page: run `cargo xtask build` first"));
    }
    program("node", ["--test-reporter=spec", script])
        .run("it did not run to its end; read the first error above")
}
