//! Finds or installs what a build needs. A half-finished install is never mistaken for a finished one: everything is
//! built in a folder of its own and renamed into place at the end.

mod browser;
mod decoder;
mod npm;
mod small_std;
mod tools;
mod wasm_std;

pub use browser::chromium;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::parts::LINK_ARGUMENT;
use crate::progress::Progress;
use crate::shell::{Failure, Run, file_error, project_root, version_of};

/// What a web build or a wasm test must have in its environment.
pub struct Tools {
    variables: Vec<(OsString, OsString)>,
    /// What a release build has besides, where it makes a smaller standard library.
    small_std: Vec<(OsString, OsString)>,
}

impl Tools {
    /// Gives `run` the tools on PATH, the compiler that knows wasm32, and a target folder of its own, because two
    /// compilers in one folder would rebuild each other's build scripts.
    pub fn give(&self, run: Run) -> Run {
        run.envs(self.variables.iter().map(|(name, value)| (name, value)))
    }

    /// The same for a release build, which also makes a smaller standard library where it can, and tells what it linked
    /// where that is asked for.
    pub fn give_release(&self, run: Run) -> Run {
        let mut flags = Vec::new();
        if self.makes_small_std() {
            flags.push(small_std::FLAGS);
        }
        if chromium().is_some() {
            flags.push(LINK_ARGUMENT);
        }
        self.give(run)
            .envs(self.small_std.iter().map(|(name, value)| (name, value)))
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags.join(" "))
    }

    /// Whether it can.
    pub fn makes_small_std(&self) -> bool {
        !self.small_std.is_empty()
    }
}

/// Everything that `serve` and `build` need.
pub fn for_web() -> Result<Tools, Failure> {
    install(&mut Progress::of(6))
}

/// The same, the browser that the tests drive, and the decoder that reads their captures.
pub fn for_tests() -> Result<Tools, Failure> {
    let mut progress = Progress::of(8);
    let tools = install(&mut progress)?;
    progress.step("chromium and its driver", || browser::find_or_install().map(|way| ((), way)))?;
    progress.step("tshark", || Ok(((), decoder::find_or_install())))?;
    Ok(tools)
}

fn install(progress: &mut Progress) -> Result<Tools, Failure> {
    progress.step("node and npm", || {
        let node = version_of("node").filter(|_| version_of("npm").is_some());
        match node {
            Some(version) => Ok(((), format!("found ({version})"))),
            None => Err(Failure::new(
                "node and npm are missing: install Node 20 or newer from your system's packages or nodejs.org, then run this again",
            )),
        }
    })?;
    let compiler = progress.step("wasm32 standard library", wasm_std::find_or_install)?;
    let small_std = progress
        .step("a smaller one for release builds", || small_std::find_or_install(&compiler))?;
    let bindgen = progress.step("wasm-bindgen", || tools::wasm_bindgen()?.find_or_install())?;
    let trunk = progress.step("trunk", || tools::trunk().find_or_install())?;
    let node_programs = progress.step("editor, terminal, esbuild, wasm-opt", npm::install)?;

    let mut path: Vec<PathBuf> = vec![node_programs];
    path.extend([bindgen, trunk].into_iter().flatten());
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let path = std::env::join_paths(path).map_err(|error| {
        Failure::new(format!("PATH cannot be extended ({error}): set PODHOP_TOOLS to a plain path"))
    })?;
    let target = project_root().join("target-wasm");
    let mut variables = vec![("PATH".into(), path), ("CARGO_TARGET_DIR".into(), target.into())];
    variables.extend(compiler.variables());
    Ok(Tools { variables, small_std })
}

/// The folder that keeps tools from one checkout to the next.
fn cache() -> Result<PathBuf, Failure> {
    let variable =
        |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = variable("PODHOP_TOOLS")
        .or_else(|| variable("XDG_CACHE_HOME").map(|folder| folder.join("podhop")))
        .or_else(|| variable("HOME").map(|folder| folder.join(".cache/podhop")))
        .ok_or_else(|| {
            Failure::new("there is no home folder for the tools: set PODHOP_TOOLS to a folder")
        })?;
    std::fs::create_dir_all(&folder).map_err(file_error("create", &folder))?;
    folder.canonicalize().map_err(file_error("find", &folder))
}

/// Builds the folder `name` of the cache with `build`, unless it is there, and puts it in place when it is whole.
fn once(name: &str, build: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<PathBuf, Failure> {
    let finished = cache()?.join(name);
    if finished.is_dir() {
        return Ok(finished);
    }
    // The process id keeps two checkouts apart that install at the same time.
    let building = cache()?.join(format!(".building-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&building).map_err(file_error("create", &building))?;
    let built =
        build(&building).and_then(|()| match std::fs::rename(building.join("root"), &finished) {
            // Another checkout was faster, with the same content.
            Err(_) if finished.is_dir() => Ok(()),
            other => other.map_err(file_error("put in place", &finished)),
        });
    // What is left over costs disk and nothing else.
    let _ = std::fs::remove_dir_all(&building);
    built.map(|()| finished)
}
