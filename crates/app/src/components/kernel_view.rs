//! A node's kernel: the stages a packet passes, and what the present one does to it.

use std::rc::Rc;

use topology::{KernelBox, Rect, Rewrite, Scene, Vertex};
use yew::prelude::*;

use super::{mark_classes, n, shorten, tone_class};
use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub name: String,
    pub kernel: KernelBox,
    pub agents: Vec<String>,
    /// The names and addresses of the Services it translates.
    pub services: Vec<(String, String)>,
    pub scene: Rc<Scene>,
    pub run: Option<Shared<Run>>,
    pub cue: usize,
}

/// The kernel.
#[component]
pub fn KernelView(props: &Props) -> Html {
    let (kernel, scene) = (&props.kernel, &props.scene);
    let rect = kernel.rect;
    let read = readout(props);
    let agents = (!props.agents.is_empty() && read.is_none())
        .then(|| format!("set up by {}", props.agents.join(", ")));
    html! {
        <g>
            <text class="strong" x={n(rect.x + 38.0)} y={n(rect.y + 20.0)} font-size="12.5">
                {"kernel"}
            </text>
            <text class="faint" x={n(rect.x + 38.0)} y={n(rect.y + 36.0)} font-size="10.5">
                {agents.map(|agents| shorten(&agents, 44))}
            </text>
            if read.is_none() {
                {addresses(props)}
            }
            {read}
            {for kernel.pills.iter().map(|pill| {
                let marks = mark_classes(scene, &[Vertex::Hook(props.name.clone(), pill.hook)]);
                let place = pill.rect;
                html! {
                    <g class={classes!("pill", marks)}>
                        <rect x={n(place.x)} y={n(place.y)} width={n(place.width)}
                            height={n(place.height)} rx="6" />
                        <text x={n(place.center().x)} y={n(place.center().y + 3.8)}>{&pill.label}</text>
                    </g>
                }
            })}
        </g>
    }
}

/// The Services' addresses that this kernel translates: they are here, and nowhere on a wire.
fn addresses(props: &Props) -> Html {
    let Some((name, address)) = props.services.first() else { return html! {} };
    let rect = props.kernel.rect;
    let all: Vec<String> =
        props.services.iter().map(|(name, address)| format!("{name} {address}")).collect();
    let more = match props.services.len() - 1 {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    html! {
        <text class="vip" x={n(rect.right() - 12.0)} y={n(rect.y + 20.0)} text-anchor="end" font-size="11">
            <title>{format!("translates {}", all.join(", "))}</title>
            <tspan class="quiet">{shorten(name, 16)}</tspan>
            <tspan class="mono quiet" dx="5">{address}</tspan>
            <tspan class="faint">{more}</tspan>
        </text>
    }
}

/// What happens to the packet in this kernel at the present step.
fn readout(props: &Props) -> Option<Html> {
    let here = |vertex: &Vertex| match vertex {
        Vertex::Hook(node, _) | Vertex::Top(node) => *node == props.name,
        Vertex::Pod(_)
        | Vertex::Door(_)
        | Vertex::Veth(_)
        | Vertex::Tap(_)
        | Vertex::Bridge(_)
        | Vertex::Tunnel(_)
        | Vertex::Uplink(_)
        | Vertex::Trunk(_)
        | Vertex::Outside(_) => false,
    };
    if !props.scene.marks.iter().any(|(vertex, mark)| mark.here && here(vertex)) {
        return None;
    }
    let run = props.run.as_ref()?;
    let cue = run.timeline.cues.get(props.cue)?;
    let (_, step) = run.step(props.cue)?;
    let rect = props.kernel.rect;
    Some(match cue.rewrites.first() {
        Some(rewrite) => sign(rewrite, rect, tone_class(cue.tone)),
        None => html! {
            <text x={n(rect.x + 38.0)} y={n(rect.y + 37.0)} font-size="12">
                {shorten(&trace::explain::title(step), 44)}
            </text>
        },
    })
}

/// The old end of the flow struck through, the new one below it.
fn sign(rewrite: &Rewrite, rect: Rect, tone: &'static str) -> Html {
    let right = n(rect.right() - 12.0);
    html! {
        <g class={classes!("sign", tone)}>
            <text class="end" x={n(rect.x + 38.0)} y={n(rect.y + 37.0)}>{&rewrite.end}</text>
            <text class="old" x={right.clone()} y={n(rect.y + 19.0)} text-anchor="end">
                {&rewrite.before}
            </text>
            <text class="new" x={right} y={n(rect.y + 37.0)} text-anchor="end">
                {&rewrite.after}
            </text>
        </g>
    }
}
