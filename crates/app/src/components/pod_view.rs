//! A Pod's card.

use topology::{Card, Mark, PodState, Point, Seat};
use yew::prelude::*;

use super::state_mark::{ShieldMark, StateMark, state_class};
use super::{Dispatch, mark_classes, n, opened, pressed, shorten};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub card: Card,
    /// What the packet makes of it.
    pub mark: Option<Mark>,
    pub selected: bool,
    /// Whether it came, or was started again, with the last change of the cluster.
    pub fresh: bool,
    pub dispatch: Dispatch,
}

/// How many colours of Pods the style sheet has.
const TINTS: usize = 6;

/// The class that colours a card.
pub fn tint_class(card: &Card) -> Option<String> {
    card.tint.map(|tint| format!("tint-{}", tint % TINTS))
}

/// The card.
#[component]
pub fn PodView(props: &Props) -> Html {
    let (card, rect) = (&props.card, props.card.rect);
    let Some(dot) = card.pods.first() else { return html! { <g /> } };
    let selected = props.selected.then_some("selected");
    let fresh = props.fresh.then_some("arrived");
    let marks = mark_classes(props.mark);
    let (onclick, onkeydown) = pressed(opened(&props.dispatch, &dot.pod, props.selected));
    let shielded = card.shield.is_up();
    let room = ((rect.width - if shielded { 72.0 } else { 52.0 }) / 7.2) as usize;
    let state = match card.restarts {
        0 => card.state.clone(),
        restarts if card.state.is_empty() => format!("restarted {restarts}×"),
        restarts => format!("{} {restarts}×", card.state),
    };
    let state = shorten(&state, 22);
    let detail_room = rect.width - 50.0 - state.len() as f32 * 6.3;
    // A state that leaves no room for the address stands in its place.
    let crowded = !state.is_empty() && (detail_room - 8.0) < card.detail.len() as f32 * 7.4;
    let hurt = !matches!(card.condition, PodState::Ready);
    let title = shorten(&card.title, room.saturating_sub(card.suffix.len() + 1).max(6));
    html! {
        <g class={classes!("pod", fresh, tint_class(card), state_class(&card.condition), selected, marks)}
            role="button" tabindex="0" aria-label={label(card)}
            aria-pressed={props.selected.to_string()} {onclick} {onkeydown}>
            <rect class="frame" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="9" />
            <circle class="socket" cx={n(dot.point.x)} cy={n(dot.point.y)} r="4.500" />
            <text x={n(rect.x + 42.0)} y={n(rect.y + 17.0)} font-size="12.5">
                <tspan class="strong">{title}</tspan>
                <tspan class="quiet" dx="5" font-size="11.5">
                    {shorten(&card.suffix, room.saturating_sub(6))}
                </tspan>
            </text>
            if !crowded {
                <text class="mono quiet" x={n(rect.x + 42.0)} y={n(rect.y + 32.5)} font-size="12.300">
                    {shorten(&card.detail, (detail_room / 7.4).max(0.0) as usize)}
                </text>
            }
            if hurt || card.restarts > 0 {
                <text class="state" y={n(rect.y + 32.5)}
                    x={n(if crowded { rect.x + 42.0 } else { rect.right() - 10.0 })}
                    text-anchor={if crowded { "start" } else { "end" }}>{&state}</text>
            }
            if hurt {
                <StateMark state={card.condition.clone()} at={dot.point} />
            }
            if shielded {
                <ShieldMark shield={card.shield.clone()}
                    at={Point::new(rect.right() - 15.0, rect.y + 14.0)} />
            }
        </g>
    }
}

/// What the card says, as a sentence.
fn label(card: &Card) -> String {
    let name = match &card.seat {
        Seat::Pod(pod) => &pod.name,
        Seat::Group { owner, .. } => owner,
    };
    let mut label = format!("Pod {name}, {}", card.detail);
    for more in [card.state.clone(), card.shield_words()] {
        if !more.is_empty() {
            label.push_str(", ");
            label.push_str(&more);
        }
    }
    if card.restarts > 0 {
        label.push_str(&format!(", restarted {} times", card.restarts));
    }
    label
}
