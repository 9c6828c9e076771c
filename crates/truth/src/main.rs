//! `truth [DIR] [--only FILE] [--failures N] [--json]`: measures the engine against what real Kubernetes v1.36 answers.
//!
//! It only counts: a low number is an honest one, so it exits with 0 whatever the score, and with 2 when it could not
//! look at all. A missing folder or file is skipped with a line that says so.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use truth::{judge, judges, report};

/// Measures the engine against recorded answers of real Kubernetes.
#[derive(Parser)]
#[command(name = "truth")]
struct Arguments {
    /// The folder of reference data; the default lies beside the project
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/truth"))]
    folder: PathBuf,
    /// Look at this file only, for example `validation.json`
    #[arg(long, value_name = "FILE")]
    only: Option<String>,
    /// Print the first N differences
    #[arg(long, value_name = "N", default_value_t = 0)]
    failures: usize,
    /// Print the counts as one line of JSON, and nothing else
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic of the engine is reported as its case's difference; the default hook would print it among the counts.
    std::panic::set_hook(Box::new(|_| {}));
    let judges: Vec<_> = judges::all()
        .into_iter()
        .filter(|judge| arguments.only.as_ref().is_none_or(|only| judge.file == only))
        .collect();
    if judges.is_empty() {
        let known: Vec<_> = judges::all().iter().map(|judge| format!("`{}`", judge.file)).collect();
        eprintln!("no judge for that file; there is one for {}", known.join(", "));
        return ExitCode::from(2);
    }
    let outcome = judge::run(&judges, &arguments.folder, |note| eprintln!("{note}"));
    if arguments.json {
        println!("{}", report::json(&outcome));
    } else {
        print!("{}", report::text(&outcome, arguments.failures));
    }
    ExitCode::SUCCESS
}
