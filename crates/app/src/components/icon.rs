//! The signs of the transport, drawn rather than typed so that they sit on one line.

use yew::prelude::*;

/// What a sign says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    First,
    Back,
    Play,
    Pause,
    On,
    Last,
    Loop,
    Deciding,
    Traffic,
}

#[derive(PartialEq, Properties)]
pub struct Props {
    pub sign: Sign,
}

/// A sign.
#[component]
pub fn Icon(props: &Props) -> Html {
    let path = match props.sign {
        Sign::First => "M2 2h2v10H2zM12 2v10L5 7z",
        Sign::Back => "M11 2v10L3 7z",
        Sign::Play => "M3.500 1.500v11l9-5.500z",
        Sign::Pause => "M3 2h3v10H3zM8 2h3v10H8z",
        Sign::On => "M3 2v10l8-5z",
        Sign::Last => "M10 2h2v10h-2zM2 2v10l7-5z",
        Sign::Loop => "M4 3h5a4 4 0 0 1 0 8H6v2L2.500 10 6 7v2h3a2 2 0 0 0 0-4H4z",
        Sign::Deciding => {
            "M7 1a6 6 0 1 1 0 12A6 6 0 0 1 7 1zm0 1.600a4.400 4.400 0 1 0 0 8.800 4.400 4.400 0 0 0 \
             0-8.800zM7 5a2 2 0 1 1 0 4 2 2 0 0 1 0-4z"
        }
        Sign::Traffic => "M1 3h7V1l4 3-4 3V5H1zM13 9H6V7l-4 3 4 3v-2h7z",
    };
    html! {
        <svg viewBox="0 0 14 14" aria-hidden="true"><path d={path} /></svg>
    }
}
