//! Tab completion: what the last word of a line may become.
//!
//! Models what `kubectl completion bash` completes: commands, kinds, names, containers, and the flags
//! of each command with some of their values.

use std::collections::BTreeSet;

use cluster::{Cni, GatewayController, IngressController, LoadBalancer, ProxyMode};
use k8s_openapi::api::core::v1::{Pod, PodSpec};
use manifest::Kind;

use crate::arguments::GLOBAL;
use crate::shell::Shell;
use crate::{command, podhop, shell};

/// What the last word of a line may become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The byte of the line where the word begins.
    pub start: usize,
    /// The words it may become, sorted, whole.
    pub candidates: Vec<String>,
}

impl Shell {
    /// Completes the last word of a line.
    pub fn complete(&self, line: &str) -> Completion {
        let start = line.rfind([' ', '|', ';', '=', '\n']).map_or(0, |at| at + 1);
        let word = &line[start..];
        let begun = line[..start].rsplit(['|', ';', '&', '\n']).next().unwrap_or_default();
        let words: Vec<&str> = begun.split_whitespace().collect();
        let all = match words.as_slice() {
            ["kubectl" | "k", name, rest @ ..]
                if word.starts_with('-') && !rest.contains(&"--") =>
            {
                flags(name)
            }
            _ => self.candidates(&words),
        };
        let candidates = all.into_iter().filter(|candidate| candidate.starts_with(word));
        Completion { start, candidates: candidates.collect() }
    }

    fn candidates(&self, words: &[&str]) -> BTreeSet<String> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match words {
            [] => shell::programs().map(str::to_owned).collect(),
            ["ssh" | "node"] => self.names(Kind::Node),
            ["podhop", rest @ ..] => self.after_podhop(rest),
            ["kubectl" | "k"] => owned(command::NAMES),
            ["kubectl" | "k", rest @ ..] => match rest {
                [.., "-n" | "--namespace" | "--namespace="] => self.names(Kind::Namespace),
                [.., "-o" | "--output" | "-o=" | "--output="] => {
                    owned(&["custom-columns=", "json", "jsonpath=", "name", "wide", "yaml"])
                }
                [.., "-c" | "--container" | "--container="] => self.containers(rest),
                [.., "-f" | "--filename"] => self.files.keys().cloned().collect(),
                [.., "--dry-run="] => owned(&["client", "none", "server"]),
                [.., "--type="] => {
                    owned(&["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])
                }
                ["rollout"] => owned(&["history", "pause", "restart", "resume", "status", "undo"]),
                ["create"] => owned(&[
                    "configmap",
                    "deployment",
                    "ingress",
                    "namespace",
                    "secret",
                    "service",
                    "serviceaccount",
                ]),
                ["create", "service"] => {
                    owned(&["clusterip", "externalname", "loadbalancer", "nodeport"])
                }
                ["set"] => owned(&["env", "image", "selector"]),
                ["config"] => owned(&[
                    "current-context",
                    "get-contexts",
                    "set-context",
                    "use-context",
                    "view",
                ]),
                ["exec" | "logs", ..] if !rest.contains(&"--") => self.names(Kind::Pod),
                ["exec", .., "--"] => {
                    owned(&["cat", "curl", "dig", "env", "ip", "nc", "nslookup", "ping", "wget"])
                }
                ["rollout" | "set", _, more @ ..] => self.resources(more),
                [_, more @ ..] => self.resources(more),
                [] => BTreeSet::new(),
            },
            _ => BTreeSet::new(),
        }
    }

    fn after_podhop(&self, words: &[&str]) -> BTreeSet<String> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match words {
            [] => owned(podhop::VERBS),
            ["fault" | "heal"] => owned(podhop::FAULTS),
            ["fault" | "heal", "kube-proxy" | "link" | "node"] => self.names(Kind::Node),
            ["fault" | "heal", "crash" | "readiness"] | ["send"] => self.names(Kind::Pod),
            ["fault", "image"] => self.names(Kind::Deployment),
            ["send", _] => {
                self.names(Kind::Service).iter().map(|name| format!("http://{name}")).collect()
            }
            ["set"] => owned(podhop::SETTINGS),
            ["set", "cni"] => Cni::ALL.iter().map(ToString::to_string).collect(),
            ["set", "kube-proxy"] => ProxyMode::ALL.iter().map(ToString::to_string).collect(),
            ["set", "gateway"] => GatewayController::ALL.iter().map(ToString::to_string).collect(),
            ["set", "load-balancer"] => LoadBalancer::ALL.iter().map(ToString::to_string).collect(),
            ["set", "ingress"] => IngressController::ALL.iter().map(ToString::to_string).collect(),
            _ => BTreeSet::new(),
        }
    }

    /// A kind where none is given yet, else the names of its objects.
    fn resources(&self, words: &[&str]) -> BTreeSet<String> {
        let given = words.iter().find(|word| !word.starts_with('-'));
        match given.map(|word| Kind::from_argument(word)) {
            Some(Some(kind)) => self.names(kind),
            Some(None) => BTreeSet::new(),
            None => Kind::ALL
                .iter()
                .flat_map(|kind| {
                    let resource = kind.resource();
                    [resource.plural, resource.singular]
                        .into_iter()
                        .chain(resource.short_names.iter().copied())
                })
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The containers of the Pod that a line names.
    fn containers(&self, words: &[&str]) -> BTreeSet<String> {
        let snapshot = self.cluster.snapshot();
        let pod = words.iter().find_map(|word| {
            let name = word.strip_prefix("pod/").unwrap_or(word);
            snapshot.find::<Pod>(&self.namespace, name)
        });
        let spec = pod.and_then(|pod| pod.spec.as_ref());
        let all = |spec: &PodSpec| -> BTreeSet<String> {
            let init = spec.init_containers.iter().flatten();
            init.chain(&spec.containers).map(|container| container.name.clone()).collect()
        };
        spec.map(all).unwrap_or_default()
    }

    fn names(&self, kind: Kind) -> BTreeSet<String> {
        let snapshot = self.cluster.snapshot();
        let objects: Vec<_> = if kind.resource().namespaced {
            snapshot.objects_in(kind, &self.namespace).collect()
        } else {
            snapshot.objects_of(kind).collect()
        };
        objects.into_iter().map(|object| object.name().to_owned()).collect()
    }
}

/// The flags of a kubectl command.
fn flags(command: &str) -> BTreeSet<String> {
    let all = command::flags(command).iter().chain(GLOBAL);
    all.map(|flag| format!("--{}", flag.name)).collect()
}

#[cfg(test)]
mod tests {
    use cluster::{Cluster, Scenario};

    use super::*;

    #[test]
    fn completes_what_stands_last() {
        let shell = Shell::new(Cluster::new(Scenario::opening()));
        let candidates = |line: &str| shell.complete(line).candidates;
        assert_eq!(candidates("kubectl desc"), ["describe"]);
        assert_eq!(candidates("k get deploy"), ["deploy", "deployment", "deployments"]);
        assert_eq!(candidates("k describe svc web"), ["web-service"]);
        assert_eq!(candidates("kubectl exec fr"), ["frontend"]);
        assert_eq!(candidates("kubectl exec frontend -- nsl"), ["nslookup"]);
        assert_eq!(candidates("kubectl get pods -n kube-s"), ["kube-system"]);
        assert_eq!(candidates("k get po | gre"), ["grep"]);
        assert_eq!(candidates("kubectl get pods --show-l"), ["--show-labels"]);
        assert_eq!(candidates("kubectl scale deploy web-app --repl"), ["--replicas"]);
        assert_eq!(candidates("kubectl exec frontend -- curl --na"), [""; 0]);
        assert_eq!(candidates("kubectl logs frontend -c t"), ["tools"]);
        assert_eq!(candidates("kubectl logs pod/frontend --container="), ["tools"]);
        assert_eq!(candidates("kubectl get po && k desc"), ["describe"]);
        assert_eq!(candidates("podhop fault kube-proxy node-2"), ["node-2"]);
        assert_eq!(candidates("podhop set kube-proxy ipt"), ["iptables"]);
        assert_eq!(
            shell.complete("k get po -o ya"),
            Completion { start: 12, candidates: vec!["yaml".into()] }
        );
    }
}
