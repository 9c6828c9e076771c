//! All Pods of one owner on a node, as a stack that unfolds into a name for each.

use manifest::ObjectRef;
use std::collections::BTreeSet;
use topology::{Mark, PodDot, Point, Seat};
use yew::prelude::*;

use super::pod_view::tint_class;
use super::state_mark::{ShieldMark, StateMark, state_class};
use super::{Dispatch, mark_classes, n, opened, pressed, shorten};
use crate::protocol::{Command, View};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    /// The position of its node, and its own on the node.
    pub at: (usize, usize),
    /// What the packet makes of it.
    pub mark: Option<Mark>,
    /// The Pod of it whose card is open.
    pub selected: Option<ObjectRef>,
    pub fresh: Shared<BTreeSet<ObjectRef>>,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// The stack.
#[component]
pub fn PodStack(props: &Props) -> Html {
    let (node, card) = props.at;
    let node = &props.view.map.nodes[node];
    let (node, card) = (&node.name, &node.cards[card]);
    let rect = card.rect;
    let unfold = {
        let (ask, node, seat) = (props.ask.clone(), node.clone(), card.seat.clone());
        Callback::from(move |()| ask.emit(Command::Unfold(node.clone(), seat.clone())))
    };
    let (onclick, onkeydown) = pressed(unfold);
    let Seat::Group { owner, .. } = &card.seat else { return html! { <g /> } };
    let mut label = format!("{} Pods of {owner} on {node}, {}", card.pods.len(), card.detail);
    if card.shield.is_up() {
        label.push_str(&format!(", {}", card.shield_words()));
    }
    let turn = if card.unfolded { "M-4 2L0 -2L4 2" } else { "M-4 -2L0 2L4 -2" };
    let place = format!("translate({} {})", n(rect.right() - 16.0), n(rect.y + 20.0));
    let room = ((rect.width - 90.0) / 7.2) as usize;
    html! {
        <g class={classes!("pod", "stack", tint_class(card), mark_classes(props.mark))}>
            <rect class="frame under" x={n(rect.x + 4.0)} y={n(rect.y + 4.0)} width={n(rect.width)}
                height={n(rect.height)} rx="9" />
            <rect class="frame" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="9" />
            <g class="head" role="button" tabindex="0" aria-label={label}
                aria-expanded={card.unfolded.to_string()} {onclick} {onkeydown}>
                <rect class="touch" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)} height="36" rx="9" />
                <text x={n(rect.x + 14.0)} y={n(rect.y + 17.0)} font-size="12.5">
                    <tspan class="strong">{shorten(owner, room)}</tspan>
                    <tspan class="quiet" dx="6">{&card.suffix}</tspan>
                </text>
                <text class="quiet" x={n(rect.x + 14.0)} y={n(rect.y + 32.0)} font-size="11.5">
                    {&card.detail}
                </text>
                <path class="turn" d={turn} transform={place} />
                if card.shield.is_up() {
                    <ShieldMark shield={card.shield.clone()} partly={card.partly_shielded}
                        at={Point::new(rect.right() - 40.0, rect.y + 19.0)} />
                }
            </g>
            {for card.pods.iter().map(|dot| match dot.chip {
                Some(_) => chip(props, dot),
                None => html! {
                    <g class={classes!("dot", fresh(props, dot))}
                        onclick={opened(&props.dispatch, &dot.pod, false).reform(|_: MouseEvent| ())}>
                        <StateMark state={dot.condition.clone()} at={dot.point} />
                        <title>{&dot.pod.name}</title>
                    </g>
                },
            })}
        </g>
    }
}

/// One Pod of an unfolded stack.
fn chip(props: &Props, dot: &PodDot) -> Html {
    let Some(rect) = dot.chip else { return html! { <g /> } };
    let is_open = props.selected.as_ref() == Some(&dot.pod);
    let (onclick, onkeydown) = pressed(opened(&props.dispatch, &dot.pod, is_open));
    let word = dot.condition.word();
    let state = if word.is_empty() { String::new() } else { format!(", {word}") };
    let selected = is_open.then_some("selected");
    html! {
        <g class={classes!("chip-pod", fresh(props, dot), selected, state_class(&dot.condition))}
            role="button" tabindex="0" aria-label={format!("Pod {}, {}{state}", dot.pod.name, dot.detail)}
            {onclick} {onkeydown}>
            <rect class="plate" x={n(rect.x)} y={n(rect.y)} width={n(rect.width)}
                height={n(rect.height)} rx="6" />
            <StateMark state={dot.condition.clone()} at={dot.point} />
            <text class="mono" x={n(rect.x + 20.0)} y={n(rect.center().y + 4.0)} font-size="11.5">
                {shorten(&dot.suffix, ((rect.width - 24.0) / 6.9).max(5.0) as usize)}
            </text>
        </g>
    }
}

fn fresh(props: &Props, dot: &PodDot) -> Option<&'static str> {
    props.fresh.contains(&dot.pod).then_some("arrived")
}
