//! What a reconcile may read: the objects of one moment, the world beside them, and indexes that
//! answer "whose are these" without scanning.

use std::collections::BTreeMap;

use apiserver::{Change, Snapshot};
use imbl::{OrdMap, OrdSet};
use k8s_openapi::api::core::v1::{Node, Pod};
use manifest::{Kind, Object, ObjectRef, Typed};

use crate::names::random_name;
use crate::pods;
use crate::selector::includes;
use crate::usage::Usage;
use crate::world::World;

/// What a reconcile may read.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The objects.
    pub snapshot: &'a Snapshot,
    /// What is not an API object.
    pub world: &'a World,
    pub(crate) index: &'a Index,
}

/// Objects by what points to them, kept up to date from snapshot differences.
#[derive(Clone, Debug, Default)]
pub struct Index {
    dependents: OrdMap<String, OrdSet<ObjectRef>>,
    pods_on_node: OrdMap<String, OrdSet<ObjectRef>>,
    orphans: OrdMap<(Kind, String), OrdSet<ObjectRef>>,
    pending: OrdSet<ObjectRef>,
    anti_affine: OrdSet<ObjectRef>,
    slices: OrdMap<ObjectRef, OrdSet<ObjectRef>>,
    usage: OrdMap<String, Usage>,
    labelled: OrdMap<Label, OrdSet<ObjectRef>>,
}

/// A namespace, and the key and value of a label that Pods in it have.
type Label = (String, String, String);

/// The label that ties an EndpointSlice to its Service.
pub const SERVICE_NAME_LABEL: &str = "kubernetes.io/service-name";

impl<'a> View<'a> {
    /// The object of type `T` that a key names.
    pub fn find<T: Typed>(&self, key: &ObjectRef) -> Option<&'a T> {
        self.snapshot.get(key).and_then(|object| object.as_typed())
    }

    /// The objects of type `T` in a namespace that have an owner of this uid, by name.
    pub fn owned<T: Typed>(&self, owner: &str) -> Vec<&'a T> {
        self.index
            .dependents
            .get(owner)
            .into_iter()
            .flatten()
            .filter(|reference| reference.kind == T::KIND)
            .filter_map(|reference| self.find(reference))
            .collect()
    }

    /// The objects of type `T` in a namespace that no controller holds, by name.
    pub fn orphans<T: Typed>(&self, namespace: &str) -> Vec<&'a T> {
        let place = (T::KIND, namespace.to_owned());
        self.index
            .orphans
            .get(&place)
            .into_iter()
            .flatten()
            .filter_map(|reference| self.find(reference))
            .collect()
    }

    /// Everything that has an owner of this uid.
    pub fn dependents(&self, owner: &str) -> impl Iterator<Item = &'a ObjectRef> {
        self.index.dependents.get(owner).into_iter().flatten()
    }

    /// The Pods bound to a node, by namespace and name.
    pub fn pods_on(&self, node: &str) -> impl Iterator<Item = &'a Pod> + use<'a> {
        let snapshot = self.snapshot;
        self.index.pods_on_node.get(node).into_iter().flatten().filter_map(move |reference| {
            snapshot.get(reference).and_then(|object| object.as_typed())
        })
    }

    /// What the Pods on a node take of it.
    pub fn usage(&self, node: &str) -> Usage {
        self.index.usage.get(node).cloned().unwrap_or_default()
    }

    /// The Pods that are on no node yet.
    pub fn pending(&self) -> impl Iterator<Item = &'a ObjectRef> {
        self.index.pending.iter()
    }

    /// The Pods that keep others off by a required anti-affinity.
    pub fn anti_affine(&self) -> impl Iterator<Item = &'a Pod> {
        self.index.anti_affine.iter().filter_map(|reference| self.find(reference))
    }

    /// The EndpointSlices of a Service.
    pub fn slices_of<T: Typed>(&self, service: &ObjectRef) -> Vec<&'a T> {
        self.index
            .slices
            .get(service)
            .into_iter()
            .flatten()
            .filter_map(|reference| self.find(reference))
            .collect()
    }

    /// The Pods in a namespace that have all of these labels, by name; none if there are none to have.
    pub fn pods_with(&self, namespace: &str, labels: &BTreeMap<String, String>) -> Vec<&'a Pod> {
        // The rarest label leaves the fewest Pods to look at.
        let mut rarest: Option<&OrdSet<ObjectRef>> = None;
        for (key, value) in labels {
            let label = (namespace.to_owned(), key.clone(), value.clone());
            let Some(found) = self.index.labelled.get(&label) else { return Vec::new() };
            if rarest.is_none_or(|rarest| found.len() < rarest.len()) {
                rarest = Some(found);
            }
        }
        rarest
            .into_iter()
            .flatten()
            .filter_map(|reference| self.find::<Pod>(reference))
            .filter(|pod| includes(Some(labels), pod.metadata.labels.as_ref()))
            .collect()
    }

    /// The node of that name.
    pub fn node(&self, name: &str) -> Option<&'a Node> {
        self.find(&ObjectRef::cluster(Kind::Node, name))
    }

    /// A free name of five random characters after `base` for an object like `kind` in `namespace`.
    pub fn fresh_name(
        &self,
        kind: Kind,
        namespace: &str,
        base: &str,
        salt: &str,
        taken: &[String],
    ) -> String {
        random_name(base, self.world.seed, salt, |name| {
            taken.iter().any(|other| other == name)
                || self.snapshot.get(&ObjectRef::new(kind, namespace, name)).is_some()
        })
    }
}

impl Index {
    /// Takes in one difference.
    pub fn update(&mut self, change: Change<'_>) {
        match change {
            Change::Added(object) => self.insert(object),
            Change::Changed { before, after } => {
                if !is_indexed_alike(before, after) {
                    self.remove(before);
                    self.insert(after);
                }
            }
            Change::Removed(object) => self.remove(object),
        }
    }

    /// The Pods bound to a node.
    pub fn on_node(&self, node: &str) -> impl Iterator<Item = &ObjectRef> {
        self.pods_on_node.get(node).into_iter().flatten()
    }

    /// The Pods bound to none.
    pub fn pending_pods(&self) -> impl Iterator<Item = &ObjectRef> {
        self.pending.iter()
    }

    /// What has an owner of this uid.
    pub fn dependents_of(&self, uid: &str) -> impl Iterator<Item = &ObjectRef> {
        self.dependents.get(uid).into_iter().flatten()
    }

    fn insert(&mut self, object: &Object) {
        let reference = object.reference();
        for owner in object.metadata().owner_references.iter().flatten() {
            self.dependents.entry(owner.uid.clone()).or_default().insert(reference.clone());
        }
        if let Some(place) = orphanage(object) {
            self.orphans.entry(place).or_default().insert(reference.clone());
        }
        match object {
            Object::Pod(pod) => {
                for label in labels_of(pod) {
                    self.labelled.entry(label).or_default().insert(reference.clone());
                }
                if is_anti_affine(pod) {
                    self.anti_affine.insert(reference.clone());
                }
                match pods::node_name(pod) {
                    Some(node) => {
                        if !pods::is_ended(pod) {
                            let usage = self.usage.entry(node.to_owned()).or_default();
                            usage.add(&Usage::of(pod));
                        }
                        self.pods_on_node.entry(node.to_owned()).or_default().insert(reference);
                    }
                    None => {
                        self.pending.insert(reference);
                    }
                }
            }
            Object::EndpointSlice(_) => {
                if let Some(service) = slice_service(object) {
                    self.slices.entry(service).or_default().insert(reference);
                }
            }
            _ => {}
        }
    }

    fn remove(&mut self, object: &Object) {
        let reference = object.reference();
        for owner in object.metadata().owner_references.iter().flatten() {
            remove_from(&mut self.dependents, &owner.uid, &reference);
        }
        if let Some(place) = orphanage(object) {
            remove_from(&mut self.orphans, &place, &reference);
        }
        match object {
            Object::Pod(pod) => {
                for label in labels_of(pod) {
                    remove_from(&mut self.labelled, &label, &reference);
                }
                self.anti_affine.remove(&reference);
                match pods::node_name(pod) {
                    Some(node) => {
                        if !pods::is_ended(pod)
                            && let Some(usage) = self.usage.get_mut(node)
                        {
                            usage.subtract(&Usage::of(pod));
                        }
                        remove_from(&mut self.pods_on_node, &node.to_owned(), &reference);
                    }
                    None => {
                        self.pending.remove(&reference);
                    }
                }
            }
            Object::EndpointSlice(_) => {
                if let Some(service) = slice_service(object) {
                    remove_from(&mut self.slices, &service, &reference);
                }
            }
            _ => {}
        }
    }
}

/// The Service that an EndpointSlice's label names.
pub fn slice_service(slice: &Object) -> Option<ObjectRef> {
    slice
        .label(SERVICE_NAME_LABEL)
        .map(|name| ObjectRef::new(Kind::Service, slice.namespace(), name))
}

/// Where an object that could have a controller and has none is listed.
fn orphanage(object: &Object) -> Option<(Kind, String)> {
    let adoptable = matches!(object.kind(), Kind::Pod | Kind::ReplicaSet);
    (adoptable && pods::controller_of(object.metadata()).is_none())
        .then(|| (object.kind(), object.namespace().to_owned()))
}

/// Whether the indexes would hold the second state as they hold the first.
fn is_indexed_alike(before: &Object, after: &Object) -> bool {
    let (old, new) = (before.metadata(), after.metadata());
    old.owner_references == new.owner_references
        && old.labels == new.labels
        && match (before, after) {
            (Object::Pod(before), Object::Pod(after)) => {
                pods::is_ended(before) == pods::is_ended(after) && before.spec == after.spec
            }
            _ => true,
        }
}

fn labels_of(pod: &Pod) -> impl Iterator<Item = Label> {
    let namespace = pods::namespace(&pod.metadata);
    let labels = pod.metadata.labels.iter().flatten();
    labels.map(|(key, value)| (namespace.to_owned(), key.clone(), value.clone()))
}

fn is_anti_affine(pod: &Pod) -> bool {
    let affinity =
        pods::spec(pod).affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    affinity.is_some_and(|affinity| {
        affinity
            .required_during_scheduling_ignored_during_execution
            .as_ref()
            .is_some_and(|terms| !terms.is_empty())
    })
}

fn remove_from<K: Ord + Clone>(
    map: &mut OrdMap<K, OrdSet<ObjectRef>>,
    key: &K,
    reference: &ObjectRef,
) {
    let empty = match map.get_mut(key) {
        Some(set) => {
            set.remove(reference);
            set.is_empty()
        }
        None => false,
    };
    if empty {
        map.remove(key);
    }
}
