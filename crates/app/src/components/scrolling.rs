//! Brings the current item of a list into sight, moving nothing but the list.

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// Scrolls the list to its item with `aria-current` whenever something of `when` changes.
#[hook]
pub fn use_scroll_to_current<T: PartialEq + 'static>(list: &NodeRef, when: T) {
    let list = list.clone();
    use_effect_with(when, move |_| {
        let Some(list) = list.cast::<HtmlElement>() else { return };
        if let Some(item) = list.query_selector("[aria-current]").ok().flatten() {
            show(&list, &item);
        }
    });
}

/// Scrolls the list only, never the page, so that nothing jumps under the reader's hands.
fn show(list: &HtmlElement, item: &Element) {
    let (around, inside) = (list.get_bounding_client_rect(), item.get_bounding_client_rect());
    if inside.top() < around.top() || inside.bottom() > around.bottom() {
        let middle = (around.height() - inside.height()) / 2.0;
        let by = inside.top() - around.top() - middle;
        list.set_scroll_top(list.scroll_top() + by as i32);
    }
}
