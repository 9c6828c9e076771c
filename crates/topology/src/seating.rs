//! Which Pod sits where on its node. A Pod keeps its seat; a new one takes the first free seat.

use std::collections::{BTreeMap, BTreeSet};

use manifest::ObjectRef;
use serde::{Deserialize, Serialize};

use crate::{Inventory, PodFacts};

/// A node with more Pods than this shows one card for each owner instead of each Pod.
pub const GROUP_ABOVE: usize = 7;

/// Who sits on one seat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Seat {
    /// One Pod.
    Pod(ObjectRef),
    /// All Pods of one owner on the node.
    Group {
        /// Their namespace.
        namespace: String,
        /// Their owner's name.
        owner: String,
    },
}

/// The seats of every node, from the top; an empty seat is one somebody left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seating {
    nodes: BTreeMap<String, Vec<Option<Seat>>>,
    tints: BTreeMap<String, usize>,
    /// The groups that are unfolded, by node.
    unfolded: BTreeSet<(String, Seat)>,
    /// How many nodes stood side by side.
    columns: usize,
    /// How high the names and the Pods of each row of nodes stood, in whole units.
    rooms: Vec<u32>,
}

impl Seating {
    /// The seats after the cluster became `inventory`: who is gone leaves, who stays stays.
    pub fn follow(&self, inventory: &Inventory) -> Self {
        let mut next = Self { nodes: BTreeMap::new(), ..self.clone() };
        for node in &inventory.nodes {
            let wanted = wanted(inventory, &node.name);
            let present: BTreeSet<&Seat> = wanted.iter().collect();
            let mut seats = self.nodes.get(&node.name).cloned().unwrap_or_default();
            // Where Pods begin to sit together, or each for itself again, all sit down anew.
            if seats.iter().flatten().any(is_group) != wanted.iter().any(is_group) {
                seats.clear();
            }
            for seat in &mut seats {
                if seat.as_ref().is_some_and(|seat| !present.contains(seat)) {
                    *seat = None;
                }
            }
            let seated: BTreeSet<Seat> = seats.iter().flatten().cloned().collect();
            for seat in wanted.into_iter().filter(|seat| !seated.contains(seat)) {
                match seats.iter_mut().find(|seat| seat.is_none()) {
                    Some(free) => *free = Some(seat),
                    None => seats.push(Some(seat)),
                }
            }
            while seats.last().is_some_and(Option::is_none) {
                seats.pop();
            }
            next.nodes.insert(node.name.clone(), seats);
        }
        for pod in inventory.pods.iter().filter(|pod| !pod.system) {
            let count = next.tints.len();
            next.tints.entry(pod.tint_key()).or_insert(count);
        }
        next
    }

    /// Unfolds a group of Pods on a node, or folds it up again.
    pub fn unfold(&mut self, node: &str, seat: &Seat) {
        let group = (node.to_owned(), seat.clone());
        if !self.unfolded.remove(&group) {
            self.unfolded.insert(group);
        }
    }

    /// Whether a group of Pods on a node is unfolded.
    pub fn is_unfolded(&self, node: &str, seat: &Seat) -> bool {
        self.unfolded.iter().any(|(known, group)| known == node && group == seat)
    }

    /// So many nodes stand side by side now; other rows than before need other heights.
    pub(crate) fn stand_in(&mut self, columns: usize) {
        if self.columns != columns {
            self.columns = columns;
            self.rooms.clear();
        }
    }

    /// The height for the Pods of a row of nodes that need so much. It grows at once and shrinks
    /// only by much, so that what is below stays where it is while Pods come and go.
    pub(crate) fn room(&mut self, row: usize, need: f32, much: f32) -> f32 {
        let need = need.ceil() as u32;
        if self.rooms.len() <= row {
            self.rooms.resize(row + 1, need);
        }
        let room = &mut self.rooms[row];
        if need > *room || (*room - need) as f32 > much {
            *room = need;
        }
        *room as f32
    }

    /// The seats of a node, from the top.
    pub fn seats(&self, node: &str) -> &[Option<Seat>] {
        self.nodes.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    /// Which colour of Pods, counted from 0 in the order they first came; nothing for the system's.
    pub fn tint(&self, pod: &PodFacts) -> Option<usize> {
        if pod.system { None } else { self.tints.get(&pod.tint_key()).copied() }
    }
}

fn is_group(seat: &Seat) -> bool {
    matches!(seat, Seat::Group { .. })
}

/// Who wants to sit on a node: the learner's Pods before the system's, sisters side by side, each
/// family where the lowest address of it belongs.
fn wanted(inventory: &Inventory, node: &str) -> Vec<Seat> {
    let mut pods: Vec<&PodFacts> = inventory.pods_on(node).collect();
    let first = |pod: &PodFacts| {
        let sisters = inventory.pods_on(node).filter(|other| pod.is_sister(other));
        sisters.map(|sister| (sister.address.is_none(), sister.address)).min()
    };
    pods.sort_by_cached_key(|pod| {
        let family = (pod.reference.namespace.clone(), pod.family.owner.clone());
        (pod.system, first(pod), family, pod.address, pod.reference.clone())
    });
    if pods.len() <= GROUP_ABOVE {
        return pods.into_iter().map(|pod| Seat::Pod(pod.reference.clone())).collect();
    }
    let families = pods.chunk_by(|pod, next| pod.is_sister(next));
    families
        .map(|family| match family {
            [pod] => Seat::Pod(pod.reference.clone()),
            sisters => Seat::Group {
                namespace: sisters[0].reference.namespace.clone(),
                owner: sisters[0].family.owner.clone(),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{inventory, pod};

    #[test]
    fn a_pod_keeps_its_seat_and_a_new_one_takes_the_free_one() {
        let mut cluster = inventory();
        let before = Seating::default().follow(&cluster);
        let second = before.seats("node-1")[1].clone();
        let third = before.seats("node-1")[2].clone();
        cluster.pods.retain(|pod| Some(Seat::Pod(pod.reference.clone())) != second);
        let emptied = before.follow(&cluster);
        assert_eq!(emptied.seats("node-1")[1], None);
        assert_eq!(emptied.seats("node-1")[2], third);
        cluster.pods.push(pod("web-app-6d9f7c5b8-zzzzz", "web-app", "node-1", [10, 244, 1, 13]));
        let refilled = emptied.follow(&cluster);
        assert!(
            matches!(&refilled.seats("node-1")[1], Some(Seat::Pod(pod)) if pod.name.ends_with("zzzzz"))
        );
        assert_eq!(refilled.seats("node-1")[2], third);
    }

    #[test]
    fn many_pods_sit_together_by_owner() {
        let mut cluster = inventory();
        for index in 0..66 {
            let name = format!("api-5c9d-{index:05}");
            cluster.pods.push(pod(&name, "api", "node-2", [10, 244, 2, 20 + index as u8]));
        }
        let seating = Seating::default().follow(&cluster);
        assert_eq!(seating.seats("node-2").len(), 2);
    }
}
