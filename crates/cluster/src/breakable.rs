//! What can be broken in the present cluster, what is broken in it, and how each is called.

use std::fmt;

use controllers::kubelet::ContainerState;
use dataplane::netns::Between;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{Node, Pod};
use manifest::{Kind, ObjectRef};

use crate::fault::{first_image, kept_off, misspelt};
use crate::{Cluster, Fault, Flaw};

/// What can be wrong with the network between Pods.
const FLAWS: [Flaw; 3] = [Flaw::PodMtu, Flaw::SizesWithheld, Flaw::TunnelsBlocked];

impl Cluster {
    /// Everything that can be broken now, of the learner's own first.
    pub fn breakable(&self) -> Vec<Fault> {
        let snapshot = self.snapshot();
        let mut pods: Vec<&Pod> = snapshot.list::<Pod>().collect();
        pods.sort_by_key(|pod| is_system(pod.metadata.namespace.as_deref()));
        let reference = |pod: &&Pod| {
            let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
            ObjectRef::new(Kind::Pod, namespace, pod.metadata.name.as_deref().unwrap_or_default())
        };
        let nodes = || snapshot.list::<Node>().filter_map(|node| node.metadata.name.clone());
        let mut faults: Vec<Fault> = Vec::new();
        let running = pods.iter().map(reference).filter(|pod| self.runs(pod));
        faults.extend(running.map(Fault::CrashPod));
        let probed = pods.iter().filter(|pod| has_readiness_probe(pod)).map(reference);
        faults.extend(probed.map(|pod| Fault::Readiness { pod, failing: true }));
        faults.push(Fault::CoreDns { running: false });
        if snapshot.find::<DaemonSet>("kube-system", "kube-proxy").is_some() {
            faults.extend(nodes().map(|node| Fault::KubeProxy { node, running: false }));
        }
        faults.extend(nodes().map(|node| Fault::Link { node, up: false }));
        faults.extend(nodes().map(|node| Fault::Node { node, up: false }));
        if self
            .data_plane()
            .network
            .plugin()
            .is_some_and(|plugin| plugin.between != Between::Direct)
        {
            faults.extend(FLAWS.map(|flaw| Fault::Network { flaw, mended: false }));
        }
        let deployments = snapshot.list::<Deployment>().filter_map(|deployment| {
            let namespace = deployment.metadata.namespace.as_deref();
            let own = (!is_system(namespace)).then_some(namespace.unwrap_or_default())?;
            Some(ObjectRef::new(Kind::Deployment, own, deployment.metadata.name.as_deref()?))
        });
        faults.extend(deployments.map(Fault::MisspellImage));
        let broken = self.broken();
        let down = |name: &str| {
            broken.iter().any(|fault| {
                matches!(fault, Fault::Link { node, .. } | Fault::Node { node, .. } if node == name)
            })
        };
        faults.retain(|fault| match fault {
            Fault::Link { node, .. } | Fault::Node { node, .. } => !down(node),
            fault => !broken.contains(fault),
        });
        faults
    }

    /// Everything that is broken now and can be mended, as the fault that broke it.
    pub fn broken(&self) -> Vec<Fault> {
        let snapshot = self.snapshot();
        let mut broken = Vec::new();
        let faults = self.data_plane().network.faults();
        let off = faults.nodes_off.iter();
        broken.extend(off.map(|node| Fault::Node { node: node.clone(), up: false }));
        let cut = faults.links_down.iter();
        broken.extend(cut.map(|node| Fault::Link { node: node.clone(), up: false }));
        let flaws = FLAWS.into_iter().filter(|flaw| match flaw {
            Flaw::PodMtu => faults.pod_mtu.is_some(),
            Flaw::SizesWithheld => faults.sizes_withheld,
            Flaw::TunnelsBlocked => faults.tunnels_blocked,
        });
        broken.extend(flaws.map(|flaw| Fault::Network { flaw, mended: false }));
        let core_dns: Option<&Deployment> = snapshot.find("kube-system", "coredns");
        let replicas = |dns: &Deployment| dns.spec.as_ref().and_then(|spec| spec.replicas);
        if core_dns.is_some_and(|dns| replicas(dns) == Some(0)) {
            broken.push(Fault::CoreDns { running: false });
        }
        let proxy: Option<&DaemonSet> = snapshot.find("kube-system", "kube-proxy");
        let template = proxy.and_then(|set| set.spec.as_ref()?.template.spec.as_ref());
        let without = template.into_iter().flat_map(kept_off);
        broken.extend(without.map(|node| Fault::KubeProxy { node: node.into(), running: false }));
        let unready = self.state.unready.iter().filter(|pod| snapshot.get(pod).is_some());
        broken.extend(unready.map(|pod| Fault::Readiness { pod: pod.clone(), failing: true }));
        let misspelt = self.state.misspelt.iter().filter(|(deployment, image)| {
            first_image(self, deployment).is_some_and(|now| misspelt(image) == Ok(now))
        });
        broken.extend(misspelt.map(|(deployment, _)| Fault::MisspellImage(deployment.clone())));
        broken
    }

    /// Whether a process runs in a Pod.
    fn runs(&self, pod: &ObjectRef) -> bool {
        let containers = self.world().pod(pod).map(|runtime| runtime.containers.as_slice());
        containers.unwrap_or_default().iter().any(|container| {
            !container.init && matches!(container.state, ContainerState::Running { .. })
        })
    }
}

impl Fault {
    /// What mends it; none where time or Kubernetes does.
    pub fn mended(&self) -> Option<Fault> {
        match self.clone() {
            Fault::CrashPod(_) | Fault::SpellImage(_) => None,
            Fault::Readiness { pod, failing } => Some(Fault::Readiness { pod, failing: !failing }),
            Fault::CoreDns { running } => Some(Fault::CoreDns { running: !running }),
            Fault::KubeProxy { node, running } => {
                Some(Fault::KubeProxy { node, running: !running })
            }
            Fault::Link { node, up } => Some(Fault::Link { node, up: !up }),
            Fault::Node { node, up } => Some(Fault::Node { node, up: !up }),
            Fault::Network { flaw, mended } => Some(Fault::Network { flaw, mended: !mended }),
            Fault::MisspellImage(deployment) => Some(Fault::SpellImage(deployment)),
        }
    }

    /// What kind of fault it is, for a list of them: `crash a Pod`.
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::CrashPod(_) => "crash a Pod",
            Fault::Readiness { .. } => "fail a readiness probe",
            Fault::CoreDns { .. } => "stop CoreDNS",
            Fault::KubeProxy { .. } => "stop kube-proxy on a node",
            Fault::Link { .. } => "cut a node's link",
            Fault::Node { .. } => "switch a node off",
            Fault::Network { .. } => "spoil the network between Pods",
            Fault::MisspellImage(_) | Fault::SpellImage(_) => "misspell an image",
        }
    }

    /// What it breaks: a Pod, a Deployment or a node, by name.
    pub fn target(&self) -> &str {
        match self {
            Fault::CrashPod(object)
            | Fault::Readiness { pod: object, .. }
            | Fault::MisspellImage(object)
            | Fault::SpellImage(object) => &object.name,
            Fault::CoreDns { .. } => "CoreDNS",
            Fault::Network { flaw: Flaw::PodMtu, .. } => "the MTU of Pods",
            Fault::Network { flaw: Flaw::SizesWithheld, .. } => "ICMP messages about sizes",
            Fault::Network { flaw: Flaw::TunnelsBlocked, .. } => "tunnel packets",
            Fault::KubeProxy { node, .. } | Fault::Link { node, .. } | Fault::Node { node, .. } => {
                node
            }
        }
    }

    /// What is so while it lasts: `the link of node-1 is cut`.
    pub fn state(&self) -> String {
        let target = self.target();
        match self {
            Fault::CrashPod(_) => format!("{target} crashed"),
            Fault::Readiness { failing: true, .. } => format!("{target} fails its readiness probe"),
            Fault::Readiness { .. } => format!("{target} passes its readiness probe"),
            Fault::CoreDns { running: false } => "CoreDNS is stopped".into(),
            Fault::CoreDns { .. } => "CoreDNS runs".into(),
            Fault::KubeProxy { running: false, .. } => {
                format!("kube-proxy is stopped on {target}")
            }
            Fault::KubeProxy { .. } => format!("kube-proxy runs on {target}"),
            Fault::Link { up: false, .. } => format!("the link of {target} is cut"),
            Fault::Link { .. } => format!("the link of {target} is whole"),
            Fault::Node { up: false, .. } => format!("{target} is switched off"),
            Fault::Node { .. } => format!("{target} runs"),
            Fault::Network { flaw: Flaw::PodMtu, mended: false } => {
                format!("{target} leaves no room for the tunnel")
            }
            Fault::Network { flaw: Flaw::PodMtu, .. } => format!("{target} is right"),
            Fault::Network { mended: false, .. } => format!("{target} are swallowed"),
            Fault::Network { .. } => format!("{target} get through"),
            Fault::MisspellImage(_) => format!("the image of {target} is misspelt"),
            Fault::SpellImage(_) => format!("the image of {target} is right"),
        }
    }
}

/// What is done: `cut the link of node-1`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.target();
        match self {
            Fault::CrashPod(_) => write!(f, "crash {target}"),
            Fault::Readiness { failing: true, .. } => write!(f, "fail the readiness of {target}"),
            Fault::Readiness { .. } => write!(f, "mend the readiness of {target}"),
            Fault::CoreDns { running: false } => f.write_str("stop CoreDNS"),
            Fault::CoreDns { .. } => f.write_str("start CoreDNS"),
            Fault::KubeProxy { running: false, .. } => write!(f, "stop kube-proxy on {target}"),
            Fault::KubeProxy { .. } => write!(f, "start kube-proxy on {target}"),
            Fault::Link { up: false, .. } => write!(f, "cut the link of {target}"),
            Fault::Link { .. } => write!(f, "mend the link of {target}"),
            Fault::Node { up: false, .. } => write!(f, "switch {target} off"),
            Fault::Node { .. } => write!(f, "switch {target} on"),
            Fault::Network { flaw: Flaw::PodMtu, mended: false } => {
                write!(f, "leave the tunnel no room in {target}")
            }
            Fault::Network { flaw: Flaw::PodMtu, .. } => write!(f, "correct {target}"),
            Fault::Network { mended: false, .. } => write!(f, "swallow {target}"),
            Fault::Network { .. } => write!(f, "let {target} through"),
            Fault::MisspellImage(_) => write!(f, "misspell the image of {target}"),
            Fault::SpellImage(_) => write!(f, "correct the image of {target}"),
        }
    }
}

fn is_system(namespace: Option<&str>) -> bool {
    namespace.is_some_and(|namespace| namespace.starts_with("kube-"))
}

fn has_readiness_probe(pod: &Pod) -> bool {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    containers.into_iter().any(|container| container.readiness_probe.is_some())
}
