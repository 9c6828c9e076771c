//! The packet's way over the map: walked, being walked, to come; and the numbers of its steps.

use std::rc::Rc;

use topology::{Number, Polyline, Scene, Way};
use yew::prelude::*;

use super::{Dispatch, n, tone_class};
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub scene: Rc<Scene>,
}

/// The way.
#[component]
pub fn WayView(props: &Props) -> Html {
    let scene = &props.scene;
    html! {
        <g>
            {for scene.coming.iter().chain(scene.walking.iter()).map(|way| html! {
                <polyline class={classes!("way", "coming", tone_class(way.tone))}
                    points={points(&way.line)} />
            })}
            {for scene.walked.iter().map(walked)}
        </g>
    }
}

#[derive(PartialEq, Properties)]
pub struct WalkingProps {
    pub scene: Rc<Scene>,
    /// What grows behind the packet.
    pub trail: NodeRef,
}

/// The stretch under the packet.
#[component]
pub fn WalkingView(props: &WalkingProps) -> Html {
    html! {
        <g ref={props.trail.clone()} stroke-dashoffset="1">
            {for props.scene.walking.iter().map(walking)}
        </g>
    }
}

/// A stretch behind the packet; inside a tunnel the line lies in a brass sleeve.
fn walked(way: &Way) -> Html {
    let line = points(&way.line);
    html! {
        <>
            if way.wrapped {
                <polyline class="way wrapped" points={line.clone()} />
                <polyline class="way sleeve" points={line.clone()} />
            }
            <polyline class={classes!("way", "walked", tone_class(way.tone))} points={line} />
        </>
    }
}

/// The stretch under the packet: a dash as long as the line, moved in by the clock.
fn walking(way: &Way) -> Html {
    let line = points(&way.line);
    html! {
        <>
            if way.wrapped {
                <polyline class="way wrapped" points={line.clone()} pathLength="1" stroke-dasharray="1" />
                <polyline class="way sleeve" points={line.clone()} pathLength="1" stroke-dasharray="1" />
            }
            <polyline class={classes!("way", "walked", tone_class(way.tone))} points={line}
                pathLength="1" stroke-dasharray="1" />
        </>
    }
}

/// A line's points for an SVG attribute.
pub fn points(line: &Polyline) -> String {
    let points: Vec<String> =
        line.0.iter().map(|point| format!("{:.1},{:.1}", point.x, point.y)).collect();
    points.join(" ")
}

#[derive(PartialEq, Properties)]
pub struct NumberProps {
    pub number: Number,
    pub dispatch: Dispatch,
}

/// A step's number at its place; a click goes to the step.
#[component]
pub fn NumberView(props: &NumberProps) -> Html {
    let number = &props.number;
    let (dispatch, cue) = (props.dispatch.clone(), number.cue);
    let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::GoTo(cue)));
    let at = format!("translate({} {})", n(number.point.x), n(number.point.y));
    html! {
        <g class={classes!("number", tone_class(number.tone))} transform={at} {onclick} aria-hidden="true">
            <circle r="8.5" />
            <text y="3.3">{number.number}</text>
        </g>
    }
}
