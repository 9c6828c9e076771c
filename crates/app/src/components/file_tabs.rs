//! One tab for each of the learner's files, marked if something is wrong in it.

use cluster::FileFindings;
use cluster::SourceFile;
use manifest::Severity;
use yew::prelude::*;

use super::Dispatch;
use crate::shared::Shared;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub files: Shared<Vec<SourceFile>>,
    pub findings: Shared<Vec<FileFindings>>,
    pub active: usize,
    pub dispatch: Dispatch,
}

/// The files' tabs.
#[component]
pub fn FileTabs(props: &Props) -> Html {
    let tab = |(index, file): (usize, &SourceFile)| {
        let dispatch = props.dispatch.clone();
        let onclick = Callback::from(move |_| dispatch.dispatch(Change::Opened(index)));
        let selected = index == props.active;
        let wrong = props.findings.iter().any(|found| {
            found.file == file.name
                && found.diagnostics.iter().any(|it| it.severity == Severity::Error)
        });
        html! {
            <button class="tab" role="tab" aria-selected={selected.to_string()} {onclick}>
                {&file.name}
                if wrong {
                    <span class="mark" /><span class="hidden">{", has mistakes"}</span>
                }
            </button>
        }
    };
    html! {
        <div class="tabs" role="tablist" aria-label="Files">
            {for props.files.iter().enumerate().map(tab)}
        </div>
    }
}
