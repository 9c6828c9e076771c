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
    };
    html! {
        <svg viewBox="0 0 14 14" aria-hidden="true"><path d={path} /></svg>
    }
}
