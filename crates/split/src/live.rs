//! Which locals of a function still matter: those that are read before they are written again.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::Operator;

use crate::body::{Body, Nest, Node};

/// Locals, by their numbers.
pub type Locals = BTreeSet<u32>;

/// What matters behind every block of a function, and at the start of every loop; each by the operator that opens it.
#[derive(Default)]
pub struct Live {
    behind: BTreeMap<usize, Locals>,
    start: BTreeMap<usize, Locals>,
}

impl Live {
    pub fn of(body: &Body) -> Self {
        let mut live = Self::default();
        before(
            body,
            &body.list,
            Locals::new(),
            &mut vec![Locals::new()],
            &mut |nest, behind, start| {
                live.behind.insert(nest.at, behind.clone());
                live.start.insert(nest.at, start.clone());
            },
        );
        live
    }

    /// What matters behind a block.
    pub fn behind(&self, block: usize) -> &Locals {
        &self.behind[&block]
    }

    /// What matters where a branch to a block leads.
    pub fn at_label(&self, body: &Body, block: usize) -> &Locals {
        match body.operators[block] {
            Operator::Loop { .. } => &self.start[&block],
            _ => &self.behind[&block],
        }
    }
}

/// What matters before `list`, if `after` matters behind it and `labels` where branches out of it lead, the outermost
/// first. `seen` is told of every block, of what matters behind it, and of what matters before its first arm.
pub fn before(
    body: &Body,
    list: &[Node],
    after: Locals,
    labels: &mut Vec<Locals>,
    seen: &mut dyn FnMut(&Nest, &Locals, &Locals),
) -> Locals {
    let mut live = after;
    for node in list.iter().rev() {
        match node {
            Node::Plain(at) => plain(&body.operators[*at], &mut live, labels),
            Node::Nest(nest) => {
                let behind = live;
                live = nested(body, nest, &behind, labels, seen);
                seen(nest, &behind, &live);
            }
        }
    }
    live
}

fn nested(
    body: &Body,
    nest: &Nest,
    behind: &Locals,
    labels: &mut Vec<Locals>,
    seen: &mut dyn FnMut(&Nest, &Locals, &Locals),
) -> Locals {
    if matches!(body.operators[nest.at], Operator::Loop { .. }) {
        let mut start = Locals::new();
        loop {
            labels.push(start.clone());
            let live = before(body, &nest.arms[0].list, behind.clone(), labels, seen);
            labels.pop();
            if live == start {
                return live;
            }
            start = live;
        }
    }
    labels.push(behind.clone());
    let mut live = Locals::new();
    for arm in &nest.arms {
        live.append(&mut before(body, &arm.list, behind.clone(), labels, seen));
    }
    labels.pop();
    if matches!(body.operators[nest.at], Operator::If { .. }) && nest.arms.len() == 1 {
        live.extend(behind);
    }
    live
}

fn plain(operator: &Operator, live: &mut Locals, labels: &[Locals]) {
    let label = |depth: u32| &labels[labels.len() - 1 - depth as usize];
    match operator {
        Operator::LocalGet { local_index } => {
            live.insert(*local_index);
        }
        Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
            live.remove(local_index);
        }
        Operator::Br { relative_depth } => live.clone_from(label(*relative_depth)),
        Operator::BrIf { relative_depth } => live.extend(label(*relative_depth)),
        Operator::BrTable { targets } => {
            live.clone_from(label(targets.default()));
            for target in targets.targets().flatten() {
                live.extend(label(target));
            }
        }
        Operator::Return | Operator::Unreachable => live.clear(),
        _ => {}
    }
}
