//! Empties a namespace that is being deleted, and lets it go when it is empty.
//!
//! Watches Namespaces and what goes from those being deleted. Owns `spec.finalizers`. It never
//! touches a namespace that is not being deleted. Models `pkg/controller/namespace`.

use std::time::Duration;

use apiserver::Time;
use k8s_openapi::api::core::v1::Namespace;
use manifest::{Kind, ObjectRef};

use crate::outcome::{Deletion, Outcome, Waiting, Why, Write};
use crate::view::View;

/// Takes one namespace closer to its end.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, _now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(namespace) = view.find::<Namespace>(key) else { return outcome };
    if namespace.metadata.deletion_timestamp.is_none() {
        return outcome;
    }
    let mut left = 0;
    for kind in Kind::ALL.iter().filter(|kind| kind.resource().namespaced && **kind != Kind::Event)
    {
        for object in view.snapshot.objects_in(*kind, &key.name) {
            left += 1;
            if object.metadata().deletion_timestamp.is_none() {
                outcome.write(
                    Write::Delete(object.reference(), Deletion::default()),
                    Why::NamespaceTerminating,
                );
            }
        }
    }
    if left == 0 {
        for event in view.snapshot.objects_in(Kind::Event, &key.name) {
            outcome.write(
                Write::Delete(event.reference(), Deletion::default()),
                Why::NamespaceTerminating,
            );
        }
        outcome.write(Write::FinalizeNamespace(key.name.clone()), Why::NamespaceTerminating);
    } else if outcome.writes.is_empty() {
        outcome.requeue(Duration::from_secs(5), Waiting::Periodic);
    }
    outcome
}
