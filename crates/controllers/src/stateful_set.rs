//! Keeps Pods with names: `db-0`, `db-1`, … one after the other, or all at once if `Parallel`.
//!
//! Watches StatefulSets and Pods. Owns the Pods it creates or adopts, their ControllerRevisions and
//! the StatefulSet's status. It creates PersistentVolumeClaims for `volumeClaimTemplates`, which are
//! not simulated further, and never deletes one. Models `pkg/controller/statefulset`.

use apiserver::Time;
use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec, StatefulSetStatus};
use k8s_openapi::api::core::v1::{PersistentVolumeClaimVolumeSource, Pod, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Kind, Object, ObjectRef, Other};

use crate::adopt::claim;
use crate::deployment::scaled_value;
use crate::history::{self, Revision};
use crate::outcome::{Deletion, Event, Outcome, Why, Write};
use crate::pods;
use crate::replica_set::wait_for_available;
use crate::view::View;

const COMPONENT: &str = "statefulset-controller";
const POD_NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";
const REVISION_LABEL: &str = "controller-revision-hash";

/// Takes one StatefulSet one step further.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(set) = view.find::<StatefulSet>(key) else { return outcome };
    let spec = set.spec.clone().unwrap_or_default();
    let owner = Object::from(set.clone());
    let pods = claim(
        view,
        &owner,
        Some(&spec.selector),
        |pod: &Pod| &pod.metadata,
        |pod: &mut Pod| &mut pod.metadata,
        |pod| !pods::is_terminating(pod) && ordinal(&owner, pod).is_some(),
        &mut outcome,
    );
    let revisions = history::sync(view, &owner, &spec.template, &mut outcome);
    let Some(update) = revisions.last().cloned() else { return outcome };
    let recorded = set.status.as_ref().and_then(|status| status.current_revision.clone());
    let current = revisions
        .iter()
        .find(|revision| Some(&revision.name) == recorded.as_ref())
        .unwrap_or(&update)
        .clone();
    let mut sync = Sync {
        view,
        now,
        owner: &owner,
        set,
        spec: &spec,
        update: &update,
        current: &current,
        outcome,
    };
    if set.metadata.deletion_timestamp.is_none() {
        sync.step(&pods);
    }
    sync.write_status(&pods);
    let mut outcome = sync.outcome;
    let live = [update.name.as_str(), current.name.as_str()];
    history::truncate(&owner, &revisions, &live, spec.revision_history_limit, &mut outcome);
    wait_for_available(&pods, spec.min_ready_seconds.unwrap_or(0), now, &mut outcome);
    outcome
}

struct Sync<'a> {
    view: &'a View<'a>,
    now: Time,
    owner: &'a Object,
    set: &'a StatefulSet,
    spec: &'a StatefulSetSpec,
    update: &'a Revision,
    current: &'a Revision,
    outcome: Outcome,
}

impl Sync<'_> {
    /// `updateStatefulSet`.
    fn step(&mut self, pods: &[Pod]) {
        let in_order = self.spec.pod_management_policy.as_deref() != Some("Parallel");
        let (start, end) = self.ordinals();
        for number in start..end {
            let Some(pod) = pods.iter().find(|pod| ordinal(self.owner, pod) == Some(number)) else {
                self.create(number);
                if in_order {
                    return;
                }
                continue;
            };
            if pods::is_ended(pod) {
                if !pods::is_terminating(pod) {
                    let word = if pods::phase(pod) == "Failed" { "Failed" } else { "Terminated" };
                    let reason = if word == "Failed" {
                        "RecreatingFailedPod"
                    } else {
                        "RecreatingTerminatedPod"
                    };
                    let message = format!(
                        "StatefulSet {}/{} is recreating {} Pod {}",
                        self.owner.namespace(),
                        self.owner.name(),
                        word.to_lowercase(),
                        pods::name(&pod.metadata)
                    );
                    self.outcome
                        .events
                        .push(Event::warning(COMPONENT, self.owner, reason, message));
                    self.delete(pod, Why::EndedPod);
                }
                return;
            }
            if in_order && (pods::is_terminating(pod) || !self.is_healthy(pod)) {
                return;
            }
        }
        let mut condemned: Vec<(i32, &Pod)> = pods
            .iter()
            .filter_map(|pod| Some((ordinal(self.owner, pod)?, pod)))
            .filter(|(number, _)| !(start..end).contains(number))
            .collect();
        condemned.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        for (_, pod) in condemned {
            if pods::is_terminating(pod) {
                if in_order {
                    return;
                }
                continue;
            }
            let (desired, actual) = (end - start, pods.len() as i32);
            self.delete(pod, Why::TooManyPods { desired, actual });
            if in_order {
                return;
            }
        }
        self.roll(pods);
    }

    /// Deletes Pods of an old revision from the highest ordinal down, as many at a time as may be
    /// unavailable.
    fn roll(&mut self, pods: &[Pod]) {
        let strategy = self.spec.update_strategy.as_ref();
        if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("OnDelete") {
            return;
        }
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        let partition = rolling.and_then(|rolling| rolling.partition).unwrap_or(0);
        let (start, end) = self.ordinals();
        let allowed = rolling
            .and_then(|rolling| rolling.max_unavailable.as_ref())
            .map_or(1, |value| scaled_value(Some(value), end - start, false).max(1));
        let mut unavailable = 0;
        for number in (start.max(partition)..end).rev() {
            let Some(pod) = pods.iter().find(|pod| ordinal(self.owner, pod) == Some(number)) else {
                continue;
            };
            if unavailable >= allowed {
                return;
            }
            if pods::is_terminating(pod) || !self.is_healthy(pod) {
                unavailable += 1;
            }
            if revision_of(pod) != Some(self.update.name.as_str()) && !pods::is_terminating(pod) {
                self.delete(pod, Why::OutdatedPod);
                unavailable += 1;
            }
        }
    }

    fn ordinals(&self) -> (i32, i32) {
        let start = self.spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0);
        (start, start + self.spec.replicas.unwrap_or(1))
    }

    fn is_healthy(&self, pod: &Pod) -> bool {
        let min_ready = self.spec.min_ready_seconds.unwrap_or(0);
        pods::phase(pod) == "Running"
            && pods::is_available(pod, min_ready, self.now)
            && !pods::is_terminating(pod)
    }

    fn create(&mut self, number: i32) {
        let name = format!("{}-{number}", self.owner.name());
        let rolling = self
            .spec
            .update_strategy
            .as_ref()
            .and_then(|strategy| strategy.rolling_update.as_ref());
        let partition = rolling.and_then(|rolling| rolling.partition).unwrap_or(0);
        let revision = if number < partition { self.current } else { self.update };
        let mut pod = pods::from_template(&revision.template, self.owner, name.clone());
        let labels = pod.metadata.labels.get_or_insert_default();
        labels.insert(POD_NAME_LABEL.into(), name.clone());
        labels.insert(POD_INDEX_LABEL.into(), number.to_string());
        labels.insert(REVISION_LABEL.into(), revision.name.clone());
        let spec = pod.spec.get_or_insert_default();
        spec.hostname = Some(name.clone());
        spec.subdomain = self.spec.service_name.clone().filter(|service| !service.is_empty());
        for template in self.spec.volume_claim_templates.iter().flatten() {
            let volume = pods::name(&template.metadata).to_owned();
            let claim = format!("{volume}-{name}");
            let volumes = spec.volumes.get_or_insert_default();
            volumes.retain(|known| known.name != volume);
            volumes.push(Volume {
                name: volume,
                persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
                    claim_name: claim.clone(),
                    ..PersistentVolumeClaimVolumeSource::default()
                }),
                ..Volume::default()
            });
            self.create_claim(&claim, template);
        }
        let why = Why::TooFewPods { desired: self.spec.replicas.unwrap_or(1), actual: number };
        self.outcome.write(Write::Create(pod.into()), why);
        let message = format!("Create Pod {name} in StatefulSet {} successful", self.owner.name());
        self.outcome.events.push(Event::normal(COMPONENT, self.owner, "SuccessfulCreate", message));
        let failed = format!(
            "Create Pod {name} in StatefulSet {} failed error: {{error}}",
            self.owner.name()
        );
        self.outcome.on_refusal.push(Event::warning(COMPONENT, self.owner, "FailedCreate", failed));
    }

    fn create_claim(
        &mut self,
        name: &str,
        template: &k8s_openapi::api::core::v1::PersistentVolumeClaim,
    ) {
        let reference = ObjectRef::new(Kind::PersistentVolumeClaim, self.owner.namespace(), name);
        if self.view.snapshot.get(&reference).is_some() {
            return;
        }
        let mut body = serde_json::Map::new();
        body.insert("spec".into(), manifest::to_json(&template.spec));
        let claim = Object::Other(Other {
            kind: Kind::PersistentVolumeClaim,
            api_version: "v1".into(),
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                namespace: Some(self.owner.namespace().to_owned()),
                labels: self.spec.selector.match_labels.clone(),
                annotations: template.metadata.annotations.clone(),
                ..ObjectMeta::default()
            },
            body,
        });
        self.outcome.write(Write::Create(claim), Why::TooFewPods { desired: 1, actual: 0 });
    }

    fn delete(&mut self, pod: &Pod, why: Why) {
        self.outcome.write(Write::Delete(pods::reference(pod), Deletion::default()), why);
        let name = pods::name(&pod.metadata);
        let message = format!("Delete Pod {name} in StatefulSet {} successful", self.owner.name());
        self.outcome.events.push(Event::normal(COMPONENT, self.owner, "SuccessfulDelete", message));
    }

    fn write_status(&mut self, pods: &[Pod]) {
        let (start, end) = self.ordinals();
        let own: Vec<&Pod> = pods
            .iter()
            .filter(|pod| {
                ordinal(self.owner, pod).is_some_and(|number| number >= start)
                    && !pods::is_ended(pod)
            })
            .collect();
        let count = |keep: &dyn Fn(&Pod) -> bool| own.iter().filter(|pod| keep(pod)).count() as i32;
        let min_ready = self.spec.min_ready_seconds.unwrap_or(0);
        let of = |revision: &Revision| {
            count(&|pod| {
                revision_of(pod) == Some(revision.name.as_str()) && !pods::is_terminating(pod)
            })
        };
        let some = |number: i32| (number != 0).then_some(number);
        let ready = count(&|pod| pods::is_ready(pod) && pods::phase(pod) == "Running");
        let (current, updated) = (of(self.current), of(self.update));
        let replicas = own.len() as i32;
        // `completeRollingUpdate`.
        let complete = updated == replicas && ready == replicas && replicas == end - start;
        let current_revision = if complete { &self.update.name } else { &self.current.name };
        let status = StatefulSetStatus {
            observed_generation: self.set.metadata.generation,
            replicas,
            ready_replicas: some(ready),
            available_replicas: Some(count(&|pod| pods::is_available(pod, min_ready, self.now))),
            current_replicas: some(if complete { updated } else { current }),
            updated_replicas: some(updated),
            current_revision: Some(current_revision.clone()),
            update_revision: Some(self.update.name.clone()),
            collision_count: Some(0),
            conditions: self.set.status.as_ref().and_then(|status| status.conditions.clone()),
        };
        if self.set.status.as_ref() != Some(&status) {
            let updated = StatefulSet { status: Some(status), ..self.set.clone() };
            self.outcome.write(Write::UpdateStatus(updated.into()), Why::StatusOutdated);
        }
    }
}

/// The number in the Pod's name, if it is a name of this set.
fn ordinal(owner: &Object, pod: &Pod) -> Option<i32> {
    pods::name(&pod.metadata).strip_prefix(owner.name())?.strip_prefix('-')?.parse().ok()
}

fn revision_of(pod: &Pod) -> Option<&str> {
    pod.metadata.labels.as_ref()?.get(REVISION_LABEL).map(String::as_str)
}
