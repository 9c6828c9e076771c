//! The buttons over the map: nearer, farther, all of it.

use std::rc::Rc;

use yew::prelude::*;

use crate::viewport::Viewport;

/// The buttons; two are the same if they move the same map.
#[derive(Properties)]
pub struct Props {
    pub viewport: Rc<Viewport>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.viewport, &other.viewport)
    }
}

/// The buttons.
#[component]
pub fn MapTools(props: &Props) -> Html {
    let act = |act: fn(&Viewport)| {
        let viewport = props.viewport.clone();
        Callback::from(move |_: MouseEvent| act(&viewport))
    };
    html! {
        <div class="map-tools" role="toolbar" aria-label="Map">
            <button class="icon-button" aria-label="Zoom in" title="Zoom in (+)"
                onclick={act(|viewport| viewport.step(true))}>{"+"}</button>
            <button class="icon-button" aria-label="Zoom out" title="Zoom out (−)"
                onclick={act(|viewport| viewport.step(false))}>{"−"}</button>
            <button class="icon-button" aria-label="Fit the map" title="Fit the map (0)"
                onclick={act(Viewport::fit)}>
                <svg viewBox="0 0 14 14" aria-hidden="true">
                    <path d="M1.500 5V1.500H5M9 1.500h3.500V5M12.500 9v3.500H9M5 12.500H1.500V9" />
                </svg>
            </button>
        </div>
    }
}
