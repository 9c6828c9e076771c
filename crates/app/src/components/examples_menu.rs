//! Texts to begin with; choosing one puts it in place of the present text.

use cluster::EXAMPLES;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::Dispatch;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub dispatch: Dispatch,
}

/// The examples menu.
#[component]
pub fn ExamplesMenu(props: &Props) -> Html {
    let dispatch = props.dispatch.clone();
    let onchange = Callback::from(move |event: Event| {
        let menu: HtmlSelectElement = event.target_unchecked_into();
        if let Some(example) =
            menu.value().parse().ok().and_then(|index: usize| EXAMPLES.get(index))
        {
            dispatch.dispatch(Change::Replaced(example.files()));
        }
        // The menu is a list of things to do, not a setting.
        menu.set_value("");
    });
    html! {
        <select class="field examples" aria-label="Load an example" {onchange}>
            <option value="" selected=true>{"Examples"}</option>
            {for EXAMPLES.iter().enumerate().map(|(index, example)| html! {
                <option value={index.to_string()} title={example.summary}>{example.title}</option>
            })}
        </select>
    }
}
