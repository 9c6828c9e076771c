//! One tab for each of the learner's files, marked if something is wrong in it: open, begin, name,
//! close and bring back.

use cluster::{FileFindings, SourceFile};
use manifest::Severity;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::Dispatch;
use crate::shared::Shared;
use crate::state::{Change, FileChange};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub files: Shared<Vec<SourceFile>>,
    pub findings: Shared<Vec<FileFindings>>,
    pub active: usize,
    /// The name of the file that was closed last.
    pub closed: Option<String>,
    pub dispatch: Dispatch,
}

/// The file that is being named, and the name as far as it is typed.
type Named = Option<(usize, String)>;

/// The files' tabs.
#[component]
pub fn FileTabs(props: &Props) -> Html {
    let named = use_state(|| Named::None);
    let tab = |(index, file): (usize, &SourceFile)| match &*named {
        Some((tab, name)) if *tab == index => name_field(props, index, name, file, &named),
        _ => tab(props, index, file, &named),
    };
    let change = |change: FileChange| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::Files(change.clone())))
    };
    html! {
        <div class="file-tabs">
            <div class="tabs" role="tablist" aria-label="Files">
                {for props.files.iter().enumerate().map(tab)}
            </div>
            <button class="file-button" aria-label="New file" title="New file"
                onclick={change(FileChange::New)}>{"+"}</button>
            if let Some(name) = &props.closed {
                <button class="file-button" aria-label={format!("Reopen {name}")}
                    title={format!("Reopen {name}")} onclick={change(FileChange::Reopen)}>{"↶"}</button>
            }
        </div>
    }
}

fn tab(props: &Props, index: usize, file: &SourceFile, named: &UseStateHandle<Named>) -> Html {
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_| dispatch.dispatch(Change::Opened(index)));
    let rename = {
        let (named, name) = (named.clone(), file.name.clone());
        Callback::from(move |()| named.set(Some((index, name.clone()))))
    };
    let onkeydown = {
        let (rename, dispatch) = (rename.clone(), props.dispatch.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "F2" => rename.emit(()),
            "Delete" => dispatch.dispatch(Change::Files(FileChange::Close(index))),
            _ => {}
        })
    };
    let dispatch = props.dispatch.clone();
    let close = Callback::from(move |_: MouseEvent| {
        dispatch.dispatch(Change::Files(FileChange::Close(index)));
    });
    let selected = index == props.active;
    let wrong = props.findings.iter().any(|found| {
        found.file == file.name && found.diagnostics.iter().any(|it| it.severity == Severity::Error)
    });
    html! {
        <span class={classes!("file-tab", selected.then_some("shown"))} role="presentation">
            <button class="tab" role="tab" aria-selected={selected.to_string()} {onclick} {onkeydown}
                ondblclick={rename.reform(|_: MouseEvent| ())}
                title={format!("{}: F2 or a double click renames it, Delete closes it", file.name)}>
                {&file.name}
                if wrong {
                    <span class="mark" /><span class="hidden">{", has mistakes"}</span>
                }
            </button>
            if selected {
                <button class="file-close" aria-label={format!("Close {}", file.name)}
                    onclick={close}>{"×"}</button>
            }
        </span>
    }
}

/// The tab as a field while its file is named.
fn name_field(
    props: &Props,
    index: usize,
    name: &str,
    file: &SourceFile,
    named: &UseStateHandle<Named>,
) -> Html {
    // What is typed is kept: the page may draw the tabs anew meanwhile.
    let oninput = {
        let named = named.clone();
        Callback::from(move |event: InputEvent| {
            let name = event.target_unchecked_into::<HtmlInputElement>().value();
            named.set(Some((index, name)));
        })
    };
    let finish = {
        let (dispatch, named, before) = (props.dispatch.clone(), named.clone(), file.name.clone());
        Callback::from(move |name: Option<String>| {
            named.set(None);
            if let Some(name) = name.filter(|name| *name != before) {
                dispatch.dispatch(Change::Files(FileChange::Rename(index, name)));
            }
        })
    };
    let onblur = finish.reform(|event: FocusEvent| {
        Some(event.target_unchecked_into::<HtmlInputElement>().value())
    });
    let onkeydown = Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => finish.emit(Some(event.target_unchecked_into::<HtmlInputElement>().value())),
        "Escape" => finish.emit(None),
        _ => {}
    });
    html! {
        <input class="field file-name" aria-label="The file's name" value={name.to_owned()}
            autofocus=true {oninput} {onblur} {onkeydown} />
    }
}
