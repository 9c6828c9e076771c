//! A name that opens the object's card.

use manifest::ObjectRef;
use trace::Place;
use yew::prelude::*;

use super::Dispatch;
use crate::state::Change;

/// The words as a button that opens the object's card.
pub fn object_link(object: &ObjectRef, words: impl Into<AttrValue>, dispatch: &Dispatch) -> Html {
    let (dispatch, object) = (dispatch.clone(), object.clone());
    let onclick = Callback::from(move |_: MouseEvent| {
        dispatch.dispatch(Change::Select(Some(object.clone())));
    });
    let words = words.into();
    let label = format!("Open the card of {words}");
    html! { <button class="link" {onclick} aria-label={label} title="Open its card">{words}</button> }
}

/// A place's name; it opens the card of the object that the place belongs to.
pub fn place_link(place: &Place, dispatch: &Dispatch) -> Html {
    match place.object() {
        Some(object) => object_link(&object, place.to_string(), dispatch),
        None => html! { {place.to_string()} },
    }
}
