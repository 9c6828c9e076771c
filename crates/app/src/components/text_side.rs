//! The left side: the learner's files, the editor, what is wrong and what the cluster said.

use yew::prelude::*;

use super::apply_row::ApplyRow;
use super::editor::Editor;
use super::examples_menu::ExamplesMenu;
use super::file_tabs::FileTabs;
use super::problems::Problems;
use crate::protocol::{Command, Update};
use crate::state::{Change, State};

#[derive(Properties)]
pub struct Props {
    pub state: UseReducerHandle<State>,
    pub apply: Callback<()>,
    /// Asks the engine for something that only the asker hears.
    pub ask_for: Callback<(Command, Callback<Update>)>,
    /// Applies the newest text; never changes.
    pub on_key: Callback<()>,
}

/// No step of a packet changes the texts: only what is shown here counts.
impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.state, &other.state);
        one.files == two.files
            && one.findings == two.findings
            && (one.active, one.revision) == (two.active, two.revision)
            && one.closed == two.closed
            && one.shown_lines == two.shown_lines
            && one.said == two.said
            && (one.unapplied, one.busy) == (two.unapplied, two.busy)
            && (&self.apply, &self.ask_for) == (&other.apply, &other.ask_for)
            && self.on_key == other.on_key
    }
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
    html! {
        <section class="left" aria-label="Manifests">
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
