//! What is known of the Pod that was clicked, and what can be done to it.

use manifest::ObjectRef;
use topology::Seat;
use trace::Place;
use yew::prelude::*;

use super::Dispatch;
use crate::protocol::{Command, View};
use crate::shared::Shared;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub pod: ObjectRef,
    pub view: Shared<View>,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// The card.
#[component]
pub fn ObjectCard(props: &Props) -> Html {
    let Some((node, card)) = props.view.map.card(&props.pod) else {
        return html! { <aside hidden=true /> };
    };
    let send_from = {
        let (dispatch, pod) = (props.dispatch.clone(), props.pod.clone());
        Callback::from(move |_: MouseEvent| {
            dispatch.dispatch(Change::From(Place::Pod(pod.clone())));
            dispatch.dispatch(Change::Select(None));
        })
    };
    let delete = {
        let (ask, pod) = (props.ask.clone(), props.pod.clone());
        Callback::from(move |_: MouseEvent| ask.emit(Command::Delete(pod.clone())))
    };
    let close = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::Select(None)))
    };
    let services =
        props.view.map.services.iter().filter(|service| {
            service.facts.endpoints.iter().any(|endpoint| endpoint.pod == props.pod)
        });
    let services: Vec<&str> =
        services.map(|service| service.facts.reference.name.as_str()).collect();
    let state = if card.state.is_empty() { "ready" } else { &card.state };
    let single = matches!(card.seat, Seat::Pod(_));
    let can_send = props.view.senders.contains(&Place::Pod(props.pod.clone()));
    html! {
        <aside class="object-card" aria-label="Selected Pod">
            <h2>{&props.pod.name}</h2>
            <dl>
                <dt>{"namespace"}</dt><dd>{&props.pod.namespace}</dd>
                <dt>{"node"}</dt><dd>{&node.name}</dd>
                if single {
                    <dt>{"address"}</dt><dd>{&card.detail}</dd>
                    <dt>{"state"}</dt><dd>{state}</dd>
                }
                <dt>{"behind"}</dt>
                <dd>{if services.is_empty() { "no Service".into() } else { services.join(", ") }}</dd>
            </dl>
            <div class="row">
                if can_send {
                    <button class="button" onclick={send_from}>{"Send from here"}</button>
                }
                if single {
                    <button class="button danger" onclick={delete}>{"Delete Pod"}</button>
                }
                <button class="button" onclick={close}>{"Close"}</button>
            </div>
        </aside>
    }
}
