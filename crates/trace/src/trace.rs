//! One packet's path: hops through network namespaces, each a list of steps.
//!
//! A `Trace` is valid by construction. Its first hop begins `Sent`, every later hop begins
//! `Received`, every hop but the last ends `Forwarded`, only the last step may end the journey,
//! and a `Translated` step changed something. The verdict is computed from the last step; there is
//! no second truth. The model is Batfish's `Trace`, `Hop` and `Step`.

use packet::{Frame, Time};
use serde::{Deserialize, Serialize};

use crate::{Action, DropReason, Evidence, Place, RejectReason, Stage, Step};

/// A packet crosses at most this many places; beyond it the path is a loop.
pub const MAXIMUM_HOPS: usize = 64;

/// A packet's stay in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    place: Place,
    arrived: Time,
    steps: Vec<Step>,
}

impl Hop {
    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// When the packet came here.
    pub fn arrived(&self) -> Time {
        self.arrived
    }

    /// What happened here, in order; never empty.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// How a packet's path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// A process took it.
    Delivered,
    /// It vanished; nobody is told.
    Dropped(DropReason),
    /// It was refused; the sender is told.
    Rejected(RejectReason),
}

impl Verdict {
    /// Whether the packet reached a process.
    pub fn is_success(self) -> bool {
        match self {
            Verdict::Delivered => true,
            Verdict::Dropped(_) | Verdict::Rejected(_) => false,
        }
    }
}

/// One packet's path, from the process that sent it to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    sent: Frame,
    hops: Vec<Hop>,
    ended: Time,
}

impl Trace {
    /// The packet as its sender made it.
    pub fn sent(&self) -> &Frame {
        &self.sent
    }

    /// The places it passed, in order; never empty.
    pub fn hops(&self) -> &[Hop] {
        &self.hops
    }

    /// Every step with its hop, in order.
    pub fn steps(&self) -> impl Iterator<Item = (&Hop, &Step)> {
        self.hops.iter().flat_map(|hop| hop.steps.iter().map(move |step| (hop, step)))
    }

    /// When it was sent.
    pub fn started(&self) -> Time {
        self.hops[0].arrived
    }

    /// When it ended.
    pub fn ended(&self) -> Time {
        self.ended
    }

    /// The packet as it ended.
    pub fn last_frame(&self) -> &Frame {
        &self.last_step().frame
    }

    /// How it ended.
    pub fn verdict(&self) -> Verdict {
        match &self.last_step().action {
            Action::Delivered => Verdict::Delivered,
            Action::Dropped(reason) => Verdict::Dropped(*reason),
            Action::Rejected(reason) => Verdict::Rejected(*reason),
            action => {
                unreachable!("the builder ends a trace with a terminal action, not {action:?}")
            }
        }
    }

    fn last_step(&self) -> &Step {
        let hop = self.hops.last().expect("a trace has a hop");
        hop.steps.last().expect("a hop has a step")
    }
}

/// Builds a trace step by step and keeps its invariants.
#[derive(Debug)]
pub struct TraceBuilder {
    sent: Frame,
    hops: Vec<Hop>,
    frame: Frame,
    now: Time,
}

impl TraceBuilder {
    /// A process at `place` sends `frame`.
    pub fn sent(place: Place, frame: Frame, now: Time, evidence: Vec<Evidence>) -> Self {
        let first = Step {
            stage: Stage::Application,
            action: Action::Sent,
            device: None,
            frame: frame.clone(),
            changes: Vec::new(),
            evidence,
        };
        let hop = Hop { place, arrived: now, steps: vec![first] };
        Self { sent: frame.clone(), hops: vec![hop], frame, now }
    }

    /// The packet as it is now.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The time of the current step.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Where the packet is now.
    pub fn place(&self) -> &Place {
        &self.current().place
    }

    /// A stage acts without changing the packet.
    pub fn step(
        &mut self,
        stage: Stage,
        action: Action,
        device: Option<&str>,
        evidence: Vec<Evidence>,
    ) {
        let frame = self.frame.clone();
        self.change(stage, action, device, frame, evidence);
    }

    /// A stage acts, and the packet is `frame` afterwards.
    ///
    /// # Panics
    /// If the step breaks a trace's invariant: that is a bug of the engine.
    pub fn change(
        &mut self,
        stage: Stage,
        action: Action,
        device: Option<&str>,
        frame: Frame,
        evidence: Vec<Evidence>,
    ) {
        let changes = frame.changes_since(&self.frame);
        assert!(
            action != Action::Translated || !changes.is_empty(),
            "a translation changes at least one field"
        );
        assert!(!self.is_over(), "nothing happens after the end of a journey");
        let step = Step {
            stage,
            action,
            device: device.map(str::to_owned),
            frame: frame.clone(),
            changes,
            evidence,
        };
        self.frame = frame;
        self.current_mut().steps.push(step);
    }

    /// The packet leaves this place through `device` and enters `place` at `entry` after `latency`.
    pub fn forward(
        &mut self,
        device: &str,
        place: Place,
        entry: Option<&str>,
        latency: std::time::Duration,
    ) {
        self.step(Stage::Device, Action::Forwarded, Some(device), Vec::new());
        assert!(self.hops.len() < MAXIMUM_HOPS, "the walk ends a loop before this many places");
        self.now = self.now + latency;
        let received = Step {
            stage: if place == Place::NodeNetwork { Stage::Wire } else { Stage::Device },
            action: Action::Received,
            device: entry.map(str::to_owned),
            frame: self.frame.clone(),
            changes: Vec::new(),
            evidence: Vec::new(),
        };
        self.hops.push(Hop { place, arrived: self.now, steps: vec![received] });
    }

    /// Time passes before the next step, as when the kernel waits for an answer on a link.
    pub fn wait(&mut self, duration: std::time::Duration) {
        self.now = self.now + duration;
    }

    /// The IP stack takes the packet out of its frame; no step, since nothing was decided.
    pub fn unwrap_ethernet(&mut self) {
        self.frame.ethernet = None;
    }

    /// How many places the packet has been in.
    pub fn hop_count(&self) -> usize {
        self.hops.len()
    }

    /// The finished trace.
    ///
    /// # Panics
    /// If the last step does not end the journey: that is a bug of the engine.
    pub fn finish(self) -> Trace {
        assert!(self.is_over(), "a trace ends delivered, dropped or rejected");
        Trace { sent: self.sent, hops: self.hops, ended: self.now }
    }

    fn is_over(&self) -> bool {
        self.current().steps.last().is_some_and(|step| step.action.is_terminal())
    }

    fn current(&self) -> &Hop {
        self.hops.last().expect("a builder starts with a hop")
    }

    fn current_mut(&mut self) -> &mut Hop {
        self.hops.last_mut().expect("a builder starts with a hop")
    }
}
