//! One step in full: why it happened, the headers before and after, the rule in its table.

use manifest::ObjectRef;
use packet::Frame;
use trace::{Evidence, Hop, Line, Step};
use yew::prelude::*;

use super::hex_view::{HexView, Spot};
use super::layers::Layers;
use super::object_link::object_link;
use super::rule_table::RuleTable;
use super::sentence::sentence;
use super::{Dispatch, tone_class};
use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Shared<Run>,
    pub cue: usize,
    pub dispatch: Dispatch,
}

/// The step.
#[component]
pub fn StepDetail(props: &Props) -> Html {
    let spot = use_state(|| None::<Spot>);
    let bytes = use_state(|| false);
    let on_spot = {
        let spot = spot.clone();
        use_callback((), move |wanted, ()| spot.set(wanted))
    };
    let on_bytes = {
        let bytes = bytes.clone();
        Callback::from(move |_: MouseEvent| bytes.set(!*bytes))
    };
    let run = &props.run;
    let sources = &run.told.sources;
    let (Some((hop, step)), Some(cue)) = (run.step(props.cue), run.timeline.cues.get(props.cue))
    else {
        return html! { <div class="detail" /> };
    };
    let before: Option<&Frame> = run.frame_before(props.cue);
    let lines: Vec<&Line> = step.evidence.iter().filter_map(line_of).collect();
    html! {
        <div class={classes!("detail", tone_class(cue.tone))}>
            <section class="why" aria-label="Why">
                <h3>
                    {format!("{} · {}", cue.number, trace::explain::title(step))}
                    <span class="here">{format!(" at {}", hop.place())}</span>
                </h3>
                <p>{sentence(&trace::explain::reason(hop, step), sources, &props.dispatch)}</p>
                {considered(props, step)}
                {objects(props, hop, step)}
            </section>
            <section aria-label="Headers">
                <h4>{if step.changes.is_empty() { "Headers" } else { "Headers, before → after" }}</h4>
                <Layers frame={step.frame.clone()} before={before.cloned()}
                    spot={spot.filter(|_| *bytes)} on_spot={on_spot.clone()} />
                <button class="link bytes" aria-expanded={bytes.to_string()} onclick={on_bytes}>
                    {if *bytes { "Hide the bytes" } else { "Show the bytes" }}
                </button>
                if *bytes {
                    <HexView frame={step.frame.clone()} spot={*spot} {on_spot} />
                }
            </section>
            if !lines.is_empty() {
                <section aria-label="Tables">
                    <h4>{"Decided by"}</h4>
                    {for lines.iter().map(|line| html! { <RuleTable line={(*line).clone()} /> })}
                </section>
            }
        </div>
    }
}

/// What else was looked at, and why it was not that.
fn considered(props: &Props, step: &Step) -> Html {
    let others = trace::explain::considered(step);
    if others.is_empty() {
        return html! {};
    }
    html! {
        <details class="considered">
            <summary>{format!("Also considered: {}", others.len())}</summary>
            <ul>
                {for others.iter().map(|it| html! {
                    <li>{sentence(it, &props.run.told.sources, &props.dispatch)}</li>
                })}
            </ul>
        </details>
    }
}

/// The objects that the step speaks of, each with its card.
fn objects(props: &Props, hop: &Hop, step: &Step) -> Html {
    let mut objects: Vec<ObjectRef> = hop.place().object().into_iter().collect();
    objects
        .extend(step.objects().into_iter().filter(|it| Some(it) != hop.place().object().as_ref()));
    let item = |object: &ObjectRef| {
        let words = format!("{} {}", object.kind, object.name);
        html! { <li>{object_link(object, words, &props.dispatch)}</li> }
    };
    html! { <ul class="objects" aria-label="Objects">{for objects.iter().map(item)}</ul> }
}

/// The line of a table that a piece of evidence is.
fn line_of(evidence: &Evidence) -> Option<&Line> {
    match evidence {
        Evidence::Rule { line, .. }
        | Evidence::Route { line, .. }
        | Evidence::Neighbour { line } => Some(line),
        Evidence::Conntrack { .. }
        | Evidence::Endpoint { .. }
        | Evidence::Policy(_)
        | Evidence::PolicyNotEnforced { .. }
        | Evidence::Field { .. }
        | Evidence::Listener { .. }
        | Evidence::Search { .. }
        | Evidence::DnsAnswer { .. }
        | Evidence::HttpRule { .. }
        | Evidence::Targets { .. } => None,
    }
}
