//! What moves, on a sheet of its own over the map, so that a frame repaints the sheet and not the
//! map: the packet on show, the way that grows behind it with the numbers of its steps on it, and the
//! envelopes of steady traffic.

use std::rc::Rc;

use topology::{Cue, Scene};
use yew::prelude::*;

use super::Dispatch;
use super::packet_view::PacketView;
use super::way_view::{NumberView, WalkingView};
use crate::crowd::CROWD;
use crate::playback::Moving;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// The part of the map that is seen.
    pub view_box: String,
    pub scene: Rc<Scene>,
    pub cue: Option<Cue>,
    pub moving: Moving,
    pub dispatch: Dispatch,
}

/// The sheet.
#[component]
pub fn MotionLayer(props: &Props) -> Html {
    html! {
        <svg class="motion" viewBox={props.view_box.clone()} aria-hidden="true">
            <WalkingView scene={props.scene.clone()} trail={props.moving.trail.clone()} />
            {for props.scene.numbers.iter().map(|number| html! {
                <NumberView number={number.clone()} dispatch={props.dispatch.clone()} />
            })}
            <Motes layer={props.moving.crowd.clone()} />
            if let Some(cue) = props.cue.clone() {
                <PacketView {cue} packet={props.moving.packet.clone()} />
            }
        </svg>
    }
}

#[derive(PartialEq, Properties)]
struct MotesProps {
    layer: NodeRef,
}

/// Envelopes that stand ready; drawn once, moved by the clock alone.
#[component]
fn Motes(props: &MotesProps) -> Html {
    html! {
        <g ref={props.layer.clone()}>
            {for (0..CROWD).map(|_| html! {
                <g class="mote away">
                    <g>
                        <rect class="sleeve" x="-13" y="-10.500" width="26" height="21" rx="5" />
                        <rect class="body" x="-9" y="-6.500" width="18" height="13" rx="3" />
                        <path class="flap" d="M-7 -4L0 1.500L7 -4" />
                    </g>
                </g>
            })}
        </g>
    }
}
