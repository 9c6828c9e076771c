//! The little that comes from JavaScript: the engine's thread, the editor, the terminal.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Element, Worker};

#[wasm_bindgen]
extern "C" {
    /// Starts the engine's thread; see `www/boot.js`.
    #[wasm_bindgen(js_namespace = Podhop, js_name = startEngine)]
    pub fn start_engine() -> Worker;

    /// The text of a file of `www/schema/`; only in the engine's thread, see `www/worker.js`.
    #[wasm_bindgen(js_namespace = Podhop, js_name = schema)]
    fn schema(name: &str) -> Option<String>;

    /// Puts the functions in their places that the opening does not need; see `www/later.js`.
    #[wasm_bindgen(js_namespace = Podhop)]
    fn later(exports: &JsValue);

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
    #[wasm_bindgen(method, js_name = setDoc)]
    pub fn set_text(this: &Editor, text: &str);
    #[wasm_bindgen(method, js_name = setDiagnostics)]
    pub fn set_diagnostics(this: &Editor, list: &JsValue);
    #[wasm_bindgen(method, js_name = selectRange)]
    pub fn select(this: &Editor, from: usize, to: usize);
    #[wasm_bindgen(method, js_name = highlightRanges)]
    pub fn highlight(this: &Editor, ranges: &JsValue);

    /// Reads the files of a drop; see `www/src/files.js`.
    #[wasm_bindgen(js_namespace = Podhop, js_name = readFiles, catch)]
    pub async fn read_files(event: &JsValue) -> Result<JsValue, JsValue>;

    /// Loads what packs sessions into links; see `www/share.js`.
    #[wasm_bindgen(js_namespace = Podhop, js_name = share, catch)]
    pub async fn load_share() -> Result<JsValue, JsValue>;

    /// What packs sessions into links.
    pub type ShareModule;
    #[wasm_bindgen(method, catch)]
    pub async fn pack(this: &ShareModule, text: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub async fn unpack(this: &ShareModule, packed: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub async fn publish(this: &ShareModule, hash: &str) -> Result<JsValue, JsValue>;

    /// Loads what fetches lessons and reads them from disk; see `www/lessons.js`.
    #[wasm_bindgen(js_namespace = Podhop, js_name = lessons, catch)]
    pub async fn load_lessons() -> Result<JsValue, JsValue>;

    /// What fetches lessons and reads them from disk.
    pub type LessonsModule;
    #[wasm_bindgen(method, js_name = fetchText, catch)]
    pub async fn fetch_text(this: &LessonsModule, address: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub async fn pick(this: &LessonsModule, folder: bool, ending: &str)
    -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    pub fn save(this: &LessonsModule, name: &str, text: &str);

    /// Loads the terminal's module; see `www/src/terminal.js`.
    #[wasm_bindgen(js_namespace = Podhop, js_name = terminal, catch)]
    pub async fn load_terminal() -> Result<JsValue, JsValue>;

    /// The terminal's module.
    pub type TerminalModule;
    /// Makes a terminal in an element.
    #[wasm_bindgen(method)]
    pub fn create(this: &TerminalModule, parent: &Element, options: &JsValue) -> Terminal;

    /// A terminal.
    #[derive(Clone, Debug)]
    pub type Terminal;
    #[wasm_bindgen(method)]
    pub fn write(this: &Terminal, text: &str);
    #[wasm_bindgen(method)]
    pub fn clear(this: &Terminal);
    #[wasm_bindgen(method)]
    pub fn focus(this: &Terminal);
}

/// What the fields of an API package mean: the text of its file in `www/schema/`.
pub fn schema_of(package: &str) -> Option<String> {
    schema(package)
}

/// The text in a field of an object, if there is one.
pub fn text(object: &JsValue, name: &str) -> Option<String> {
    Reflect::get(object, &JsValue::from(name)).ok()?.as_string()
}

/// What a function calls that the build has put into the later part, when that part is not there yet; see
/// `crates/split`.
#[wasm_bindgen(js_name = loadLater)]
pub fn load_later() {
    later(&wasm_bindgen::exports());
}

/// A plain JavaScript object with these fields.
pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a plain object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from(*name), value);
    }
    object.into()
}
