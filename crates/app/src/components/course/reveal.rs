//! What a step unfolds comes into sight; another step begins at its top.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::components::scrolling::{bring_into_sight, reveal};
use crate::course::{At, Progress, is_resolved, unfolded};

/// How far a step has come.
#[derive(Clone, Default, PartialEq)]
struct Come {
    /// The lesson and the step on show.
    place: Option<(String, usize)>,
    /// How many of its blocks are to be seen.
    blocks: usize,
    /// How many of its questions are told.
    told: usize,
}

/// Scrolls `body` along as the step on show unfolds: to what came of a question, else to the first new block.
#[hook]
pub fn use_reveal(body: &NodeRef, at: Option<&At>, progress: &Progress) {
    let come = at.map(|at| come(at, progress)).unwrap_or_default();
    let before = use_mut_ref(|| (Come::default(), 0));
    let body = body.clone();
    use_effect_with(come, move |come| {
        let Some(body) = body.cast::<HtmlElement>() else { return };
        let drawn = body.get_elements_by_class_name("block");
        let now = (come.clone(), drawn.length());
        let (earlier, shown) = before.replace(now);
        if earlier.place != come.place {
            body.set_scroll_top(0);
            // On a phone the page itself has been scrolled, to the map or the terminal.
            if earlier.place.is_some() {
                bring_into_sight(".page > .lesson");
            }
            return;
        }
        let told = body.query_selector_all(".predict .came").ok();
        let appeared: Option<Element> = match come.told > earlier.told {
            true => told
                .and_then(|all| all.item(come.told as u32 - 1))
                .and_then(|it| it.dyn_into().ok()),
            false => drawn.item(shown),
        };
        if let Some(appeared) = appeared {
            reveal(&body, &appeared);
        }
    });
}

fn come(at: &At, progress: &Progress) -> Come {
    let place = Some((at.id().to_owned(), at.shown));
    let Some(step) = at.step_shown() else { return Come { place, ..Come::default() } };
    let record = at.record(progress);
    let told = (0..step.blocks.len()).filter(|block| is_resolved(step, &record, *block)).count();
    Come { place, blocks: unfolded(step, &record).0, told }
}
