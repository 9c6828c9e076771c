//! What a caller says with a write, and what it gets back.
//!
//! Models `CreateOptions`, `UpdateOptions` and `DeleteOptions` of `meta/v1`.

use std::sync::Arc;

use manifest::Object;

use crate::Time;

/// How to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// The moment of the write.
    pub now: Time,
    /// `--dry-run=server`: everything happens but the storing.
    pub dry_run: bool,
    /// Who writes: `kubectl-client-side-apply`, `kube-controller-manager`, `kubelet`.
    pub manager: String,
}

impl WriteOptions {
    /// A write by `manager` at `now`.
    pub fn new(now: Time, manager: impl Into<String>) -> Self {
        Self { now, dry_run: false, manager: manager.into() }
    }
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The object is new.
    Created,
    /// The object was changed.
    Configured,
    /// The object already was as wanted; nothing was written.
    Unchanged,
}

/// The answer to an accepted write.
#[derive(Clone, Debug)]
pub struct Written {
    /// The object as it now is, defaults and status included.
    pub object: Arc<Object>,
    /// What happened.
    pub effect: Effect,
    /// The texts of the answer's `Warning` headers, in order, without the `Warning: ` in front.
    pub warnings: Vec<String>,
}

/// What becomes of the objects that a deleted object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// The owner goes at once, the garbage collector deletes what it owned.
    Background,
    /// The owner stays, with finalizer `foregroundDeletion`, until what it owned is gone.
    Foreground,
    /// What it owned stays: finalizer `orphan` asks the garbage collector to cut the references.
    Orphan,
}

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// The moment of the deletion.
    pub now: Time,
    /// `--dry-run=server`.
    pub dry_run: bool,
    /// `--grace-period`, in seconds; the Pod's own `terminationGracePeriodSeconds` if absent.
    pub grace_period_seconds: Option<i64>,
    /// `--cascade`; the kind's default if absent.
    pub propagation: Option<Propagation>,
    /// Delete only the object with this uid, as controllers do.
    pub uid: Option<String>,
}

impl DeleteOptions {
    /// A deletion at `now` in the background, as `kubectl delete` and controllers ask for it.
    pub fn background(now: Time) -> Self {
        Self { now, propagation: Some(Propagation::Background), ..Self::default() }
    }

    /// A deletion at `now` without grace, as the kubelet ends a Pod.
    pub fn immediate(now: Time) -> Self {
        Self { grace_period_seconds: Some(0), ..Self::background(now) }
    }
}

/// The answer to an accepted deletion.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// The object as it last was.
    pub object: Arc<Object>,
    /// Whether it is gone; otherwise it only carries a `deletionTimestamp`, and a grace period or a
    /// finalizer keeps it.
    pub gone: bool,
    /// The texts of the answer's `Warning` headers, in order.
    pub warnings: Vec<String>,
}
