//! A sentence of the engine's, with its links into the editor.

use cluster::SourceSpan;
use trace::FieldRef;
use trace::explain::Fragment;
use yew::prelude::*;

use super::Dispatch;
use super::object_link::object_link;
use crate::state::Change;

/// The sentence; its links lead to the lines among `sources`, or to the object's card if nobody wrote
/// them.
pub fn sentence(
    fragments: &[Fragment],
    sources: &[(FieldRef, SourceSpan)],
    dispatch: &Dispatch,
) -> Html {
    html! { <>{for fragments.iter().map(|fragment| match fragment {
        Fragment::Text(text) => marked(text),
        Fragment::Code(text) => html! { <code>{text}</code> },
        Fragment::Link { text, field } => link(text, field, sources, dispatch),
    })}</> }
}

/// A sentence in which names stand between backticks.
pub fn marked(text: &str) -> Html {
    let pieces = text.split('`').enumerate();
    let piece = |(at, piece): (usize, &str)| match at % 2 {
        1 => html! { <code>{piece}</code> },
        _ => html! { {piece} },
    };
    pieces.map(piece).collect()
}

fn link(
    text: &str,
    field: &FieldRef,
    sources: &[(FieldRef, SourceSpan)],
    dispatch: &Dispatch,
) -> Html {
    let Some((_, lines)) = sources.iter().find(|(known, _)| known == field).cloned() else {
        return object_link(&field.object, text.to_owned(), dispatch);
    };
    let title = format!("Show the lines in {}", lines.file);
    let dispatch = dispatch.clone();
    let onclick =
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::ShowLines(lines.clone())));
    html! { <button class="link" {onclick} {title}>{text}</button> }
}
