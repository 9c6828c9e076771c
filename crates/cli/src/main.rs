//! `podhop`: the same engine on the command line.
//!
//! It reads files, builds a cluster and prints; everything it says comes from the engine. Exit codes:
//! 0 all went well; 1 the request was not answered, or a command failed; 2 the files are refused, or
//! the command line is wrong.

mod arguments;
mod check;
mod lesson;
mod load;
mod rules;
mod shell;
mod trace;
mod walk;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Command, Podhop};

fn main() -> ExitCode {
    // What is piped into `head` ends quietly when `head` has read enough.
    sigpipe::reset();
    let podhop = Podhop::parse();
    let done = match podhop.command {
        Command::Trace(arguments) => trace::run(&arguments),
        Command::Rules(arguments) => rules::run(&arguments),
        Command::Shell(arguments) => shell::interactive(&arguments),
        Command::Run(arguments) => shell::once(&arguments),
        Command::Apply(arguments) => check::apply(&arguments),
        Command::Lesson(verb) => lesson::run(&verb),
        Command::Check(arguments) => check::check(&arguments),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            eprint!("{problem}");
            if !problem.ends_with('\n') {
                eprintln!();
            }
            ExitCode::from(2)
        }
    }
}
