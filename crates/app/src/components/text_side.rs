//! The left side: the learner's files, the editor, what is wrong and what the cluster said.

use cluster::SourceFile;
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::apply_row::ApplyRow;
use super::editor::Editor;
use super::examples_menu::ExamplesMenu;
use super::file_tabs::FileTabs;
use super::problems::Problems;
use crate::course::Sheet;
use crate::js;
use crate::protocol::{Command, Update};
use crate::state::{Change, FileChange, State};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub state: UseReducerHandle<State>,
    pub apply: Callback<()>,
    /// Asks the engine for something that only the asker hears.
    pub ask_for: Callback<(Command, Callback<Update>)>,
    /// Applies the newest text; never changes.
    pub on_key: Callback<()>,
    /// Hears of lessons that are dragged in.
    pub on_lessons: Callback<Vec<Sheet>>,
}

/// The left side.
#[component]
pub fn TextSide(props: &Props) -> Html {
    let state = &props.state;
    let dispatch = state.dispatcher();
    let on_change = {
        let dispatch = dispatch.clone();
        use_callback((), move |text: String, ()| dispatch.dispatch(Change::Typed(text)))
    };
    let file = state.files.get(state.active).cloned().unwrap_or_default();
    let shown = state.shown_lines.clone().filter(|(_, lines)| lines.file == file.name);
    let closed = state.closed.as_ref().map(|closed| closed.1.name.clone());
    let ondrop = {
        let (dispatch, on_lessons) = (dispatch.clone(), props.on_lessons.clone());
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
    };
    // Without this a browser opens the file instead of the page.
    let ondragover = Callback::from(|event: DragEvent| event.prevent_default());
    html! {
        <section class="left" aria-label="Manifests" {ondrop} {ondragover}>
            <div class="files">
                <FileTabs files={state.files.clone()} findings={state.findings.clone()}
                    active={state.active} {closed} dispatch={dispatch.clone()} />
                <ExamplesMenu dispatch={dispatch.clone()} />
            </div>
            <Editor name={file.name} text={file.text} revision={state.revision}
                findings={state.findings_of(state.active).to_vec()} {shown} {on_change}
                ask_for={props.ask_for.clone()} on_apply={props.on_key.clone()} />
            <Problems files={state.files.clone()} findings={state.findings.clone()} {dispatch} />
            <ApplyRow said={state.said.clone()} unapplied={state.unapplied} busy={state.busy}
                apply={props.apply.clone()} />
        </section>
    }
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
