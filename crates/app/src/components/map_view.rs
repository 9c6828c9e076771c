//! The picture of the cluster, with the packet on its way.

use std::collections::BTreeSet;
use std::rc::Rc;

use manifest::{Kind, ObjectRef};
use topology::{Card, Rect, Scene, Vertex};
use trace::Place;
use yew::prelude::*;

use super::entry_view::EntryView;
use super::map_text::MapText;
use super::map_tools::MapTools;
use super::motion_layer::MotionLayer;
use super::node_view::NodeView;
use super::object_card::ObjectCard;
use super::outside_view::OutsideView;
use super::pod_view::PodView;
use super::service_view::{Links, Named, ServiceView, is_asked};
use super::way_view::{WayView, points};
use super::{Dispatch, n};
use crate::playback::Moving;
use crate::protocol::{Command, Inspection, View};
use crate::shared::Shared;
use crate::state::Run;
use crate::viewport::use_viewport;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    pub run: Option<Shared<Run>>,
    pub scene: Rc<Scene>,
    pub cue: usize,
    pub selected: Option<ObjectRef>,
    /// The earlier round that is shown, and when it was.
    pub past: Option<(usize, String)>,
    /// What the engine told of the object whose card is open.
    pub inspection: Option<Shared<Inspection>>,
    /// What to bring near, or else all of it; the number counts up with every wish.
    pub focus: Option<(u32, Option<ObjectRef>)>,
    pub fresh: Shared<BTreeSet<ObjectRef>>,
    /// The cards of the Pods that went with the last change of the cluster.
    pub gone: Shared<Vec<Card>>,
    pub moving: Moving,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// The picture.
#[component]
pub fn MapView(props: &Props) -> Html {
    let (map, scene) = (&props.view.map, &props.scene);
    let wish = props.focus.as_ref();
    let wish = wish.and_then(|(wish, object)| match object {
        Some(object) => Some((*wish, Some(map.place_of(object)?))),
        None => Some((*wish, None)),
    });
    let viewport =
        use_viewport(Rect::new(0.0, 0.0, map.width, map.height), wish, props.selected.is_some());
    let cue = props.run.as_ref().and_then(|run| run.timeline.cues.get(props.cue)).cloned();
    let view_box = format!("0 0 {:.0} {:.0}", map.width, map.height);
    html! {
        <div class="map-frame">
            if !map.trouble.is_empty() {
                <p class="map-trouble" role="note">{&map.trouble}</p>
            }
            <div class="map-area" ref={viewport.area()}>
                <svg class="cluster" viewBox={view_box.clone()} role="group" tabindex="0"
                    aria-label="Nodes, Pods, devices and Services">
                    <Ground view={props.view.clone()} />
                    {names(props)}
                    {outside(props)}
                    {nodes(props)}
                    {ghosts(props)}
                    {links(props)}
                    <WayView scene={scene.clone()} />
                </svg>
                <MotionLayer {view_box} scene={scene.clone()} {cue} moving={props.moving.clone()}
                    dispatch={props.dispatch.clone()} />
            </div>
            <MapTools {viewport} />
            <MapText view={props.view.clone()} />
            if let Some(object) = &props.selected {
                <ObjectCard object={object.clone()} view={props.view.clone()}
                    past={props.past.clone()} inspection={props.inspection.clone()} ask={props.ask.clone()}
                    dispatch={props.dispatch.clone()} />
            }
        </div>
    }
}

/// The nodes; a step of the packet draws those anew that it changes.
fn nodes(props: &Props) -> Html {
    let map = &props.view.map;
    let node_of_selected = props.selected.as_ref().and_then(|object| match object.kind {
        Kind::Node => Some(object.name.as_str()),
        _ => map.card(object).map(|(node, _)| node.name.as_str()),
    });
    let marks = props.scene.marks_by_node(map);
    html! {
        <g>
            {for map.nodes.iter().zip(marks).enumerate().map(|(index, (node, marks))| {
                let is_here = marks.values().any(|mark| mark.here);
                let step = props.run.clone().filter(|_| is_here).map(|run| (run, props.cue));
                let holds = node_of_selected == Some(node.name.as_str());
                html! {
                    <NodeView key={node.name.clone()} view={props.view.clone()} {index} {marks} {step}
                        selected={props.selected.clone().filter(|_| holds)}
                        fresh={props.fresh.clone()} ask={props.ask.clone()}
                        dispatch={props.dispatch.clone()} />
                }
            })}
        </g>
    }
}

/// Services, Ingresses and Gateways: names, not boxes on a wire.
fn names(props: &Props) -> Html {
    let map = &props.view.map;
    let is_open = |object: &ObjectRef| props.selected.as_ref() == Some(object);
    html! {
        <g>
            {for map.services.iter().enumerate().map(|(index, service)| html! {
                <ServiceView view={props.view.clone()} {index} asked={is_asked(service, &props.scene)}
                    selected={is_open(&service.facts.reference)} dispatch={props.dispatch.clone()} />
            })}
            {for map.entries.iter().map(|entry| html! {
                <EntryView entry={entry.clone()} selected={is_open(&entry.facts.reference)}
                    dispatch={props.dispatch.clone()} />
            })}
        </g>
    }
}

/// The dotted links from the names to the Pods behind them; the system's only while they matter.
fn links(props: &Props) -> Html {
    let map = &props.view.map;
    let is_open = |object: &ObjectRef| props.selected.as_ref() == Some(object);
    html! {
        <g>
            {for map.services.iter().enumerate().map(|(index, service)| {
                let asked = is_asked(service, &props.scene);
                let reference = &service.facts.reference;
                let shown = asked || !service.facts.system || is_open(reference);
                let chosen = props.scene.chosen.clone().filter(|_| asked);
                let of = Named::Service(index);
                html! { <Links view={props.view.clone()} {of} {shown} {chosen} /> }
            })}
            {for (0..map.entries.len()).map(|index| html! {
                <Links view={props.view.clone()} of={Named::Entry(index)} shown=true chosen={None} />
            })}
        </g>
    }
}

#[derive(PartialEq, Properties)]
struct GroundProps {
    view: Shared<View>,
}

/// The wires between the nodes, the node network and the internet; no packet changes them.
#[component]
fn Ground(props: &GroundProps) -> Html {
    let map = &props.view.map;
    let internet = map.internet.rect;
    html! {
        <g>
            {for map.wires.iter().map(|line| html! {
                <polyline class="wire" points={points(line)} />
            })}
            {for map.trunks.iter().map(|trunk| html! {
                <g>
                    <rect class="trunk" x={n(trunk.rect.x)} y={n(trunk.rect.y)}
                        width={n(trunk.rect.width)} height={n(trunk.rect.height)} rx="4" />
                    <text class="quiet" x={n(trunk.rect.x + 18.0)} y={n(trunk.rect.bottom() + 17.0)}
                        font-size="12">{&trunk.name}
                        <tspan class="mono" dx="8" font-size="12">{&trunk.note}</tspan>
                    </text>
                </g>
            })}
            <path class="internet" d={format!("M{} {}H{}", n(internet.x), n(internet.y), n(internet.right()))} />
            <text class="quiet" x={n(internet.right() - 30.0)} y={n(internet.y - 7.0)} font-size="12"
                text-anchor="end">{&map.internet.name}</text>
        </g>
    }
}

/// What is outside, and the Pods that are nowhere yet.
fn outside(props: &Props) -> Html {
    let map = &props.view.map;
    let is_open = |object: &ObjectRef| props.selected.as_ref() == Some(object);
    html! {
        <g>
            {for map.outside.iter().enumerate().map(|(index, outside)| {
                let mark = props.scene.marks.get(&Vertex::Outside(index)).copied();
                let selected = matches!(&outside.place, Place::LoadBalancer(owner) if is_open(owner));
                html! {
                    <OutsideView outside={outside.clone()} {mark} {selected}
                        dispatch={props.dispatch.clone()} />
                }
            })}
            if let Some(first) = map.waiting.first() {
                <text class="quiet" x={n(first.rect.x - 100.0)} y={n(first.rect.center().y + 4.0)}
                    font-size="12">{"wait for a node"}</text>
                if map.waiting_more > 0 {
                    <text class="quiet" x={n(first.rect.x - 100.0)} y={n(first.rect.center().y + 20.0)}
                        font-size="12">{format!("and {} more", map.waiting_more)}</text>
                }
            }
            {for map.waiting.iter().map(|card| html! {
                <PodView card={card.clone()} mark={None} fresh=false
                    selected={card.pods.iter().any(|dot| is_open(&dot.pod))}
                    dispatch={props.dispatch.clone()} />
            })}
        </g>
    }
}

/// The Pods that have just gone, fading.
fn ghosts(props: &Props) -> Html {
    html! {
        <g class="ghosts" aria-hidden="true">
            {for props.gone.iter().map(|card| html! {
                <rect key={card.title.clone() + &card.suffix} x={n(card.rect.x)} y={n(card.rect.y)}
                    width={n(card.rect.width)} height={n(card.rect.height)} rx="9" />
            })}
        </g>
    }
}
