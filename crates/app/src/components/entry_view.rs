//! An Ingress or a Gateway: a name, what it leads to, and the Pods that read it.

use topology::EntryBox;
use yew::prelude::*;

use super::{Dispatch, n, opened, pressed, shorten};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub entry: EntryBox,
    pub selected: bool,
    pub dispatch: Dispatch,
}

/// The name; a click tells everything about it.
#[component]
pub fn EntryView(props: &Props) -> Html {
    let (facts, rect) = (&props.entry.facts, props.entry.rect);
    let (onclick, onkeydown) = pressed(opened(&props.dispatch, &facts.reference, props.selected));
    let backends: Vec<&str> = facts.backends.iter().map(|service| service.name.as_str()).collect();
    let leads = if backends.is_empty() { "nowhere".into() } else { backends.join(", ") };
    let idle = facts.read_by.is_empty();
    let read = match facts.read_by.as_slice() {
        [] => "no controller reads it".to_owned(),
        [pod] => format!("read by {}", shorten(&pod.name, 22)),
        pods => format!("read by {} Pods", pods.len()),
    };
    let hosts = shorten(&facts.hosts.join(", "), 34);
    let kind = facts.reference.kind;
    html! {
        <g class={classes!("service", "entry", props.selected.then_some("selected"))} role="button"
            tabindex="0" {onclick} {onkeydown}
            aria-label={format!("{kind} {}, {hosts} to {leads}, {read}", facts.reference.name)}>
            <rect class="frame" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="11" />
            <path class="door" d={format!("M{} {}v-13h8v13", n(rect.x + 11.0), n(rect.y + 21.0))} />
            <text x={n(rect.x + 26.0)} y={n(rect.y + 18.0)} font-size="13">
                <tspan class="strong">{&facts.reference.name}</tspan>
                <tspan class="mono quiet" dx="8" font-size="12">{hosts}</tspan>
            </text>
            <text x={n(rect.x + 13.0)} y={n(rect.y + 34.0)} font-size="11.5">
                <tspan class="quiet">{format!("{kind} to {leads} · ")}</tspan>
                <tspan class={if idle { "none" } else { "quiet" }}>{read}</tspan>
            </text>
        </g>
    }
}
