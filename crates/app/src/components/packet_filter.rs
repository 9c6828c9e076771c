//! Which packets are played and listed: all, or those of one protocol.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::Dispatch;
use crate::shared::Shared;
use crate::state::{Change, Run};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Option<Shared<Run>>,
    pub only: Option<String>,
    pub dispatch: Dispatch,
}

/// The filter.
#[component]
pub fn PacketFilter(props: &Props) -> Html {
    let dispatch = props.dispatch.clone();
    let onchange = Callback::from(move |event: Event| {
        let menu: HtmlSelectElement = event.target_unchecked_into();
        let protocol = Some(menu.value()).filter(|protocol| !protocol.is_empty());
        dispatch.dispatch(Change::Only(protocol));
    });
    let protocols = props.run.iter().flat_map(|run| &run.protocols);
    let chosen = |protocol: &String| props.only.as_ref() == Some(protocol);
    let none_chosen = !protocols.clone().any(chosen);
    html! {
        <select class="field filter" aria-label="Packets shown" {onchange}
            disabled={props.run.is_none()}>
            <option value="" selected={none_chosen}>{"all packets"}</option>
            {for protocols.map(|protocol| html! {
                <option value={protocol.clone()} selected={chosen(protocol)}>{protocol}</option>
            })}
        </select>
    }
}
