//! The right side: what the request came to, its steps, and one step in full.

use yew::prelude::*;

use super::Dispatch;
use super::copy_text::CopyText;
use super::download::Download;
use super::step_detail::StepDetail;
use super::trace_list::TraceList;
use crate::shared::Shared;
use crate::state::Run;
use crate::words;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub playing: bool,
    pub dispatch: Dispatch,
}

/// The right side.
#[component]
pub fn Inspector(props: &Props) -> Html {
    let Some(run) = &props.run else { return resting() };
    let journey = &run.told.journey;
    let (good, came_to) = words::outcome(journey);
    let took = words::duration(journey.duration());
    html! {
        <aside class="right" aria-label="Trace">
            <div class="outcome">
                <div class="outcome-tools">
                    <CopyText text={Callback::from({
                        let run = run.clone();
                        move |()| trace::explain::render(&run.told.journey)
                    })} />
                    <Download label="Download pcap" name="podhop.pcapng" bytes={Callback::from({
                        let run = run.clone();
                        move |()| run.told.journey.pcapng(|_| true)
                    })} />
                </div>
                <h2>{format!("{} → {}", journey.question.from, journey.question.target)}</h2>
                <p class={classes!("result", if good { "good" } else { "bad" })}>
                    <b>{came_to}</b>{format!(" in {took}")}
                </p>
            </div>
            <TraceList run={run.clone()} cue={props.cue} dispatch={props.dispatch.clone()} />
            <StepDetail run={run.clone()} cue={props.cue} dispatch={props.dispatch.clone()} />
        </aside>
    }
}

/// Before the first request.
fn resting() -> Html {
    html! {
        <aside class="right resting" aria-label="Trace">
            <h2>{"Send a request, then follow it"}</h2>
            <p>
                {"Every packet it takes will be listed here: the DNS query, the TCP handshake, the \
                  request and the answer, each step with the rule that decided it."}
            </p>
            <p>
                {"While it plays, Space stops it and the arrow keys go one step back or on. Each step \
                  shows the headers before and after, and leads to the lines of your YAML that \
                  caused it."}
            </p>
        </aside>
    }
}
