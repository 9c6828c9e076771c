//! A node: its Pods, the bridge they are plugged into, its kernel and its devices.

use std::rc::Rc;

use manifest::ObjectRef;
use topology::{NodeBox, Scene, Vertex};
use yew::prelude::*;

use super::device_view::DeviceView;
use super::kernel_view::KernelView;
use super::pod_view::PodView;
use super::{Dispatch, mark_classes, n};
use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub node: NodeBox,
    pub scene: Rc<Scene>,
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub selected: Option<ObjectRef>,
    pub dispatch: Dispatch,
}

/// A node.
#[component]
pub fn NodeView(props: &Props) -> Html {
    let (node, scene) = (&props.node, &props.scene);
    let rect = node.rect;
    let name = node.name.clone();
    html! {
        <g class={classes!("node", (!node.ready).then_some("not-ready"))} role="group"
            aria-label={format!("node {name}")}>
            <rect class="frame" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="14" />
            <text x={n(rect.x + 16.0)} y={n(rect.y + 28.0)} font-size="14">
                <tspan class="strong">{&name}</tspan>
                <tspan class="mono quiet" dx="9" font-size="12">{&node.address}</tspan>
                if !node.ready {
                    <tspan dx="9" font-size="12" fill="var(--drop)">{"not ready"}</tspan>
                }
            </text>
            {for node.vacant.iter().map(|seat| html! {
                <rect class="vacant" x={n(seat.x)} y={n(seat.y)} width={n(seat.width)}
                    height={n(seat.height)} rx="9" />
            })}
            {wires_again(node)}
            {rail(node, scene)}
            {for node.cards.iter().map(|card| html! {
                <PodView key={format!("{:?}", card.seat)} card={card.clone()} scene={scene.clone()}
                    selected={card.pods.iter().any(|dot| Some(&dot.pod) == props.selected.as_ref())}
                    dispatch={props.dispatch.clone()} />
            })}
            <KernelView name={name.clone()} kernel={node.kernel.clone()} agents={node.agents.clone()}
                scene={scene.clone()} run={props.run.clone()} cue={props.cue} />
            if let Some(tunnel) = &node.tunnel {
                <DeviceView device={tunnel.clone()} class="tunnel"
                    marks={mark_classes(scene, &[Vertex::Tunnel(name.clone())])} />
            }
            <DeviceView device={node.uplink.clone()} class="uplink"
                marks={mark_classes(scene, &[Vertex::Uplink(name)])} />
        </g>
    }
}

/// The wires inside the node, over its ground.
fn wires_again(node: &NodeBox) -> Html {
    let rail = node.rail.rect.center().x;
    let line = |x1: f32, y1: f32, x2: f32, y2: f32| {
        html! { <path class="wire" d={format!("M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}")} /> }
    };
    let kernel = node.kernel.rect;
    let uplink = node.uplink.rect;
    html! {
        <>
            {for node.cards.iter().map(|card| {
                let y = card.rect.center().y;
                line(card.rect.x, y, rail, y)
            })}
            {line(rail, node.rail.rect.bottom(), rail, kernel.y)}
            {line(uplink.center().x, kernel.bottom(), uplink.center().x, uplink.y)}
            {line(uplink.center().x, uplink.bottom(), uplink.center().x, node.rect.bottom())}
            if let Some(tunnel) = &node.tunnel {
                {line(tunnel.rect.center().x, kernel.bottom(), tunnel.rect.center().x, tunnel.rect.y)}
                {line(tunnel.rect.right(), uplink.center().y, uplink.x, uplink.center().y)}
            }
        </>
    }
}

/// The bridge with its name along it, or the plain rail of a plugin without one.
fn rail(node: &NodeBox, scene: &Scene) -> Html {
    let rect = node.rail.rect;
    let mut vertices = vec![Vertex::Bridge(node.name.clone())];
    vertices.extend(
        node.cards.iter().flat_map(|card| &card.pods).map(|dot| Vertex::Tap(dot.pod.clone())),
    );
    let plain = (!node.bridged).then_some("plain");
    let (x, y) = (rect.x - 8.0, rect.center().y);
    let turn = format!("rotate(-90 {x:.1} {y:.1})");
    let label = node.bridged && rect.height > 40.0;
    html! {
        <>
            <rect class={classes!("rail", plain, mark_classes(scene, &vertices))} x={n(rect.x)}
                y={n(rect.y)} width={n(rect.width)} height={n(rect.height)} rx="5" />
            if label {
                <text class="mono quiet" x={n(x)} y={n(y)} transform={turn} font-size="11"
                    text-anchor="middle">
                    {&node.rail.name}
                    if rect.height > 140.0 {
                        <tspan class="faint" dx="7">{&node.rail.note}</tspan>
                    }
                </text>
            }
        </>
    }
}
