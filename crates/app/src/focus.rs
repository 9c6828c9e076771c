//! The focus among things that are drawn: an arrow key takes it to the nearest in that direction.

use topology::Point;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::NodeRef;

/// Moves the focus to the nearest thing of an area in a direction, if there is one.
pub fn move_towards(area: &NodeRef, x: f32, y: f32) {
    let Some(area) = area.cast::<Element>() else { return };
    let Some(here) = gloo::utils::document().active_element() else { return };
    let Ok(all) = area.query_selector_all("svg [role=button]") else { return };
    let from = middle_of(&here);
    let things = (0..all.length()).filter_map(|index| all.item(index)?.dyn_into::<Element>().ok());
    let nearest = things
        .filter_map(|thing| {
            let to = middle_of(&thing);
            let (right, down) = (to.x - from.x, to.y - from.y);
            let (ahead, aside) = (right * x + down * y, (right * y).abs() + (down * x).abs());
            (ahead > 4.0).then_some((ahead + 2.0 * aside, thing))
        })
        .min_by(|(one, _), (other, _)| one.total_cmp(other));
    if let Some((_, thing)) = nearest {
        let _ = thing.unchecked_into::<HtmlElement>().focus();
    }
}

fn middle_of(element: &Element) -> Point {
    let frame = element.get_bounding_client_rect();
    Point::new(
        (frame.left() + frame.width() / 2.0) as f32,
        (frame.top() + frame.height() / 2.0) as f32,
    )
}
