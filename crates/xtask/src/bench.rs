//! What the page of the last build costs in Chromium, what it looks like, and how the course goes in it: for
//! people to look at, and no part of the tests.

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

/// Runs `tests/browser/walk.mjs`, which goes through the course in the page and keeps a picture of each step.
pub fn walk() -> Result<(), Failure> {
    in_chromium("tests/browser/walk.mjs")
}

fn in_chromium(script: &str) -> Result<(), Failure> {
    if !project_root().join(PAGE).exists() {
        return Err(Failure::new("there is no built page: run `cargo xtask build` first"));
    }
    program("node", ["--test-reporter=spec", script])
        .run("it did not run to its end; read the first error above")
}
