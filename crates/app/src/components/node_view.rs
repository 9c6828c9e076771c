//! A node: its Pods, the bridge they are plugged into, its kernel and its devices.

use std::collections::BTreeSet;
use std::rc::Rc;

use manifest::{Kind, ObjectRef};
use topology::{Card, NodeBox, Scene, Seat, Vertex};
use yew::prelude::*;

use super::device_view::DeviceView;
use super::kernel_view::KernelView;
use super::pod_stack::PodStack;
use super::pod_view::PodView;
use super::way_view::points;
use super::{Dispatch, mark_classes, n, opened, pressed};
use crate::protocol::Command;
use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub node: NodeBox,
    /// The names and addresses of the Services its kernel translates.
    pub services: Vec<(String, String)>,
    pub scene: Rc<Scene>,
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub selected: Option<ObjectRef>,
    pub fresh: Shared<BTreeSet<ObjectRef>>,
    pub ask: Callback<Command>,
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
            {head(props)}
            <rect class="kernel" x={n(node.kernel.rect.x)} y={n(node.kernel.rect.y)}
                width={n(node.kernel.rect.width)} height={n(node.kernel.rect.height)} rx="10" />
            {for node.vacant.iter().map(|seat| html! {
                <rect class="vacant" x={n(seat.x)} y={n(seat.y)} width={n(seat.width)}
                    height={n(seat.height)} rx="9" />
            })}
            {for node.wires.iter().map(|line| html! {
                <polyline class="wire" points={points(line)} />
            })}
            {rail(node, scene)}
            {for node.cards.iter().map(|card| card_view(props, card))}
            <KernelView name={name.clone()} kernel={node.kernel.clone()} agents={node.agents.clone()}
                services={props.services.clone()} scene={scene.clone()} run={props.run.clone()}
                cue={props.cue} />
            if let Some(tunnel) = &node.tunnel {
                <DeviceView device={tunnel.clone()} class="tunnel"
                    marks={mark_classes(scene, &[Vertex::Tunnel(name.clone())])} />
            }
            <DeviceView device={node.uplink.clone()} class="uplink"
                marks={mark_classes(scene, &[Vertex::Uplink(name)])} />
        </g>
    }
}

/// The node's name and address; a click tells everything about it.
fn head(props: &Props) -> Html {
    let (node, rect) = (&props.node, props.node.rect);
    let object = ObjectRef::cluster(Kind::Node, node.name.as_str());
    let is_open = props.selected.as_ref() == Some(&object);
    let (onclick, onkeydown) = pressed(opened(&props.dispatch, &object, is_open));
    let state = match (node.ready, node.cordoned) {
        (false, _) => "NotReady",
        (true, true) => "takes no new Pods",
        (true, false) => "",
    };
    let label = format!(
        "Node {}, {}, {}",
        node.name,
        node.address,
        if state.is_empty() { "ready" } else { state }
    );
    html! {
        <g class="node-head" role="button" tabindex="0" aria-label={label} {onclick} {onkeydown}>
            <rect class="touch" x={n(rect.x + 6.0)} y={n(rect.y + 8.0)} width={n(rect.width - 12.0)}
                height="30" rx="8" />
            <text x={n(rect.x + 16.0)} y={n(rect.y + 28.0)} font-size="14">
                <tspan class="strong">{&node.name}</tspan>
                <tspan class="mono quiet" dx="9" font-size="12.500">{&node.address}</tspan>
            </text>
            if !state.is_empty() {
                <text class="node-state" x={n(rect.right() - 16.0)} y={n(rect.y + 28.0)} font-size="12"
                    text-anchor="end">{format!("✕ {state}")}</text>
                <title>{&node.trouble}</title>
            }
        </g>
    }
}

fn card_view(props: &Props, card: &Card) -> Html {
    let key = format!("{:?}", card.seat);
    match card.seat {
        Seat::Pod(_) => html! {
            <PodView {key} card={card.clone()} scene={props.scene.clone()}
                selected={card.pods.iter().any(|dot| Some(&dot.pod) == props.selected.as_ref())}
                fresh={card.pods.iter().any(|dot| props.fresh.contains(&dot.pod))}
                dispatch={props.dispatch.clone()} />
        },
        Seat::Group { .. } => html! {
            <PodStack {key} node={props.node.name.clone()} card={card.clone()}
                scene={props.scene.clone()} selected={props.selected.clone()}
                fresh={props.fresh.clone()} ask={props.ask.clone()} dispatch={props.dispatch.clone()} />
        },
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
                <text class="mono quiet" x={n(x)} y={n(y)} transform={turn} font-size="12"
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
