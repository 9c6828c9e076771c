//! A node: its Pods, the bridge they are plugged into, its kernel and its devices.

use manifest::{Kind, ObjectRef};
use std::collections::BTreeSet;
use topology::{Marks, NodeBox, Seat, Vertex};
use yew::prelude::*;

use super::device_view::DeviceView;
use super::kernel_view::KernelView;
use super::pod_stack::PodStack;
use super::pod_view::PodView;
use super::way_view::points;
use super::{Dispatch, mark_classes, mark_of, n, opened, pressed};
use crate::protocol::{Command, View};
use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    /// Its position among the nodes.
    pub index: usize,
    /// What the packet makes of what is on it.
    pub marks: Marks,
    /// The step on show, if it happens here.
    pub step: Option<(Shared<Run>, usize)>,
    /// The object whose card is open, if it is here.
    pub selected: Option<ObjectRef>,
    pub fresh: Shared<BTreeSet<ObjectRef>>,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// A node.
#[component]
pub fn NodeView(props: &Props) -> Html {
    let (node, marks) = (&props.view.map.nodes[props.index], &props.marks);
    let rect = node.rect;
    let mark = |is: fn(&Vertex) -> bool| mark_of(marks, is);
    html! {
        <g class={classes!("node", (!node.ready).then_some("not-ready"))} role="group"
            aria-label={format!("node {}", node.name)}>
            <rect class="frame" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="14" />
            {head(props, node)}
            <rect class="kernel" x={n(node.kernel.rect.x)} y={n(node.kernel.rect.y)}
                width={n(node.kernel.rect.width)} height={n(node.kernel.rect.height)} rx="10" />
            {for node.vacant.iter().map(|seat| html! {
                <rect class="vacant" x={n(seat.x)} y={n(seat.y)} width={n(seat.width)}
                    height={n(seat.height)} rx="9" />
            })}
            {for node.wires.iter().map(|line| html! {
                <polyline class="wire" points={points(line)} />
            })}
            {rail(node, marks, props.view.map.fabric.transport.is_empty())}
            {for (0..node.cards.len()).map(|card| card_view(props, node, card))}
            <KernelView kernel={node.kernel.clone()} agents={node.agents.clone()}
                services={services_of(&props.view, node)} marks={marks.clone()}
                step={props.step.clone()} />
            if let Some(tunnel) = &node.tunnel {
                <DeviceView device={tunnel.clone()} class="tunnel"
                    mark={mark(|it| matches!(it, Vertex::Tunnel(_)))} />
            }
            <DeviceView device={node.uplink.clone()} class="uplink"
                mark={mark(|it| matches!(it, Vertex::Uplink(_)))} />
        </g>
    }
}

/// The node's name and address; a click tells everything about it.
fn head(props: &Props, node: &NodeBox) -> Html {
    let rect = node.rect;
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
            <rect class="touch" x={n(rect.x + 6.0)} y={n(rect.y + 6.0)} width={n(rect.width - 12.0)}
                height="30" rx="8" />
            <text x={n(rect.x + 16.0)} y={n(rect.y + 26.0)} font-size="14">
                <tspan class="strong">{&node.name}</tspan>
                <tspan class="mono quiet" dx="9" font-size="12.500">{&node.address}</tspan>
            </text>
            if !state.is_empty() {
                <text class="node-state" x={n(rect.right() - 16.0)} y={n(rect.y + 26.0)} font-size="12"
                    text-anchor="end">{format!("✕ {state}")}</text>
                <title>{&node.trouble}</title>
            }
        </g>
    }
}

fn card_view(props: &Props, node: &NodeBox, index: usize) -> Html {
    let card = &node.cards[index];
    let mark = mark_of(&props.marks, |vertex| match vertex {
        Vertex::Pod(pod) | Vertex::Door(pod) => card.holds(pod),
        _ => false,
    });
    let is_open = |pod: &ObjectRef| props.selected.as_ref() == Some(pod);
    let key = format!("{:?}", card.seat);
    match card.seat {
        Seat::Pod(_) => html! {
            <PodView {key} card={card.clone()} {mark}
                selected={card.pods.iter().any(|dot| is_open(&dot.pod))}
                fresh={card.pods.iter().any(|dot| props.fresh.contains(&dot.pod))}
                dispatch={props.dispatch.clone()} />
        },
        Seat::Group { .. } => html! {
            <PodStack {key} view={props.view.clone()} at={(props.index, index)} {mark}
                selected={props.selected.clone().filter(|pod| card.holds(pod))}
                fresh={props.fresh.clone()} ask={props.ask.clone()} dispatch={props.dispatch.clone()} />
        },
    }
}

/// The bridge with its name along it, or the plain rail of a plugin without one.
fn rail(node: &NodeBox, marks: &Marks, unplugged: bool) -> Html {
    let rect = node.rail.rect;
    let mark = mark_of(marks, |it| matches!(it, Vertex::Bridge(_) | Vertex::Tap(_)));
    let plain = (!node.bridged).then_some("plain");
    let (x, y) = (rect.x - 8.0, rect.center().y);
    let turn = format!("rotate(-90 {x:.1} {y:.1})");
    let label = rect.height > 40.0 && !unplugged && (node.bridged || rect.height > 120.0);
    // No device: where the Pods' veths lead into the kernel.
    let (left, width) =
        if node.bridged { (rect.x, rect.width) } else { (rect.center().x - 1.5, 3.0) };
    html! {
        <>
            <rect class={classes!("rail", plain, mark_classes(mark))} x={n(left)}
                y={n(rect.y)} width={n(width)} height={n(rect.height)} rx={n(width / 2.0)} />
            if label {
                <text class="mono quiet" x={n(x)} y={n(y)} transform={turn} font-size="12"
                    text-anchor="middle">
                    if node.bridged {
                        {&node.rail.name}
                    } else {
                        <tspan class="faint">{"routed, no bridge"}</tspan>
                    }
                    if node.bridged && rect.height > 140.0 {
                        <tspan class="faint" dx="7">{&node.rail.note}</tspan>
                    }
                </text>
            }
        </>
    }
}

/// The names and addresses of the Services that a node's kernel translates.
fn services_of(view: &View, node: &NodeBox) -> Vec<(String, String)> {
    let translated = node.kernel.translates.iter();
    translated
        .filter_map(|object| {
            let mut services = view.map.services.iter();
            let service = services.find(|it| &it.facts.reference == object)?;
            Some((object.name.clone(), service.facts.address.clone()))
        })
        .collect()
}
