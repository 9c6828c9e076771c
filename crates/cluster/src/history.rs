//! Undo and redo: the state before each action, with what the action is called.
//!
//! States share structure, so keeping many costs little. Several changes that one line of the
//! terminal makes are one action: whoever runs the line says where it begins and ends.

use std::sync::Arc;

use imbl::Vector;

use crate::cluster::State;

/// As many actions can be undone.
const MAXIMUM_PAST: usize = 200;

/// The states before and after the present one.
#[derive(Clone, Default)]
pub(crate) struct History {
    past: Vector<Step>,
    future: Vector<Step>,
    /// The action under way, if several changes are one.
    action: Option<Action>,
}

/// A state on the other side of an action.
#[derive(Clone)]
struct Step {
    state: State,
    /// What the action between is called.
    called: Arc<str>,
}

#[derive(Clone)]
struct Action {
    called: Arc<str>,
    /// Whether the state before it is kept already.
    begun: bool,
    /// How many actions inside it have begun and not ended.
    inner: u32,
}

impl History {
    /// Keeps the state before an action; what was undone cannot be done again then.
    pub fn remember(&mut self, state: &State, called: &str) {
        self.future.clear();
        let called = match &mut self.action {
            Some(Action { begun: true, .. }) => return,
            Some(action) => {
                action.begun = true;
                action.called.clone()
            }
            None => Arc::from(called),
        };
        if self.past.len() >= MAXIMUM_PAST {
            self.past.pop_front();
        }
        self.past.push_back(Step { state: state.clone(), called });
    }

    /// From here on, changes are one action; one begun inside another is part of it.
    pub fn begin(&mut self, called: &str) {
        match &mut self.action {
            Some(outer) => outer.inner += 1,
            None => {
                self.action = Some(Action { called: Arc::from(called), begun: false, inner: 0 });
            }
        }
    }

    /// The action that was begun is complete.
    pub fn end(&mut self) {
        match &mut self.action {
            Some(Action { inner, .. }) if *inner > 0 => *inner -= 1,
            _ => self.action = None,
        }
    }

    /// Nothing can be undone or done again any more.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The states before each action, the oldest first.
    pub fn past(&self) -> impl Iterator<Item = &State> {
        self.past.iter().map(|step| &step.state)
    }

    /// What the action is called that can be undone.
    pub fn undoes(&self) -> Option<&str> {
        self.past.last().map(|step| &*step.called)
    }

    /// What the action is called that can be done again.
    pub fn redoes(&self) -> Option<&str> {
        self.future.last().map(|step| &*step.called)
    }

    /// Puts the state before the last action in the place of `present`; false if there was none.
    pub fn undo(&mut self, present: &mut State) -> bool {
        step(&mut self.past, &mut self.future, present)
    }

    /// Puts the state after the action that was undone last in the place of `present`.
    pub fn redo(&mut self, present: &mut State) -> bool {
        step(&mut self.future, &mut self.past, present)
    }
}

fn step(from: &mut Vector<Step>, to: &mut Vector<Step>, present: &mut State) -> bool {
    let Some(Step { state, called }) = from.pop_back() else { return false };
    to.push_back(Step { state: std::mem::replace(present, state), called });
    true
}
