//! Everything about the object that was clicked: what kubectl says of it, who can reach it, and what
//! can be done to it.

use manifest::{Kind, ObjectRef};
use topology::Seat;
use trace::Place;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::Dispatch;
use super::reach_list::ReachList;
use crate::protocol::{Command, Inspection, View};
use crate::shared::Shared;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub object: ObjectRef,
    pub view: Shared<View>,
    /// The earlier round that is shown, and when it was.
    pub past: Option<(usize, String)>,
    /// What the engine told of it, once it has.
    pub inspection: Option<Shared<Inspection>>,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// What the card shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Reach,
    Describe,
    Yaml,
}

/// The card.
#[component]
pub fn ObjectCard(props: &Props) -> Html {
    let page = use_state_eq(|| Page::Reach);
    let card = use_node_ref();
    use_focus(&card, props.object.clone());
    {
        let ask = props.ask.clone();
        let round = props.past.as_ref().map(|(round, _)| *round);
        use_effect_with(
            (props.object.clone(), props.view.clone(), round),
            move |(object, _, round)| {
                ask.emit(Command::Inspect(object.clone(), *round));
            },
        );
    }
    let round = props.past.as_ref().map(|(round, _)| *round);
    let is_asked =
        |known: &&Shared<Inspection>| known.object == props.object && known.round == round;
    let known = props.inspection.as_ref().filter(is_asked);
    let has_reach = matches!(props.object.kind, Kind::Pod | Kind::Service);
    let shown = if *page == Page::Reach && !has_reach { Page::Describe } else { *page };
    let tab = |this: Page, name: &'static str| {
        let page = page.clone();
        let onclick = Callback::from(move |_: MouseEvent| page.set(this));
        html! {
            <button role="tab" aria-selected={(shown == this).to_string()} {onclick}>{name}</button>
        }
    };
    let kind = props.object.kind;
    html! {
        <aside class="object-card" role="dialog" aria-label={format!("Selected {kind}")} tabindex="-1"
            ref={card}>
            <button class="file-close card-close" aria-label="Close" title="Close (Esc)"
                onclick={close(props)}>{"×"}</button>
            <h2><small>{format!("{kind}")}</small>{" "}{&props.object.name}</h2>
            if let Some((_, when)) = &props.past {
                <p class="quiet" role="note">{format!("As it was at {when} s. Go back to now to change it.")}</p>
            }
            {facts(props)}
            {actions(props, known)}
            <div class="tabs" role="tablist" aria-label={format!("About {}", props.object.name)}>
                if has_reach {
                    {tab(Page::Reach, "Who reaches it")}
                }
                {tab(Page::Describe, "Describe")}
                {tab(Page::Yaml, "YAML")}
            </div>
            <div class="page-of-card" role="tabpanel" tabindex="0">
                {match (known, shown) {
                    (None, _) => html! { <p class="quiet">{"…"}</p> },
                    (Some(known), Page::Reach) => match known.reach.clone() {
                        Some(reach) => html! { <ReachList {reach} /> },
                        None => html! { <p /> },
                    },
                    (Some(known), Page::Describe) => html! { <pre>{&known.describe}</pre> },
                    (Some(known), Page::Yaml) => html! { <pre>{&known.yaml}</pre> },
                }}
            </div>
        </aside>
    }
}

fn close(props: &Props) -> Callback<MouseEvent> {
    let dispatch = props.dispatch.clone();
    Callback::from(move |_| dispatch.dispatch(Change::Select(None)))
}

/// Takes the focus while it is open, and gives it back.
#[hook]
fn use_focus(card: &NodeRef, object: ObjectRef) {
    let card = card.clone();
    use_effect_with(object, move |_| {
        let before = gloo::utils::document().active_element();
        if let Some(card) = card.cast::<HtmlElement>() {
            let _ = card.focus();
        }
        move || {
            // Somebody who has gone elsewhere meanwhile stays there.
            let lost = gloo::utils::document().active_element();
            let lost = lost.is_none_or(|element| element.tag_name() == "BODY");
            if let (Some(before), true) = (before, lost) {
                let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(before).focus();
            }
        }
    });
}

/// What the map itself knows.
fn facts(props: &Props) -> Html {
    let map = &props.view.map;
    let mut lines: Vec<(&str, String)> = Vec::new();
    if !props.object.namespace.is_empty() {
        lines.push(("namespace", props.object.namespace.clone()));
    }
    if let Some((node, card)) = map.card(&props.object) {
        lines.push(("node", node.name.clone()));
        if let Seat::Pod(_) = card.seat {
            let state = if card.state.is_empty() { "ready" } else { &card.state };
            lines.extend([("address", card.detail.clone()), ("state", state.to_owned())]);
        }
        let dot = card.pods.iter().find(|dot| dot.pod == props.object);
        if let Some(dot) = dot.filter(|dot| dot.shield.is_up()) {
            lines.push(("policy", dot.shield.words()));
        }
        let behind = map.services.iter().filter(|service| {
            service.facts.endpoints.iter().any(|endpoint| endpoint.pod == props.object)
        });
        let behind: Vec<&str> = behind.map(|it| it.facts.reference.name.as_str()).collect();
        let behind = if behind.is_empty() { "no Service".into() } else { behind.join(", ") };
        lines.push(("behind", behind));
    }
    if let Some(node) = map.node(&props.object.name).filter(|_| props.object.kind == Kind::Node) {
        lines.push(("address", node.address.clone()));
        if !node.ready {
            lines.push(("not ready", node.trouble.clone()));
        }
    }
    html! {
        <dl>{for lines.into_iter().map(|(name, value)| html! { <><dt>{name}</dt><dd>{value}</dd></> })}</dl>
    }
}

/// What can be done.
fn actions(props: &Props, known: Option<&Shared<Inspection>>) -> Html {
    let change = |change: Change, closes: bool| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| {
            dispatch.dispatch(change.clone());
            if closes {
                dispatch.dispatch(Change::Select(None));
            }
        })
    };
    let object = &props.object;
    let place = Place::Pod(object.clone());
    let is_now = props.past.is_none();
    let can_send = is_now && props.view.senders.contains(&place);
    let delete = {
        let (ask, object) = (props.ask.clone(), object.clone());
        Callback::from(move |_: MouseEvent| ask.emit(Command::Delete(object.clone())))
    };
    let lines = known.and_then(|known| known.source.clone());
    html! {
        <div class="row">
            if can_send {
                <button class="button" onclick={change(Change::From(place), true)}>
                    {"Send from here"}
                </button>
            }
            if let Some(target) = target(props).filter(|_| is_now) {
                <button class="button" onclick={change(Change::Target(target), true)}>
                    {"Send to here"}
                </button>
            }
            if let Some(lines) = lines {
                <button class="button" onclick={change(Change::ShowLines(lines), false)}>
                    {"Show in editor"}
                </button>
            }
            if props.view.map.place_of(object).is_some() {
                <button class="button" onclick={change(Change::Focus(object.clone()), false)}>
                    {"Zoom to"}
                </button>
            }
            if is_now && object.kind != Kind::Node {
                <button class="button danger" onclick={delete}>{format!("Delete {}", object.kind)}</button>
            }
        </div>
    }
}

/// What to ask for to get there.
fn target(props: &Props) -> Option<String> {
    let (map, object) = (&props.view.map, &props.object);
    match object.kind {
        Kind::Pod => {
            let (_, card) = map.card(object)?;
            let dot = card.pods.iter().find(|dot| &dot.pod == object)?;
            let has_address = dot.detail.starts_with(|first: char| first.is_ascii_hexdigit());
            has_address.then(|| format!("http://{}", dot.detail))
        }
        Kind::Service => {
            let host = match object.namespace.as_str() {
                "default" => object.name.clone(),
                namespace => format!("{}.{namespace}", object.name),
            };
            Some(format!("http://{host}"))
        }
        _ => {
            let entry = map.entries.iter().find(|entry| &entry.facts.reference == object)?;
            let host = entry.facts.hosts.iter().find(|host| !host.contains('*'))?;
            Some(format!("http://{host}"))
        }
    }
}
