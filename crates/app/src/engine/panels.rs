//! What the panels ask the engine for: a node's tables, an earlier round.

use cluster::{Cluster, differences};
use topology::{Fabric, Inventory, Map, Seating};

use crate::answers::{Connection, NodeTables, Past};

/// What a node's kernel holds.
pub fn tables(cluster: &Cluster, node: &str) -> NodeTables {
    let (network, now) = (&cluster.data_plane().network, cluster.now());
    let connections = network.connections(node, now).map(|entry| Connection {
        line: entry.line(now),
        state: entry.state_name().to_owned(),
        unreplied: !entry.replied,
        assured: entry.assured,
        seconds: entry.expires.since(now).as_secs(),
        original: entry.original,
        reply: entry.reply,
    });
    NodeTables {
        node: node.to_owned(),
        rules: network.rules(node),
        connections: connections.collect(),
    }
}

/// The cluster as it was after the round that ended with so many records.
pub fn past(cluster: &Cluster, round: usize, seating: &Seating, columns: usize) -> Option<Past> {
    let rounds = cluster.rounds();
    let at = rounds.iter().position(|kept| kept.records == round)?;
    let before = at.checked_sub(1).and_then(|at| rounds.get(at));
    let (kept, after) = (&rounds[at], rounds.get(at + 1));
    let inventory = Inventory::of(&kept.snapshot, &cluster.as_of(kept).data_plane().network);
    let fabric = Fabric::of(cluster.scenario().cni.key());
    Some(Past {
        round,
        when: kept.at.to_string(),
        neighbours: (before.map(|it| it.records), after.map(|it| it.records)),
        map: Map::of(&inventory, fabric, seating, columns),
        differences: before
            .map(|before| differences(&before.snapshot, &kept.snapshot))
            .unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use cluster::Scenario;

    use super::*;

    #[test]
    fn a_round_shows_the_cluster_as_it_was() {
        let mut cluster = Cluster::new(Scenario::opening());
        let before = cluster.rounds().back().expect("it has settled").records;
        let inventory = Inventory::of(&cluster.snapshot(), &cluster.data_plane().network);
        let pod = inventory.pods.iter().find(|pod| pod.family.owner == "web-app");
        let pod = pod.expect("it runs").reference.clone();
        cluster.delete(&pod).expect("it may be deleted");
        let seating = Seating::default();
        let then = past(&cluster, before, &seating, 4).expect("the round is kept");
        assert!(then.map.pods().any(|it| *it == pod));
        let latest = cluster.rounds().back().expect("it has settled").records;
        let now = past(&cluster, latest, &seating, 4).expect("the round is kept");
        assert!(!now.map.pods().any(|it| *it == pod));
    }
}
