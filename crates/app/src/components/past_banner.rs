//! Says that the map shows the past, and leads from round to round and back to now.

use cluster::Difference;
use manifest::Kind;
use yew::prelude::*;

use super::Dispatch;
use crate::answers::Past;
use crate::protocol::Command;
use crate::shared::Shared;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub past: Shared<Past>,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// As many objects are named.
const NAMED: usize = 2;

/// The banner.
#[component]
pub fn PastBanner(props: &Props) -> Html {
    let past = &props.past;
    let (earlier, later) = past.neighbours;
    let step = |round: Option<usize>, words: &'static str| {
        let ask = props.ask.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            if let Some(round) = round {
                ask.emit(Command::Past(round));
            }
        });
        html! {
            <button class="button" disabled={round.is_none()} {onclick}>{words}</button>
        }
    };
    let now = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::Now))
    };
    html! {
        <div class="past-banner" role="status" aria-label="The map shows the past">
            <p><b>{format!("Past: {} s", past.when)}</b>{" "}{what(&past.differences)}</p>
            <div class="row">
                {step(earlier, "‹ Earlier")}
                {step(later, "Later ›")}
                <button class="button main" onclick={now}>{"Back to now"}</button>
            </div>
        </div>
    }
}

/// What the round did: `+ Pod web-app-…, ± ReplicaSet web-app-…`.
fn what(differences: &[Difference]) -> String {
    // Events tell of what happened, and are not it.
    let shown = |difference: &&Difference| match difference {
        Difference::Added(it) | Difference::Changed(it) | Difference::Removed(it) => {
            it.kind != Kind::Event
        }
    };
    let differences: Vec<&Difference> = differences.iter().filter(shown).collect();
    let named = differences.iter().take(NAMED).map(|difference| match difference {
        Difference::Added(object) => format!("+ {} {}", object.kind, object.name),
        Difference::Changed(object) => format!("± {} {}", object.kind, object.name),
        Difference::Removed(object) => format!("− {} {}", object.kind, object.name),
    });
    let mut words: Vec<String> = named.collect();
    if differences.len() > NAMED {
        words.push(format!("{} more", differences.len() - NAMED));
    }
    words.join(", ")
}
