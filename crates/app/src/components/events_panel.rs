//! What each controller did, round by round, the newest first; each round can be looked at again.

use manifest::ObjectRef;
use yew::prelude::*;

use super::Dispatch;
use super::object_link::object_link;
use super::scrolling::use_scroll_to_current;
use crate::protocol::{Command, EventLine, View};
use crate::shared::Shared;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    /// The round that the map shows, if it shows an earlier one.
    pub past: Option<usize>,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// The events.
#[component]
pub fn EventsPanel(props: &Props) -> Html {
    let list = use_node_ref();
    use_scroll_to_current(&list, props.past);
    if props.view.events.is_empty() {
        return html! {
            <p>{"Nothing has happened yet. Apply a file, and what each controller does will be told here."}</p>
        };
    }
    let rounds: Vec<&[EventLine]> =
        props.view.events.chunk_by(|one, other| one.round == other.round).collect();
    html! {
        <ol class="rounds" aria-label="Rounds of the controllers" ref={list}>
            {for rounds.iter().rev().map(|lines| round(props, lines))}
        </ol>
    }
}

fn round(props: &Props, lines: &[EventLine]) -> Html {
    let Some(first) = lines.first() else { return html! {} };
    let shown = first.round.is_some() && first.round == props.past;
    let look = first.round.map(|round| {
        let (ask, dispatch) = (props.ask.clone(), props.dispatch.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            if shown {
                dispatch.dispatch(Change::Now);
            } else {
                ask.emit(Command::Past(round));
            }
        });
        let label = format!("The cluster after the round at {} s{}", first.when, spoken(first));
        html! {
            <button class="round-time" aria-pressed={shown.to_string()} aria-label={label}
                title="Show the cluster as it was then" {onclick}>{&first.when}{numbered(first)}</button>
        }
    });
    html! {
        <li class={classes!("round", shown.then_some("shown"))}
            aria-current={shown.then_some("true")}>
            {look.unwrap_or_else(|| html! { <span class="round-time">{&first.when}</span> })}
            <ol class="events">
                {for lines.iter().map(|event| html! {
                    <li><span class="who">{&event.who}</span><span>{what(props, event)}</span></li>
                })}
            </ol>
        </li>
    }
}

/// Which round it was of those at one moment, where it was not the only one.
fn numbered(line: &EventLine) -> Html {
    match line.number {
        0 => html! {},
        number => html! { <small class="round-number">{format!("·{number}")}</small> },
    }
}

fn spoken(line: &EventLine) -> String {
    match line.number {
        0 => String::new(),
        number => format!(", round {number}"),
    }
}

/// What was done to which objects, and why.
fn what(props: &Props, event: &EventLine) -> Html {
    let object = |(at, (verb, object)): (usize, &(String, ObjectRef))| {
        let before = if at == 0 { "" } else { ", " };
        let words = format!("{} {}", object.kind, object.name);
        html! { <>{before}{verb}{" "}{object_link(object, words, &props.dispatch)}</> }
    };
    let colon = !event.done.is_empty() && !event.why.is_empty();
    html! {
        <>{for event.done.iter().enumerate().map(object)}{colon.then_some(": ")}{&event.why}</>
    }
}
