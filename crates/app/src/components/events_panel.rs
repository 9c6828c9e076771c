//! What each controller did, the newest first.

use yew::prelude::*;

use crate::protocol::View;
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
}

/// The events.
#[component]
pub fn EventsPanel(props: &Props) -> Html {
    if props.view.events.is_empty() {
        return html! { <p>{"Nothing has happened yet."}</p> };
    }
    html! {
        <ol class="events">
            {for props.view.events.iter().rev().map(|event| html! {
                <li>
                    <span class="when">{&event.when}</span>
                    <span class="who">{&event.who}</span>
                    <span>{&event.what}</span>
                </li>
            })}
        </ol>
    }
}
