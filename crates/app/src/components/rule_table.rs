//! A table of the kernel as the real tool prints it, with the line that decided marked.

use trace::Line;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub line: Line,
}

/// The table.
#[component]
pub fn RuleTable(props: &Props) -> Html {
    let line = &props.line;
    html! {
        <figure class="rules">
            <figcaption>{&line.table}</figcaption>
            <ol>
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
