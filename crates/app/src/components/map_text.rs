//! The map in words, for whoever cannot see it: nodes with their Pods, Services, Ingresses, and what
//! is outside.

use topology::{Card, Map};
use yew::prelude::*;

use crate::protocol::View;
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
}

/// The words.
#[component]
pub fn MapText(props: &Props) -> Html {
    let map = &props.view.map;
    html! {
        <section class="hidden" aria-label="The map in words">
            <ul aria-label="Nodes">
                {for map.nodes.iter().map(|node| html! {
                    <li>
                        {format!("{} {}, {}{}", node.name, node.address,
                            if node.ready { "ready".into() } else { format!("not ready: {}", node.trouble) },
                            if node.cordoned { ", takes no new Pods" } else { "" })}
                        <ul>{for node.cards.iter().flat_map(pods).map(|pod| html! { <li>{pod}</li> })}</ul>
                    </li>
                })}
            </ul>
            <ul aria-label="Services">
                {for map.services.iter().map(|service| html! {
                    <li>{format!("{} {}:{}, {} of {} endpoints ready", service.facts.reference.name,
                        service.facts.address, service.facts.ports, service.ready,
                        service.facts.endpoints.len())}</li>
                })}
            </ul>
            <ul aria-label="Elsewhere">{for elsewhere(map).map(|line| html! { <li>{line}</li> })}</ul>
        </section>
    }
}

fn pods(card: &Card) -> impl Iterator<Item = String> + '_ {
    card.pods.iter().map(|dot| {
        let shield = dot.shield.words();
        let word = if dot.condition.word().is_empty() { "ready" } else { dot.condition.word() };
        let comma = if shield.is_empty() { "" } else { ", " };
        format!("{} {}, {word}{comma}{shield}", dot.pod.name, dot.detail)
    })
}

fn elsewhere(map: &Map) -> impl Iterator<Item = String> {
    let entries = map.entries.iter().map(|entry| {
        let facts = &entry.facts;
        let readers = facts.read_by.len();
        format!("{} {}, read by {readers} Pods", facts.reference.kind, facts.reference.name)
    });
    let outside = map.outside.iter().map(|outside| format!("{} {}", outside.name, outside.note));
    let waiting = map.waiting.iter().map(|card| format!("{}, waits for a node", card.title));
    entries.chain(outside).chain(waiting)
}
