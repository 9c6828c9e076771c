//! Writes `src/reflect/fields_*.rs`: the fields of every Kubernetes type that the typed kinds reach.
//!
//! `cargo run -p manifest --example reflect -- PATH_TO_K8S_OPENAPI_SOURCE` reads the generated source
//! of the `k8s-openapi` crate (its folder in cargo's registry) and prints how many types it found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The typed kinds of `Object`, by module.
const ROOTS: &[(&str, &[&str])] = &[
    (
        "api::core::v1",
        &[
            "Namespace",
            "Node",
            "Pod",
            "Service",
            "Endpoints",
            "ConfigMap",
            "Secret",
            "ServiceAccount",
            "Event",
            "PodTemplateSpec",
            "PersistentVolumeClaimSpec",
        ],
    ),
    ("api::apps::v1", &["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"]),
    ("api::batch::v1", &["Job", "CronJob"]),
    ("api::discovery::v1", &["EndpointSlice"]),
    ("api::networking::v1", &["Ingress", "IngressClass", "NetworkPolicy"]),
];

/// A type's module and name.
type Name = (String, String);

/// A type's fields: Rust name, JSON name, Rust type.
type Fields = Vec<(String, String, String)>;

fn main() {
    let source = env::args().nth(1).map(PathBuf::from).unwrap_or_else(|| {
        eprintln!("usage: reflect PATH_TO_K8S_OPENAPI_SOURCE");
        std::process::exit(2);
    });
    let mut types: BTreeMap<Name, Fields> = BTreeMap::new();
    collect(&source.join("src/v1_36"), "", &mut types);
    let mut wanted: Vec<Name> = ROOTS
        .iter()
        .flat_map(|(module, names)| names.iter().map(|name| ((*module).into(), (*name).into())))
        .collect();
    let mut reached: BTreeSet<Name> = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        let Some(fields) = types.get(&name) else { continue };
        if reached.insert(name.clone()) {
            wanted.extend(fields.iter().flat_map(|(_, _, rust)| mentioned(rust)));
        }
    }
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for name in &reached {
        let group = name.0.split("::").nth(1).unwrap_or_default();
        let half = if group == "core" && name.1.as_str() >= "N" { "_n_to_z" } else { "" };
        let text = files.entry(format!("{group}{half}")).or_insert_with(|| heading(group));
        text.push_str(&entry(name, &types[name]));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/reflect");
    for (file, text) in &files {
        let path = folder.join(format!("fields_{file}.rs"));
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    println!("{} types in {} files", reached.len(), files.len());
}

fn heading(group: &str) -> String {
    format!(
        "//! Fields of the types of `{group}`, as `k8s-openapi` has them. Written by example `reflect`.\n\n\
         use super::reflect;\n"
    )
}

/// Reads every struct below a folder; `module` is the folder's path in Rust.
fn collect(folder: &Path, module: &str, types: &mut BTreeMap<Name, Fields>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let inner =
                if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
            collect(&path, &inner, types);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("source is UTF-8");
            if let Some((name, fields)) = fields_of(&text) {
                types.insert((module.to_owned(), name), fields);
            }
        }
    }
}

/// The struct of a file: its declaration gives Rust names and types, `Serialize` the JSON names.
fn fields_of(text: &str) -> Option<(String, Fields)> {
    let start = text.find("pub struct ")?;
    let (name, rest) = text[start + "pub struct ".len()..].split_once(" {\n")?;
    let body = &rest[..rest.find("\n}")?];
    let json_names = json_names(text);
    let fields = body
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub ")?.strip_suffix(',')?.split_once(": "))
        .map(|(field, rust)| {
            let json = json_names.get(field).cloned().unwrap_or_else(|| field.to_owned());
            (field.to_owned(), json, rust.to_owned())
        })
        .collect();
    Some((name.to_owned(), fields))
}

/// JSON names by Rust name, from the arms `"hostIP" => Field::Key_host_ip`.
fn json_names(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" => Field::Key_"))
        .map(|(json, field)| (field.to_owned(), json.trim_matches('"').to_owned()))
        .collect()
}

/// The Kubernetes types that a Rust type mentions.
fn mentioned(rust: &str) -> Vec<Name> {
    rust.split(['<', '>', ',', ' '])
        .filter_map(|part| part.strip_prefix("crate::")?.rsplit_once("::"))
        .map(|(module, name)| (module.to_owned(), name.to_owned()))
        .collect()
}

/// One `reflect!` entry, wrapped at 100 columns.
fn entry((module, name): &Name, fields: &Fields) -> String {
    let mut text = format!("\nreflect! {{ {module}::{name}:\n");
    let mut line = String::from("   ");
    for (field, json, _) in fields {
        let item = format!(" {field} {json:?},");
        if line.len() + item.len() > 99 {
            text.push_str(&line);
            text.push('\n');
            line = String::from("   ");
        }
        line.push_str(&item);
    }
    if !line.trim().is_empty() {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str("}\n");
    text
}
