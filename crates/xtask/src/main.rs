//! `cargo xtask`: set-up, serve, build, test and the checks around them. It depends on nothing but the standard
//! library, so that it starts within seconds on a fresh machine, and never on the engine.

// The clock is banned in the engine; here it only says how long a step took.
#![allow(clippy::disallowed_methods)]

mod bench;
mod counts;
mod parts;
mod progress;
mod setup;
mod shell;
mod sizes;
mod test;
mod tidy;
mod web;

use std::process::ExitCode;

use shell::{Failure, cargo, project_root};

const USAGE: &str = "\
cargo xtask COMMAND

  serve [--release] [--port N]   install what is missing, build, serve on http://127.0.0.1:8080, rebuild on change
  build                          release build in dist/, with a table of sizes
  test [--only STAGE]            set-up and every check and test; stages: format clippy tidy native wasm web browser size
  setup                          only install what is missing
  suite [FILTER]                 the Markdown cases, natively; UPDATE_EXPECT=1 writes what the engine answers
  tidy [--write]                 floors, module docs, the README's code map, file sizes; counts the lessons into the README
  truth [DIR] [--only FILE] [--failures N] [--json]
                                 measure the engine against recorded answers of real Kubernetes
  bench [--browser]              what a request, a matrix and a change cost in a large cluster, against a small one;
                                 or what the page of the last build costs in Chromium
  pictures                       pictures of the last build in ten states, into www/pictures/
  walk                           the course in the page of the last build, step by step, with pictures; WALK=ID for one lesson
  fmt                            format the Rust sources

Tools go to $PODHOP_TOOLS, else to $XDG_CACHE_HOME/podhop or ~/.cache/podhop.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    match run(command, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("✗ {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, rest: &[String]) -> Result<(), Failure> {
    match command {
        "serve" => web::serve(rest),
        "build" => setup::for_web()
            .and_then(|tools| web::build(&tools).and_then(|()| sizes::check(&tools))),
        "test" => test::run(rest),
        "setup" => setup::for_tests().map(drop),
        "tidy" => tidy::run(&project_root(), tidy::Counts::of(rest)),
        "suite" => cargo(["test", "--quiet", "--package", "suite", "--"])
            .args(rest)
            .run("a case differs; read the difference above, and if the engine is right run it with `UPDATE_EXPECT=1`"),
        "truth" => cargo(["run", "--quiet", "--package", "truth", "--"])
            .args(rest)
            .run("the measurement did not run; see its message above"),
        "pictures" => bench::pictures(),
        "walk" => bench::walk(),
        "bench" if rest == ["--browser"] => bench::browser(),
        "bench" => cargo(["run", "--quiet", "--profile", "bench", "--package", "bench", "--"])
            .args(rest)
            .run("a request costs more in a large cluster, or the measurement did not run; read the table above"),
        "fmt" => cargo(["fmt", "--all"]).run("rustfmt could not read a file; see its message above"),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(Failure::new(format!("there is no command `{other}`\n\n{USAGE}"))),
    }
}
