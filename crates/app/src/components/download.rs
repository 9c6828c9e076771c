//! A button that hands over a file, made when it is asked for.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{Blob, HtmlAnchorElement, Url};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What the button says.
    pub label: AttrValue,
    /// The file's name.
    pub name: AttrValue,
    /// Its bytes.
    pub bytes: Callback<(), Vec<u8>>,
}

/// The button.
#[component]
pub fn Download(props: &Props) -> Html {
    let onclick = {
        let (name, bytes) = (props.name.clone(), props.bytes.clone());
        Callback::from(move |_: MouseEvent| {
            // A browser that refuses says so itself.
            let _ = hand_over(&name, &bytes.emit(()));
        })
    };
    html! {
        <button class="link" {onclick} title="For Wireshark and tshark">{&props.label}</button>
    }
}

fn hand_over(name: &str, bytes: &[u8]) -> Option<()> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence(&parts).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let link = gloo::utils::document().create_element("a").ok()?;
    let link: HtmlAnchorElement = link.dyn_into().ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address).ok()
}
