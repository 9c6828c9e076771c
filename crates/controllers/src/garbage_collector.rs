//! Deletes what is owned by nothing that exists any more.
//!
//! Watches every object with owners or with finalizer `orphan` or `foregroundDeletion`. Owns those
//! two finalizers and dangling owner references. Models `pkg/controller/garbagecollector`.

use apiserver::Time;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use manifest::{Kind, Object, ObjectRef};

use crate::outcome::{Deletion, Outcome, Why, Write};
use crate::pods;
use crate::view::View;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Looks at one object: do its owners exist, and must it wait for, or let go of, what it owns?
pub fn reconcile(view: &View<'_>, key: &ObjectRef, _now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(object) = view.snapshot.get(key) else { return outcome };
    let metadata = object.metadata();
    if metadata.deletion_timestamp.is_some() {
        let has =
            |finalizer: &str| metadata.finalizers.iter().flatten().any(|own| own == finalizer);
        if has(ORPHAN) {
            orphan_dependents(view, object, &mut outcome);
        } else if has(FOREGROUND) {
            delete_dependents(view, object, &mut outcome);
        }
        return outcome;
    }
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    let present: Vec<&OwnerReference> =
        owners.iter().filter(|owner| exists(view, object, owner)).collect();
    if owners.is_empty() || present.len() == owners.len() {
        return outcome;
    }
    if present.is_empty() {
        outcome.write(Write::Delete(key.clone(), Deletion::default()), Why::OwnerGone);
    } else {
        let mut kept = Object::clone(object);
        kept.metadata_mut().owner_references = Some(present.into_iter().cloned().collect());
        outcome.write(Write::Update(kept), Why::OwnerGone);
    }
    outcome
}

fn exists(view: &View<'_>, object: &Object, owner: &OwnerReference) -> bool {
    // An owner of a kind that nobody knows cannot be looked up, so it is not known to be gone.
    let Some(kind) = Kind::resolve(&owner.api_version, &owner.kind) else { return true };
    let namespace = if kind.resource().namespaced { object.namespace() } else { "" };
    view.snapshot
        .get(&ObjectRef::new(kind, namespace, &owner.name))
        .is_some_and(|found| pods::uid(found.metadata()) == owner.uid)
}

/// `--cascade=orphan`: the dependents lose their reference, then the owner may go.
fn orphan_dependents(view: &View<'_>, owner: &Object, outcome: &mut Outcome) {
    let uid = pods::uid(owner.metadata());
    for reference in view.dependents(uid) {
        let Some(dependent) = view.snapshot.get(reference) else { continue };
        let mut freed = Object::clone(dependent);
        let owners = freed.metadata_mut().owner_references.get_or_insert_default();
        owners.retain(|owner| owner.uid != uid);
        if owners.is_empty() {
            freed.metadata_mut().owner_references = None;
        }
        outcome.write(Write::Update(freed), Why::OwnerDeleting);
    }
    remove_finalizer(owner, ORPHAN, outcome);
}

/// `--cascade=foreground`: dependents that block go first, then the owner.
fn delete_dependents(view: &View<'_>, owner: &Object, outcome: &mut Outcome) {
    let uid = pods::uid(owner.metadata());
    let mut blocked = false;
    for reference in view.dependents(uid) {
        let Some(dependent) = view.snapshot.get(reference) else { continue };
        let metadata = dependent.metadata();
        let blocks = metadata
            .owner_references
            .iter()
            .flatten()
            .any(|owner| owner.uid == uid && owner.block_owner_deletion == Some(true));
        blocked |= blocks;
        if metadata.deletion_timestamp.is_none() {
            let deletion = Deletion { foreground: true, grace_period_seconds: None };
            outcome.write(Write::Delete(reference.clone(), deletion), Why::OwnerDeleting);
        }
    }
    if !blocked {
        remove_finalizer(owner, FOREGROUND, outcome);
    }
}

fn remove_finalizer(object: &Object, finalizer: &str, outcome: &mut Outcome) {
    let mut freed = Object::clone(object);
    let finalizers = freed.metadata_mut().finalizers.get_or_insert_default();
    finalizers.retain(|own| own != finalizer);
    if finalizers.is_empty() {
        freed.metadata_mut().finalizers = None;
    }
    outcome.write(Write::Update(freed), Why::OwnerDeleting);
}
