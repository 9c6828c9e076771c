//! What an event on the map points at.

use topology::Point;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};
use yew::Event;

/// The pixel a pointer is at.
pub fn pixel_of(pointer: &PointerEvent) -> Point {
    Point::new(pointer.client_x() as f32, pointer.client_y() as f32)
}

/// Whether an event is the drawing's, and not that of a card or a button over it.
pub fn is_on_map(event: &Event) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest("svg.cluster").ok().flatten().is_some())
}

/// Whether the page is one long column, as on a phone.
pub fn page_scrolls() -> bool {
    let root = gloo::utils::document_element();
    root.scroll_height() > root.client_height()
}
