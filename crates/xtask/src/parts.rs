//! The built page's wasm in two parts, so that a visitor waits only for what the opening needs. Which functions those are
//! is seen by walking through the opening in Chromium; `crates/split` does the rest.

use std::path::Path;

use crate::setup;
use crate::shell::{Failure, cargo, file_error, program, project_root};

/// The part that the page opens with; before it is taken apart, the whole.
const FIRST: &str = "app_bg.wasm";

/// Takes the wasm of `dist/` apart. Without Chromium it stays whole, and a visitor waits longer.
pub fn take_apart() -> Result<(), Failure> {
    let dist = project_root().join("dist");
    let Some(chromium) = setup::chromium() else {
        println!(
            "  the engine stays in one piece: there is no Chromium to see what the opening needs"
        );
        return Ok(());
    };
    let first = dist.join(FIRST);
    let folder = project_root().join("target-wasm/parts");
    std::fs::create_dir_all(&folder).map_err(file_error("create", &folder))?;
    let (whole, called) = (folder.join("whole.wasm"), folder.join("called.txt"));
    std::fs::copy(&first, &whole).map_err(file_error("write", &whole))?;
    split(&["note".as_ref(), &whole, &first])?;
    let seen = program("node", ["www/scripts/opening.mjs"])
        .env("PODHOP_CHROMIUM", chromium)
        .quiet("the opening does not go as `www/scripts/opening.mjs` walks through it: open the page, or mend the walk");
    // A page that notes its calls is not for visitors.
    std::fs::copy(&whole, &first).map_err(file_error("write", &first))?;
    std::fs::write(&called, seen?).map_err(file_error("write", &called))?;
    split(&["parts".as_ref(), &whole, &called, &first])
}

fn split(arguments: &[&Path]) -> Result<(), Failure> {
    cargo(["run", "--quiet", "--package", "split", "--"])
        .args(arguments)
        .quiet("wasm-bindgen or wasm-opt wrote something that `crates/split` does not know")
        .map(drop)
}
