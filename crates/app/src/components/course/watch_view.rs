//! A request to watch: sent in the learner's cluster, halting at the step that decides.

use lesson::{Pause, Watch};
use yew::prelude::*;

use crate::actions::Action;
use crate::components::icon::{Icon, Sign};
use crate::course::{CourseAct, CourseChange};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub watch: Watch,
    /// Its block in the step.
    pub block: usize,
    pub seen: bool,
    pub busy: bool,
    pub act: Callback<Action>,
}

/// The request.
#[component]
pub fn WatchView(props: &Props) -> Html {
    let block = props.block;
    let watch = props.act.reform(move |_: MouseEvent| Action::Course(CourseAct::Watch(block)));
    let skip = props
        .act
        .reform(move |_: MouseEvent| Action::Course(CourseAct::Change(CourseChange::Seen(block))));
    let from = props.watch.from.rsplit('/').next().unwrap_or_default();
    html! {
        <div class="block watch">
            <button class={classes!("button", (!props.seen).then_some("main"))} onclick={watch}
                disabled={props.busy}>
                <Icon sign={Sign::Play} />{if props.seen { "Watch again" } else { "Watch it" }}
            </button>
            <span class="watch-what">
                <code>{from}</code>{" → "}<code>{&props.watch.to}</code>
                if let Some(pause) = props.watch.pause {
                    <span class="quiet">{format!(" · stops {}", place(pause))}</span>
                }
            </span>
            if !props.seen {
                <button class="link quiet skip" onclick={skip}>{"Skip"}</button>
            }
        </div>
    }
}

fn place(pause: Pause) -> &'static str {
    match pause {
        Pause::Nat => "where an address is rewritten",
        Pause::Policy => "where a policy is asked",
        Pause::Route => "where a route is chosen",
        Pause::Tunnel => "where the packet is wrapped",
        Pause::Filter => "where a filter decides",
        Pause::Dns => "at the first query",
        Pause::Drop => "where the packet ends",
    }
}
