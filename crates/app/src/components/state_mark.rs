//! The signs on a Pod: how it is, and which policies shield it. Each has a shape of its own, so that
//! nobody has to tell colours apart.

use topology::{PodState, Point, Shield};
use yew::prelude::*;

use super::n;

/// The class that gives a state its look.
pub fn state_class(state: &PodState) -> &'static str {
    match state {
        PodState::Ready => "ready",
        PodState::NotReady => "not-ready",
        PodState::Waiting(_) => "waiting",
        PodState::Failing(_) => "failing",
        PodState::Terminating => "terminating",
        PodState::Completed => "completed",
    }
}

#[derive(PartialEq, Properties)]
pub struct Props {
    pub state: PodState,
    pub at: Point,
}

/// A disc, a half disc, three dots, a cross, a bar or a tick, ten units wide.
#[component]
pub fn StateMark(props: &Props) -> Html {
    let path = match props.state {
        PodState::Ready => "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        PodState::NotReady => "M0 -4.500a4.500 4.500 0 0 0 0 9zM0 -4.500a4.500 4.500 0 0 1 0 9",
        PodState::Waiting(_) => "M-4 0h.01M0 0h.01M4 0h.01",
        PodState::Failing(_) => "M-3.500 -3.500L3.500 3.500M3.500 -3.500L-3.500 3.500",
        PodState::Terminating => "M-4 0H4",
        PodState::Completed => "M-4 0L-1 3L4 -3.500",
    };
    let place = format!("translate({} {})", n(props.at.x), n(props.at.y));
    html! {
        <path class={classes!("mark", state_class(&props.state))} d={path} transform={place} />
    }
}

#[derive(PartialEq, Properties)]
pub struct ShieldProps {
    pub shield: Shield,
    /// Whether it is the shield of some of those it stands on, not of all.
    #[prop_or_default]
    pub partly: bool,
    pub at: Point,
}

/// A shield with an arrow for each direction it guards; struck through where nobody enforces it.
#[component]
pub fn ShieldMark(props: &ShieldProps) -> Html {
    let shield = &props.shield;
    let arrows = match (shield.ingress.is_empty(), shield.egress.is_empty()) {
        (false, true) => "M0 -3.500V3M-2.500 .500L0 3L2.500 .500",
        (true, false) => "M0 4V-3M-2.500 -.500L0 -3L2.500 -.500",
        _ => "M-2 -3V3M-3.600 1.400L-2 3L-.400 1.400M2 3V-3M.400 -1.400L2 -3L3.600 -1.400",
    };
    let place = format!("translate({} {})", n(props.at.x), n(props.at.y));
    html! {
        <g class={classes!("shield", (!shield.enforced).then_some("idle"), props.partly.then_some("partly"))} transform={place}>
            <title>{format!("{}{}", if props.partly { "some " } else { "" }, shield.words())}</title>
            <path class="plate" d="M0 -8L7 -5.500V0C7 4.500 3.500 7.500 0 9C-3.500 7.500 -7 4.500 -7 0V-5.500Z" />
            <path class="arrows" d={arrows} />
            if !shield.enforced {
                <path class="slash" d="M-8 8L8 -8" />
            }
        </g>
    }
}
