//! What holds the cluster up and is not an API object: the nodes' kubelets and runtimes, the
//! addresses they hand out, images, the network plugin, load balancers, faults.
//!
//! The API server knows none of this. Controllers read it through a `View` and change it by
//! `WorldChange`s, which the runner applies.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use imbl::OrdMap;
use ipnet::IpNet;
use manifest::ObjectRef;

use apiserver::Time;

use crate::images::{AnyImage, Images};
use crate::ipam::Ipam;
use crate::kubelet::PodRuntime;
use crate::kubelet::container::ContainerState;
use crate::settle::LoopState;

/// Everything that is not an API object. Cloning is cheap: structure is shared.
#[derive(Clone)]
pub struct World {
    /// What random suffixes are made of.
    pub seed: u64,
    /// Whether a network plugin is installed on the nodes; without one no Pod gets a sandbox
    /// unless it uses the host's network, and nodes stay `NotReady`.
    pub network_plugin: bool,
    /// Who serves Services of type LoadBalancer.
    pub load_balancers: LoadBalancerProvider,
    /// Ingress controllers by the controller name an IngressClass gives, with the address each
    /// publishes in `status.loadBalancer`: an IP address or a host name.
    pub ingress_controllers: BTreeMap<String, String>,
    /// Where AWS Load Balancer Controller gets the addresses of the load balancers it makes for
    /// Ingresses; none if it is not installed.
    pub application_load_balancers: Option<Pools>,
    /// Gateway controllers by `spec.controllerName`, with where a Gateway gets its address from.
    pub gateway_controllers: BTreeMap<String, GatewayAddress>,
    /// What each image does.
    pub images: Arc<dyn Images>,
    /// The machines, by node name. A node without an entry has a healthy kubelet.
    pub nodes: OrdMap<String, NodeRuntime>,
    pub(crate) pods: OrdMap<ObjectRef, PodRuntime>,
    pub(crate) balancers: OrdMap<ObjectRef, IpAddr>,
    pub(crate) state: LoopState,
}

/// Where the Gateways of a controller get their addresses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayAddress {
    /// All have this one.
    Fixed(IpAddr),
    /// Each has that of the Service before its own proxies.
    OfItsProxies,
}

/// One machine: its kubelet, the addresses it hands out, the images it has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeRuntime {
    /// Whether its kubelet reports, and since when.
    pub kubelet: KubeletHealth,
    /// host-local IPAM, one range for each of the node's podCIDRs.
    pub ipam: Vec<Ipam>,
    /// Images that need no pulling.
    pub images: BTreeSet<String>,
    /// Since when Pods are bound to it although no Node object stands for it.
    pub gone: Option<Time>,
}

/// Whether a node's kubelet reports to the API server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KubeletHealth {
    /// It posts its status.
    #[default]
    Running,
    /// It was stopped; containers run on, unwatched.
    Stopped {
        /// When.
        since: Time,
    },
    /// The whole machine is off; its containers are gone.
    Down {
        /// When.
        since: Time,
    },
}

/// Who gives Services of type LoadBalancer their address.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LoadBalancerProvider {
    /// Nobody: `<pending>` for ever.
    #[default]
    None,
    /// A cloud's: an address outside the cluster, a while after the Service was made.
    Cloud {
        /// Which cloud.
        cloud: Cloud,
        /// Where the addresses come from.
        pools: Pools,
    },
    /// MetalLB or alike: an address of a pool in the nodes' own network, at once.
    Pool {
        /// Where the addresses come from.
        pool: Vec<IpNet>,
    },
}

/// Whose load balancers a cloud provider makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Amazon Web Services: a host name in the Service's status.
    Aws,
    /// Microsoft Azure: an address in the Service's status.
    Azure,
    /// Google Cloud: an address in the Service's status.
    Google,
}

/// Where a cloud's load balancers get their addresses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pools {
    /// For those that face the internet.
    pub public: Vec<IpNet>,
    /// For internal ones, of the nodes' own network.
    pub internal: Vec<IpNet>,
}

/// A change outside the API server.
#[derive(Clone, Debug, PartialEq)]
pub enum WorldChange {
    /// The kubelet's knowledge of a Pod; `None` forgets it.
    Pod(ObjectRef, Option<Box<PodRuntime>>),
    /// A node's ranges and what of them is taken.
    Ipam(String, Vec<Ipam>),
    /// A node has an image now.
    Pulled {
        /// The node.
        node: String,
        /// The image as written.
        image: String,
    },
    /// No Node object stands for a machine since then; `None` if one does again.
    NodeGone(String, Option<Time>),
    /// A load balancer's address; `None` gives it back.
    Balancer(ObjectRef, Option<IpAddr>),
}

impl World {
    /// A world with a network plugin, no load balancers, and images that all run for ever.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            network_plugin: true,
            load_balancers: LoadBalancerProvider::None,
            ingress_controllers: BTreeMap::new(),
            application_load_balancers: None,
            gateway_controllers: BTreeMap::new(),
            images: Arc::new(AnyImage),
            nodes: OrdMap::new(),
            pods: OrdMap::new(),
            balancers: OrdMap::new(),
            state: LoopState::default(),
        }
    }

    /// Makes `next` the address that the node hands out next, as if those before it had been used.
    /// `range` is the node's podCIDR; it is added if the node has none that holds `next`.
    pub fn set_next_address(&mut self, node: &str, range: IpNet, next: IpAddr) {
        let mut machine = self.nodes.get(node).cloned().unwrap_or_default();
        if !machine.ipam.iter().any(|ipam| ipam.range() == range) {
            machine.ipam.push(Ipam::new(range));
        }
        for ipam in machine.ipam.iter_mut().filter(|ipam| ipam.range() == range) {
            ipam.set_next(next);
        }
        self.nodes.insert(node.to_owned(), machine);
    }

    /// Puts an image on a node, so that it needs no pulling.
    pub fn preload_image(&mut self, node: &str, image: &str) {
        self.apply(WorldChange::Pulled { node: node.to_owned(), image: image.to_owned() });
    }

    /// Stops, kills or revives a node's kubelet. The next `settle` sees to the consequences.
    pub fn set_kubelet(&mut self, node: &str, health: KubeletHealth) {
        let mut machine = self.nodes.get(node).cloned().unwrap_or_default();
        if let (KubeletHealth::Down { since }, KubeletHealth::Running) = (machine.kubelet, health) {
            let lost: Vec<ObjectRef> = self
                .pods
                .iter()
                .filter(|(_, runtime)| runtime.node == node)
                .map(|(pod, _)| pod.clone())
                .collect();
            for pod in lost {
                if let Some(runtime) = self.pods.get_mut(&pod) {
                    runtime.reboot(since);
                    machine.ipam.iter_mut().for_each(|range| range.release(&runtime.uid));
                }
            }
        }
        machine.kubelet = health;
        self.nodes.insert(node.to_owned(), machine);
        self.state.touch_node(node);
    }

    /// Ends the processes of a Pod's running containers at once, with an exit code of 1; what the
    /// kubelet does then follows from the Pod's restart policy. False if nothing ran.
    pub fn crash(&mut self, pod: &ObjectRef, now: Time) -> bool {
        let Some(runtime) = self.pods.get_mut(pod) else { return false };
        let mut crashed = false;
        for container in runtime.containers.iter_mut().filter(|container| !container.init) {
            if let ContainerState::Running { ends, .. } = &mut container.state {
                *ends = Some((now, 1));
                crashed = true;
            }
        }
        if crashed {
            self.state.touch_pod(pod);
        }
        crashed
    }

    /// Makes every controller look at every object again at the next `settle`, after a change of
    /// the world that no object shows (a network plugin installed, another provider).
    pub fn touch_all(&mut self) {
        self.state.forget();
    }

    /// What the kubelet knows of a Pod: its containers, their states and timers.
    pub fn pod(&self, pod: &ObjectRef) -> Option<&PodRuntime> {
        self.pods.get(pod)
    }

    /// The load balancers there are, by the Service or Ingress they were made for, with the address
    /// each was given.
    pub fn load_balancers(&self) -> impl Iterator<Item = (&ObjectRef, IpAddr)> {
        self.balancers.iter().map(|(owner, address)| (owner, *address))
    }

    /// A node's machine.
    pub fn node(&self, name: &str) -> Option<&NodeRuntime> {
        self.nodes.get(name)
    }

    pub(crate) fn apply(&mut self, change: WorldChange) {
        match change {
            WorldChange::Pod(pod, Some(runtime)) => {
                self.pods.insert(pod, *runtime);
            }
            WorldChange::Pod(pod, None) => {
                self.pods.remove(&pod);
            }
            WorldChange::Ipam(node, ipam) => {
                let mut machine = self.nodes.get(&node).cloned().unwrap_or_default();
                machine.ipam = ipam;
                self.nodes.insert(node, machine);
            }
            WorldChange::Pulled { node, image } => {
                let mut machine = self.nodes.get(&node).cloned().unwrap_or_default();
                machine.images.insert(image);
                self.nodes.insert(node, machine);
            }
            WorldChange::NodeGone(node, since) => {
                let mut machine = self.nodes.get(&node).cloned().unwrap_or_default();
                machine.gone = since;
                self.nodes.insert(node, machine);
            }
            WorldChange::Balancer(service, Some(address)) => {
                self.balancers.insert(service, address);
            }
            WorldChange::Balancer(service, None) => {
                self.balancers.remove(&service);
            }
        }
    }
}
