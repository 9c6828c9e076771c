//! A Service: a name and an address with dotted links to its endpoints; no box on any wire.

use std::rc::Rc;

use topology::{Scene, ServiceBox};
use yew::prelude::*;

use super::way_view::points;
use super::{Dispatch, n};
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub service: ServiceBox,
    pub scene: Rc<Scene>,
    pub dispatch: Dispatch,
}

/// The Service's name and address; a click asks it.
#[component]
pub fn ServiceView(props: &Props) -> Html {
    let service = &props.service;
    let (facts, rect) = (&service.facts, service.rect);
    let asked = is_asked(service, &props.scene).then_some("asked");
    let system = facts.system.then_some("system");
    let choose = {
        let dispatch = props.dispatch.clone();
        let target = format!("http://{}", facts.reference.name);
        Callback::from(move |()| dispatch.dispatch(Change::Target(target.clone())))
    };
    let onclick = choose.reform(|_: MouseEvent| ());
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            choose.emit(());
        }
    });
    let count = facts.endpoints.len();
    let (ready_class, ready) = match (service.ready, count) {
        (0, 0) => ("none", "no endpoints".to_owned()),
        (ready, count) if ready == count => {
            ("quiet", format!("{ready} endpoint{}", if ready == 1 { "" } else { "s" }))
        }
        (ready, count) => ("quiet", format!("{ready} of {count} endpoints ready")),
    };
    let plain = facts.system && count == 0;
    let (large, small) = if facts.system { ("12", "11") } else { ("13", "12.300") };
    html! {
        <g class={classes!("service", system, asked)} role="button" tabindex="0" {onclick} {onkeydown}
            aria-label={format!("Service {}, {}:{}, {ready}", facts.reference.name, facts.address, facts.ports)}>
            <rect class="frame" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="11" />
            <text x={n(rect.x + 13.0)} y={n(rect.y + 19.0)} font-size={large}>
                <tspan class={if facts.system { "quiet" } else { "strong" }}>
                    {&facts.reference.name}
                </tspan>
                <tspan class="mono quiet" dx="8" font-size={small}>{&facts.address}</tspan>
                <tspan class="mono faint" font-size={small}>{format!(":{}", facts.ports)}</tspan>
            </text>
            <text x={n(rect.x + 13.0)} y={n(rect.y + 35.0)} font-size="11">
                <tspan class="quiet">{format!("{} · ", facts.type_)}</tspan>
                if plain {
                    <tspan class="quiet">{"the API server"}</tspan>
                } else {
                    <tspan class={ready_class}>{ready}</tspan>
                }
            </text>
        </g>
    }
}

#[derive(PartialEq, Properties)]
pub struct LinksProps {
    pub service: ServiceBox,
    pub scene: Rc<Scene>,
}

/// The dotted links to the endpoints; the system's only while they matter.
#[component]
pub fn ServiceLinks(props: &LinksProps) -> Html {
    let service = &props.service;
    let asked = is_asked(service, &props.scene);
    let shown = asked || !service.facts.system;
    html! {
        <g>
            {for service.links.iter().filter(|_| shown).map(|link| {
                let chosen = asked && props.scene.chosen.as_ref() == Some(&link.pod);
                let class = classes!(
                    "service-link",
                    (!link.ready).then_some("unready"),
                    chosen.then_some("chosen"),
                );
                html! { <polyline {class} points={points(&link.line)} /> }
            })}
        </g>
    }
}

fn is_asked(service: &ServiceBox, scene: &Scene) -> bool {
    scene.asked.is_some_and(|address| address.to_string() == service.facts.address)
}
