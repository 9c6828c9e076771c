//! One moment of the cluster: every object, immutable, sharing structure with the moments around it.

use std::ops::Bound;
use std::sync::Arc;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use manifest::{Kind, Object, ObjectRef, Typed};

/// Every object of the cluster at one moment. Cloning costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    objects: OrdMap<ObjectRef, Stored>,
    resource_version: u64,
}

/// A stored object. Two are equal if they are the same write, which keeps `diff` from comparing fields.
#[derive(Clone, Debug)]
struct Stored(Arc<Object>);

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A difference between two snapshots.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// The object is only in the newer one.
    Added(&'a Arc<Object>),
    /// The object was written in between.
    Changed {
        /// In the older snapshot.
        before: &'a Arc<Object>,
        /// In the newer snapshot.
        after: &'a Arc<Object>,
    },
    /// The object is only in the older one.
    Removed(&'a Arc<Object>),
}

impl<'a> Change<'a> {
    /// The object as it is after the change, or as it last was.
    pub fn object(&self) -> &'a Arc<Object> {
        match self {
            Change::Added(object) | Change::Removed(object) => object,
            Change::Changed { after, .. } => after,
        }
    }
}

impl Snapshot {
    /// The version of the newest write.
    pub fn resource_version(&self) -> u64 {
        self.resource_version
    }

    /// The object of that name.
    pub fn get(&self, reference: &ObjectRef) -> Option<&Arc<Object>> {
        self.objects.get(reference).map(|stored| &stored.0)
    }

    /// The object of that name as its Rust type; `namespace` is empty for cluster-scoped kinds.
    pub fn find<T: Typed>(&self, namespace: &str, name: &str) -> Option<&T> {
        self.get(&ObjectRef::new(T::KIND, namespace, name)).and_then(|object| object.as_typed())
    }

    /// Every object of a kind, by namespace, then name.
    pub fn list<T: Typed>(&self) -> impl Iterator<Item = &T> {
        self.objects_of(T::KIND).filter_map(|object| object.as_typed())
    }

    /// The objects of a kind in a namespace, by name.
    pub fn list_in<'a, T: Typed>(
        &'a self,
        namespace: &str,
    ) -> impl Iterator<Item = &'a T> + use<'a, T> {
        self.objects_in(T::KIND, namespace).filter_map(|object| object.as_typed())
    }

    /// Every object, by kind, then namespace, then name.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.values().map(|stored| &stored.0)
    }

    /// Every object of a kind, by namespace, then name.
    pub fn objects_of(&self, kind: Kind) -> impl Iterator<Item = &Arc<Object>> {
        self.objects
            .range((Bound::Included(ObjectRef::cluster(kind, "")), Bound::Unbounded))
            .take_while(move |(reference, _)| reference.kind == kind)
            .map(|(_, stored)| &stored.0)
    }

    /// The objects of a kind in a namespace, by name.
    pub fn objects_in<'a>(
        &'a self,
        kind: Kind,
        namespace: &str,
    ) -> impl Iterator<Item = &'a Arc<Object>> + use<'a> {
        let first = ObjectRef::new(kind, namespace, "");
        self.objects
            .range((Bound::Included(first.clone()), Bound::Unbounded))
            .take_while(move |(reference, _)| {
                reference.kind == first.kind && reference.namespace == first.namespace
            })
            .map(|(_, stored)| &stored.0)
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is no object at all.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// What changed since an older snapshot; parts that both share are skipped.
    pub fn diff<'a>(&'a self, older: &'a Snapshot) -> impl Iterator<Item = Change<'a>> {
        older.objects.diff(&self.objects).map(|difference| match difference {
            DiffItem::Add(_, added) => Change::Added(&added.0),
            DiffItem::Update { old, new } => Change::Changed { before: &old.1.0, after: &new.1.0 },
            DiffItem::Remove(_, removed) => Change::Removed(&removed.0),
        })
    }

    /// Stores an object under the next resource version.
    pub(crate) fn put(&mut self, mut object: Object) -> Arc<Object> {
        self.resource_version += 1;
        object.metadata_mut().resource_version = Some(self.resource_version.to_string());
        let object = Arc::new(object);
        self.objects.insert(object.reference(), Stored(object.clone()));
        object
    }

    /// Removes an object; its removal has a resource version too.
    pub(crate) fn remove(&mut self, reference: &ObjectRef) -> Option<Arc<Object>> {
        let removed = self.objects.remove(reference)?;
        self.resource_version += 1;
        Some(removed.0)
    }
}

/// A cluster as somebody recorded it: objects as they are, with nothing defaulted or validated.
impl FromIterator<Object> for Snapshot {
    fn from_iter<I: IntoIterator<Item = Object>>(objects: I) -> Self {
        let mut snapshot = Self::default();
        snapshot.extend(objects);
        snapshot
    }
}

/// Later writes to such a cluster: an object of a known name replaces the older one.
impl Extend<Object> for Snapshot {
    fn extend<I: IntoIterator<Item = Object>>(&mut self, objects: I) {
        for object in objects {
            self.put(object);
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{ConfigMap, Pod};
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    use super::*;

    fn named(namespace: &str, name: &str) -> ObjectMeta {
        ObjectMeta {
            namespace: Some(namespace.into()),
            name: Some(name.into()),
            ..Default::default()
        }
    }

    #[test]
    fn lists_by_kind_and_namespace_and_tells_what_changed() {
        let mut snapshot = Snapshot::default();
        for (namespace, name) in [("b", "x"), ("a", "z"), ("a", "y")] {
            snapshot.put(Pod { metadata: named(namespace, name), ..Default::default() }.into());
        }
        snapshot.put(ConfigMap { metadata: named("a", "c"), ..Default::default() }.into());
        let names: Vec<_> =
            snapshot.list::<Pod>().map(|pod| pod.metadata.name.as_deref()).collect();
        assert_eq!(names, [Some("y"), Some("z"), Some("x")]);
        assert_eq!(snapshot.list_in::<Pod>("a").count(), 2);
        assert_eq!(snapshot.list_in::<Pod>("").count(), 0);

        let older = snapshot.clone();
        snapshot.put(Pod { metadata: named("a", "y"), ..Default::default() }.into());
        snapshot.remove(&ObjectRef::new(Kind::Pod, "b", "x"));
        snapshot.put(Pod { metadata: named("c", "w"), ..Default::default() }.into());
        let changes: Vec<_> =
            snapshot.diff(&older).map(|change| change.object().name().to_owned()).collect();
        assert_eq!(changes, ["y", "x", "w"]);
        assert_eq!(snapshot.diff(&snapshot).count(), 0);
        assert_eq!(snapshot.resource_version(), 7);
    }
}
