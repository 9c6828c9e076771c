//! One step in full: why it happened, the headers before and after, the rule in its table.

use packet::Frame;
use trace::explain::Fragment;
use trace::{Evidence, FieldRef, Line};
use yew::prelude::*;

use super::layers::Layers;
use super::rule_table::RuleTable;
use super::{Dispatch, tone_class};
use crate::shared::Shared;
use crate::state::{Change, Run};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Shared<Run>,
    pub cue: usize,
    pub dispatch: Dispatch,
}

/// The step.
#[component]
pub fn StepDetail(props: &Props) -> Html {
    let run = &props.run;
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
                <p>{for trace::explain::reason(hop, step).iter().map(|it| fragment(props, it))}</p>
            </section>
            <section aria-label="Headers">
                <h4>{if step.changes.is_empty() { "Headers" } else { "Headers, before → after" }}</h4>
                <Layers frame={step.frame.clone()} before={before.cloned()} />
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

fn fragment(props: &Props, fragment: &Fragment) -> Html {
    match fragment {
        Fragment::Text(text) => html! { {text} },
        Fragment::Code(text) => html! { <code>{text}</code> },
        Fragment::Link { text, field } => link(props, text, field),
    }
}

/// A link to the lines that a field stands in, or plain words if nobody wrote them.
fn link(props: &Props, text: &str, field: &FieldRef) -> Html {
    let Some(lines) = props.run.told.source(field).cloned() else {
        return html! { {text} };
    };
    let title = format!("Show the lines in {}", lines.file);
    let dispatch = props.dispatch.clone();
    let onclick =
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::ShowLines(lines.clone())));
    html! { <button class="link" {onclick} {title}>{text}</button> }
}
