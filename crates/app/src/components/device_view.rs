//! A device at the edge of a node: its tunnel, its uplink.

use topology::EdgeBox;
use yew::prelude::*;

use super::n;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub device: EdgeBox,
    pub class: &'static str,
    /// What the packet makes of it.
    pub marks: Classes,
}

/// A device.
#[component]
pub fn DeviceView(props: &Props) -> Html {
    let rect = props.device.rect;
    let baseline = n(rect.center().y + 4.0);
    html! {
        <g class={classes!("device", props.class, props.marks.clone())}>
            <rect x={n(rect.x)} y={n(rect.y)} width={n(rect.width)} height={n(rect.height)} rx="8" />
            <circle class="socket" cx={n(rect.x + 21.0)} cy={n(rect.center().y)} r="4.500" />
            <text class="mono" x={n(rect.x + 44.0)} y={baseline.clone()} font-size="12.500">
                {&props.device.name}
            </text>
            <text class="quiet" x={n(rect.right() - 10.0)} y={baseline} font-size="10.5"
                text-anchor="end">{&props.device.note}</text>
        </g>
    }
}
