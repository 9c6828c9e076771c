//! A device at the edge of a node: its tunnel, its uplink.

use topology::{EdgeBox, Mark};
use yew::prelude::*;

use super::{mark_classes, n};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub device: EdgeBox,
    pub class: &'static str,
    /// What the packet makes of it.
    pub mark: Option<Mark>,
}

/// A device.
#[component]
pub fn DeviceView(props: &Props) -> Html {
    let rect = props.device.rect;
    // A note that would touch the name is left out.
    let name_end = 38.0 + props.device.name.len() as f32 * 7.5;
    let note_width = props.device.note.len() as f32 * 5.5 + 10.0;
    let has_room = name_end + 8.0 + note_width <= rect.width;
    let baseline = n(rect.center().y + 4.0);
    html! {
        <g class={classes!("device", props.class, mark_classes(props.mark))}>
            <rect x={n(rect.x)} y={n(rect.y)} width={n(rect.width)} height={n(rect.height)} rx="8" />
            <circle class="socket" cx={n(rect.x + 21.0)} cy={n(rect.center().y)} r="4.500" />
            <text class="mono" x={n(rect.x + 38.0)} y={baseline.clone()} font-size="12.500">
                {&props.device.name}
            </text>
            if has_room {
                <text class="quiet" x={n(rect.right() - 10.0)} y={baseline} font-size="10.5"
                    text-anchor="end">{&props.device.note}</text>
            }
        </g>
    }
}
