//! The sheet of keys and colours.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::Dispatch;
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub dispatch: Dispatch,
}

const KEYS: [(&[&str], &str); 7] = [
    (&["Ctrl", "Enter"], "apply the text"),
    (&["Space"], "play, or pause"),
    (&["→"], "one step on"),
    (&["←"], "one step back"),
    (&["Home", "End"], "first step, last step"),
    (&["?"], "this sheet"),
    (&["Esc"], "close what is open"),
];

const COLOURS: [(&str, &str, &str); 4] = [
    ("tone-sent", "as sent", "the packet as its sender made it"),
    ("tone-translated", "translated", "an address or port was rewritten on the way"),
    ("tone-reply", "reply", "the answer, on its way back"),
    ("tone-denied", "stopped", "dropped in silence, or rejected out loud"),
];

/// The sheet.
#[component]
pub fn Help(props: &Props) -> Html {
    let sheet = use_node_ref();
    {
        let sheet = sheet.clone();
        use_effect_with((), move |()| {
            if let Some(sheet) = sheet.cast::<HtmlElement>() {
                let _ = sheet.focus();
            }
        });
    }
    let close = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::Help(false)))
    };
    html! {
        <div class="sheet-back" onclick={close.clone()}>
            <div class="sheet" role="dialog" aria-modal="true" aria-labelledby="help-title"
                tabindex="-1" ref={sheet} onclick={|event: MouseEvent| event.stop_propagation()}>
                <h2 id="help-title">{"Keys and colours"}</h2>
                <dl>
                    {for KEYS.iter().map(|(keys, what)| html! {
                        <>
                            <dt>{for keys.iter().map(|key| html! { <><kbd>{*key}</kbd>{" "}</> })}</dt>
                            <dd>{*what}</dd>
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
                <button class="button" onclick={close}>{"Close"}</button>
            </div>
        </div>
    }
}
