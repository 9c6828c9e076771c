//! Resizes ReplicaSets when `spec.replicas` changed, in proportion while a rollout is under way; and
//! deletes those beyond the history limit.

use std::cmp::Reverse;

use k8s_openapi::api::apps::v1::ReplicaSet;
use manifest::{Kind, ObjectRef};

use super::revision::{DESIRED_REPLICAS, MAX_REPLICAS, revision};
use super::{Sets, Sync, annotation, available, size};
use crate::outcome::{Deletion, Why, Write};
use crate::pods;

impl Sync<'_> {
    /// Whether only `spec.replicas` changed: an active set was made for another number.
    pub(super) fn is_scaling_event(&mut self, sets: &[ReplicaSet]) -> bool {
        sets.iter().filter(|set| size(set) > 0).any(|set| {
            annotation(&set.metadata, DESIRED_REPLICAS)
                .and_then(|text| text.parse::<i32>().ok())
                .is_some_and(|desired| desired != self.replicas())
        })
    }

    /// `scale`.
    pub(super) fn scale(&mut self, sets: &mut Sets) {
        let replicas = self.replicas();
        if let Some(set) = only_active(sets) {
            if size(set) != replicas {
                let mut resized = set.clone();
                self.resize(&mut resized, replicas, Why::Scaled);
                *set = resized;
            }
            return;
        }
        if sets.new.as_ref().is_some_and(|set| self.is_saturated(set)) {
            for set in sets.old.iter_mut().filter(|set| size(set) > 0) {
                let mut resized = set.clone();
                self.resize(&mut resized, 0, Why::Scaled);
                *set = resized;
            }
            return;
        }
        if self.is_rolling() {
            self.scale_in_proportion(sets);
        }
    }

    fn scale_in_proportion(&mut self, sets: &mut Sets) {
        let mut active: Vec<&mut ReplicaSet> =
            sets.old.iter_mut().chain(&mut sets.new).filter(|set| size(set) > 0).collect();
        let total: i32 = active.iter().map(|set| size(set)).sum();
        let allowed = if self.replicas() > 0 { self.replicas() + self.max_surge() } else { 0 };
        let to_add = allowed - total;
        // Larger sets first; of equal ones the newer first when growing, the older when shrinking.
        if to_add > 0 {
            active.sort_by_key(|set| Reverse((size(set), pods::created(&set.metadata))));
        } else {
            active.sort_by_key(|set| (Reverse(size(set)), pods::created(&set.metadata)));
        }
        let mut added = 0;
        let mut sizes: Vec<i32> = Vec::new();
        for set in &active {
            let share = if to_add == 0 { 0 } else { self.share(set, to_add, added) };
            added += share;
            sizes.push(size(set) + share);
        }
        if let Some(first) = sizes.first_mut()
            && to_add != 0
        {
            *first = (*first + to_add - added).max(0);
        }
        for (set, size) in active.into_iter().zip(sizes) {
            self.resize(set, size, Why::Scaled);
        }
    }

    /// `GetReplicaSetProportion`.
    fn share(&self, set: &ReplicaSet, to_add: i32, added: i32) -> i32 {
        if size(set) == 0 || to_add == added {
            return 0;
        }
        let fraction = if self.replicas() == 0 {
            -size(set)
        } else {
            let before = annotation(&set.metadata, MAX_REPLICAS)
                .and_then(|text| text.parse::<i32>().ok())
                .filter(|most| *most != 0)
                .or_else(|| self.deployment.status.as_ref().and_then(|status| status.replicas))
                .unwrap_or(1)
                .max(1);
            let most = f64::from(self.replicas() + self.max_surge());
            (f64::from(size(set)) * most / f64::from(before)).round() as i32 - size(set)
        };
        if to_add > 0 { fraction.min(to_add - added) } else { fraction.max(to_add - added) }
    }

    /// `scaleReplicaSet`: gives a set a size and the annotations that say for which Deployment size;
    /// whether the size changed.
    pub(super) fn resize(&mut self, set: &mut ReplicaSet, new: i32, why: Why) -> bool {
        let old = size(set);
        let desired = self.replicas().to_string();
        let most = (self.replicas() + self.max_surge()).to_string();
        let annotations = set.metadata.annotations.get_or_insert_default();
        let mut changed =
            annotations.insert(DESIRED_REPLICAS.into(), desired.clone()) != Some(desired);
        changed |= annotations.insert(MAX_REPLICAS.into(), most.clone()) != Some(most);
        if old == new && !changed {
            return false;
        }
        set.spec.get_or_insert_default().replicas = Some(new);
        self.outcome.write(Write::Update(set.clone().into()), why);
        if old == new {
            return false;
        }
        let direction = if new > old { "up" } else { "down" };
        let name = pods::name(&set.metadata);
        self.event(
            "ScalingReplicaSet",
            format!("Scaled {direction} replica set {name} from {old} to {new}"),
        );
        true
    }

    /// `cleanupDeployment`: deletes the oldest empty sets beyond `revisionHistoryLimit`.
    pub(super) fn clean_up(&mut self, old: &[ReplicaSet]) {
        let Some(limit) =
            self.spec.revision_history_limit.and_then(|limit| usize::try_from(limit).ok())
        else {
            return;
        };
        let mut alive: Vec<&ReplicaSet> =
            old.iter().filter(|set| set.metadata.deletion_timestamp.is_none()).collect();
        alive.sort_by_key(|set| revision(set));
        let surplus = alive.len().saturating_sub(limit);
        for set in alive.into_iter().take(surplus) {
            let status = set.status.clone().unwrap_or_default();
            if status.replicas != 0
                || size(set) != 0
                || set.metadata.generation > status.observed_generation
            {
                continue;
            }
            let reference = ObjectRef::new(
                Kind::ReplicaSet,
                pods::namespace(&set.metadata),
                pods::name(&set.metadata),
            );
            self.outcome.write(Write::Delete(reference, Deletion::default()), Why::HistoryLimit);
        }
    }

    fn is_saturated(&self, set: &ReplicaSet) -> bool {
        let desired =
            annotation(&set.metadata, DESIRED_REPLICAS).and_then(|text| text.parse::<i32>().ok());
        desired.is_some_and(|desired| {
            size(set) == self.replicas()
                && desired == self.replicas()
                && available(set) == self.replicas()
        })
    }
}

/// `FindActiveOrLatest`: the only set with replicas, or the newest if none has any.
fn only_active(sets: &mut Sets) -> Option<&mut ReplicaSet> {
    match sets.all().filter(|set| size(set) > 0).count() {
        0 if sets.new.is_some() => sets.new.as_mut(),
        0 => sets.old.iter_mut().max_by_key(|set| pods::created(&set.metadata)),
        1 => sets.old.iter_mut().chain(&mut sets.new).find(|set| size(set) > 0),
        _ => None,
    }
}
