//! The little that comes from JavaScript: the engine's thread, the editor, the terminal.

use wasm_bindgen::prelude::*;
use web_sys::{Element, Worker};

#[wasm_bindgen]
extern "C" {
    /// Starts the engine's thread; see `www/boot.js`.
    #[wasm_bindgen(js_namespace = Podhop, js_name = startEngine)]
    pub fn start_engine() -> Worker;

    /// Loads the editor's module; see `www/src/editor.js`.
    #[wasm_bindgen(js_namespace = Podhop, js_name = editor, catch)]
    pub async fn load_editor() -> Result<JsValue, JsValue>;

    /// The editor's module.
    pub type EditorModule;
    /// Makes an editor in an element.
    #[wasm_bindgen(method)]
    pub fn create(this: &EditorModule, parent: &Element, options: &JsValue) -> Editor;

    /// An editor.
    #[derive(Clone, Debug)]
    pub type Editor;
    #[wasm_bindgen(method, js_name = setText)]
    pub fn set_text(this: &Editor, text: &str);
    #[wasm_bindgen(method, js_name = setDiagnostics)]
    pub fn set_diagnostics(this: &Editor, list: &JsValue);
    #[wasm_bindgen(method)]
    pub fn select(this: &Editor, from: usize, to: usize);
    #[wasm_bindgen(method)]
    pub fn destroy(this: &Editor);
}
