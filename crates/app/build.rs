//! How the page's wasm is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_ARCH").is_some_and(|it| it == "wasm32") {
        // The usual megabyte is too little for the engine without optimisation, and leaves it little room with.
        println!("cargo::rustc-link-arg-bins=-zstack-size=4194304");
    }
}
