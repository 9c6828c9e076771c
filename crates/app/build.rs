//! How the page's wasm is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var_os(name).is_some_and(|it| it == value);
    if is("CARGO_CFG_TARGET_ARCH", "wasm32") && is("PROFILE", "debug") {
        // The usual megabyte is too little for the engine without optimisation.
        println!("cargo::rustc-link-arg-bins=-zstack-size=4194304");
    }
}
