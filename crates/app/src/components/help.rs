//! The sheet of keys and colours.

use yew::prelude::*;

use super::Dispatch;
use super::dialog::Dialog;
use crate::actions::KEYS;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub dispatch: Dispatch,
}

const COLOURS: [(&str, &str, &str); 4] = [
    ("tone-sent", "as sent", "the packet as its sender made it"),
    ("tone-translated", "translated", "an address or port was rewritten on the way"),
    ("tone-reply", "reply", "the answer, on its way back"),
    ("tone-denied", "stopped", "dropped in silence, or rejected out loud"),
];

/// Keys that mean something where the focus is.
const PLACES: [(&str, &[&str], &str); 6] = [
    ("editor", &["Ctrl", "Space"], "what may stand here"),
    ("editor, terminal", &["Esc", "Tab"], "leave: Tab alone indents, or completes"),
    ("files", &["F2"], "rename the file; Delete closes it"),
    ("map", &["+", "−", "0"], "nearer, farther, all of it; the arrow keys move it"),
    ("terminal", &["Tab", "↑"], "complete, and lines typed before; Ctrl‑R searches them"),
    (
        "terminal",
        &["Ctrl", "C"],
        "give the line up, or end what goes on; Ctrl‑D leaves a Pod or node",
    ),
];

/// The sheet.
#[component]
pub fn Help(props: &Props) -> Html {
    let close = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(Change::Help(false)))
    };
    let onclick = close.reform(|_: MouseEvent| ());
    html! {
        <Dialog label="Keys and colours" on_close={close}>
            <h2>{"Keys and colours"}</h2>
            <dl>
                {for KEYS.iter().map(|key| html! {
                    <>
                        <dt>{for key.shown.iter().map(|name| html! { <><kbd>{*name}</kbd>{" "}</> })}</dt>
                        <dd>{key.words}</dd>
                    </>
                })}
            </dl>
            <dl>
                {for PLACES.iter().map(|(place, keys, words)| html! {
                    <>
                        <dt>{for keys.iter().map(|name| html! { <><kbd>{*name}</kbd>{" "}</> })}</dt>
                        <dd><span class="quiet">{format!("{place}: ")}</span>{*words}</dd>
                    </>
                })}
            </dl>
            <dl>
                {for COLOURS.iter().map(|(tone, name, what)| html! {
                    <>
                        <dt class={*tone} style="color: var(--tone); font-weight: 600">{*name}</dt>
                        <dd>{*what}</dd>
                    </>
                })}
                <dt style="color: var(--wrap); font-weight: 600">{"brass line"}</dt>
                <dd>{"inside a tunnel: the whole frame travels in another packet"}</dd>
            </dl>
            <button class="button" {onclick}>{"Close"}</button>
        </Dialog>
    }
}
