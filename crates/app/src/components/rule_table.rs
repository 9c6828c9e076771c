//! A table of the kernel as the real tool prints it, with the line that decided marked.

use trace::Line;
use yew::prelude::*;

use super::scrolling::use_scroll_to_current;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub line: Line,
}

/// The table.
#[component]
pub fn RuleTable(props: &Props) -> Html {
    let list = use_node_ref();
    use_scroll_to_current(&list, props.line.clone());
    let line = &props.line;
    html! {
        <figure class="rules">
            <figcaption>{&line.table}</figcaption>
            <ol tabindex="0" aria-label={line.table.clone()} ref={list}>
                {for line.lines.iter().enumerate().map(|(index, text)| {
                    let matched = index == line.position;
                    html! {
                        <li class={matched.then_some("matched")}
                            aria-current={matched.then_some("true")}>{text}</li>
                    }
                })}
            </ol>
        </figure>
    }
}
