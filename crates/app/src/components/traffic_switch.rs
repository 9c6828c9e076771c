//! Steady traffic: the switch, and how many requests were answered by whom or came to what.

use yew::prelude::*;

use super::Dispatch;
use super::icon::{Icon, Sign};
use crate::state::{Change, Traffic};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub traffic: Traffic,
    /// Whether there is a sender and something to ask for.
    pub possible: bool,
    pub dispatch: Dispatch,
}

/// As many lines of the tally are shown.
const SHOWN: usize = 5;

/// The switch.
#[component]
pub fn TrafficSwitch(props: &Props) -> Html {
    let traffic = &props.traffic;
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_| dispatch.dispatch(Change::ToggleTraffic));
    let (label, title) = match traffic.on {
        true => ("Stop traffic", format!("Stop sending requests for {}", traffic.target)),
        false => ("Keep sending", "Send the same request again and again".to_owned()),
    };
    html! {
        <div class="traffic">
            <button type="button" class={classes!("button", traffic.on.then_some("on"))} {onclick}
                {title} disabled={!props.possible && !traffic.on}
                aria-pressed={traffic.on.to_string()}><Icon sign={Sign::Traffic} />{label}</button>
            if traffic.sent > 0 {
                {tally(traffic)}
            }
        </div>
    }
}

fn tally(traffic: &Traffic) -> Html {
    let mut rows: Vec<(&String, bool, u32)> =
        traffic.tally.iter().map(|(name, (good, count))| (name, *good, *count)).collect();
    // What went wrong is never left out.
    rows.sort_by_key(|(_, good, count)| (*good, u32::MAX - count));
    let shown = rows.iter().take(SHOWN);
    let rest: u32 = rows.iter().skip(SHOWN).map(|(_, _, count)| count).sum();
    html! {
        <ul class="tally" aria-label="Answers so far">
            <li class="sum">{format!("{} sent", traffic.sent)}</li>
            {for shown.map(|(name, good, count)| html! {
                <li class={(!good).then_some("bad")} title={(*name).clone()}>
                    <span>{elide(name)}</span>{" "}
                    <b>{match good {
                        true => format!("{} %", (count * 100 + traffic.sent / 2) / traffic.sent),
                        false => count.to_string(),
                    }}</b>
                </li>
            })}
            if rest > 0 {
                <li>{format!("others {rest}")}</li>
            }
        </ul>
    }
}

/// A long name of one word without its middle: `web-app-…-gxzzs`.
fn elide(name: &str) -> String {
    const START: usize = 8;
    const END: usize = 6;
    let length = name.chars().count();
    if length <= START + END + 1 || name.contains(' ') {
        return name.to_owned();
    }
    let start = name.chars().take(START);
    start.chain(['…']).chain(name.chars().skip(length - END)).collect()
}
