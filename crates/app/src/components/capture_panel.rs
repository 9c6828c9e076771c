//! What `tcpdump` would show of the request on show, anywhere or at one device.

use trace::Sighting;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::Dispatch;
use super::download::Download;
use super::scrolling::use_scroll_to_current;
use crate::shared::Shared;
use crate::state::{Change, Run};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub dispatch: Dispatch,
}

/// The capture.
#[component]
pub fn CapturePanel(props: &Props) -> Html {
    let chosen = use_state(|| None::<Point>);
    let list = use_node_ref();
    let seen = use_memo(props.run.clone(), |run| {
        run.as_ref().map(|run| run.told.journey.sightings()).unwrap_or_default()
    });
    use_scroll_to_current(&list, (props.cue, props.run.clone(), (*chosen).clone()));
    let Some(run) = props.run.clone().filter(|_| !seen.is_empty()) else {
        return html! {
            <p>{"Nothing was captured yet. Send a request, and every packet that each device sees will be listed here."}</p>
        };
    };
    let points = points(&seen);
    let onchange = {
        let (chosen, points) = (chosen.clone(), points.clone());
        Callback::from(move |event: Event| {
            let menu: HtmlSelectElement = event.target_unchecked_into();
            let point = menu.value().parse().ok().and_then(|at: usize| points.get(at).cloned());
            chosen.set(point);
        })
    };
    let chosen = (*chosen).clone().filter(|point| points.contains(point));
    let kept = |it: &&Sighting| chosen.as_ref().is_none_or(|point| point.sees(&it.interface()));
    let lines: Vec<&Sighting> = seen.iter().filter(kept).collect();
    let bytes = {
        let (run, chosen) = (run.clone(), chosen.clone());
        Callback::from(move |()| {
            let chosen = chosen.clone();
            run.told.journey.pcapng(|seen| chosen.as_ref().is_none_or(|point| point.sees(seen)))
        })
    };
    let file = match &chosen {
        None => "podhop.pcapng".to_owned(),
        Some(point) => format!("podhop-{}.pcapng", point.words().replace(" · ", "-")),
    };
    let one_place = chosen.is_some();
    html! {
        <>
            <div class="panel-tools">
                <select class="field" aria-label="Capture at" {onchange}>
                    <option value="" selected={!one_place}>{"everywhere"}</option>
                    {for points.iter().enumerate().map(|(index, point)| html! {
                        <option value={index.to_string()} selected={chosen.as_ref() == Some(point)}>
                            {point.words()}
                        </option>
                    })}
                </select>
                <span class="quiet" role="status">{format!("{} packets", lines.len())}</span>
                <Download label="Download pcap" name={file} {bytes} />
            </div>
            <ol class="listing capture" aria-label="Captured packets" ref={list}>
                {for lines.iter().map(|sighting| line(props, &run, sighting, one_place))}
            </ol>
        </>
    }
}

/// Where is listened: a device, or any of a place's.
#[derive(Clone, PartialEq)]
struct Point {
    place: String,
    device: Option<String>,
}

impl Point {
    fn sees(&self, interface: &str) -> bool {
        interface.rsplit_once(' ').is_some_and(|(place, device)| {
            place == self.place && self.device.as_ref().is_none_or(|own| own == device)
        })
    }

    /// `node-1 · cni0`.
    fn words(&self) -> String {
        format!("{} · {}", self.place, self.device.as_deref().unwrap_or("any"))
    }
}

/// Each place with any of its devices, then each of its devices, in the order of the packets.
fn points(seen: &[Sighting]) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for place in seen.iter().map(|it| it.place.to_string()) {
        if points.iter().any(|point| point.place == place) {
            continue;
        }
        points.push(Point { place: place.clone(), device: None });
        for device in seen.iter().filter(|it| it.place.to_string() == place).map(|it| &it.device) {
            let point = Point { place: place.clone(), device: Some(device.clone()) };
            if !points.contains(&point) {
                points.push(point);
            }
        }
    }
    points
}

fn line(props: &Props, run: &Run, sighting: &Sighting, at_one_place: bool) -> Html {
    let at = (sighting.flight, sighting.hop, sighting.step);
    let cue = run.timeline.cues.iter().position(|cue| (cue.flight, cue.hop, cue.step) == at);
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        if let Some(cue) = cue {
            dispatch.dispatch(Change::GoTo(cue));
        }
    });
    let here = cue == Some(props.cue);
    html! {
        <li class={here.then_some("matched")} aria-current={here.then_some("true")}>
            <button class="capture-line" {onclick}>
                if !at_one_place {
                    <span class="at">{sighting.place.to_string()}</span>
                }
                <span>{sighting.line()}</span>
            </button>
        </li>
    }
}
