//! `podhop apply` and `podhop check`: what the API server says about files.

use cluster::Cluster;

use crate::{arguments, load};

/// Applies the files, prints what happened to each object, and the findings to standard error.
pub fn apply(arguments: &arguments::Cluster) -> Result<u8, String> {
    let (scenario, files) = load::read(arguments)?;
    let applied = Cluster::new(scenario).apply(&files);
    eprint!("{}", load::said(&applied, &files));
    for result in &applied.results {
        let name = kubectl::report::resource_name(result.object.kind, &result.object.name);
        println!("{name} {}", result.effect);
    }
    Ok(if applied.is_refused() { 2 } else { 0 })
}

/// Prints the findings; nothing if there is nothing to say.
pub fn check(arguments: &arguments::Cluster) -> Result<u8, String> {
    let (scenario, files) = load::read(arguments)?;
    let applied = Cluster::new(scenario).check(&files);
    print!("{}", load::said(&applied, &files));
    Ok(if applied.is_refused() { 2 } else { 0 })
}
