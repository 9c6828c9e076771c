//! Who asks, for what, and the button that sends it.

use trace::Place;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::Dispatch;
use crate::protocol::{Command, View};
use crate::shared::Shared;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Option<Shared<View>>,
    pub from: Option<Place>,
    pub target: String,
    pub busy: bool,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// The form.
#[component]
pub fn AskForm(props: &Props) -> Html {
    let senders: Vec<Place> = props.view.iter().flat_map(|view| view.senders.clone()).collect();
    let onchange = {
        let (senders, dispatch) = (senders.clone(), props.dispatch.clone());
        Callback::from(move |event: Event| {
            let menu: HtmlSelectElement = event.target_unchecked_into();
            if let Some(place) = menu.value().parse().ok().and_then(|at: usize| senders.get(at)) {
                dispatch.dispatch(Change::From(place.clone()));
            }
        })
    };
    let oninput = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: InputEvent| {
            let field: HtmlInputElement = event.target_unchecked_into();
            dispatch.dispatch(Change::Target(field.value()));
        })
    };
    let onsubmit = {
        let (ask, from) = (props.ask.clone(), props.from.clone());
        let target = props.target.trim().to_owned();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let (Some(from), false) = (from.clone(), target.is_empty()) {
                ask.emit(Command::Send { from, target: target.clone() });
            }
        })
    };
    let targets = props.view.iter().flat_map(|view| view.targets.clone());
    let impossible = props.busy || props.from.is_none() || props.target.trim().is_empty();
    html! {
        <form class="ask" {onsubmit}>
            <label class="field-label" for="from">{"from"}</label>
            <select id="from" class="field" {onchange}>
                {for senders.iter().enumerate().map(|(index, place)| html! {
                    <option value={index.to_string()} selected={props.from.as_ref() == Some(place)}>
                        {place.to_string()}
                    </option>
                })}
            </select>
            <label class="field-label" for="target">{"to"}</label>
            <input id="target" class="field target" type="text" list="targets" spellcheck="false"
                autocomplete="off" autocapitalize="off" value={props.target.clone()} {oninput} />
            <datalist id="targets">
                {for targets.map(|target| html! { <option value={target} /> })}
            </datalist>
            <button class="button main" type="submit" disabled={impossible}>{"Send"}</button>
        </form>
    }
}
