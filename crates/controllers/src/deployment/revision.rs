//! Finds or creates the ReplicaSet of the present template, and counts revisions.

use apiserver::Timestamps;
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Kind, Object, ObjectRef};

use super::{Sets, Sync, annotation, set_condition, size};
use crate::names::template_hash;
use crate::outcome::{Event, Why, Write};
use crate::pods;

pub const REVISION: &str = "deployment.kubernetes.io/revision";
pub const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
pub const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
const HASH_LABEL: &str = "pod-template-hash";
/// Annotations of a Deployment that its ReplicaSets do not take over.
const SKIPPED: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];

impl Sync<'_> {
    /// `getAllReplicaSetsAndSyncRevision`: sorts the sets into new and old, and creates the new one
    /// if asked to.
    pub(super) fn sets(&mut self, mut all: Vec<ReplicaSet>, create: bool) -> Sets {
        all.sort_by_key(|set| (pods::created(&set.metadata), pods::name(&set.metadata).to_owned()));
        let template = self.spec.template.clone();
        let found = all.iter().position(|set| same_template(&template, set));
        let new = found.map(|position| all.remove(position));
        let newest_old = all.iter().map(revision).max().unwrap_or(0);
        let new = match new {
            Some(set) => Some(self.sync_new_set(set, newest_old + 1)),
            None if create => self.create_new_set(&all, newest_old + 1),
            None => None,
        };
        Sets { new, old: all }
    }

    fn sync_new_set(&mut self, mut set: ReplicaSet, next_revision: i64) -> ReplicaSet {
        let changed = self.annotate(&mut set, next_revision, true);
        let min_ready = self.spec.min_ready_seconds;
        let stale = set.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or(0)
            != min_ready.unwrap_or(0);
        if changed || stale {
            set.spec.get_or_insert_default().min_ready_seconds = min_ready;
            self.outcome.write(Write::Update(set.clone().into()), Why::NewTemplate);
            return set;
        }
        self.take_over_revision(&set);
        if self.has_deadline() && self.condition("Progressing").is_none() {
            let message = format!("Found new replica set \"{}\"", pods::name(&set.metadata));
            let condition =
                self.new_condition("Progressing", "True", "FoundNewReplicaSet", message);
            set_condition(self.status(), condition);
        }
        set
    }

    fn create_new_set(&mut self, old: &[ReplicaSet], next_revision: i64) -> Option<ReplicaSet> {
        let owner = Object::from(self.deployment.clone());
        let collisions = self.deployment.status.as_ref().and_then(|status| status.collision_count);
        let hash = template_hash(&self.spec.template, collisions);
        let name = format!("{}-{hash}", owner.name());
        let reference = ObjectRef::new(Kind::ReplicaSet, owner.namespace(), &name);
        if self.view.snapshot.get(&reference).is_some() {
            // Another template hashed to the same name: count the collision and hash differently.
            self.status().collision_count = Some(collisions.unwrap_or(0) + 1);
            self.outcome.because(Why::NewTemplate);
            return None;
        }
        let mut template = self.spec.template.clone();
        let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
        labels.insert(HASH_LABEL.into(), hash.clone());
        let labels = labels.clone();
        let mut selector = self.spec.selector.clone();
        selector.match_labels.get_or_insert_default().insert(HASH_LABEL.into(), hash);
        let mut set = ReplicaSet {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(owner.namespace().to_owned()),
                labels: Some(labels),
                owner_references: Some(vec![pods::controller_reference(&owner)]),
                creation_timestamp: Some(self.now.timestamp()),
                ..ObjectMeta::default()
            },
            spec: Some(ReplicaSetSpec {
                replicas: Some(0),
                min_ready_seconds: self.spec.min_ready_seconds,
                selector,
                template: Some(template),
            }),
            status: None,
        };
        let replicas = self.new_set_size(old.iter().map(size).sum(), 0);
        set.spec.get_or_insert_default().replicas = Some(replicas);
        self.annotate(&mut set, next_revision, false);
        self.outcome.write(Write::Create(set.clone().into()), Why::NewTemplate);
        self.outcome.on_refusal.push(Event::warning(
            super::COMPONENT,
            &owner,
            "ReplicaSetCreateError",
            format!("Failed to create new replica set \"{name}\": {{error}}"),
        ));
        if replicas > 0 {
            self.event(
                "ScalingReplicaSet",
                format!("Scaled up replica set {name} from 0 to {replicas}"),
            );
        }
        self.take_over_revision(&set);
        if self.has_deadline() {
            let message = format!("Created new replica set \"{name}\"");
            let condition =
                self.new_condition("Progressing", "True", "NewReplicaSetCreated", message);
            set_condition(self.status(), condition);
        }
        Some(set)
    }

    /// `NewRSNewReplicas`: how large the new set may be now, of size `current`, with `others` in the
    /// old sets.
    pub(super) fn new_set_size(&self, others: i32, current: i32) -> i32 {
        let replicas = self.replicas();
        if !self.is_rolling() {
            return replicas;
        }
        let most = replicas + self.max_surge();
        let room = most - others - current;
        if room <= 0 { current } else { current + room.min(replicas - current) }
    }

    /// `SetNewReplicaSetAnnotations`; whether anything changed.
    fn annotate(&self, set: &mut ReplicaSet, next_revision: i64, exists: bool) -> bool {
        let replicas = self.replicas();
        let most = replicas + self.max_surge();
        let before = set.metadata.annotations.clone().unwrap_or_default();
        let mut annotations = before.clone();
        for (key, value) in self.deployment.metadata.annotations.iter().flatten() {
            if !SKIPPED.contains(&key.as_str()) {
                annotations.insert(key.clone(), value.clone());
            }
        }
        let old = before.get(REVISION).cloned();
        if revision(set) < next_revision {
            annotations.insert(REVISION.into(), next_revision.to_string());
            if let Some(old) = old {
                let history = annotations.entry(REVISION_HISTORY.into()).or_default();
                if !history.is_empty() {
                    history.push(',');
                }
                history.push_str(&old);
            }
        }
        if !exists {
            annotations.insert(DESIRED_REPLICAS.into(), replicas.to_string());
            annotations.insert(MAX_REPLICAS.into(), most.to_string());
        }
        let changed = annotations != before;
        set.metadata.annotations = Some(annotations);
        changed
    }

    fn take_over_revision(&mut self, set: &ReplicaSet) {
        if let Some(revision) = annotation(&set.metadata, REVISION) {
            let annotations = self.deployment.metadata.annotations.get_or_insert_default();
            annotations.insert(REVISION.into(), revision.to_owned());
        }
    }
}

/// The revision a set was given, 0 if none.
pub fn revision(set: &ReplicaSet) -> i64 {
    annotation(&set.metadata, REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// `EqualIgnoreHash`.
fn same_template(template: &PodTemplateSpec, set: &ReplicaSet) -> bool {
    let Some(other) = set.spec.as_ref().and_then(|spec| spec.template.as_ref()) else {
        return false;
    };
    let mut other = other.clone();
    if let Some(labels) = other.metadata.as_mut().and_then(|metadata| metadata.labels.as_mut()) {
        labels.remove(HASH_LABEL);
    }
    let labels = pods::template_labels(template).filter(|labels| !labels.is_empty());
    let other_labels = pods::template_labels(&other).filter(|labels| !labels.is_empty());
    let annotations = |template: &PodTemplateSpec| {
        template
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.annotations.clone())
            .filter(|annotations| !annotations.is_empty())
    };
    template.spec == other.spec
        && labels == other_labels
        && annotations(template) == annotations(&other)
}
