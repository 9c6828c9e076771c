//! A Service: a name and an address with dotted links to its endpoints; no box on any wire.

use manifest::ObjectRef;
use topology::{Scene, ServiceBox};
use yew::prelude::*;

use super::way_view::points;
use super::{Dispatch, n, opened, pressed};
use crate::protocol::View;
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    /// Its position among the Services.
    pub index: usize,
    /// Whether the packet on show was sent to it.
    pub asked: bool,
    pub selected: bool,
    pub dispatch: Dispatch,
}

/// The Service's name and address; a click tells everything about it.
#[component]
pub fn ServiceView(props: &Props) -> Html {
    let service = &props.view.map.services[props.index];
    let (facts, rect) = (&service.facts, service.rect);
    let (asked, selected) = (props.asked.then_some("asked"), props.selected.then_some("selected"));
    let system = facts.system.then_some("system");
    let empty = (service.ready == 0 && !facts.system).then_some("empty");
    let (onclick, onkeydown) = pressed(opened(&props.dispatch, &facts.reference, props.selected));
    let count = facts.endpoints.len();
    let (ready_class, ready) = match (service.ready, count) {
        (0, 0) => ("none", "no endpoints".to_owned()),
        (ready, count) if ready == count => {
            ("quiet", format!("{ready} endpoint{}", if ready == 1 { "" } else { "s" }))
        }
        (ready, count) => ("quiet", format!("{ready} of {count} endpoints ready")),
    };
    let plain = count == 0 && facts.system && facts.reference.name == "kubernetes";
    let (large, small) = if facts.system { ("12", "11") } else { ("13", "12.300") };
    html! {
        <g class={classes!("service", system, asked, empty, selected)} role="button" tabindex="0" {onclick} {onkeydown}
            aria-label={format!("Service {}, {}:{}, {ready}", facts.reference.name, facts.address, facts.ports)}>
            <rect class="frame" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="11" />
            <text x={n(rect.x + 13.0)} y={n(rect.y + 18.0)} font-size={large}>
                <tspan class={if facts.system { "quiet" } else { "strong" }}>
                    {&facts.reference.name}
                </tspan>
                <tspan class="mono quiet" dx="8" font-size={small}>{&facts.address}</tspan>
                <tspan class="mono faint" font-size={small}>{format!(":{}", facts.ports)}</tspan>
            </text>
            <text x={n(rect.x + 13.0)} y={n(rect.y + 34.0)} font-size="11.5">
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

/// A name over the nodes, by its position among those of its sort.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A Service.
    Service(usize),
    /// An Ingress or a Gateway.
    Entry(usize),
}

#[derive(PartialEq, Properties)]
pub struct LinksProps {
    pub view: Shared<View>,
    /// Whose.
    pub of: Named,
    pub shown: bool,
    /// The Pod that was chosen for the packet on show.
    pub chosen: Option<ObjectRef>,
}

/// The dotted links from a name to the Pods behind it.
#[component]
pub fn Links(props: &LinksProps) -> Html {
    let map = &props.view.map;
    let links = match props.of {
        Named::Service(index) => &map.services[index].links,
        Named::Entry(index) => &map.entries[index].links,
    };
    html! {
        <g>
            {for links.iter().filter(|_| props.shown).map(|link| {
                let chosen = props.chosen.as_ref().is_some_and(|pod| link.pods.contains(pod));
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

/// Whether the packet on show was sent to a Service.
pub fn is_asked(service: &ServiceBox, scene: &Scene) -> bool {
    scene.asked.is_some_and(|address| {
        let address = address.to_string();
        address == service.facts.address || Some(address) == service.facts.external
    })
}
