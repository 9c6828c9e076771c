//! Podhop's page and its engine thread: one wasm module that runs on both sides.
//!
//! `www/boot.js` starts it on the page, `www/worker.js` starts it again in a worker from the same compiled module.
//! Which side this is, the global scope says.

use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker};

#[wasm_bindgen]
extern "C" {
    /// Starts the engine's thread; see `www/boot.js`.
    #[wasm_bindgen(js_namespace = Podhop, js_name = startEngine)]
    fn start_engine() -> Worker;
}

fn main() {
    match js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        Ok(scope) => engine(scope),
        Err(_) => page(),
    }
}

/// Answers every message from the page.
fn engine(scope: DedicatedWorkerGlobalScope) {
    let reply_to = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let name = event.data().as_string().unwrap_or_default();
        reply_to
            .post_message(&JsValue::from_str(&format!("hello {name}, from the engine")))
            .expect("a string can always be cloned");
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
}

/// Shows what the engine answers.
fn page() {
    let worker = start_engine();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
        if let Some(app) = document.get_element_by_id("app") {
            app.set_text_content(event.data().as_string().as_deref());
        }
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    worker.post_message(&JsValue::from_str("page")).expect("a string can always be cloned");
}
