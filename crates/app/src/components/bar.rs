//! The bar under the picture: ask for something, then drive time.

use yew::prelude::*;

use super::ask_form::AskForm;
use super::packet_filter::PacketFilter;
use super::past_menu::PastMenu;
use super::track::Track;
use super::traffic_switch::TrafficSwitch;
use super::transport::Transport;
use crate::playback::Moving;
use crate::protocol::Command;
use crate::state::State;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub state: UseReducerHandle<State>,
    pub ask: Callback<Command>,
    pub moving: Moving,
}

/// The bar.
#[component]
pub fn Bar(props: &Props) -> Html {
    let state = &props.state;
    let dispatch = state.dispatcher();
    html! {
        <section class="bar" aria-label="Send and replay">
            <div class="bar-row">
                <AskForm view={state.view.clone()} from={state.from.clone()}
                    target={state.target.clone()} busy={state.busy} ask={props.ask.clone()}
                    dispatch={dispatch.clone()} />
                <TrafficSwitch traffic={state.traffic.clone()} dispatch={dispatch.clone()}
                    possible={state.from.is_some() && !state.target.trim().is_empty()} />
                <PastMenu past={state.past.clone()} run={state.run.clone()}
                    dispatch={dispatch.clone()} />
            </div>
            <div class="bar-row">
                <Transport ready={state.run.is_some()} playing={state.playing} speed={state.speed}
                    looping={state.looping} dispatch={dispatch.clone()} />
                <PacketFilter run={state.run.clone()} only={state.only.clone()}
                    dispatch={dispatch.clone()} />
                <Track run={state.run.clone()} cue={state.cue} head={props.moving.head.clone()} {dispatch} />
            </div>
        </section>
    }
}
