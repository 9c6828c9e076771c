//! A Pod's card, or the card of all Pods of one owner on a node.

use std::rc::Rc;

use topology::{Card, PodState, Scene, Seat, Vertex};
use yew::prelude::*;

use super::{Dispatch, mark_classes, n, shorten};
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub card: Card,
    pub scene: Rc<Scene>,
    pub selected: bool,
    /// Whether it came with the last change of the cluster.
    pub fresh: bool,
    pub dispatch: Dispatch,
}

/// How many colours of Pods the style sheet has.
const TINTS: usize = 6;

/// The card.
#[component]
pub fn PodView(props: &Props) -> Html {
    let (card, rect) = (&props.card, props.card.rect);
    let vertices: Vec<Vertex> = card
        .pods
        .iter()
        .flat_map(|dot| [Vertex::Pod(dot.pod.clone()), Vertex::Door(dot.pod.clone())])
        .collect();
    let tint = card.tint.map(|tint| format!("tint-{}", tint % TINTS));
    let selected = props.selected.then_some("selected");
    let fresh = props.fresh.then_some("arrived");
    let state = state_class(&card.condition);
    let marks = mark_classes(&props.scene, &vertices);
    let open = {
        let dispatch = props.dispatch.clone();
        let pod = card.pods.first().map(|dot| dot.pod.clone()).filter(|_| !props.selected);
        Callback::from(move |()| dispatch.dispatch(Change::Select(pod.clone())))
    };
    let onclick = open.reform(|_: MouseEvent| ());
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            open.emit(());
        }
    });
    let name = match &card.seat {
        Seat::Pod(pod) => format!("Pod {}, {}", pod.name, card.detail),
        Seat::Group { owner, .. } => format!("{} Pods of {owner}", card.pods.len()),
    };
    let label = if card.state.is_empty() { name } else { format!("{name}, {}", card.state) };
    let room = ((rect.width - 52.0) / 7.2) as usize;
    let state_room = if card.state.is_empty() { 0 } else { card.state.len() };
    let title = shorten(&card.title, room.saturating_sub(card.suffix.len() + 1));
    html! {
        <g class={classes!("pod", fresh, tint, state, selected, marks)} role="button" tabindex="0"
            aria-label={label} aria-pressed={props.selected.to_string()} {onclick} {onkeydown}>
            <rect class="frame" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="9" />
            if let (Seat::Pod(_), Some(dot)) = (&card.seat, card.pods.first()) {
                <circle class="socket" cx={n(dot.point.x)} cy={n(dot.point.y)} r="4.500" />
            }
            <text x={n(rect.x + 42.0)} y={n(rect.y + 19.5)} font-size="12.5">
                <tspan class="strong">{title}</tspan>
                <tspan class="quiet" dx="5" font-size="11.5">{&card.suffix}</tspan>
            </text>
            <text class="mono quiet" x={n(rect.x + 42.0)} y={n(rect.y + 36.0)} font-size="12.300">
                {shorten(&card.detail, room + 3 - state_room)}
            </text>
            if !card.state.is_empty() {
                <text class="state" x={n(rect.right() - 10.0)} y={n(rect.y + 36.0)}
                    text-anchor="end">{shorten(&card.state, 20)}</text>
            }
            if matches!(card.seat, Seat::Group { .. }) {
                {for card.pods.iter().map(|dot| html! {
                    <circle class={classes!("dot", state_class(&dot.condition))} r="4"
                        cx={n(dot.point.x)} cy={n(dot.point.y)}>
                        <title>{&dot.pod.name}</title>
                    </circle>
                })}
            }
        </g>
    }
}

fn state_class(state: &PodState) -> &'static str {
    match state {
        PodState::Ready => "ready",
        PodState::NotReady => "not-ready",
        PodState::Waiting(_) => "waiting",
        PodState::Failing(_) => "failing",
        PodState::Terminating => "terminating",
        PodState::Completed => "completed",
    }
}
