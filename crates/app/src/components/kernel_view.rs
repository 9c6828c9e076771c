//! A node's kernel: the stages a packet passes, and what the present one does to it.

use topology::{KernelBox, Marks, Rect, Rewrite, Vertex};
use yew::prelude::*;

use super::{mark_classes, mark_of, n, shorten, tone_class};
use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub kernel: KernelBox,
    pub agents: Vec<String>,
    /// The names and addresses of the Services it translates.
    pub services: Vec<(String, String)>,
    pub marks: Marks,
    /// The step on show, if it happens on this node.
    pub step: Option<(Shared<Run>, usize)>,
}

/// Where the words begin, right of the wire that comes down from the bridge.
const WORDS: f32 = 36.0;

/// The kernel.
#[component]
pub fn KernelView(props: &Props) -> Html {
    let kernel = &props.kernel;
    let rect = kernel.rect;
    let read = readout(props);
    let agents = (!props.agents.is_empty() && read.is_none())
        .then(|| format!("set up by {}", props.agents.join(", ")));
    html! {
        <g>
            <text class="strong" x={n(rect.x + WORDS)} y={n(rect.y + 18.0)} font-size="12.5">
                {"kernel"}
            </text>
            <text class="faint" x={n(rect.x + WORDS)} y={n(rect.y + 33.5)} font-size="11">
                {agents.map(|agents| shorten(&agents, ((rect.width - WORDS) / 5.6) as usize))}
            </text>
            if read.is_none() {
                {addresses(props)}
            }
            {read}
            {for kernel.pills.iter().map(|pill| {
                let marks = mark_of(&props.marks, |it| matches!(it, Vertex::Hook(_, hook) if *hook == pill.hook));
                let marks = mark_classes(marks);
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
        <text class="vip" x={n(rect.right() - 12.0)} y={n(rect.y + 18.0)} text-anchor="end" font-size="11.5">
            <title>{format!("translates {}", all.join(", "))}</title>
            <tspan class="quiet">{shorten(name, ((rect.width - 190.0) / 6.3) as usize)}</tspan>
            <tspan class="mono quiet" dx="5">{address}</tspan>
            <tspan class="faint">{more}</tspan>
        </text>
    }
}

/// What happens to the packet in this kernel at the present step.
fn readout(props: &Props) -> Option<Html> {
    let here = |vertex: &Vertex| matches!(vertex, Vertex::Hook(..) | Vertex::Top(_));
    if !props.marks.iter().any(|(vertex, mark)| mark.here && here(vertex)) {
        return None;
    }
    let (run, at) = props.step.as_ref()?;
    let cue = run.timeline.cues.get(*at)?;
    let (_, step) = run.step(*at)?;
    let rect = props.kernel.rect;
    Some(match cue.rewrites.first() {
        Some(rewrite) => sign(rewrite, rect, tone_class(cue.tone)),
        None => html! {
            <text x={n(rect.x + WORDS)} y={n(rect.y + 34.5)} font-size="12">
                {shorten(&trace::explain::title(step), ((rect.width - WORDS) / 6.2) as usize)}
            </text>
        },
    })
}

/// The old end of the flow struck through, the new one below it.
fn sign(rewrite: &Rewrite, rect: Rect, tone: &'static str) -> Html {
    let right = n(rect.right() - 12.0);
    html! {
        <g class={classes!("sign", tone)}>
            <text class="end" x={n(rect.x + WORDS)} y={n(rect.y + 34.5)}>{&rewrite.end}</text>
            <text class="old" x={right.clone()} y={n(rect.y + 18.0)} text-anchor="end">
                {&rewrite.before}
            </text>
            <text class="new" x={right} y={n(rect.y + 34.5)} text-anchor="end">
                {&rewrite.after}
            </text>
        </g>
    }
}
