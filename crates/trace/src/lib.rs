//! What happened to a packet, and why.
//!
//! This crate only names what can happen. `dataplane` fills it; `topology`, `kubectl`, `lesson` and
//! `app` read it; nothing here decides. Start with [`Journey`] (everything one request caused),
//! then [`Trace`] (one packet's path), [`Step`] and [`Evidence`].

mod capture;
mod evidence;
pub mod explain;
mod journey;
mod place;
mod step;
mod trace;

pub use capture::Sighting;
pub use evidence::{
    Choice, ClauseFailure, Evidence, FailedRule, FieldRef, Line, PolicyDecision, PolicyDirection,
};
pub use journey::{Direction, Exchange, Flight, Journey, Outcome, Purpose, Question};
pub use place::Place;
pub use step::{Action, DropReason, RejectReason, Stage, Step};
pub use trace::{Hop, MAXIMUM_HOPS, Trace, TraceBuilder, Verdict};
