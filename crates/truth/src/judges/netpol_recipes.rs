//! `netpol_recipes.json`: recipes with policies and what `wget` says before and after.
//!
//! A recipe's commands are prose of shell lines, so only what they mean for policies is read: `kubectl run`
//! makes a Pod, `create namespace` and `label namespace` a namespace, `apply` the recipe's policies in turn, and
//! each `kubectl run --rm` is a client that makes the next probes. A recipe without probes says nothing and is
//! no case; names are resolved if the client may reach the cluster's DNS.

use std::collections::BTreeMap;
use std::path::Path;

use apiserver::Snapshot;
use dataplane::policy::{Facts, Peer, PolicyIndex, allows};
use manifest::{Kind, Object, ObjectRef};
use packet::Protocol;
use serde::Deserialize;
use serde_json::{Value, json};
use trace::PolicyDirection::{Egress, Ingress};

use crate::judge::{CaseResult, guarded, read_json};

#[derive(Deserialize)]
struct Recipe {
    file: String,
    policies: Vec<String>,
    setup: Vec<String>,
    probes: Vec<(String, String)>,
}

/// Judges the recipes that probe.
pub fn run(path: &Path) -> Result<Vec<CaseResult>, String> {
    let recipes: Vec<Recipe> = read_json(path)?;
    Ok(recipes
        .iter()
        .filter(|recipe| !recipe.probes.is_empty())
        .map(|recipe| guarded(recipe.file.clone(), || differences(recipe)))
        .collect())
}

/// What the commands have made so far.
#[derive(Default)]
struct World {
    namespaces: BTreeMap<String, BTreeMap<String, String>>,
    pods: BTreeMap<(String, String), BTreeMap<String, String>>,
    policies: Vec<Value>,
}

/// A Pod that asks.
struct Client {
    namespace: String,
    labels: BTreeMap<String, String>,
}

fn differences(recipe: &Recipe) -> Option<String> {
    let mut world = World::default();
    world.namespace("default");
    world.namespace("kube-system");
    world.pod("kube-system", "coredns", [("k8s-app".to_owned(), "kube-dns".to_owned())].into());
    // Some recipes take what an earlier one made for granted.
    let takes_web = recipe.probes.iter().any(|(probe, _)| probe.contains("//web"));
    if takes_web && !recipe.setup.iter().any(|line| line.contains("run web")) {
        world.pod("default", "web", [("app".to_owned(), "web".to_owned())].into());
    }
    let is_client = |line: &str| line.contains("--rm");
    let clients = recipe.setup.iter().filter(|line| is_client(line)).count();
    let each = recipe.probes.len().div_ceil(clients.max(1));
    let mut probes = recipe.probes.iter();
    let mut waiting = recipe.policies.iter();
    let mut wrong = Vec::new();
    // A recipe that applies nothing by name applies its first before its first client.
    if !recipe.setup.iter().any(|line| line.contains("apply")) {
        waiting.next().into_iter().for_each(|policy| world.apply(policy));
    }
    for line in &recipe.setup {
        if is_client(line) {
            let client = Client {
                namespace: option(line, "--namespace").unwrap_or("default".into()),
                labels: labels(line),
            };
            world.namespace(&client.namespace);
            for (probe, expected) in probes.by_ref().take(each) {
                // `Connecting to` is the first line only: the name was resolved, whatever came next.
                let answer = world.probe(&client, probe, expected.starts_with("Connecting to"));
                // A name that stops resolving is mended by the recipe's next policy.
                if expected.starts_with("Connecting to") && answer == Some(false) {
                    waiting.next().into_iter().for_each(|policy| world.apply(policy));
                }
                let answer = world.probe(&client, probe, expected.starts_with("Connecting to"));
                if answer.is_some_and(|open| open != is_open(expected)) {
                    wrong.push(format!("{probe}: expected {expected:?}, podhop says {answer:?}"));
                }
            }
        } else if line.contains("apply") {
            waiting.next().into_iter().for_each(|policy| world.apply(policy));
        } else if let Some(rest) = line.split("create namespace ").nth(1) {
            world.namespace(rest.trim());
        } else if line.contains("label namespace") {
            let words: Vec<&str> = line.split([' ', '/']).collect();
            let place = words.iter().position(|word| *word == "namespace").unwrap_or_default();
            if let (Some(name), Some((key, value))) =
                (words.get(place + 1), words.last().and_then(|word| word.split_once('=')))
            {
                world.namespace(name);
                let labels = world.namespaces.entry((*name).to_owned()).or_default();
                labels.insert(key.to_owned(), value.to_owned());
            }
        } else if let Some(name) = line.split("kubectl run ").nth(1) {
            let name = name.split_whitespace().next().unwrap_or_default();
            let namespace = option(line, "--namespace").unwrap_or("default".into());
            world.pod(&namespace, name, labels(line));
        }
    }
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

impl World {
    fn namespace(&mut self, name: &str) {
        let own = ("kubernetes.io/metadata.name".to_owned(), name.to_owned());
        let labels = self.namespaces.entry(name.to_owned()).or_insert_with(|| [own].into());
        // The recipes label these two with commands that were not recorded.
        match name {
            "prod" => labels.insert("purpose".into(), "production".into()),
            "dev" => labels.insert("purpose".into(), "testing".into()),
            _ => None,
        };
    }

    fn pod(&mut self, namespace: &str, name: &str, labels: BTreeMap<String, String>) {
        self.namespace(namespace);
        self.pods.insert((namespace.to_owned(), name.to_owned()), labels);
    }

    fn apply(&mut self, text: &str) {
        if let Ok(mut policy) = serde_yaml::from_str::<Value>(text) {
            if policy["metadata"]["namespace"].is_null() {
                policy["metadata"]["namespace"] = "default".into();
            }
            let name = policy["metadata"]["name"].clone();
            self.policies.retain(|other| other["metadata"]["name"] != name);
            self.policies.push(policy);
        }
    }

    /// Whether a probe gets through; nothing if it is no probe of a Pod or an outside address.
    fn probe(&self, client: &Client, probe: &str, only_name: bool) -> Option<bool> {
        let words: Vec<&str> = probe.split_whitespace().collect();
        let (host, port) = match words.as_slice() {
            ["wget", .., url] => {
                let rest = url.split("//").nth(1)?.split('/').next()?;
                let (host, port) = rest.split_once(':').unwrap_or((rest, "80"));
                (host.to_owned(), port.parse().ok()?)
            }
            ["nc", .., host, port] => ((*host).to_owned(), port.parse().ok()?),
            _ => return None,
        };
        // `kubectl create service clusterip --tcp 8001:8000 --tcp 5001:5000` maps these two.
        let port = match port {
            8001 => 8000,
            5001 => 5000,
            other => other,
        };
        let (name, namespace) = host.split_once('.').unwrap_or((&host, &client.namespace));
        let snapshot = self.snapshot(client);
        let index = PolicyIndex::of(&snapshot);
        let pod = |namespace: &str, name: &str| {
            Facts::of(&snapshot, &ObjectRef::new(Kind::Pod, namespace, name))
        };
        let source = pod(&client.namespace, "client")?;
        let dns = Peer::Pod(pod("kube-system", "coredns")?);
        if !allows(&index, Egress, &source, &dns, Protocol::Udp, 53) {
            return Some(false);
        }
        if only_name {
            return Some(true);
        }
        let Some(target) = pod(namespace, name) else {
            let outside = Peer::Address([93, 184, 216, 34].into());
            return Some(allows(&index, Egress, &source, &outside, Protocol::Tcp, port));
        };
        let (from, to) = (Peer::Pod(source.clone()), Peer::Pod(target.clone()));
        Some(
            allows(&index, Egress, &source, &to, Protocol::Tcp, port)
                && allows(&index, Ingress, &target, &from, Protocol::Tcp, port),
        )
    }

    fn snapshot(&self, client: &Client) -> Snapshot {
        let read = |kind, value| Object::from_json(kind, value).expect("a well-formed object");
        let pod = |namespace: &str, name: &str, labels: &BTreeMap<String, String>| {
            let metadata = json!({"namespace": namespace, "name": name, "labels": labels});
            read(Kind::Pod, json!({"metadata": metadata, "spec": {"containers": []}}))
        };
        let namespaces = self.namespaces.iter().map(|(name, labels)| {
            read(Kind::Namespace, json!({"metadata": {"name": name, "labels": labels}}))
        });
        let pods = self.pods.iter().map(|((namespace, name), labels)| pod(namespace, name, labels));
        let policies = self.policies.iter().cloned().map(|p| read(Kind::NetworkPolicy, p));
        namespaces
            .chain(pods)
            .chain(policies)
            .chain([pod(&client.namespace, "client", &client.labels)])
            .collect()
    }
}

fn is_open(expected: &str) -> bool {
    !(expected.contains("timed out") || expected.contains("bad address"))
}

fn option(line: &str, name: &str) -> Option<String> {
    let rest = line.split(&format!("{name}=")).nth(1)?;
    Some(rest.split_whitespace().next()?.trim_matches('"').to_owned())
}

fn labels(line: &str) -> BTreeMap<String, String> {
    let text = option(line, "--labels").unwrap_or_default();
    text.split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
