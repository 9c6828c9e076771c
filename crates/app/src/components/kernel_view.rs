//! A node's kernel: the stages a packet passes, and what the present one does to it.

use std::rc::Rc;

use topology::{KernelBox, Rewrite, Scene, Vertex};
use yew::prelude::*;

use super::{mark_classes, n, shorten, tone_class};
use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub name: String,
    pub kernel: KernelBox,
    pub agents: Vec<String>,
    pub scene: Rc<Scene>,
    pub run: Option<Shared<Run>>,
    pub cue: usize,
}

/// The kernel.
#[component]
pub fn KernelView(props: &Props) -> Html {
    let (kernel, scene) = (&props.kernel, &props.scene);
    let rect = kernel.rect;
    let agents = (!props.agents.is_empty()).then(|| format!("set up by {}", props.agents.join(", ")));
    html! {
        <g>
            <rect class="kernel" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="10" />
            <text class="strong" x={n(rect.x + 34.0)} y={n(rect.y + 21.0)} font-size="12.5">
                {"kernel"}
            </text>
            <text class="faint" x={n(rect.right() - 12.0)} y={n(rect.y + 21.0)} font-size="10.5"
                text-anchor="end">{agents.map(|agents| shorten(&agents, 42))}</text>
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
            {readout(props)}
        </g>
    }
}

/// What happens to the packet in this kernel at the present step.
fn readout(props: &Props) -> Html {
    let here = props.scene.marks.iter().any(|(vertex, mark)| {
        mark.here && matches!(vertex, Vertex::Hook(node, _) | Vertex::Top(node) if *node == props.name)
    });
    let Some(run) = props.run.as_ref().filter(|_| here) else { return html! {} };
    let Some(cue) = run.timeline.cues.get(props.cue) else { return html! {} };
    let place = props.kernel.readout;
    let tone = tone_class(cue.tone);
    if let Some(rewrite) = cue.rewrites.first() {
        return html! { <g class={classes!("sign", tone)}>{sign(rewrite, place)}</g> };
    }
    let Some((_, step)) = run.step(props.cue) else { return html! {} };
    html! {
        <text class="quiet" x={n(place.x)} y={n(place.y + 17.0)} font-size="11.5">
            {shorten(&trace::explain::title(step), 50)}
        </text>
    }
}

/// The old end of the flow struck through, the new one beside it.
fn sign(rewrite: &Rewrite, place: topology::Rect) -> Html {
    let y = n(place.y + 17.0);
    let old = place.x + 82.0;
    let width = rewrite.before.len() as f32 * 6.7;
    html! {
        <>
            <text x={n(place.x)} y={y.clone()} style="font-family: var(--ui)" class="quiet">
                {&rewrite.end}
            </text>
            <text class="old" x={n(old)} y={n(place.y + 10.0)}>{&rewrite.before}</text>
            <text class="new" x={n(old)} y={n(place.y + 25.0)} data-width={n(width)}>
                {&rewrite.after}
            </text>
        </>
    }
}
