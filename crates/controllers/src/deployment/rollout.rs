//! The two strategies: step by step within `maxSurge` and `maxUnavailable`, or all down and then up.

use k8s_openapi::api::apps::v1::ReplicaSet;

use super::{Sets, Sync, available, old_pods_run, size};
use crate::outcome::Why;

impl Sync<'_> {
    /// `rolloutRolling`.
    pub(super) fn roll(&mut self, all: Vec<ReplicaSet>) {
        let mut sets = self.sets(all, true);
        if !self.grow_new_set(&mut sets)
            && !self.shrink_old_sets(&mut sets)
            && self.is_complete_now()
        {
            self.clean_up(&sets.old);
        }
        self.sync_rollout_status(&sets);
    }

    /// `rolloutRecreate`.
    pub(super) fn recreate(&mut self, all: Vec<ReplicaSet>) {
        let mut sets = self.sets(all.clone(), false);
        let mut scaled_down = false;
        for set in sets.old.iter_mut().filter(|set| size(set) > 0) {
            let mut resized = set.clone();
            scaled_down |= self.resize(&mut resized, 0, Why::RolloutStep);
            *set = resized;
        }
        if scaled_down || old_pods_run(self.view, &sets) {
            return self.sync_rollout_status(&sets);
        }
        if sets.new.is_none() {
            sets = self.sets(all, true);
        }
        let replicas = self.replicas();
        if let Some(set) = &mut sets.new {
            let mut resized = set.clone();
            self.resize(&mut resized, replicas, Why::RolloutStep);
            *set = resized;
        }
        if self.is_complete_now() {
            self.clean_up(&sets.old);
        }
        self.sync_rollout_status(&sets);
    }

    /// `reconcileNewReplicaSet`: whether the new set was resized.
    fn grow_new_set(&mut self, sets: &mut Sets) -> bool {
        let others = sets.old.iter().map(size).sum();
        let Some(set) = &mut sets.new else { return false };
        let (current, replicas) = (size(set), self.replicas());
        let wanted = match current.cmp(&replicas) {
            std::cmp::Ordering::Equal => return false,
            std::cmp::Ordering::Greater => replicas,
            std::cmp::Ordering::Less => self.new_set_size(others, current),
        };
        self.resize(set, wanted, Why::RolloutStep)
    }

    /// `reconcileOldReplicaSets`: takes unhealthy Pods away first, then healthy ones as far as
    /// enough others are available; whether anything was resized.
    fn shrink_old_sets(&mut self, sets: &mut Sets) -> bool {
        let old_total: i32 = sets.old.iter().map(size).sum();
        if old_total == 0 {
            return false;
        }
        let (new_size, new_available) =
            sets.new.as_ref().map_or((0, 0), |set| (size(set), available(set)));
        let min_available = self.replicas() - self.max_unavailable();
        let most = old_total + new_size - min_available - (new_size - new_available);
        if most <= 0 {
            return false;
        }
        let mut cleaned = 0;
        for set in sets.old.iter_mut().filter(|set| size(set) > 0) {
            if cleaned >= most {
                break;
            }
            let unhealthy = size(set) - available(set);
            if unhealthy <= 0 {
                continue;
            }
            let count = unhealthy.min(most - cleaned);
            let smaller = size(set) - count;
            self.resize(set, smaller, Why::RolloutStep);
            cleaned += count;
        }
        let all_available: i32 = sets.all().map(available).sum();
        let mut to_go = (all_available - min_available).max(0);
        let mut scaled = 0;
        for set in sets.old.iter_mut().filter(|set| size(set) > 0) {
            if to_go == 0 {
                break;
            }
            let count = size(set).min(to_go);
            let smaller = size(set) - count;
            self.resize(set, smaller, Why::RolloutStep);
            to_go -= count;
            scaled += count;
        }
        cleaned + scaled > 0
    }
}
