//! The engine's side of the page: a thread that holds the cluster and answers commands.
//!
//! A panic is our bug. Its message is sent before the thread is lost, so that the page can say what
//! happened, start another and bring it to where this one was.

mod controls;
mod course;
mod events;
mod fields;
mod form;
mod inspect;
mod matrix;
mod panels;
mod session;
mod suggest;

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::protocol::{Answer, Ask, Update};
use crate::wire;
use session::Engine;

/// Answers every message from the page, in order.
pub fn listen(scope: DedicatedWorkerGlobalScope) {
    report_panics(scope.clone());
    let engine = RefCell::new(Engine::default());
    let reply_to = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(ask) = wire::unpack::<Ask>(&event.data()) else { return };
        let update = engine.borrow_mut().answer(ask.command);
        post(&reply_to, &Answer { id: ask.id, update });
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The thread listens as long as it lives.
    on_message.forget();
}

fn post(scope: &DedicatedWorkerGlobalScope, answer: &Answer) {
    // Bytes can always be posted.
    let _ = scope.post_message(&wire::pack(answer));
}

/// Tells the page what broke; the number 0 belongs to no command.
fn report_panics(scope: DedicatedWorkerGlobalScope) {
    std::panic::set_hook(Box::new(move |panic| {
        post(&scope, &Answer { id: 0, update: Update::Broke(panic.to_string()) });
    }));
}
