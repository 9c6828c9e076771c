//! A packet's bytes, as a capture file holds them; a header or field and its bytes show each other.

use packet::{Extent, Frame};
use yew::prelude::*;

/// A header by its position, and one of its fields, if it is one.
pub type Spot = (usize, Option<usize>);

#[derive(PartialEq, Properties)]
pub struct Props {
    pub frame: Frame,
    /// What is looked at.
    pub spot: Option<Spot>,
    pub on_spot: Callback<Option<Spot>>,
}

/// Bytes in a row: as many as fit beside the map.
const ROW: usize = 8;

/// The bytes.
#[component]
pub fn HexView(props: &Props) -> Html {
    let (bytes, extents) = (props.frame.bytes(), props.frame.extents());
    let lit = |at: usize| {
        let Some((layer, field)) = props.spot else { return false };
        let Some(extent) = extents.get(layer) else { return false };
        match field {
            Some(field) => extent
                .fields
                .get(field)
                .is_some_and(|range| range.as_ref().is_some_and(|range| range.contains(&at))),
            None => extent.bytes.contains(&at),
        }
    };
    let part = |at: usize, text: String| {
        let spot = spot_at(&extents, at);
        let on_spot = props.on_spot.clone();
        let onmouseenter = Callback::from(move |_: MouseEvent| on_spot.emit(spot));
        html! { <span class={lit(at).then_some("lit")} {onmouseenter}>{text}</span> }
    };
    html! {
        <div class="hex" role="img" aria-label={format!("{} bytes", bytes.len())}>
            {for bytes.chunks(ROW).enumerate().map(|(row, chunk)| html! {
                <div class="hex-row">
                    <span class="offset">{format!("{:04x}", row * ROW)}</span>
                    <span>{for chunk.iter().enumerate().map(|(at, byte)| {
                        part(row * ROW + at, format!("{byte:02x} "))
                    })}</span>
                    <span class="ascii">{for chunk.iter().enumerate().map(|(at, byte)| {
                        part(row * ROW + at, printable(*byte).to_string())
                    })}</span>
                </div>
            })}
        </div>
    }
}

/// The innermost field that has the byte, else the innermost header.
fn spot_at(extents: &[Extent], at: usize) -> Option<Spot> {
    let layer = extents.iter().rposition(|extent| extent.bytes.contains(&at))?;
    let has = |range: &Option<std::ops::Range<usize>>| {
        range.as_ref().is_some_and(|range| range.contains(&at))
    };
    Some((layer, extents[layer].fields.iter().position(has)))
}

fn printable(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' }
}
