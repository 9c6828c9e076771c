//! A button that copies a text, made when it is asked for.

use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub text: Callback<(), String>,
}

/// How long the button says that it did so, in milliseconds.
const MOMENT: u32 = 1600;

/// The button.
#[component]
pub fn CopyText(props: &Props) -> Html {
    let said = use_state(|| "Copy as text");
    let onclick = {
        let (text, said) = (props.text.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            let clipboard = gloo::utils::window().navigator().clipboard();
            let (writing, said) = (clipboard.write_text(&text.emit(())), said.clone());
            spawn_local(async move {
                let done = JsFuture::from(writing).await.is_ok();
                said.set(if done { "Copied" } else { "The browser does not let me copy" });
                Timeout::new(MOMENT, move || said.set("Copy as text")).forget();
            });
        })
    };
    html! { <button class="link copy" {onclick}>{*said}</button> }
}
