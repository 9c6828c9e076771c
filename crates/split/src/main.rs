//! Splits the built page's wasm in two: the functions that the opening calls, and all others, which the page loads
//! when it has opened. Which ones it calls is not guessed: a noted module tells, after the opening was walked through.
//!
//! ```text
//! split note  WHOLE NOTED           a module that notes which of its functions are called
//! split parts WHOLE CALLED FIRST    the two modules, the later one beside FIRST; CALLED has the numbers of the
//!                                   called functions, one a line
//! ```

mod module;
mod note;
mod parts;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use module::Module;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("✗ {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["note", whole, noted] => {
            let bytes = std::fs::read(whole)?;
            Ok(std::fs::write(noted, note::note(&bytes)?)?)
        }
        ["parts", whole, called, first] => {
            let bytes = std::fs::read(whole)?;
            let called: BTreeSet<u32> = std::fs::read_to_string(called)?
                .lines()
                .map(str::parse)
                .collect::<Result<_, _>>()?;
            let parts = parts::parts(&Module::read(&bytes)?, &called)?;
            std::fs::write(Path::new(first).with_file_name(&parts.name), parts.later)?;
            Ok(std::fs::write(first, parts.first)?)
        }
        _ => Err("it is `split note WHOLE NOTED` or `split parts WHOLE CALLED FIRST`".into()),
    }
}
