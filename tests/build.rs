//! Embeds every file of `tests/suite` and makes a test of each, so that native tests and the
//! browser run the same bytes.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=suite");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets the folder of the manifest");
    let folder = Path::new(&root).join("suite");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("tests/suite exists")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .collect();
    names.sort();
    let mut code = String::new();
    for name in &names {
        let path = folder.join(format!("{name}.md"));
        code.push_str(&format!(
            "#[cfg_attr(target_arch = \"wasm32\", wasm_bindgen_test::wasm_bindgen_test)]\n\
             #[cfg_attr(not(target_arch = \"wasm32\"), test)]\n\
             fn {}() {{\n    check({name:?}, include_str!({:?}));\n}}\n",
            name.replace(['-', ' '], "_"),
            path.display(),
        ));
    }
    let out = env::var("OUT_DIR").expect("cargo sets the folder for generated files");
    fs::write(Path::new(&out).join("files.rs"), code).expect("the folder can be written");
}
