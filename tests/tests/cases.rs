//! Every file of `tests/suite` is one test, natively and in a browser.
//!
//! `UPDATE_EXPECT=1 cargo test -p suite` writes what the engine says now into the files.

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Lets the browser answer its driver between two files: it gives up on a page that is silent for half a minute.
#[cfg(target_arch = "wasm32")]
async fn breathe() {
    use wasm_bindgen::{JsCast, JsValue};

    let timer = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("setTimeout"));
    let timer: js_sys::Function = timer.expect("a browser has timers").unchecked_into();
    let moment = js_sys::Promise::new(&mut |done, _| {
        timer.call2(&JsValue::NULL, &done, &JsValue::from(0)).expect("a timer can be set");
    });
    wasm_bindgen_futures::JsFuture::from(moment).await.expect("a timer ends");
}

fn check(name: &str, text: &str) {
    let report = match suite::check(text) {
        Ok(report) => report,
        Err(problem) => panic!("tests/suite/{name}.md: {problem}"),
    };
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let path = format!("{}/suite/{name}.md", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(&path, report.updated(text)).expect("the suite's own files can be written");
        return;
    }
    let failures = report.failures();
    assert!(failures.is_empty(), "tests/suite/{name}.md\n{failures}");
}

/// Headings are unique through all files, so that a case can be named.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn headings_are_unique() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/suite");
    let mut seen = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("tests/suite exists") {
        let path = entry.expect("the folder can be read").path();
        let text = std::fs::read_to_string(&path).expect("the suite's files are text");
        for heading in suite::headings(&text) {
            let name = path.display().to_string();
            if let Some(other) = seen.insert(heading.clone(), name.clone()) {
                panic!("`{heading}` is a case of {other} and of {name}");
            }
        }
    }
}
