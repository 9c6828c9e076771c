//! A packet's headers as stacked layers, with what the step changed.

use packet::{FieldChange, Frame, Layer};
use yew::prelude::*;

use super::hex_view::Spot;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub frame: Frame,
    /// The packet before the step.
    pub before: Option<Frame>,
    /// The header or field that is looked at.
    pub spot: Option<Spot>,
    pub on_spot: Callback<Option<Spot>>,
}

/// The headers.
#[component]
pub fn Layers(props: &Props) -> Html {
    let layers = props.frame.layers();
    let before = props.before.as_ref();
    let changes = before.map(|before| props.frame.changes_since(before)).unwrap_or_default();
    let was = before.map_or(layers.len(), |before| before.layers().len());
    // Layers that the packet did not have before are the envelope around it.
    let fresh = layers.len().saturating_sub(was);
    let envelope = envelope(&layers);
    html! {
        <div class="layers">
            {for layers.iter().enumerate().map(|(index, layer)| {
                // Changes are told from the inside out, so outer layers have none of their own.
                let changed: Vec<&FieldChange> = changes
                    .iter()
                    .filter(|change| index >= fresh && change.protocol == layer.protocol)
                    .collect();
                view(props, (index, layer), &changed, index < envelope, index < fresh)
            })}
        </div>
    }
}

/// How many of the outermost layers belong to a tunnel.
fn envelope(layers: &[Layer]) -> usize {
    let vxlan = layers.iter().position(|layer| layer.protocol == "VXLAN").map(|at| at + 1);
    let both_ip = layers
        .windows(2)
        .position(|pair| pair.iter().all(|layer| layer.protocol.starts_with("IPv")));
    vxlan.or(both_ip.map(|at| at + 1)).unwrap_or(0)
}

fn view(
    props: &Props,
    (index, layer): (usize, &Layer),
    changes: &[&FieldChange],
    outer: bool,
    fresh: bool,
) -> Html {
    // What nobody looks for at first stays shut: link addresses and tunnels, unless they changed.
    let open = !changes.is_empty() || fresh || !(outer || layer.protocol == "Ethernet");
    let class =
        classes!("layer", outer.then_some("outer"), (!changes.is_empty()).then_some("changed"));
    let spot = props.spot;
    let look = |spot: Spot| {
        let on_spot = props.on_spot.clone();
        Callback::from(move |_: MouseEvent| on_spot.emit(Some(spot)))
    };
    let onfocus = {
        let on_spot = props.on_spot.clone();
        Callback::from(move |_: FocusEvent| on_spot.emit(Some((index, None))))
    };
    let lit = (spot == Some((index, None))).then_some("lit");
    html! {
        <details {class} {open}>
            <summary class={classes!(lit)} onmouseenter={look((index, None))} {onfocus}><b>{&layer.protocol}</b><span>{&layer.summary}</span></summary>
            <dl>
                {for layer.fields.iter().enumerate().map(|(at, field)| {
                    let change = changes.iter().find(|it| it.field == field.name);
                    let here = Some((index, Some(at)));
                    let lit = (spot == here).then_some("lit");
                    let class = classes!(change.map(|_| "changed"), lit);
                    let onmouseenter = look((index, Some(at)));
                    html! {
                        <>
                            <dt class={class.clone()} onmouseenter={onmouseenter.clone()}>{&field.name}</dt>
                            <dd {class} {onmouseenter}>
                                if let Some(change) = change {
                                    <del>{&change.before}</del>{" → "}<b>{&change.after}</b>
                                } else {
                                    {&field.value}
                                }
                            </dd>
                        </>
                    }
                })}
            </dl>
        </details>
    }
}
