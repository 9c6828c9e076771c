//! Faults: what breaks in a real cluster, one at a time, so that a class can watch the consequences.
//!
//! Where Kubernetes itself has a way to bring the fault about, that way is taken, so that every
//! command shows it: CoreDNS is scaled to nothing, kube-proxy's DaemonSet is kept off a node. Only
//! what happens outside the API (a process dies, a cable is cut) is done to the world beside it.

use std::collections::BTreeSet;

use apiserver::{ApiServer, WriteOptions};
use controllers::KubeletHealth;
use dataplane::Faults;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{
    Affinity, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec,
};
use manifest::{Kind, Object, ObjectRef};
use serde::{Deserialize, Serialize};

use crate::Cluster;

/// Something that breaks, or is mended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fault {
    /// The processes in a Pod end with an error; the kubelet starts them again.
    CrashPod(ObjectRef),
    /// The readiness probes of a Pod fail from now on, or succeed again.
    Readiness {
        /// The Pod.
        pod: ObjectRef,
        /// Whether they fail.
        failing: bool,
    },
    /// CoreDNS is scaled to nothing, or back to two.
    CoreDns {
        /// Whether it runs.
        running: bool,
    },
    /// kube-proxy is kept off a node, or comes back; its rules stay as they are meanwhile.
    KubeProxy {
        /// The node.
        node: String,
        /// Whether it runs there.
        running: bool,
    },
    /// A node's link to the others is cut, or mended.
    Link {
        /// The node.
        node: String,
        /// Whether it carries packets.
        up: bool,
    },
    /// A machine is switched off, or on.
    Node {
        /// The node.
        node: String,
        /// Whether it runs.
        up: bool,
    },
    /// Something between Pods goes wrong, or right again.
    Network {
        /// What.
        flaw: Flaw,
        /// Whether it is mended.
        mended: bool,
    },
    /// A letter of a Deployment's image is lost.
    MisspellImage(ObjectRef),
    /// The letter is put back.
    SpellImage(ObjectRef),
}

/// What can be wrong with the network between Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Flaw {
    /// Pods' devices take packets that find no room in the tunnel between nodes.
    PodMtu,
    /// The nodes' firewalls swallow the ICMP messages that tell how large a packet may be.
    SizesWithheld,
    /// Something between the nodes swallows tunnel packets.
    TunnelsBlocked,
}

/// The MTU of an ordinary Ethernet, which a Pod's device has if nobody thought of the tunnel.
const ETHERNET_MTU: u16 = 1500;

/// The label that names a Pod's node.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// How many CoreDNS Pods kubeadm starts.
const CORE_DNS_REPLICAS: i32 = 2;

impl Cluster {
    /// Breaks or mends something, then settles.
    ///
    /// # Errors
    /// A sentence that says why it cannot be done; nothing is changed then.
    pub fn fault(&mut self, fault: &Fault) -> Result<(), String> {
        self.begin_action(&fault.to_string());
        let done = self.do_fault(fault);
        self.end_action();
        done
    }

    fn do_fault(&mut self, fault: &Fault) -> Result<(), String> {
        match fault {
            Fault::CrashPod(pod) => self.crash(pod),
            Fault::Readiness { pod, failing } => self.set_readiness(pod, *failing),
            Fault::CoreDns { running } => {
                let replicas = if *running { CORE_DNS_REPLICAS } else { 0 };
                self.change("kube-system", "coredns", |deployment: &mut Deployment| {
                    let spec = deployment.spec.get_or_insert_default();
                    spec.replicas = Some(replicas);
                    Ok(())
                })
            }
            Fault::KubeProxy { node, running } => {
                self.change("kube-system", "kube-proxy", |proxy: &mut DaemonSet| {
                    keep_off(proxy, node, !running);
                    Ok(())
                })
            }
            Fault::Link { node, up } => {
                self.set_machine(node, *up, |faults| &mut faults.links_down)
            }
            Fault::Node { node, up } => self.set_machine(node, *up, |faults| &mut faults.nodes_off),
            Fault::Network { flaw, mended } => {
                self.remember("fault");
                let faults = self.state.data.network.faults_mut();
                match flaw {
                    Flaw::PodMtu => faults.pod_mtu = (!mended).then_some(ETHERNET_MTU),
                    Flaw::SizesWithheld => faults.sizes_withheld = !mended,
                    Flaw::TunnelsBlocked => faults.tunnels_blocked = !mended,
                }
                self.settle();
                Ok(())
            }
            Fault::MisspellImage(deployment) => {
                let image = first_image(self, deployment).unwrap_or_default();
                self.change(&deployment.namespace, &deployment.name, misspell)?;
                self.state.misspelt.insert(deployment.clone(), image);
                Ok(())
            }
            Fault::SpellImage(deployment) => {
                let image = self.state.misspelt.get(deployment).cloned();
                let image = image
                    .ok_or_else(|| format!("the image of {} was not misspelt", deployment.name))?;
                self.change(&deployment.namespace, &deployment.name, |set: &mut Deployment| {
                    let spec =
                        set.spec.get_or_insert_default().template.spec.get_or_insert_default();
                    spec.containers
                        .iter_mut()
                        .take(1)
                        .for_each(|it| it.image = Some(image.clone()));
                    Ok(())
                })?;
                self.state.misspelt.remove(deployment);
                Ok(())
            }
        }
    }

    fn crash(&mut self, pod: &ObjectRef) -> Result<(), String> {
        let now = self.now();
        let mut world = self.state.world.clone();
        if !world.crash(pod, now) {
            return Err(format!("no process runs in {}", pod.name));
        }
        self.remember("fault");
        self.state.world = world;
        self.settle();
        Ok(())
    }

    fn set_readiness(&mut self, pod: &ObjectRef, failing: bool) -> Result<(), String> {
        let snapshot = self.snapshot();
        let found: Option<&Pod> = snapshot.find(&pod.namespace, &pod.name);
        let spec = found.and_then(|pod| pod.spec.as_ref());
        let containers = &spec.ok_or_else(|| format!("there is no Pod {}", pod.name))?.containers;
        if !containers.iter().any(|container| container.readiness_probe.is_some()) {
            return Err(format!(
                "{} has no readinessProbe, so Kubernetes takes it for ready as long as it runs; add one first",
                pod.name
            ));
        }
        self.remember("fault");
        if failing {
            self.state.unready.insert(pod.clone());
        } else {
            self.state.unready.remove(pod);
        }
        let period = containers
            .iter()
            .filter_map(|container| container.readiness_probe.as_ref())
            .map(|probe| {
                let times = probe.failure_threshold.unwrap_or(3).max(1);
                probe.period_seconds.unwrap_or(10).max(1).saturating_mul(times)
            })
            .max();
        let seconds = u64::from(period.unwrap_or(1).unsigned_abs()) + 1;
        self.advance(std::time::Duration::from_secs(seconds));
        Ok(())
    }

    fn set_machine(
        &mut self,
        node: &str,
        up: bool,
        which: impl FnOnce(&mut Faults) -> &mut BTreeSet<String>,
    ) -> Result<(), String> {
        let reference = ObjectRef::cluster(Kind::Node, node);
        if self.snapshot().get(&reference).is_none() {
            return Err(format!("there is no node {node}"));
        }
        self.remember("fault");
        let since = self.now();
        let faults = self.state.data.network.faults_mut();
        let broken = which(faults);
        if up {
            broken.remove(node);
        } else {
            broken.insert(node.to_owned());
        }
        // A kubelet that cannot reach the API server is silent, like one that is stopped.
        let health = if faults.nodes_off.contains(node) {
            KubeletHealth::Down { since }
        } else if faults.links_down.contains(node) {
            KubeletHealth::Stopped { since }
        } else {
            KubeletHealth::Running
        };
        self.state.world.set_kubelet(node, health);
        self.settle();
        Ok(())
    }

    /// Changes an object through the API server, as `kubectl edit` would.
    fn change<T: manifest::Typed>(
        &mut self,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut T) -> Result<(), String>,
    ) -> Result<(), String> {
        let snapshot = self.snapshot();
        let stored: Option<&T> = snapshot.find(namespace, name);
        let mut object =
            stored.cloned().ok_or_else(|| format!("there is no {} {name}", T::KIND))?;
        change(&mut object)?;
        let object: Object = object.into();
        let write = |api: &mut ApiServer, options: &WriteOptions| api.update(object, options);
        self.write(write).map(|_| ()).map_err(|refusal| refusal.message)
    }
}

/// Adds a node to those that the DaemonSet is kept off, or takes it away.
fn keep_off(set: &mut DaemonSet, node: &str, off: bool) {
    let pod = set.spec.get_or_insert_default().template.spec.get_or_insert_default();
    let mut nodes: Vec<String> = kept_off(pod).map(str::to_owned).filter(|it| it != node).collect();
    if off {
        nodes.push(node.to_owned());
    }
    let requirement = NodeSelectorRequirement {
        key: HOSTNAME.into(),
        operator: "NotIn".into(),
        values: Some(nodes.clone()),
    };
    let term =
        NodeSelectorTerm { match_expressions: Some(vec![requirement]), ..Default::default() };
    let selector = NodeSelector { node_selector_terms: vec![term] };
    pod.affinity = (!nodes.is_empty()).then(|| Affinity {
        node_affinity: Some(NodeAffinity {
            required_during_scheduling_ignored_during_execution: Some(selector),
            ..Default::default()
        }),
        ..Default::default()
    });
}

/// The nodes that Pods of a template are kept off by name.
pub(crate) fn kept_off(pod: &PodSpec) -> impl Iterator<Item = &str> {
    pod.affinity
        .iter()
        .filter_map(|affinity| affinity.node_affinity.as_ref())
        .filter_map(|affinity| {
            affinity.required_during_scheduling_ignored_during_execution.as_ref()
        })
        .flat_map(|selector| &selector.node_selector_terms)
        .flat_map(|term| term.match_expressions.iter().flatten())
        .filter(|requirement| requirement.key == HOSTNAME && requirement.operator == "NotIn")
        .flat_map(|requirement| requirement.values.iter().flatten().map(String::as_str))
}

/// Takes the last letter off the name of the first container's image: `nginx:1.29` → `ngin:1.29`.
fn misspell(deployment: &mut Deployment) -> Result<(), String> {
    let spec = deployment.spec.get_or_insert_default().template.spec.get_or_insert_default();
    let first = spec.containers.first_mut().ok_or("the Deployment has no container")?;
    first.image = Some(misspelt(&first.image.clone().unwrap_or_default())?);
    Ok(())
}

/// An image with the last letter of its name lost.
pub(crate) fn misspelt(image: &str) -> Result<String, String> {
    let tag = image.rfind(':').filter(|colon| !image[*colon..].contains('/'));
    let (name, tag) = image.split_at(tag.unwrap_or(image.len()));
    let mut letters = name.chars();
    letters.next_back().ok_or("the container has no image")?;
    Ok(format!("{}{tag}", letters.as_str()))
}

pub(crate) fn first_image(cluster: &Cluster, deployment: &ObjectRef) -> Option<String> {
    let snapshot = cluster.snapshot();
    let found: &Deployment = snapshot.find(&deployment.namespace, &deployment.name)?;
    found.spec.as_ref()?.template.spec.as_ref()?.containers.first()?.image.clone()
}
