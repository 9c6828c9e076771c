//! Something over the page that keeps the focus until it is closed, and then gives it back.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// Its name.
    pub label: &'static str,
    #[prop_or_default]
    pub class: Classes,
    pub on_close: Callback<()>,
    pub children: Html,
}

/// What can have the focus.
const FOCUSABLE: &str = "button:not(:disabled), a[href], input, select, textarea, [tabindex='0']";

/// The dialog.
#[component]
pub fn Dialog(props: &Props) -> Html {
    let sheet = use_node_ref();
    {
        let sheet = sheet.clone();
        use_effect_with((), move |()| {
            let before = gloo::utils::document().active_element();
            let inside = focusable(&sheet);
            // A text to type into, else the dialog itself, so that it is read from its beginning.
            let field = inside.into_iter().find(|element| element.tag_name() == "INPUT");
            if let Some(first) = field.or_else(|| sheet.cast()) {
                let _ = first.focus();
            }
            move || {
                if let Some(before) = before.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
                    let _ = before.focus();
                }
            }
        });
    }
    let close = props.on_close.reform(|_: MouseEvent| ());
    let onkeydown = {
        let sheet = sheet.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() != "Tab" {
                return;
            }
            let inside = focusable(&sheet);
            let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return };
            let focused = gloo::utils::document().active_element();
            let is = |end: &HtmlElement| focused.as_ref() == Some(end.unchecked_ref::<Element>());
            let outside = !inside.iter().any(is);
            let next = match event.shift_key() {
                true if is(first) || outside => last,
                false if is(last) || outside => first,
                _ => return,
            };
            event.prevent_default();
            let _ = next.focus();
        })
    };
    html! {
        <div class="sheet-back" onclick={close}>
            <div class={classes!("sheet", props.class.clone())} role="dialog" aria-modal="true"
                aria-label={props.label} tabindex="-1" ref={sheet} {onkeydown}
                onclick={|event: MouseEvent| event.stop_propagation()}>
                {props.children.clone()}
            </div>
        </div>
    }
}

fn focusable(sheet: &NodeRef) -> Vec<HtmlElement> {
    let Some(sheet) = sheet.cast::<Element>() else { return Vec::new() };
    let Ok(found) = sheet.query_selector_all(FOCUSABLE) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect()
}
