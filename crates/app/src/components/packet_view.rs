//! The packet: an envelope in the colour of what happened to it. The clock moves it.

use topology::{Cue, Fate};
use yew::prelude::*;

use super::{fate_class, tone_class};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub cue: Cue,
    pub packet: NodeRef,
}

/// How far a rejected packet recoils.
const RECOIL: f32 = 26.0;

/// The packet.
#[component]
pub fn PacketView(props: &Props) -> Html {
    let cue = &props.cue;
    let stopped = matches!(cue.fate, Fate::Dropped | Fate::Bounced);
    let back = cue.back();
    let recoil = format!("--back-x: {:.1}px; --back-y: {:.1}px", back.x * RECOIL, back.y * RECOIL);
    html! {
        <g class={classes!("packet", tone_class(cue.tone))} ref={props.packet.clone()} aria-hidden="true">
            <g class={fate_class(cue.fate)} style={recoil}>
                if cue.wrapped {
                    <rect class="sleeve" x="-20" y="-15.500" width="40" height="31" rx="6" />
                }
                <rect class="body" x="-14" y="-10" width="28" height="20" rx="4.500" />
                if stopped {
                    <path class="cross" d="M-5 -5L5 5M5 -5L-5 5" />
                } else {
                    <path class="flap" d="M-11 -6.500L0 2L11 -6.500" />
                }
            </g>
        </g>
    }
}
