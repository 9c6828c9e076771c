//! What was found in the texts, in the cluster's words, with a hint; a click goes to the place.

use cluster::FileFindings;
use cluster::{SourceFile, SourceSpan};
use manifest::{Diagnostic, Kind, ObjectRef, Severity};
use yew::prelude::*;

use super::Dispatch;
use crate::shared::Shared;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub files: Shared<Vec<SourceFile>>,
    pub findings: Shared<Vec<FileFindings>>,
    pub dispatch: Dispatch,
}

/// The list of findings; nothing if there are none.
#[component]
pub fn Problems(props: &Props) -> Html {
    let all = props.findings.iter().flat_map(|found| {
        let text = props.files.iter().find(|file| file.name == found.file);
        let text = text.map(|file| file.text.as_str()).unwrap_or_default();
        found.diagnostics.iter().map(move |finding| (found.file.clone(), text, finding))
    });
    let rows: Vec<Html> =
        all.map(|(file, text, finding)| row(file, text, finding, &props.dispatch)).collect();
    html! {
        <ul class="problems" aria-label="Problems" hidden={rows.is_empty()}>{for rows}</ul>
    }
}

fn row(file: String, text: &str, finding: &Diagnostic, dispatch: &Dispatch) -> Html {
    let (class, word) = match finding.severity {
        Severity::Error => ("error", "error"),
        Severity::Warning => ("warning", "warning"),
        Severity::NotSimulated => ("note", "not simulated"),
    };
    let line = finding.span.map(|span| line_of(text, span.start));
    let place = match line {
        Some(line) => format!("{file}:{line}"),
        None => file.clone(),
    };
    let onclick = finding.span.map(|span| {
        let object = finding.object.clone().unwrap_or_else(|| ObjectRef::cluster(Kind::Node, ""));
        let (lines, dispatch) = (SourceSpan { file, span, object }, dispatch.clone());
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::ShowLines(lines.clone())))
    });
    html! {
        <li>
            <button class={classes!("problem", class)} {onclick}>
                <span class="where">{format!("{word} · {place}")}</span>
                <span class="words">{&finding.message}</span>
                if let Some(hint) = &finding.hint {
                    <span class="hint">{hint}</span>
                }
            </button>
        </li>
    }
}

/// The line that a byte of a text stands in, from 1.
fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}
