//! Something beyond the node network: a load balancer, a machine on the internet.

use topology::{Mark, OutsideBox};
use trace::Place;
use yew::prelude::*;

use super::{Dispatch, mark_classes, n, opened, pressed, shorten};
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub outside: OutsideBox,
    /// What the packet makes of it.
    pub mark: Option<Mark>,
    /// Whether the card of its owner is open.
    pub selected: bool,
    pub dispatch: Dispatch,
}

/// A load balancer tells everything about its Service; a machine becomes the sender.
#[component]
pub fn OutsideView(props: &Props) -> Html {
    let (outside, rect) = (&props.outside, props.outside.rect);
    let marks = mark_classes(props.mark);
    let (class, act, label) = match &outside.place {
        Place::LoadBalancer(service) => (
            "balancer",
            opened(&props.dispatch, service, props.selected),
            format!("{}, {}", outside.name, outside.note),
        ),
        place => {
            let (dispatch, place) = (props.dispatch.clone(), place.clone());
            let act = move |()| dispatch.dispatch(Change::From(place.clone()));
            (
                "machine",
                Callback::from(act),
                format!("{} on the internet, send from here", outside.name),
            )
        }
    };
    let (onclick, onkeydown) = pressed(act);
    let pending = (outside.note == "<pending>").then_some("pending");
    let tall = class == "balancer";
    html! {
        <g class={classes!("outside", class, pending, marks)} role="button" tabindex="0"
            aria-label={label} {onclick} {onkeydown}>
            <rect class="frame" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx={if tall { "10" } else { "14" }} />
            if tall {
                <circle class="socket" cx={n(outside.plug().x)} cy={n(outside.plug().y)} r="4.500" />
                <text x={n(rect.x + 14.0)} y={n(rect.y + 18.0)} font-size="12">
                    {shorten(&outside.name, ((rect.width - 46.0) / 6.2) as usize)}
                </text>
                <text class="mono quiet" x={n(rect.x + 14.0)} y={n(rect.y + 34.0)} font-size="12">
                    {shorten(&outside.note, ((rect.width - 46.0) / 7.4) as usize)}
                </text>
                <title>{&outside.note}</title>
            } else {
                <text x={n(rect.x + 14.0)} y={n(rect.center().y + 4.3)} font-size="12">
                    {&outside.name}
                    <tspan class="mono quiet" dx="8">{&outside.note}</tspan>
                </text>
            }
        </g>
    }
}
