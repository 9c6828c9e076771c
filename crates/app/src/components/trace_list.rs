//! The trace as a list: conversations, their packets, and the steps of the packet on show.

use topology::Segment;
use trace::{Exchange, Flight};
use web_sys::Element;
use yew::prelude::*;

use super::{Dispatch, tone_class};
use crate::shared::Shared;
use crate::state::{Change, Run};
use crate::words;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Shared<Run>,
    pub cue: usize,
    pub dispatch: Dispatch,
}

/// The list.
#[component]
pub fn TraceList(props: &Props) -> Html {
    let list = use_node_ref();
    {
        let list = list.clone();
        use_effect_with((props.run.clone(), props.cue), move |_| {
            if let Some(list) = list.cast::<Element>() {
                show_current(&list);
            }
        });
    }
    let journey = &props.run.told.journey;
    let current = props.run.timeline.cues.get(props.cue).map(|cue| cue.flight);
    let exchange = |(index, exchange): (usize, &Exchange)| {
        let segments = props.run.timeline.segments.iter();
        let mut flights = segments
            .map(|segment| (&journey.packets[segment.flight], segment))
            .filter(|(flight, _)| flight.exchange == index)
            .peekable();
        if flights.peek().is_none() {
            return html! {};
        }
        html! {
            <li>
                {exchange_title(exchange)}
                <ol>
                    {for flights.map(|(flight, segment)| {
                        flight_item(props, flight, segment, current == Some(segment.flight))
                    })}
                </ol>
            </li>
        }
    };
    html! {
        <ol class="trace" ref={list} aria-label="Steps">
            {for journey.exchanges.iter().enumerate().map(exchange)}
        </ol>
    }
}

/// Scrolls the list, and nothing around it, to its current step.
fn show_current(list: &Element) {
    let Some(current) = list.query_selector("[aria-current]").ok().flatten() else { return };
    let (area, row) = (list.get_bounding_client_rect(), current.get_bounding_client_rect());
    let above = (row.top() - area.top()).min(0.0);
    let below = (row.bottom() - area.bottom()).max(0.0);
    if above + below != 0.0 {
        list.set_scroll_top(list.scroll_top() + (above + below) as i32);
    }
}

fn exchange_title(exchange: &Exchange) -> Html {
    let (kind, about) = words::purpose(exchange);
    html! { <h3 class="exchange-title">{kind}{" "}<code>{about}</code></h3> }
}

fn flight_item(props: &Props, flight: &Flight, segment: &Segment, open: bool) -> Html {
    let (arrow, direction) = words::arrow(flight.direction);
    let (ending, bad) = words::verdict(flight.trace.verdict());
    let (dispatch, first) = (props.dispatch.clone(), segment.first_cue);
    let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::GoTo(first)));
    html! {
        <li class={tone_class(segment.tone)}>
            <button class="flight-row" {onclick} aria-expanded={open.to_string()}>
                <span class="arrow" title={direction}>{arrow}</span>
                <span class="what">{&segment.label}</span>
                <span class={classes!("end", bad.then_some("bad"))}>{ending}</span>
            </button>
            if open {
                {steps(props, segment.flight)}
            }
        </li>
    }
}

fn steps(props: &Props, flight: usize) -> Html {
    let run = &props.run;
    let cues = run.timeline.cues_of(flight).map(|(index, cue)| {
        let Some((hop, step)) = run.step(index) else { return html! {} };
        let dispatch = props.dispatch.clone();
        let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::GoTo(index)));
        let here = (index == props.cue).then_some("step");
        let notable = (!cue.rewrites.is_empty()).then_some("notable");
        let past = (index < props.cue).then_some("past");
        html! {
            <li class={tone_class(cue.tone)}>
                if cue.step == 0 {
                    <p class="place">{hop.place().to_string()}</p>
                }
                <button class={classes!("step-row", notable, past)} {onclick} aria-current={here}>
                    <span class="n">{cue.number}</span>
                    <span>{trace::explain::title(step)}</span>
                    <span class="at">{step.device.clone()}</span>
                </button>
            </li>
        }
    });
    html! { <ol class="steps">{for cues}</ol> }
}
