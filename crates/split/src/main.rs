//! Splits the built page's wasm in two: what the opening needs, and all else, which the page loads when it has opened.
//! Functions are split, pieces of functions (`outline`), and the bytes that memory starts with (`data`). What the opening
//! needs is not guessed: a noted module tells which points of the code were reached (`note`), after the opening was walked
//! through, and the linker tells which code and which bytes refer to which bytes (`linked`).
//!
//! ```text
//! split note  WHOLE NOTED                      a module that notes which of its points are reached
//! split parts LINKED WHOLE REACHED FIRST LATER the two modules; LINKED is the module as the linker wrote it, and
//!                                              REACHED has the numbers of the reached points, one a line
//! split name  FIRST LATER                      gives LATER its name, and FIRST that of LATER
//! ```

mod body;
mod data;
mod linked;
mod live;
mod module;
mod note;
mod outline;
mod parts;
mod points;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use linked::Linked;
use module::Module;
use parts::{Parts, Plan};
use points::Reached;

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
        ["parts", linked, whole, reached, first, later] => {
            let linked = Linked::read(&std::fs::read(linked)?)?;
            let reached: BTreeSet<usize> = std::fs::read_to_string(reached)?
                .lines()
                .map(str::parse)
                .collect::<Result<_, _>>()?;
            let parts = parts(&linked, &std::fs::read(whole)?, &reached)?;
            std::fs::write(later, parts.later)?;
            Ok(std::fs::write(first, parts.first)?)
        }
        ["name", first, later] => {
            let name = parts::name_of(&std::fs::read(later)?);
            std::fs::write(first, parts::named(&std::fs::read(first)?, &name))?;
            Ok(std::fs::rename(later, Path::new(first).with_file_name(name))?)
        }
        _ => Err("it is `split note WHOLE NOTED`, `split parts LINKED WHOLE REACHED FIRST LATER` or `split name FIRST LATER`".into()),
    }
}

fn parts(
    linked: &Linked,
    whole: &[u8],
    reached: &BTreeSet<usize>,
) -> Result<Parts, Box<dyn Error>> {
    let module = Module::read(whole)?;
    let reached = Reached::read(&module, reached)?;
    let loading = parts::loading(&module)?;
    let comparisons = points::comparisons(&module, &reached)?;
    let may = |function: u32| {
        let stays = loading.contains(&function) || comparisons.contains(&function);
        linked.name(&module, function).is_some() && !stays
    };
    let outlined = outline::outline(whole, &module, &reached, may, outline::WORTH)?;

    let all = module.functions.len() as u32;
    let mut module = Module::read(&outlined.bytes)?;
    for (function, origin) in (all..).zip(&outlined.origins) {
        module.names.extend(module.names.get(origin).copied().map(|name| (function, name)));
    }
    let mut called = comparisons;
    called.extend(module.defined().filter(|function| reached.entered(*function)));
    let plan = Plan::of(&module, &called, linked)?;
    let data = data::halves(&module, linked, &plan.needed)?;
    parts::parts(&module, &plan, &data)
}
