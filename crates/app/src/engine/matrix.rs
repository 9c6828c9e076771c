//! The matrix: who may connect to whom by NetworkPolicies, Pods, nodes and the internet.

use std::collections::{BTreeMap, BTreeSet};

use cluster::Cluster;
use dataplane::Network;
use dataplane::policy::Matrix;
use manifest::{Kind, ObjectRef};
use packet::Protocol;
use topology::{Fabric, Inventory};
use trace::explain::{self, Fragment};
use trace::{Place, PolicyDecision};

use super::fields::{fields_in, located};
use crate::answers::{Cell, Explained, Grid, GridGroup, Pair};

/// The port of a node that is asked: its kubelet's, and the one of the internet.
const KUBELET: u16 = 10250;
const HTTPS: u16 = 443;

/// Who may connect to whom, and what was otherwise before something was applied last.
pub fn matrix(cluster: &Cluster, protocol: Protocol, port: Option<u16>) -> Grid {
    let inventory = Inventory::of(&cluster.snapshot(), &cluster.data_plane().network);
    let facts: BTreeMap<_, _> = inventory.pods.iter().map(|pod| (&pod.reference, pod)).collect();
    let policies = Policies {
        now: &cluster.data_plane().network,
        then: cluster.data_plane_before_apply().map(|data| &data.network),
        protocol,
    };
    let pods = policies.now.matrix(protocol, port.unwrap_or(0)).pods().to_vec();
    let mut places: Vec<Place> = pods.iter().cloned().map(Place::Pod).collect();
    places.extend(inventory.nodes.iter().map(|node| Place::Node(node.name.clone())));
    let machines = inventory.machines.iter().rev().take(1);
    places.extend(machines.map(|(name, _)| Place::Internet(name.clone())));
    let asked = |place: &Place| {
        port.or_else(|| match place {
            Place::Pod(pod) => facts.get(pod)?.port,
            Place::Node(_) => Some(KUBELET),
            _ => Some(HTTPS),
        })
    };
    // One matrix for each port that is asked; each column is read from the one of its port.
    let mut answers: BTreeMap<u16, Answer> = BTreeMap::new();
    for port in places[..pods.len()].iter().map(|place| asked(place).unwrap_or(0)) {
        answers.entry(port).or_insert_with(|| policies.of_pods(&pods, port));
    }
    let cell = |row: usize, column: usize| -> Option<Cell> {
        let port = asked(&places[column]).unwrap_or(0);
        if row < pods.len() && column < pods.len() {
            let answer = &answers[&port];
            let changed = answer.changed.contains(&(row, column));
            return Some(Cell { open: answer.matrix.is_open(row, column), changed });
        }
        (row < pods.len() || column < pods.len())
            .then(|| policies.of(&places[row], &places[column], port))
    };
    let owner = |at: usize| match &places[at] {
        Place::Pod(pod) => {
            let owner = facts.get(pod).map_or(pod.name.as_str(), |it| it.family.owner.as_str());
            (pod.namespace.as_str(), owner)
        }
        Place::Node(name) | Place::Internet(name) => ("", name.as_str()),
        Place::NodeNetwork | Place::LoadBalancer(_) => ("", ""),
    };
    let groups = groups(places.len(), |one, other| {
        owner(one) == owner(other)
            && asked(&places[one]) == asked(&places[other])
            && cell(one, other) == cell(other, one)
            && (0..places.len())
                .filter(|it| *it != one && *it != other)
                .all(|it| cell(one, it) == cell(other, it) && cell(it, one) == cell(it, other))
    });
    let cells = groups.iter().enumerate().flat_map(|(row, from)| {
        groups.iter().enumerate().map(move |(column, to)| {
            let other = if row == column { to.get(1) } else { to.first() };
            Some((*from.first()?, *other?))
        })
    });
    let cells = cells.map(|pair| pair.and_then(|(from, to)| cell(from, to))).collect();
    let group = |members: &Vec<usize>| {
        let first = &places[members[0]];
        GridGroup {
            owner: owner(members[0]).1.to_owned(),
            port: asked(first),
            system: matches!(first, Place::Pod(pod) if facts.get(pod).is_some_and(|it| it.system)),
            places: members.iter().map(|at| places[*at].clone()).collect(),
        }
    };
    let groups = groups.iter().map(group).collect();
    Grid { protocol, port, groups, cells, note: note(cluster) }
}

/// The policies now, and before something was applied last.
struct Policies<'a> {
    now: &'a Network,
    then: Option<&'a Network>,
    protocol: Protocol,
}

/// The matrix of one port.
struct Answer {
    matrix: Matrix,
    /// The pairs, by row and column, whose answer was another before.
    changed: BTreeSet<(usize, usize)>,
}

impl Policies<'_> {
    /// What they say about every pair of Pods.
    fn of_pods(&self, pods: &[ObjectRef], port: u16) -> Answer {
        let now = self.now.matrix(self.protocol, port);
        let then = self.then.map(|then| then.matrix(self.protocol, port));
        let changes = then.map(|then| now.changes_since(&then)).unwrap_or_default();
        let place = |pod: &ObjectRef| pods.binary_search(pod).unwrap_or(usize::MAX);
        let changed = changes.iter().map(|it| (place(&it.from), place(&it.to))).collect();
        Answer { matrix: now, changed }
    }

    /// What they say about one pair, of which one is no Pod.
    fn of(&self, from: &Place, to: &Place, port: u16) -> Cell {
        let is_open = |network: &Network| {
            let decisions = network.policy_decisions(from, to, self.protocol, port);
            !network.enforces_policy() || decisions.iter().all(|decision| decision.allowed)
        };
        let open = is_open(self.now);
        let both = [from, to];
        let was_there = |then: &&Network| both.iter().all(|place| then.address_of(place).is_some());
        let changed = self.then.filter(was_there).is_some_and(|then| is_open(then) != open);
        Cell { open, changed }
    }
}

/// Neighbours that are alike, together.
fn groups(count: usize, alike: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for place in 0..count {
        match groups.last_mut() {
            Some(group) if alike(group[0], place) => group.push(place),
            _ => groups.push(vec![place]),
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
    let decisions = network.policy_decisions(&pair.from, &pair.to, pair.protocol, pair.port);
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
        assert_eq!(before.groups[place(&before, "web-app")].places.len(), 3);
        assert!(from_frontend(&before).open && before.note.is_empty());
        deny(&mut cluster);
        let after = matrix(&cluster, Protocol::Tcp, None);
        assert_eq!(from_frontend(&after), Cell { open: false, changed: true });
        let pair = Pair {
            from: after.groups[place(&after, "frontend")].places[0].clone(),
            to: after.groups[place(&after, "web-app")].places[0].clone(),
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
    fn a_node_reaches_its_own_pods_alone_and_the_internet_none() {
        let mut cluster = running(Cni::CalicoVxlan);
        deny(&mut cluster);
        let grid = matrix(&cluster, Protocol::Tcp, None);
        let column = place(&grid, "web-app");
        let from = |owner| grid.cells[place(&grid, owner) * grid.groups.len() + column];
        assert_eq!(from("node-1"), Some(Cell { open: true, changed: false }));
        assert_eq!(from("node-2"), Some(Cell { open: false, changed: true }));
        assert_eq!(from("laptop"), Some(Cell { open: false, changed: true }));
        let (laptop, node) = (place(&grid, "laptop"), place(&grid, "node-1"));
        assert_eq!(grid.cells[laptop * grid.groups.len() + node], None, "no policy is asked");
    }

    #[test]
    fn marks_stay_until_something_is_applied_again() {
        let mut cluster = running(Cni::CalicoVxlan);
        deny(&mut cluster);
        let pod = ObjectRef::new(Kind::Pod, "default", "frontend");
        cluster
            .write(|api, options| {
                let mut pod = (**api.snapshot().get(&pod).expect("it is there")).clone();
                pod.metadata_mut()
                    .labels
                    .get_or_insert_default()
                    .insert("tier".into(), "web".into());
                api.update(pod, options)
            })
            .expect("it is accepted");
        assert!(from_frontend(&matrix(&cluster, Protocol::Tcp, None)).changed);
        deny(&mut cluster);
        assert!(!from_frontend(&matrix(&cluster, Protocol::Tcp, None)).changed);
    }
}
