//! Podhop's page and its engine thread: one wasm module that runs on both sides.
//!
//! `www/boot.js` starts it on the page, `www/worker.js` starts it again in a worker from the same
//! compiled module; the global scope says which side this is. The page decides nothing about
//! Kubernetes or packets: it asks [`engine`] by the commands of [`protocol`], keeps what it learns
//! in one [`state`], and draws that with the components, one to a file.

mod actions;
mod answers;
mod app;
mod components;
mod course;
mod crowd;
mod engine;
mod focus;
mod hooks;
mod js;
mod keeping;
mod link;
mod playback;
mod pointing;
mod protocol;
mod saved;
mod shared;
mod state;
mod storage;
mod viewport;
mod wire;
mod words;

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    match js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        Ok(scope) => engine::listen(scope),
        Err(_) => start_page(),
    }
}

/// Puts the page where the loading sign was.
fn start_page() {
    let root = gloo::utils::document().get_element_by_id("app");
    let root = root.expect("index.html has an element `app`");
    root.set_inner_html("");
    yew::Renderer::<app::App>::with_root(root).render();
}
