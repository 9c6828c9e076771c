//! Embeds every file of `tests/suite` and makes a test of each, so that native tests and the
//! browser run the same bytes.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=suite");
    if env::var_os("CARGO_CFG_TARGET_ARCH").is_some_and(|it| it == "wasm32") {
        // As much stack as the page without optimisation has.
        println!("cargo::rustc-link-arg-tests=-zstack-size=4194304");
    }
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
            "#[cfg(target_arch = \"wasm32\")]\n\
             #[wasm_bindgen_test::wasm_bindgen_test]\n\
             async fn {test}() {{\n    breathe().await;\n    check({name:?}, include_str!({path:?}));\n}}\n\
             #[cfg(not(target_arch = \"wasm32\"))]\n\
             #[test]\n\
             fn {test}() {{\n    check({name:?}, include_str!({path:?}));\n}}\n",
            test = name.replace(['-', ' '], "_"),
            path = path.display().to_string(),
        ));
    }
    let out = env::var("OUT_DIR").expect("cargo sets the folder for generated files");
    fs::write(Path::new(&out).join("files.rs"), code).expect("the folder can be written");
}
