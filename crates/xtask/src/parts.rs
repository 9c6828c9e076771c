//! The built page's wasm in two parts, so that a visitor waits only for what the opening needs. Which points of the
//! code that reaches is seen by walking through the opening in Chromium; `crates/split` does the rest. The linker's own
//! module is asked, too: it alone knows which bytes of memory belong together.
//!
//! wasm-opt makes only the whole smaller, where it stays whole: before, it would put what the opening does not need into
//! what it needs, and after it, the parts do not get smaller as a browser downloads them.

use std::path::Path;

use crate::setup::{self, Tools};
use crate::shell::{Failure, cargo, file_error, program, project_root};

/// The part that the page opens with; before it is taken apart, the whole.
const FIRST: &str = "app_bg.wasm";
/// The module as the linker wrote it.
const LINKED: &str = "target-wasm/wasm32-unknown-unknown/release/app.wasm";

/// What makes the linker tell which bytes of memory belong together, and who refers to them.
pub const LINK_ARGUMENT: &str = "-Clink-arg=--emit-relocs";

/// For wasm-opt: small, with what Rust's compiler uses of WebAssembly.
const SMALL: &[&str] = &[
    "-Oz",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Takes the wasm of `dist/` apart. Without Chromium it stays whole, and a visitor waits longer.
pub fn take_apart(tools: &Tools) -> Result<(), Failure> {
    let dist = project_root().join("dist");
    let first = dist.join(FIRST);
    let folder = project_root().join("target-wasm/parts");
    std::fs::create_dir_all(&folder).map_err(file_error("create", &folder))?;
    let file = |name| folder.join(name);
    let (whole, reached) = (file("whole.wasm"), file("reached.txt"));
    std::fs::copy(&first, &whole).map_err(file_error("write", &whole))?;
    let Some(chromium) = setup::chromium() else {
        println!(
            "  the engine stays in one piece: there is no Chromium to see what the opening needs"
        );
        return small(tools, &whole, &first);
    };

    split(&["note".as_ref(), &whole, &first])?;
    let seen = program("node", ["www/scripts/opening.mjs"])
        .env("PODHOP_CHROMIUM", chromium)
        .quiet("the opening does not go as `www/scripts/opening.mjs` walks through it: open the page, or mend the walk");
    // A page that notes what it reaches is not for visitors.
    std::fs::copy(&whole, &first).map_err(file_error("write", &first))?;
    std::fs::write(&reached, seen?).map_err(file_error("write", &reached))?;

    let later = dist.join("later.wasm");
    split(&["parts".as_ref(), LINKED.as_ref(), &whole, &reached, &first, &later])?;
    split(&["name".as_ref(), &first, &later])
}

fn small(tools: &Tools, large: &Path, small: &Path) -> Result<(), Failure> {
    tools
        .give(program("wasm-opt", SMALL))
        .args([large, "-o".as_ref(), small])
        .quiet("wasm-opt did not take what wasm-bindgen wrote")
        .map(drop)
}

fn split(arguments: &[&Path]) -> Result<(), Failure> {
    cargo(["run", "--quiet", "--package", "split", "--"])
        .args(arguments)
        .quiet("the linker or wasm-bindgen wrote something that `crates/split` does not know")
        .map(drop)
}
