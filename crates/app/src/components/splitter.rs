//! A line between two areas: dragged by pointer, or moved by arrow keys.

use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::Dispatch;
use crate::state::{Change, Split};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub split: Split,
    /// The size of its area, in rem.
    pub size: f64,
    pub dispatch: Dispatch,
}

/// The line.
#[component]
pub fn Splitter(props: &Props) -> Html {
    let (split, size) = (props.split, props.size);
    let (class, label, orientation) = match split {
        Split::Left => ("splitter upright split-left", "Width of the left side", "vertical"),
        Split::Right => ("splitter upright split-right", "Width of the right side", "vertical"),
        Split::Lesson => ("splitter level split-lesson", "Height of the lesson", "horizontal"),
        Split::Below => ("splitter level split-below", "Height of the lower side", "horizontal"),
    };
    let onpointerdown = Callback::from(|event: PointerEvent| {
        let line: Element = event.target_unchecked_into();
        // Without capture the drag ends at the line's edge; nothing worse.
        let _ = line.set_pointer_capture(event.pointer_id());
    });
    let dispatch = props.dispatch.clone();
    let onpointermove = Callback::from(move |event: PointerEvent| {
        let line: Element = event.target_unchecked_into();
        if line.has_pointer_capture(event.pointer_id()) {
            dispatch.dispatch(Change::Resize(split, rem_at(split, &event)));
        }
    });
    let dispatch = props.dispatch.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let by = match (split, event.key().as_str()) {
            (Split::Left, "ArrowRight") | (Split::Right, "ArrowLeft") => 1.0,
            (Split::Left, "ArrowLeft") | (Split::Right, "ArrowRight") => -1.0,
            (Split::Below, "ArrowUp") | (Split::Lesson, "ArrowDown") => 1.0,
            (Split::Below, "ArrowDown") | (Split::Lesson, "ArrowUp") => -1.0,
            _ => return,
        };
        event.prevent_default();
        dispatch.dispatch(Change::Resize(split, size + by));
    });
    html! {
        <div {class} role="separator" tabindex="0" aria-label={label} aria-orientation={orientation}
            aria-valuenow={format!("{size:.0}")} {onpointerdown} {onpointermove} {onkeydown} />
    }
}

/// The size of the area if its edge were under the pointer, in rem.
fn rem_at(split: Split, event: &PointerEvent) -> f64 {
    let root: Option<HtmlElement> = document().document_element().and_then(|it| it.dyn_into().ok());
    let (width, height) = root.map_or((0, 0), |it| (it.client_width(), it.client_height()));
    let pixels = match split {
        Split::Left => event.client_x(),
        Split::Right => width - event.client_x(),
        Split::Below => height - event.client_y(),
        Split::Lesson => event.client_y() - header_height(),
    };
    f64::from(pixels) / rem()
}

/// What stands over the areas, in pixels.
fn header_height() -> i32 {
    let header = document().query_selector(".header").ok().flatten();
    header.map_or(0, |header| header.client_height())
}

/// A rem in pixels.
fn rem() -> f64 {
    let root = document().document_element();
    let style =
        root.and_then(|root| gloo::utils::window().get_computed_style(&root).ok().flatten());
    let size = style.and_then(|style| style.get_property_value("font-size").ok());
    size.and_then(|size| size.trim_end_matches("px").parse().ok()).unwrap_or(16.0)
}
