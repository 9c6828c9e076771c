//! Which of a namespace's objects a controller holds: those it owns and still selects, those it
//! takes over, those it lets go.
//!
//! Models `controller.PodControllerRefManager` and its sibling for ReplicaSets.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use manifest::{Object, Typed};

use crate::outcome::{Outcome, Why, Write};
use crate::pods;
use crate::selector::selects;
use crate::view::View;

/// The objects of type `T` that `owner` holds after adoption and release, by name. `may_adopt` says
/// which orphans are worth having (an ended Pod is not).
pub fn claim<T: Typed>(
    view: &View<'_>,
    owner: &Object,
    selector: Option<&LabelSelector>,
    metadata: impl Fn(&T) -> &ObjectMeta,
    edit: impl Fn(&mut T) -> &mut ObjectMeta,
    may_adopt: impl Fn(&T) -> bool,
    outcome: &mut Outcome,
) -> Vec<T> {
    let uid = pods::uid(owner.metadata());
    let deleting = owner.metadata().deletion_timestamp.is_some();
    let mut held = Vec::new();
    let mut candidates = view.owned::<T>(uid);
    candidates.extend(view.orphans::<T>(owner.namespace()));
    candidates.sort_by(|a, b| pods::name(metadata(a)).cmp(pods::name(metadata(b))));
    for candidate in candidates {
        let about = metadata(candidate);
        let selected = selects(selector, about.labels.as_ref());
        match pods::controller_of(about) {
            Some(controller) if controller.uid != uid => {}
            Some(_) if selected => held.push(candidate.clone()),
            Some(_) if deleting => {}
            Some(_) => {
                let mut released = candidate.clone();
                let owners = edit(&mut released).owner_references.get_or_insert_default();
                owners.retain(|reference| reference.uid != uid);
                outcome.write(Write::Update(released.into()), Why::Released);
            }
            None if selected
                && !deleting
                && about.deletion_timestamp.is_none()
                && may_adopt(candidate) =>
            {
                let mut adopted = candidate.clone();
                edit(&mut adopted)
                    .owner_references
                    .get_or_insert_default()
                    .push(pods::controller_reference(owner));
                outcome.write(Write::Update(adopted.clone().into()), Why::Adopted);
                held.push(adopted);
            }
            None => {}
        }
    }
    held
}
