//! Files dragged onto the page: texts go into the editor, lessons are opened.

use cluster::SourceFile;
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::Dispatch;
use crate::course::Sheet;
use crate::js;
use crate::state::{Change, FileChange};

/// What to do with files that fall onto the page.
pub fn on_drop(dispatch: Dispatch, on_lessons: Callback<Vec<Sheet>>) -> Callback<DragEvent> {
    Callback::from(move |event: DragEvent| {
        event.prevent_default();
        let (dispatch, on_lessons) = (dispatch.clone(), on_lessons.clone());
        spawn_local(async move {
            let Ok(found) = js::read_files(&event).await else { return };
            let (manifests, lessons) = brought(&found);
            if !lessons.is_empty() {
                on_lessons.emit(lessons);
            }
            dispatch.dispatch(Change::Files(manifests));
        });
    })
}

/// Without this a browser opens the file instead of the page.
pub fn on_drag_over() -> Callback<DragEvent> {
    Callback::from(|event: DragEvent| event.prevent_default())
}

/// What of a drop belongs into the editor, and what is a lesson.
fn brought(found: &JsValue) -> (FileChange, Vec<Sheet>) {
    let (mut files, mut refused, mut lessons) = (Vec::new(), Vec::new(), Vec::new());
    for file in Array::from(found) {
        match (js::text(&file, "name"), js::text(&file, "text")) {
            (Some(name), Some(text)) if name.ends_with(".md") => {
                lessons.push(Sheet { name, text });
            }
            (Some(name), Some(text)) => files.push(SourceFile { name, text }),
            _ => refused.extend(js::text(&file, "refused")),
        }
    }
    (FileChange::Bring { files, refused }, lessons)
}
