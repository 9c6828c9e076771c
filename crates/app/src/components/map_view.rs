//! The picture of the cluster, with the packet on its way.

use std::collections::BTreeSet;
use std::rc::Rc;

use manifest::ObjectRef;
use topology::{Map, Scene};
use yew::prelude::*;

use super::motion_layer::MotionLayer;
use super::node_view::NodeView;
use super::object_card::ObjectCard;
use super::service_view::{ServiceLinks, ServiceView};
use super::way_view::WayView;
use super::{Dispatch, n};
use crate::playback::Moving;
use crate::protocol::{Command, View};
use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Option<Shared<View>>,
    pub run: Option<Shared<Run>>,
    pub scene: Rc<Scene>,
    pub cue: usize,
    pub playing: bool,
    pub selected: Option<ObjectRef>,
    pub fresh: Shared<BTreeSet<ObjectRef>>,
    pub moving: Moving,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// The picture.
#[component]
pub fn MapView(props: &Props) -> Html {
    let Some(view) = &props.view else {
        return html! {
            <section class="map" aria-label="Cluster map">
                <p class="map-empty">{"The cluster is starting…"}</p>
            </section>
        };
    };
    let (map, scene) = (&view.map, &props.scene);
    let cue = props.run.as_ref().and_then(|run| run.timeline.cues.get(props.cue)).cloned();
    let view_box = format!("0 0 {:.0} {:.0}", map.width, map.height);
    html! {
        <section class="map" aria-label="Cluster map">
            <svg viewBox={view_box.clone()} role="group" aria-label="Nodes, Pods, devices and Services">
                {for map.wires.iter().map(|line| html! {
                    <polyline class="wire" points={super::way_view::points(line)} />
                })}
                {for map.services.iter().map(|service| html! {
                    <ServiceView service={service.clone()} scene={scene.clone()}
                        dispatch={props.dispatch.clone()} />
                })}
                {for map.trunks.iter().map(|trunk| html! {
                    <g>
                        <rect class="trunk" x={n(trunk.rect.x)} y={n(trunk.rect.y)}
                            width={n(trunk.rect.width)} height={n(trunk.rect.height)} rx="4" />
                        <text class="quiet" x={n(trunk.rect.x + 14.0)} y={n(trunk.rect.bottom() + 19.0)}
                            font-size="12">{&trunk.name}
                            <tspan class="mono" dx="8" font-size="12">{&trunk.note}</tspan>
                        </text>
                    </g>
                })}
                {for map.outside.iter().map(|outside| html! {
                    <g class="outside">
                        <rect x={n(outside.rect.x)} y={n(outside.rect.y)} width={n(outside.rect.width)}
                            height={n(outside.rect.height)} rx="13" />
                        <text class="quiet" font-size="12" text-anchor="middle"
                            x={n(outside.rect.center().x)} y={n(outside.rect.center().y + 4.0)}>
                            {&outside.name}
                        </text>
                    </g>
                })}
                {unscheduled(map)}
                {for map.nodes.iter().map(|node| html! {
                    <NodeView node={node.clone()} scene={scene.clone()} run={props.run.clone()}
                        cue={props.cue} selected={props.selected.clone()} fresh={props.fresh.clone()}
                        dispatch={props.dispatch.clone()} />
                })}
                {for map.services.iter().map(|service| html! {
                    <ServiceLinks service={service.clone()} scene={scene.clone()} />
                })}
                <WayView scene={scene.clone()} />
            </svg>
            <MotionLayer {view_box} scene={scene.clone()} {cue} moving={props.moving.clone()}
                dispatch={props.dispatch.clone()} />
            if let Some(pod) = &props.selected {
                <ObjectCard pod={pod.clone()} view={view.clone()} ask={props.ask.clone()}
                    dispatch={props.dispatch.clone()} />
            }
        </section>
    }
}

/// The Pods without a node, as words: they are nowhere yet.
fn unscheduled(map: &Map) -> Html {
    let (pods, place) = &map.unscheduled;
    let words = match pods.as_slice() {
        [] => String::new(),
        [pod] => format!("waits for a node: {}", pod.name),
        pods => format!("{} Pods wait for a node, {} among them", pods.len(), pods[0].name),
    };
    html! {
        <text x={n(place.x)} y={n(place.y)} font-size="12" fill="var(--drop)">{words}</text>
    }
}
