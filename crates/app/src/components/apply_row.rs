//! Applying the texts, and what the cluster said to it.

use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub said: Vec<String>,
    pub unapplied: bool,
    pub busy: bool,
    pub apply: Callback<()>,
}

/// The row under the editor.
#[component]
pub fn ApplyRow(props: &Props) -> Html {
    let apply = props.apply.clone();
    let onclick = Callback::from(move |_: MouseEvent| apply.emit(()));
    let said = match (props.unapplied, props.said.is_empty()) {
        (true, true) => "changed, not applied yet".to_owned(),
        _ => props.said.join("\n"),
    };
    html! {
        <div class="apply">
            <button class={classes!("button", props.unapplied.then_some("main"))} {onclick}
                disabled={props.busy} title="Apply (Ctrl-Enter)">{"Apply"}</button>
            <pre class="said" role="status" aria-label="What the cluster said">{said}</pre>
        </div>
    }
}
