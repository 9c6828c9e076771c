//! Checks of the house that no compiler makes: floors, module docs, the README's code map, sizes, forbidden names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::counts;
use crate::shell::{Failure, file_error};

/// Crates beside the floors: nothing imports them, and they may import everything.
const SIDE: &[&str] = &["xtask", "split", "truth", "bench", "suite"];
/// Only the page may name these.
const BROWSER: &[&str] =
    &["yew", "web-sys", "js-sys", "gloo", "wasm-bindgen", "wasm-bindgen-futures"];
/// Lines before a file's tests.
const ENGINE_LINES: usize = 800;
const APP_LINES: usize = 300;

/// A crate's manifest, as far as it is checked.
struct Crate {
    name: String,
    floor: Option<u32>,
    /// Names under `[dependencies]`, with their lines.
    dependencies: Vec<(String, usize)>,
    manifest: PathBuf,
}

/// What is done about the README's count of lessons. While lessons are being written it is only said,
/// so that two who write at once do not meet in one line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// A wrong count is said.
    Said,
    /// A wrong count fails.
    Judged,
    /// The right count is written.
    Written,
}

impl Counts {
    /// By the arguments of `cargo xtask tidy`.
    pub fn of(arguments: &[String]) -> Self {
        if arguments.iter().any(|argument| argument == "--write") {
            Self::Written
        } else {
            Self::Said
        }
    }
}

/// Prints every finding as `file:line: what to do`, and fails when there is one.
pub fn run(root: &Path, lessons: Counts) -> Result<(), Failure> {
    let mut crates = Vec::new();
    let folder = root.join("crates");
    let entries = std::fs::read_dir(&folder).map_err(file_error("read", &folder))?;
    let mut homes: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    homes.push(root.join("tests"));
    homes.sort();
    let mut findings = Vec::new();
    for home in homes.iter().filter(|home| home.join("Cargo.toml").is_file()) {
        let manifest = home.join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).map_err(file_error("read", &manifest))?;
        let read = read_manifest(&text, manifest.strip_prefix(root).unwrap_or(&manifest));
        sources(&home.join("src"), &mut |path, text| {
            findings.extend(source(path.strip_prefix(root).unwrap_or(path), &read.name, text));
        })?;
        crates.push(read);
    }
    findings.extend(floors(&crates));
    let readme = root.join("README.md");
    let text = std::fs::read_to_string(&readme).map_err(file_error("read", &readme))?;
    findings.extend(code_map(&crates, &text));
    match counts::check(root, lessons == Counts::Written)? {
        Some(finding) if lessons == Counts::Judged => findings.push(finding),
        Some(finding) => println!("later: {finding}"),
        None => {}
    }
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(Failure::new(format!("tidy found {count}: do what each line above says"))),
    }
}

fn read_manifest(text: &str, path: &Path) -> Crate {
    let mut section = "";
    let mut read = Crate {
        name: String::new(),
        floor: None,
        dependencies: Vec::new(),
        manifest: path.to_owned(),
    };
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        match section {
            "package" if key == "name" => read.name = value.trim_matches('"').to_owned(),
            "package.metadata" if key == "floor" => read.floor = value.parse().ok(),
            "dependencies" => {
                let name = key.split('.').next().unwrap_or(key);
                read.dependencies.push((name.to_owned(), index + 1));
            }
            _ => {}
        }
    }
    read
}

fn floors(crates: &[Crate]) -> Vec<String> {
    let known: BTreeMap<_, _> =
        crates.iter().map(|each| (each.name.as_str(), each.floor)).collect();
    let mut findings = Vec::new();
    for each in crates.iter().filter(|each| !SIDE.contains(&each.name.as_str())) {
        let place = each.manifest.display();
        let Some(floor) = each.floor else {
            findings.push(format!(
                "{place}:1: give `{}` its floor under `[package.metadata]`",
                each.name
            ));
            continue;
        };
        for (dependency, line) in &each.dependencies {
            if each.name != "app" && BROWSER.contains(&dependency.as_str()) {
                findings.push(format!("{place}:{line}: move what needs `{dependency}` to `app`, the only crate of the browser"));
            }
            match known.get(dependency.as_str()) {
                Some(Some(lower)) if *lower >= floor => findings.push(format!(
                    "{place}:{line}: `{}` is on floor {floor} and may not import `{dependency}` on floor {lower}; move what both need to a lower floor",
                    each.name
                )),
                Some(None) => findings.push(format!("{place}:{line}: do not import `{dependency}`, which stands beside the floors")),
                Some(Some(_)) | None => {}
            }
        }
    }
    findings
}

/// The rows `| floor | `crate` | … |` of the section "Code map" name every crate there is, with its floor.
fn code_map(crates: &[Crate], readme: &str) -> Vec<String> {
    let rows: BTreeMap<&str, (&str, usize)> = readme
        .lines()
        .enumerate()
        .skip_while(|(_, line)| !line.eq_ignore_ascii_case("## code map"))
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("## "))
        .filter_map(|(index, line)| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let floor = cells.next()?;
            let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            Some((name, (floor, index + 1)))
        })
        .collect();
    let mut findings = Vec::new();
    for each in crates {
        let floor = each.floor.map_or_else(|| "–".to_owned(), |floor| floor.to_string());
        match rows.get(each.name.as_str()) {
            None => {
                findings.push(format!("README.md:1: add a row for `{}` to the code map", each.name))
            }
            Some((said, line)) if *said != floor => {
                findings.push(format!(
                    "README.md:{line}: the floor of `{}` is {floor}, not {said}",
                    each.name
                ));
            }
            Some(_) => {}
        }
    }
    let gone = rows.iter().filter(|(name, _)| !crates.iter().any(|each| each.name == **name));
    findings.extend(gone.map(|(name, (_, line))| {
        format!("README.md:{line}: there is no crate `{name}`; remove its row")
    }));
    findings
}

fn source(path: &Path, crate_name: &str, text: &str) -> Vec<String> {
    let place = path.display();
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push(format!(
            "{place}:1: open the module with `//!`: what it is, what it is not, what it models"
        ));
    }
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
    let limit = if crate_name == "app" { APP_LINES } else { ENGINE_LINES };
    if lines > limit {
        findings.push(format!(
            "{place}:{limit}: {lines} lines before the tests; split the file by concept"
        ));
    }
    let engine = !SIDE.contains(&crate_name) && crate_name != "app";
    // Written in halves, so that this file does not find itself.
    let unfinished = [concat!("todo", "!("), concat!("dbg", "!("), concat!("unimplemented", "!(")];
    let clocks =
        [concat!("Instant", "::now"), concat!("SystemTime", "::now"), concat!("Date", "::now")];
    for (index, line) in
        text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
    {
        if let Some(found) = unfinished.iter().find(|name| line.contains(**name)) {
            findings.push(format!(
                "{place}:{}: finish what `{found}` stands for, or leave it out",
                index + 1
            ));
        }
        if engine && let Some(found) = clocks.iter().find(|name| line.contains(**name)) {
            findings.push(format!(
                "{place}:{}: take the time as an argument instead of `{found}`",
                index + 1
            ));
        }
    }
    findings
}

fn sources(folder: &Path, visit: &mut dyn FnMut(&Path, &str)) -> Result<(), Failure> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(file_error("read", folder))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, visit)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            visit(&path, &std::fs::read_to_string(&path).map_err(file_error("read", &path))?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str, floor: u32, dependencies: &str) -> Crate {
        let text = format!(
            "[package]\nname = \"{name}\"\n[package.metadata]\nfloor = {floor}\n[dependencies]\n{dependencies}\n[dev-dependencies]\nyew = \"1\"\n"
        );
        read_manifest(&text, Path::new("Cargo.toml"))
    }

    #[test]
    fn floors_only_import_lower_ones() {
        let good = [fixture("low", 0, ""), fixture("high", 1, "low.workspace = true")];
        assert!(floors(&good).is_empty());
        let same = [fixture("left", 1, ""), fixture("right", 1, "left = { path = \"x\" }")];
        assert_eq!(floors(&same).len(), 1);
        let upwards = [fixture("low", 0, "high.workspace = true"), fixture("high", 1, "")];
        assert!(floors(&upwards)[0].starts_with("Cargo.toml:6: `low` is on floor 0"));
    }

    #[test]
    fn the_browser_belongs_to_the_page() {
        assert_eq!(floors(&[fixture("low", 0, "yew.workspace = true")]).len(), 1);
        assert!(floors(&[fixture("app", 7, "yew.workspace = true")]).is_empty());
    }

    #[test]
    fn the_code_map_is_the_crates() {
        let crates = [fixture("low", 0, ""), fixture("high", 1, "")];
        let map =
            "## Code map\n| floor | crate |\n|---|---|\n| 1 | `high` |\n| 0 | `low` |\n## Next\n";
        assert!(code_map(&crates, map).is_empty());
        let wrong = "## Code map\n| 2 | `high` | x |\n| 0 | `gone` | x |\n";
        assert_eq!(code_map(&crates, wrong).len(), 3);
    }

    #[test]
    fn sources_are_documented_finished_and_clockless() {
        let path = Path::new("a.rs");
        assert!(source(path, "packet", "//! Doc.\n").is_empty());
        let bad = concat!("fn f() { todo", "!() }\nfn g() { Instant", "::now(); }\n");
        assert_eq!(source(path, "packet", bad).len(), 3);
        assert_eq!(source(path, "xtask", bad).len(), 2);
        assert_eq!(source(path, "packet", &format!("//! Doc.\n{}", "\n".repeat(900))).len(), 1);
    }
}
