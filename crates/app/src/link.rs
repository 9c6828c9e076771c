//! The page's side of the engine thread: ask, hear the answer, and start again after a break.
//!
//! If the engine breaks or falls silent, it is started anew and every command that changed the
//! cluster is repeated; sessions are kept and shared by the same list. The engine is deterministic, so the cluster is then the same as before.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};
use yew::Callback;

use crate::js;
use crate::protocol::{Answer, Ask, Command, Update};
use crate::wire;

/// How long an answer may take before the engine counts as stuck, in milliseconds.
const PATIENCE: u32 = 20_000;

/// A connection to the engine; clones share it.
#[derive(Clone)]
pub struct Link(Rc<RefCell<Inner>>);

impl PartialEq for Link {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    worker: Worker,
    on_message: Option<Closure<dyn FnMut(MessageEvent)>>,
    on_error: Option<Closure<dyn FnMut(ErrorEvent)>>,
    on_update: Callback<Update>,
    next: u32,
    waiting: BTreeMap<u32, Waiting>,
    log: Log,
}

struct Waiting {
    command: Command,
    /// Whether it repeats what was done before a restart, which the page has heard already.
    repeated: bool,
    /// Who hears the answer instead of the page.
    asker: Option<Callback<Update>>,
    /// Dropping it stops it.
    _patience: Timeout,
}

impl Link {
    /// Starts the engine; `on_update` hears every answer.
    pub fn start(on_update: Callback<Update>) -> Self {
        let link = Self(Rc::new(RefCell::new(Inner {
            worker: js::start_engine(),
            on_message: None,
            on_error: None,
            on_update,
            next: 1,
            waiting: BTreeMap::new(),
            log: Log::default(),
        })));
        link.listen();
        link
    }

    /// Asks the engine for something.
    pub fn ask(&self, command: Command) {
        self.post(command, false, None);
    }

    /// Asks the engine for something that only the asker wants to hear.
    pub fn ask_for(&self, command: Command, asker: Callback<Update>) {
        self.post(command, false, Some(asker));
    }

    fn post(&self, command: Command, repeated: bool, asker: Option<Callback<Update>>) {
        let mut inner = self.0.borrow_mut();
        let id = inner.next;
        inner.next += 1;
        let ask = Ask { id, command: command.clone() };
        let message = wire::pack(&ask);
        let link = self.clone();
        let patience =
            Timeout::new(PATIENCE, move || link.restart("it took longer than 20 seconds"));
        inner.waiting.insert(id, Waiting { command, repeated, asker, _patience: patience });
        // Bytes can always be posted.
        let _ = inner.worker.post_message(&message);
    }

    fn listen(&self) {
        let link = self.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(answer) = wire::unpack::<Answer>(&event.data()) {
                link.heard(answer);
            }
        });
        let link = self.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            link.restart(&event.message());
        });
        let mut inner = self.0.borrow_mut();
        inner.worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        inner.worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        inner.on_message = Some(on_message);
        inner.on_error = Some(on_error);
    }

    fn heard(&self, answer: Answer) {
        if let Update::Broke(reason) = &answer.update {
            self.restart(reason);
            return;
        }
        let (callback, silent) = {
            let mut inner = self.0.borrow_mut();
            let Some(waiting) = inner.waiting.remove(&answer.id) else { return };
            if !waiting.repeated {
                inner.log.heard(waiting.command);
            }
            (waiting.asker.unwrap_or_else(|| inner.on_update.clone()), waiting.repeated)
        };
        if !silent {
            callback.emit(answer.update);
        }
    }

    /// Everything that changed the cluster so far, in order.
    pub fn done(&self) -> Vec<Command> {
        self.0.borrow().log.done.clone()
    }

    /// Starts the engine anew and brings it to where it was. If repeating is what broke it, it
    /// begins with the usual start.
    fn restart(&self, reason: &str) {
        let (log, callback, repeating) = {
            let mut inner = self.0.borrow_mut();
            inner.worker.terminate();
            let waiting = std::mem::take(&mut inner.waiting);
            let is_restore = |it: &Waiting| matches!(it.command, Command::Restore(_));
            inner.worker = js::start_engine();
            (inner.log.clone(), inner.on_update.clone(), waiting.values().any(is_restore))
        };
        self.listen();
        if repeating {
            self.0.borrow_mut().log = Log::default();
            self.ask(Command::Open);
            callback.emit(Update::Refused(format!(
                "The engine stopped while it repeated this session ({reason}). That is our \
                 mistake, not yours. The cluster begins anew; your text is untouched."
            )));
            return;
        }
        self.post(Command::Restore(log.done), true, None);
        if let Some(arrange) = log.arranged {
            self.post(arrange, true, None);
        }
        callback.emit(Update::Broke(reason.to_owned()));
    }
}

/// What has to be repeated to come to the same cluster again.
#[derive(Clone, Default)]
struct Log {
    /// What changed the cluster, in order.
    done: Vec<Command>,
    /// The last texts that the terminal could read and that `done` does not hold.
    read: Option<Command>,
    /// How the map was to be drawn last.
    arranged: Option<Command>,
}

impl Log {
    fn heard(&mut self, command: Command) {
        match command {
            Command::Open => *self = Self { arranged: self.arranged.take(), ..Self::default() },
            Command::Restore(done) => self.done = done,
            Command::Arrange { .. } => self.arranged = Some(command),
            Command::Check(files) => {
                let known = self.done.iter().rev().find_map(|done| match done {
                    Command::Apply(files) | Command::Check(files) => Some(files),
                    _ => None,
                });
                self.read = (known != Some(&files)).then_some(Command::Check(files));
            }
            command if command.changes_the_cluster() => {
                if matches!(command, Command::Run(_)) {
                    self.done.extend(self.read.take());
                }
                if !self.done.last_mut().is_some_and(|last| last.absorb(&command)) {
                    self.done.push(command);
                }
            }
            _ => {}
        }
    }
}
