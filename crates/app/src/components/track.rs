//! The bar of time: a segment for each packet, and the playhead.

use topology::Segment;
use web_sys::Element;
use yew::prelude::*;

use super::{Dispatch, tone_class};
use crate::shared::Shared;
use crate::state::{Change, Run};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub head: NodeRef,
    pub dispatch: Dispatch,
}

/// A segment that is at least so wide, in percent of the bar, has its label over it.
const LABELLED: f64 = 5.0;

/// The bar of time.
#[component]
pub fn Track(props: &Props) -> Html {
    let track = use_node_ref();
    let Some(run) = &props.run else { return html! { <div class="track" ref={track} /> } };
    let timeline = &run.timeline;
    let go = {
        let (run, track, dispatch) = (run.clone(), track.clone(), props.dispatch.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(track) = track.cast::<Element>() else { return };
            let pressed = event.type_() == "pointerdown";
            if pressed {
                let _ = track.set_pointer_capture(event.pointer_id());
            } else if !track.has_pointer_capture(event.pointer_id()) {
                return;
            }
            let area = track.get_bounding_client_rect();
            let share = (f64::from(event.client_x()) - area.left()) / area.width().max(1.0);
            let time = share.clamp(0.0, 1.0) * f64::from(run.timeline.duration);
            if let Some(cue) = run.timeline.cue_at(time as u32) {
                dispatch.dispatch(Change::GoTo(cue));
            }
        })
    };
    let current = timeline.cues.get(props.cue).map(|cue| cue.flight);
    let share = |time: u32| f64::from(time) / f64::from(timeline.duration.max(1)) * 100.0;
    let mut ended = 0;
    let segment = |it: &Segment| {
        let ended = std::mem::replace(&mut ended, it.end);
        let (start, end) = (share(it.start), share(it.end));
        let place = match current {
            Some(current) if current == it.flight => "current",
            Some(current) if current > it.flight => "past",
            _ => "",
        };
        let style = format!("left: {start:.2}%; width: {:.2}%", end - start);
        html! {
            <>
                if let Some(waited) = it.waited {
                    {silence(share(ended), start, waited)}
                }
                <span class={classes!("segment", tone_class(it.tone), place)} {style} title={it.label.clone()}>
                    if end - start > LABELLED {
                        <span class="label">{&it.label}</span>
                    }
                </span>
            </>
        }
    };
    html! {
        <div class="track" ref={track} role="slider" tabindex="0" aria-label="Step"
            aria-valuemin="1" aria-valuemax={timeline.cues.len().to_string()}
            aria-valuenow={(props.cue + 1).to_string()}
            aria-valuetext={format!("step {} of {}", props.cue + 1, timeline.cues.len())}
            onpointerdown={go.clone()} onpointermove={go}>
            {for timeline.segments.iter().map(segment)}
            <span class="playhead" ref={props.head.clone()} />
        </div>
    }
}

/// A long silence between two packets, in virtual milliseconds.
fn silence(start: f64, end: f64, waited: u64) -> Html {
    let style = format!("left: {start:.2}%; width: {:.2}%", end - start);
    let words = format!("{:.0} s", (waited as f64 / 1000.0).max(1.0));
    let title = format!("nothing for {} s", waited as f64 / 1000.0);
    html! { <span class="wait" {style} {title}>{words}</span> }
}
