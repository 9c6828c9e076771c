//! A button that opens a list of things to choose from or to do; driven by pointer or by arrow keys.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::actions::Action;
use crate::shared::Shared;

/// A part of the list.
pub struct Section {
    /// What stands over it.
    pub title: &'static str,
    /// Its lines.
    pub items: Vec<Item>,
}

/// A line of the list.
pub struct Item {
    /// What it says.
    pub name: String,
    /// What there is to know about it.
    pub note: String,
    /// Its whole name, where the line itself says less.
    pub label: Option<String>,
    /// Whether it is what is chosen, in a list of choices.
    pub chosen: Option<bool>,
    /// What it does.
    pub action: Action,
}

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What the button chooses.
    pub name: &'static str,
    /// What is chosen; empty if the list is one of things to do.
    #[prop_or_default]
    pub value: String,
    pub sections: Shared<Vec<Section>>,
    pub act: Callback<Action>,
}

/// The button and its list.
#[component]
pub fn Menu(props: &Props) -> Html {
    let open = use_state(|| false);
    let (button, list) = (use_node_ref(), use_node_ref());
    {
        let list = list.clone();
        use_effect_with(*open, move |open| {
            let lines = if *open { lines(&list) } else { Vec::new() };
            let chosen = lines.iter().find(|line| {
                line.get_attribute("aria-checked").is_some_and(|checked| checked == "true")
            });
            if let Some(line) = chosen.or(lines.first()) {
                let _ = line.focus();
            }
        });
    }
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let close = {
        let (open, button) = (open.clone(), button.clone());
        Callback::from(move |()| {
            open.set(false);
            if let Some(button) = button.cast::<HtmlElement>() {
                let _ = button.focus();
            }
        })
    };
    let onkeydown = {
        let (list, close) = (list.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| {
            let lines = lines(&list);
            let here = lines.iter().position(is_focused).unwrap_or(0);
            let there = match event.key().as_str() {
                "ArrowDown" => (here + 1) % lines.len().max(1),
                "ArrowUp" => here.checked_sub(1).unwrap_or(lines.len().saturating_sub(1)),
                "Home" => 0,
                "End" => lines.len().saturating_sub(1),
                "Escape" | "Tab" => {
                    event.prevent_default();
                    close.emit(());
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            if let Some(line) = lines.get(there) {
                let _ = line.focus();
            }
        })
    };
    let item = |item: &Item| {
        let (act, close, action) = (props.act.clone(), close.clone(), item.action.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            close.emit(());
            act.emit(action.clone());
        });
        let role = if item.chosen.is_some() { "menuitemradio" } else { "menuitem" };
        html! {
            <button class="item" {role} tabindex="-1" aria-label={item.label.clone()} {onclick}
                aria-checked={item.chosen.map(|chosen| chosen.to_string())}>
                <span class="item-name">{&item.name}</span>
                if !item.note.is_empty() {
                    <span class="item-note">{&item.note}</span>
                }
            </button>
        }
    };
    let away = close.reform(|_: MouseEvent| ());
    html! {
        <div class="menu">
            <button class="pill" aria-haspopup="menu" aria-expanded={open.to_string()} ref={button}
                onclick={toggle}>
                {props.name}
                if !props.value.is_empty() { {" "}<b>{&props.value}</b> }
            </button>
            if *open {
                <div class="menu-away" onclick={away} />
                <div class="menu-list" role="menu" aria-label={props.name} ref={list} {onkeydown}>
                    {for props.sections.iter().map(|section| html! {
                        <div role="group" aria-label={section.title}>
                            <p class="menu-title" aria-hidden="true">{section.title}</p>
                            {for section.items.iter().map(item)}
                        </div>
                    })}
                </div>
            }
        </div>
    }
}

fn lines(list: &NodeRef) -> Vec<HtmlElement> {
    let Some(list) = list.cast::<Element>() else { return Vec::new() };
    let Ok(found) = list.query_selector_all(".item") else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect()
}

fn is_focused(line: &HtmlElement) -> bool {
    let focused = gloo::utils::document().active_element();
    focused.is_some_and(|focused| &focused == line.unchecked_ref::<Element>())
}
