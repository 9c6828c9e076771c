//! Every check and test, one stage after the other. A stage that fails hides no other: the rest run all the same, save
//! those that judge the page that could not be built.

use std::time::Instant;

use crate::progress::{Progress, seconds};
use crate::setup::{self, Tools};
use crate::shell::{Failure, cargo, file_error, on_path, program, project_root};
use crate::{sizes, tidy, web};

/// One stage: its name, what it does, and how.
struct Stage {
    name: &'static str,
    what: &'static str,
    run: fn(&Tools) -> Result<(), Failure>,
    /// Whether it judges what the stage `web` builds.
    of_the_page: bool,
}

/// The stages in order, the quick ones first.
const STAGES: &[Stage] = &[
    Stage { name: "format", what: "rustfmt", run: |_| format(), of_the_page: false },
    Stage {
        name: "tidy",
        what: "floors, module docs, code map",
        run: |_| tidy::run(&project_root(), tidy::Counts::Judged),
        of_the_page: false,
    },
    Stage {
        name: "clippy",
        what: "clippy, warnings are errors",
        run: |_| clippy(),
        of_the_page: false,
    },
    Stage {
        name: "native",
        what: "tests of every crate, and the cases",
        run: |_| native(),
        of_the_page: false,
    },
    Stage {
        name: "wasm",
        what: "the same cases in headless Chromium",
        run: wasm,
        of_the_page: false,
    },
    Stage { name: "web", what: "release build of the page", run: web::build, of_the_page: false },
    Stage {
        name: "browser",
        what: "the built page in Chromium",
        run: |_| browser(),
        of_the_page: true,
    },
    // The last, so that a page that has grown too large hides no other failure.
    Stage {
        name: "size",
        what: "limits of what a visitor downloads",
        run: sizes::check,
        of_the_page: true,
    },
];

/// Sets up and runs all stages, or `--only` one.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let stages: Vec<&Stage> = match arguments {
        [] => STAGES.iter().collect(),
        [only, name] if only == "--only" && STAGES.iter().any(|stage| stage.name == name) => {
            STAGES.iter().filter(|stage| stage.name == name).collect()
        }
        _ => {
            let names: Vec<_> = STAGES.iter().map(|stage| stage.name).collect();
            return Err(Failure::new(format!(
                "test takes `--only STAGE` with one of {}",
                names.join(", ")
            )));
        }
    };
    let started = Instant::now();
    let tools = setup::for_tests()?;
    let mut progress = Progress::of(stages.len());
    let mut failed: Vec<&str> = Vec::new();
    for stage in &stages {
        if stage.of_the_page && failed.contains(&"web") {
            progress.skip(stage.name);
            continue;
        }
        let title = format!("{}: {}", stage.name, stage.what);
        if let Err(failure) = progress.loud_step(&title, || (stage.run)(&tools)) {
            println!("✗ {}: {failure}", stage.name);
            failed.push(stage.name);
        }
    }
    if failed.is_empty() {
        println!("✓ all passed in {}", seconds(started));
        return Ok(());
    }
    Err(Failure::new(format!(
        "failed after {}: {}; mend the first and run `cargo xtask test --only {}`",
        seconds(started),
        failed.join(", "),
        failed[0]
    )))
}

fn format() -> Result<(), Failure> {
    cargo(["fmt", "--all", "--check"]).run("run `cargo xtask fmt`")
}

fn clippy() -> Result<(), Failure> {
    cargo(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])
        .run("mend what clippy names above")
}

fn native() -> Result<(), Failure> {
    cargo(["test", "--quiet", "--workspace", "--no-fail-fast"]).run("read the failures above")
}

fn wasm(tools: &Tools) -> Result<(), Failure> {
    let driver = on_path("chromedriver")
        .ok_or_else(|| Failure::new("`chromedriver` is not on PATH: run `cargo xtask setup`"))?;
    tools
        // Not `--quiet`, which cargo hands on to a runner that does not know it.
        .give(cargo(["test", "--package", "suite", "--target", "wasm32-unknown-unknown"]))
        // Without rustdoc's tests, which do not run in a browser.
        .args(["--lib", "--bins", "--tests"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
        .env("CHROMEDRIVER", driver)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
        .run("a case answers differently in the browser; the engine must be deterministic")
}

fn browser() -> Result<(), Failure> {
    let folder = project_root().join("tests/browser");
    let entries = std::fs::read_dir(&folder).map_err(file_error("read", &folder))?;
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    // Named one by one, because what node does with a folder differs between its versions.
    program("node", ["--test", "--test-reporter=spec"])
        .args(files)
        .run("read the first failure above, and see the pictures in tests/browser/screenshots/")
}
