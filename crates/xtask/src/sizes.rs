//! How large the built page is, as a browser downloads it.

use std::path::{Path, PathBuf};

use crate::setup::Tools;
use crate::shell::{Failure, file_error, program, project_root};

struct Limits {
    first_load: u64,
    engine: u64,
}

/// What a first visit may cost in all, and the engine alone, in bytes after gzip.
const IN_PARTS: Limits = Limits { first_load: 1_200_000, engine: 800_000 };
/// Where there was no Chromium to see what the opening needs, the engine is in one piece.
const WHOLE: Limits = Limits { first_load: 2_200_000, engine: 2_000_000 };

/// What the opening page does not load: what the terminal needs once somebody uses it, what the editor needs once
/// somebody writes, what fields mean, how a link is shared, and what of the engine the opening does not call.
const LATER: &[&str] = &["later-", "schema/", "share.js", "vendor/terminal.js", "vendor/writing-"];

impl Limits {
    /// Where no smaller standard library could be made, everything may be a tenth larger.
    fn with(self, tools: &Tools) -> Self {
        let tenths = if tools.makes_small_std() { 10 } else { 11 };
        Self { first_load: self.first_load * tenths / 10, engine: self.engine * tenths / 10 }
    }
}

/// Prints the sizes of everything in `dist/` and fails when what the opening page loads has grown too large.
pub fn check(tools: &Tools) -> Result<(), Failure> {
    let dist = project_root().join("dist");
    let mut files = Vec::new();
    list(&dist, &mut files)?;
    files.sort();

    println!("  {:<44} {:>10} {:>10}", "dist/", "raw", "gzip");
    let (mut raw_first, mut first, mut engine) = (0, 0, 0);
    let mut limits = WHOLE.with(tools);
    for (path, packed) in files.iter().zip(gzipped(&files)?) {
        let raw = std::fs::metadata(path).map_err(file_error("read", path))?.len();
        let name = path.strip_prefix(&dist).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let later = LATER.iter().any(|later| name.starts_with(later));
        println!("  {name:<44} {raw:>10} {packed:>10}{}", if later { "  later" } else { "" });
        if later {
            if name.ends_with(".wasm") {
                limits = IN_PARTS.with(tools);
            }
            continue;
        }
        raw_first += raw;
        first += packed;
        engine += if name.ends_with(".wasm") { packed } else { 0 };
    }
    println!("  {:<44} {:>10} {engine:>10}  of {}", "engine", "", limits.engine);
    println!("  {:<44} {raw_first:>10} {first:>10}  of {}", "first load", limits.first_load);
    let too_large = |what: &str, size: u64, limit: u64| {
        Failure::new(format!(
            "{what} is {size} bytes after gzip, more than {limit}: find what grew with `git log -p Cargo.lock www/package-lock.json`"
        ))
    };
    if engine > limits.engine {
        return Err(too_large("the engine", engine, limits.engine));
    }
    if first > limits.first_load {
        return Err(too_large("the first load", first, limits.first_load));
    }
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder).map_err(file_error("read", folder))?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            // Lessons come one by one, when they are opened.
            if entry.file_name() != "lessons" {
                list(&path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The sizes after gzip -9, by node's zlib: it is at hand, and a compressor of our own would be one more dependency.
fn gzipped(files: &[PathBuf]) -> Result<Vec<u64>, Failure> {
    let script = "const z=require('zlib'),f=require('fs');\
        for(const p of process.argv.slice(1))console.log(z.gzipSync(f.readFileSync(p),{level:9}).length)";
    let printed =
        program("node", ["-e", script, "--"]).args(files).quiet("install Node 20 or newer")?;
    Ok(printed.lines().filter_map(|line| line.parse().ok()).collect())
}
