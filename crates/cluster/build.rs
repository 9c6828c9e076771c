//! Turns the scenarios that come with Podhop into JSON, which the page reads without a second YAML reader in its wasm.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=scenarios");
    let out = env::var("OUT_DIR").expect("cargo sets the folder for generated files");
    for entry in fs::read_dir("scenarios").expect("the crate has a folder of scenarios").flatten() {
        let path = entry.path();
        let text = fs::read_to_string(&path).expect("a scenario is text");
        let json: serde_json::Value = serde_yaml::from_str(&text)
            .unwrap_or_else(|error| panic!("`{}` is no YAML: {error}", path.display()));
        let name = path.with_extension("json");
        let name = name.file_name().expect("a scenario's file has a name");
        fs::write(Path::new(&out).join(name), json.to_string()).expect("the folder can be written");
    }
}
