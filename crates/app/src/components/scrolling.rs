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
    // What comes next is to be seen too.
    let next = inside.height();
    if inside.top() - next < around.top() || inside.bottom() + next > around.bottom() {
        let middle = (around.height() - inside.height()) / 2.0;
        let by = inside.top() - around.top() - middle;
        list.set_scroll_top(list.scroll_top() + by as i32);
    }
}

/// Brings what has just appeared in a list into sight: its beginning in any case, and as much of the rest as fits.
pub fn reveal(list: &HtmlElement, item: &Element) {
    const AIR: f64 = 12.0;
    let (around, inside) = (list.get_bounding_client_rect(), item.get_bounding_client_rect());
    let above = inside.top() - AIR - around.top();
    let below = inside.bottom() + AIR - around.bottom();
    let by = above.min(below.max(0.0));
    list.set_scroll_top(list.scroll_top() + by as i32);
}

/// Scrolls the page to a part of it that is out of sight; where everything is in sight, nothing moves.
pub fn bring_into_sight(selector: &str) {
    let Some(part) = gloo::utils::document().query_selector(selector).ok().flatten() else {
        return;
    };
    let height = gloo::utils::document_element().client_height();
    let box_of = part.get_bounding_client_rect();
    if box_of.bottom() > f64::from(height) || box_of.top() < 0.0 {
        part.scroll_into_view();
    }
}
