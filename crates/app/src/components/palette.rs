//! Everything that can be done, found by typing.

use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use super::Dispatch;
use super::dialog::Dialog;
use crate::actions::{self, Action, Entry};
use crate::state::{Change, State};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub state: UseReducerHandle<State>,
    pub act: Callback<Action>,
    pub dispatch: Dispatch,
}

/// As many lines are shown; typing more finds the others.
const LONGEST: usize = 60;

/// The palette.
#[component]
pub fn Palette(props: &Props) -> Html {
    let (typed, at) = (use_state(String::new), use_state(|| 0_usize));
    let list = use_node_ref();
    let found = find(&props.state, &typed);
    let here = (*at).min(found.len().saturating_sub(1));
    {
        let list = list.clone();
        use_effect_with(here, move |here| {
            let list = list.cast::<web_sys::Element>();
            let line = list.and_then(|list| list.children().item(*here as u32));
            if let Some(line) = line {
                let options = ScrollIntoViewOptions::new();
                options.set_block(ScrollLogicalPosition::Nearest);
                line.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    }
    let close = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(Change::Palette(false)))
    };
    let run = {
        let (close, act) = (close.clone(), props.act.clone());
        Callback::from(move |action: Action| {
            close.emit(());
            act.emit(action);
        })
    };
    let oninput = {
        let (typed, at) = (typed.clone(), at.clone());
        Callback::from(move |event: InputEvent| {
            let field: HtmlInputElement =
                event.target().expect("it was typed into").unchecked_into();
            typed.set(field.value());
            at.set(0);
        })
    };
    let onkeydown = {
        let (last, at, run) = (found.len().saturating_sub(1), at.clone(), run.clone());
        let (state, typed) = (props.state.clone(), typed.clone());
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowDown" => at.set(if here == last { 0 } else { here + 1 }),
                "ArrowUp" => at.set(here.checked_sub(1).unwrap_or(last)),
                "PageDown" => at.set((here + 8).min(last)),
                "PageUp" => at.set(here.saturating_sub(8)),
                // Letters may have come that are not drawn yet: what counts is what stands in the field.
                "Enter" => {
                    let field: HtmlInputElement =
                        event.target().expect("a key was pressed in it").unchecked_into();
                    let now = field.value();
                    let here = if now == *typed { here } else { 0 };
                    if let Some(entry) = find(&state, &now).get(here) {
                        run.emit(entry.action.clone());
                    }
                }
                _ => return,
            }
            event.prevent_default();
        })
    };
    let line = |(index, entry): (usize, &Entry)| {
        let (run, action) = (run.clone(), entry.action.clone());
        let onclick = Callback::from(move |_: MouseEvent| run.emit(action.clone()));
        let selected = index == here;
        html! {
            <li id={format!("found-{index}")} role="option" aria-selected={selected.to_string()} {onclick}>
                <span class="item-group">{entry.group}</span>
                <span class="item-name">{&entry.name}</span>
                <span class="item-note">{&entry.note}</span>
                <span>{for entry.keys.iter().map(|key| html! { <><kbd>{*key}</kbd>{" "}</> })}</span>
            </li>
        }
    };
    html! {
        <Dialog label="Everything that can be done" class="palette" on_close={close}>
            <input class="palette-field" type="text" role="combobox" aria-label="Find an action"
                aria-expanded="true" aria-controls="found" aria-autocomplete="list"
                aria-activedescendant={format!("found-{here}")} placeholder="Type what you want to do"
                autocomplete="off" spellcheck="false" value={(*typed).clone()} {oninput} {onkeydown} />
            <ul id="found" role="listbox" aria-label="Actions" ref={list}>
                {for found.iter().enumerate().map(line)}
            </ul>
            if found.is_empty() {
                <p class="quiet palette-none" role="status">{"Nothing is called that."}</p>
            }
        </Dialog>
    }
}

/// What a text finds, as much of it as is shown.
fn find(state: &State, typed: &str) -> Vec<Entry> {
    let words: Vec<String> = typed.to_lowercase().split_whitespace().map(Into::into).collect();
    let all = actions::entries(state).into_iter();
    all.filter(|entry| matches(entry, &words)).take(LONGEST).collect()
}

/// Whether all words stand somewhere in a line.
fn matches(entry: &Entry, words: &[String]) -> bool {
    let text = format!("{} {} {}", entry.group, entry.name, entry.note).to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}
