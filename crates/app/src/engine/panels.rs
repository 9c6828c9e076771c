//! What the panels ask the engine for: a node's tables, the matrix, an earlier round.

use std::collections::{BTreeMap, BTreeSet};

use cluster::{Cluster, differences};
use dataplane::policy::Matrix;
use manifest::{Kind, ObjectRef};
use packet::Protocol;
use topology::{Fabric, Inventory, Map, Seating};
use trace::explain::{self, Fragment};
use trace::{Place, PolicyDecision};

use super::fields::{fields_in, located};
use crate::answers::{Cell, Connection, Explained, Grid, GridGroup, NodeTables, Pair, Past};

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

/// Who may connect to whom, and what was otherwise before the last action.
pub fn matrix(cluster: &Cluster, protocol: Protocol, port: Option<u16>) -> Grid {
    let inventory = Inventory::of(&cluster.snapshot(), &cluster.data_plane().network);
    let facts: BTreeMap<_, _> = inventory.pods.iter().map(|pod| (&pod.reference, pod)).collect();
    let network = &cluster.data_plane().network;
    let earlier = cluster.data_plane_before().map(|data| &data.network);
    let names = network.matrix(protocol, port.unwrap_or(0)).pods().to_vec();
    let asked = |pod: &ObjectRef| port.or_else(|| facts.get(pod)?.port);
    // One matrix for each port that is asked; each column is read from the one of its port.
    let mut answers: BTreeMap<u16, Answer> = BTreeMap::new();
    for port in names.iter().map(|pod| asked(pod).unwrap_or(0)) {
        answers.entry(port).or_insert_with(|| {
            let now = network.matrix(protocol, port);
            let then = earlier.map(|earlier| earlier.matrix(protocol, port));
            let changes = then.map(|then| now.changes_since(&then)).unwrap_or_default();
            let place = |pod: &ObjectRef| names.binary_search(pod).unwrap_or(usize::MAX);
            let changed = changes.iter().map(|it| (place(&it.from), place(&it.to))).collect();
            Answer { matrix: now, changed }
        });
    }
    let cell = |row: usize, column: usize| {
        let answer = &answers[&asked(&names[column]).unwrap_or(0)];
        Cell {
            open: answer.matrix.is_open(row, column),
            changed: answer.changed.contains(&(row, column)),
        }
    };
    let owner = |pod: usize| {
        let pod = &names[pod];
        (&pod.namespace, facts.get(pod).map_or(pod.name.as_str(), |it| it.family.owner.as_str()))
    };
    let groups = groups(names.len(), |one, other| {
        owner(one) == owner(other)
            && asked(&names[one]) == asked(&names[other])
            && cell(one, other) == cell(other, one)
            && (0..names.len())
                .filter(|it| *it != one && *it != other)
                .all(|it| cell(one, it) == cell(other, it) && cell(it, one) == cell(it, other))
    });
    let cells = groups.iter().enumerate().flat_map(|(row, from)| {
        groups.iter().enumerate().map(move |(column, to)| {
            let other = if row == column { to.get(1) } else { to.first() };
            Some((*from.first()?, *other?))
        })
    });
    let cells = cells.map(|pair| pair.map(|(from, to)| cell(from, to))).collect();
    let group = |members: &Vec<usize>| {
        let pods: Vec<ObjectRef> = members.iter().map(|pod| names[*pod].clone()).collect();
        GridGroup {
            owner: owner(members[0]).1.to_owned(),
            port: asked(&pods[0]),
            system: facts.get(&pods[0]).is_some_and(|pod| pod.system),
            pods,
        }
    };
    let groups = groups.iter().map(group).collect();
    Grid { protocol, port, groups, cells, note: note(cluster) }
}

/// The matrix of one port.
struct Answer {
    matrix: Matrix,
    /// The pairs, by row and column, whose answer was another before the last action.
    changed: BTreeSet<(usize, usize)>,
}

/// Neighbours that are alike, together.
fn groups(count: usize, alike: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for pod in 0..count {
        match groups.last_mut() {
            Some(group) if alike(group[0], pod) => group.push(pod),
            _ => groups.push(vec![pod]),
        }
    }
    groups
}

/// That nobody enforces policies, if that is so.
fn note(cluster: &Cluster) -> Vec<Fragment> {
    if cluster.data_plane().network.enforces_policy() {
        return Vec::new();
    }
    let snapshot = cluster.snapshot();
    let policies: Vec<ObjectRef> =
        snapshot.objects_of(Kind::NetworkPolicy).map(|policy| policy.reference()).collect();
    explain::open_to_all(&plugin(cluster), &policies)
}

/// Why a connection may be made, or not: a sentence for each side.
pub fn explain(cluster: &Cluster, pair: Pair) -> Explained {
    let network = &cluster.data_plane().network;
    let (from, to) = (Place::Pod(pair.from.clone()), Place::Pod(pair.to.clone()));
    let decisions = network.policy_decisions(&from, &to, pair.protocol, pair.port);
    let sentence = |decision: &PolicyDecision| {
        if network.enforces_policy() || decision.isolating.is_empty() {
            explain::decision(decision)
        } else {
            explain::unenforced(&plugin(cluster), &decision.isolating)
        }
    };
    let sentences: Vec<Vec<Fragment>> = decisions.iter().map(sentence).collect();
    let sources = located(cluster, sentences.iter().cloned().flat_map(fields_in));
    Explained { pair, sentences, sources }
}

/// The cluster as it was after the round that ended with so many records.
pub fn past(cluster: &Cluster, round: usize, seating: &Seating, columns: usize) -> Option<Past> {
    let rounds = cluster.rounds();
    let at = rounds.iter().position(|kept| kept.records == round)?;
    let before = at.checked_sub(1).and_then(|at| rounds.get(at));
    let (kept, after) = (&rounds[at], rounds.get(at + 1));
    // A network of its own, so that policies and rules are those of that moment.
    let mut network = cluster.data_plane().network.clone();
    network.sync(&kept.snapshot, kept.at);
    let inventory = Inventory::of(&kept.snapshot, &network);
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

fn plugin(cluster: &Cluster) -> String {
    Fabric::of(cluster.scenario().cni.key()).name
}

#[cfg(test)]
mod tests {
    use cluster::{Cni, Scenario, Settings, SourceFile};
    use trace::explain::plain;

    use super::*;

    fn running(cni: Cni) -> Cluster {
        let scenario = Scenario::opening();
        let settings = Settings { cni, ..scenario.settings() };
        Cluster::new(scenario.with(settings))
    }

    fn deny(cluster: &mut Cluster) {
        let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
                    metadata: {name: nobody}\n\
                    spec: {podSelector: {matchLabels: {app: web-app}}, policyTypes: [Ingress]}\n";
        let file = SourceFile { name: "policy.yaml".into(), text: text.into() };
        assert!(!cluster.apply(&[file]).is_refused());
    }

    fn place(grid: &Grid, owner: &str) -> usize {
        grid.groups.iter().position(|group| group.owner == owner).expect("it is in the matrix")
    }

    fn from_frontend(grid: &Grid) -> Cell {
        let (row, column) = (place(grid, "frontend"), place(grid, "web-app"));
        grid.cells[row * grid.groups.len() + column].expect("they are two")
    }

    #[test]
    fn a_policy_closes_what_it_isolates_and_the_change_is_marked() {
        let mut cluster = running(Cni::CalicoVxlan);
        let before = matrix(&cluster, Protocol::Tcp, None);
        assert_eq!(before.groups[place(&before, "web-app")].pods.len(), 3);
        assert!(from_frontend(&before).open && before.note.is_empty());
        deny(&mut cluster);
        let after = matrix(&cluster, Protocol::Tcp, None);
        assert_eq!(from_frontend(&after), Cell { open: false, changed: true });
        let pair = Pair {
            from: after.groups[place(&after, "frontend")].pods[0].clone(),
            to: after.groups[place(&after, "web-app")].pods[0].clone(),
            protocol: Protocol::Tcp,
            port: 8080,
        };
        let told = explain(&cluster, pair);
        let words: Vec<String> = told.sentences.iter().map(|it| plain(it)).collect();
        assert!(words.iter().any(|it| it.contains("`nobody` isolates")), "{words:?}");
        assert!(!told.sources.is_empty(), "the policy's lines are known");
    }

    #[test]
    fn a_plugin_that_enforces_nothing_is_told() {
        let mut cluster = running(Cni::FlannelVxlan);
        deny(&mut cluster);
        let grid = matrix(&cluster, Protocol::Tcp, None);
        assert!(from_frontend(&grid).open);
        assert!(plain(&grid.note).contains("has no effect here"));
    }

    #[test]
    fn a_round_shows_the_cluster_as_it_was() {
        let mut cluster = running(Cni::FlannelVxlan);
        let before = cluster.rounds().back().expect("it has settled").records;
        let pod = matrix(&cluster, Protocol::Tcp, None).groups;
        let pod =
            pod.iter().find(|group| group.owner == "web-app").expect("it runs").pods[0].clone();
        cluster.delete(&pod).expect("it may be deleted");
        let seating = Seating::default();
        let then = past(&cluster, before, &seating, 4).expect("the round is kept");
        assert!(then.map.pods().any(|it| *it == pod));
        let latest = cluster.rounds().back().expect("it has settled").records;
        let now = past(&cluster, latest, &seating, 4).expect("the round is kept");
        assert!(!now.map.pods().any(|it| *it == pod));
    }
}
