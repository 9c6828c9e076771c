//! The data plane: kernel tables compiled from a snapshot, a packet's walk through them, and the
//! processes at both ends that resolve names, listen and answer.

pub mod application;
pub mod backend;
pub mod balancer;
pub mod certificate;
pub mod conntrack;
pub mod directory;
pub mod dns;
mod driver;
pub mod gateway;
pub mod http;
pub mod ingress;
pub mod netns;
pub mod network;
mod overview;
pub mod policy;
mod processes;
pub mod proxy;
mod walk;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use apiserver::Snapshot;
use imbl::OrdMap;
use manifest::ObjectRef;
use packet::Time;
use trace::Journey;

pub use application::flavour as resolver;
pub use driver::{Request, RequestKind};
pub use netns::Cni;
pub use network::{
    Faults, Link, LinkKind, Listeners, Listening, Namespace, Network, NetworkConfig, Scope,
};
pub use overview::{ingress_controller, listening_ports};
pub use proxy::ProxyMode;

use balancer::Balancer;
use dns::{KubeletDns, Memory, ResolvConf};
use processes::Processes;

/// How a cluster's data plane is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Network plugin, kube-proxy, networks, machines on the internet.
    pub network: NetworkConfig,
    /// What kubelets write into the Pods' resolv.conf, and the nodes' own.
    pub dns: KubeletDns,
    /// Names the public DNS knows beside those of the machines on the internet, in lower case and
    /// without a last dot.
    pub public_names: BTreeMap<String, Vec<IpAddr>>,
    /// Machines on the internet that answer DNS, by name.
    pub resolvers: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        let node = ResolvConf {
            nameservers: vec![[8, 8, 8, 8].into()],
            search: Vec::new(),
            options: Vec::new(),
        };
        Self {
            network: NetworkConfig::default(),
            dns: KubeletDns {
                nameservers: vec![[10, 96, 0, 10].into()],
                domain: "cluster.local".into(),
                node,
            },
            public_names: BTreeMap::new(),
            resolvers: vec!["dns.google".into()],
        }
    }
}

/// The data plane of a cluster: its network and the processes on it. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct DataPlane {
    /// What carries packets.
    pub network: Network,
    config: Arc<Config>,
    processes: Processes,
    dns_memory: OrdMap<ObjectRef, Memory>,
    changed: Time,
}

impl DataPlane {
    /// A data plane without a cluster.
    pub fn new(config: Config) -> Self {
        let resolvers = Arc::new(config.resolvers.clone());
        let nameservers = Arc::new(config.dns.node.nameservers.clone());
        Self {
            network: Network::new(config.network.clone()),
            processes: Processes { resolvers, nameservers, ..Processes::default() },
            config: Arc::new(config),
            dns_memory: OrdMap::new(),
            changed: Time::START,
        }
    }

    /// Follows the cluster, at the cost of what changed.
    pub fn sync(&mut self, snapshot: &Snapshot, now: Time) {
        if snapshot.resource_version() != self.processes.directory.snapshot().resource_version() {
            self.changed = now;
        }
        self.processes.sync(snapshot, now);
        self.network.sync(snapshot, now);
        self.pass(now);
    }

    /// Tells the public DNS which names it knows beside those of the machines on the internet, in
    /// lower case and without a last dot.
    pub fn set_public_names(&mut self, names: BTreeMap<String, Vec<IpAddr>>) {
        if self.config.public_names != names {
            Arc::make_mut(&mut self.config).public_names = names;
        }
    }

    /// Tells which Services and Ingresses have a load balancer outside the cluster.
    pub fn set_balancers(&mut self, balancers: BTreeMap<ObjectRef, Balancer>) {
        self.network.set_balancers(balancers);
    }

    /// Makes a request and follows every packet it causes.
    pub fn send(&mut self, request: &Request, now: Time) -> Journey {
        self.pass(now);
        driver::send(self, request, now)
    }

    /// What servers do by themselves as time passes.
    fn pass(&mut self, now: Time) {
        for pod in self.processes.reload(now) {
            self.dns_memory.remove(&pod);
        }
    }

    /// What a CoreDNS Pod has logged of its reloads.
    pub fn dns_reloads(&self, pod: &ObjectRef) -> &[String] {
        self.processes.reloads_of(pod)
    }

    /// Why a CoreDNS Pod does not come up, in the words it logs; none if it does.
    pub fn corefile_error(&self, pod: &ObjectRef) -> Option<&str> {
        self.processes.corefile_error(pod)
    }
}
