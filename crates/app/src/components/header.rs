//! The top line: what this is, which cluster runs, how the page looks.

use yew::prelude::*;

use super::Dispatch;
use crate::protocol::View;
use crate::shared::Shared;
use crate::state::Change;
use crate::storage::Theme;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Option<Shared<View>>,
    pub theme: Theme,
    pub text: u32,
    pub dispatch: Dispatch,
}

/// The top line.
#[component]
pub fn Header(props: &Props) -> Html {
    let on = |change: fn() -> Change| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(change()))
    };
    let (sign, theme) = match props.theme {
        Theme::Auto => ("◐", "as the system"),
        Theme::Light => ("☀", "light"),
        Theme::Dark => ("☾", "dark"),
    };
    html! {
        <header class="header">
            <h1 class="logo">
                <svg viewBox="0 0 22 22" aria-hidden="true" fill="none" stroke-width="2">
                    <rect x="1.5" y="12" width="7" height="7" rx="2" stroke="var(--flow)" />
                    <rect x="13.5" y="12" width="7" height="7" rx="2" stroke="var(--nat)" />
                    <path d="M5 10C6 3 16 3 17 10" stroke="var(--ink)" stroke-dasharray="2.5 2.5" />
                </svg>
                {"Podhop"}
            </h1>
            if let Some(view) = &props.view {
                <span class="title">{&view.title}</span>
                <span class="space" />
                <span class="chip">{"CNI "}<b>{&view.map.fabric.name}</b>
                    if !view.map.fabric.transport.is_empty() {
                        {format!(" · {}", view.map.fabric.transport)}
                    }
                </span>
                <span class="chip">{"kube-proxy "}<b>{&view.kube_proxy}</b></span>
            } else {
                <span class="space" />
            }
            <button class="icon-button" onclick={on(|| Change::NextText)}
                aria-label={format!("text size: {} %, for presenting", props.text)}
                title={format!("Text size: {} %", props.text)}>{"Aa"}</button>
            <button class="icon-button" onclick={on(|| Change::NextTheme)}
                aria-label={format!("theme: {theme}")} title={format!("Theme: {theme}")}>{sign}</button>
            <button class="icon-button" onclick={on(|| Change::Help(true))}
                aria-label="keys and colours" title="Keys and colours (?)">{"?"}</button>
        </header>
    }
}
