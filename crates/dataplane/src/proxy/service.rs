//! What kube-proxy has learnt from the API: every Service port with its endpoints.
//!
//! Models `pkg/proxy/servicechangetracker.go`, `serviceport.go` and `endpointslicecache.go`. The map is
//! a persistent value: a node whose kube-proxy has stopped simply keeps an old one. It says nothing
//! about rules; that is `iptables`, `nftables` and `ipvs`.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use apiserver::{Change, Snapshot};
use imbl::OrdMap;
use ipnet::IpNet;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use manifest::{FieldPath, Kind, Object, ObjectRef};
use packet::{Protocol, socket};
use trace::FieldRef;

/// The label by which an EndpointSlice names its Service.
const SERVICE_NAME_LABEL: &str = "kubernetes.io/service-name";

/// One port of one Service, as kube-proxy keys it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServicePortName {
    /// The Service's namespace.
    pub namespace: String,
    /// The Service's name.
    pub name: String,
    /// The port's name, empty if it has none.
    pub port: String,
    /// The port's protocol.
    pub protocol: Protocol,
}

/// Writes `default/web:http`, or `default/web` for an unnamed port, as rule comments do.
impl fmt::Display for ServicePortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)?;
        if self.port.is_empty() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// One port of one Service in one address family.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePort {
    /// Its name.
    pub name: ServicePortName,
    /// The Service.
    pub service: ObjectRef,
    /// Its place in `spec.ports`.
    pub position: usize,
    /// The ClusterIP of this family.
    pub cluster_ip: IpAddr,
    /// The port on the ClusterIP.
    pub port: u16,
    /// The port on every node, if there is one.
    pub node_port: Option<u16>,
    /// `spec.externalIPs` of this family.
    pub external_ips: Vec<IpAddr>,
    /// The load balancer's addresses of this family that nodes accept themselves.
    pub load_balancer_ips: Vec<IpAddr>,
    /// `spec.loadBalancerSourceRanges` of this family; empty means everybody.
    pub source_ranges: Vec<IpNet>,
    /// How long a client stays with its endpoint, if `sessionAffinity` is `ClientIP`.
    pub affinity_seconds: Option<u32>,
    /// `externalTrafficPolicy: Local`.
    pub external_local: bool,
    /// `internalTrafficPolicy: Local`.
    pub internal_local: bool,
    /// `spec.healthCheckNodePort`.
    pub health_check_node_port: Option<u16>,
    /// Every endpoint, ready or not, in the order of `address:port` as text.
    pub endpoints: Vec<Endpoint>,
}

impl ServicePort {
    /// Whether anything but the ClusterIP leads to it.
    pub fn externally_accessible(&self) -> bool {
        self.node_port.is_some()
            || !self.external_ips.is_empty()
            || !self.load_balancer_ips.is_empty()
    }

    /// Whether any of its traffic may go to endpoints of all nodes.
    pub fn uses_cluster_endpoints(&self) -> bool {
        !self.internal_local || self.externally_accessible()
    }

    /// Whether any of its traffic may only go to endpoints of this node.
    pub fn uses_local_endpoints(&self) -> bool {
        self.internal_local || (self.external_local && self.externally_accessible())
    }

    /// A field of this port: `spec.ports[0].port`.
    pub fn port_field(&self, field: &str) -> FieldRef {
        self.field(&FieldPath::of("spec.ports").index(self.position).child(field))
    }

    /// A field of the Service.
    pub fn field(&self, path: &FieldPath) -> FieldRef {
        FieldRef::new(self.service.clone(), path.clone())
    }
}

/// One endpoint of a Service port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// Ready, or meant to be used although it is not.
    pub ready: bool,
    /// Able to answer, though perhaps on its way out.
    pub serving: bool,
    /// On its way out.
    pub terminating: bool,
    /// The node it is on.
    pub node: Option<String>,
    /// Zones it is meant for.
    pub zone_hints: Vec<String>,
    /// Nodes it is meant for.
    pub node_hints: Vec<String>,
    /// The EndpointSlice that lists it.
    pub slice: Arc<ObjectRef>,
    /// The Pod behind it.
    pub pod: Option<ObjectRef>,
}

/// Writes `10.244.1.10:8080`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&socket(self.address, self.port))
    }
}

/// A Service port in one family: `true` for IPv6.
type Key = (bool, ServicePortName);
/// Where packets go: an address, a protocol and a port.
type Destination = (IpAddr, Protocol, u16);

/// Every Service port, found by name, by destination, by node port or by endpoint.
#[derive(Clone, Debug, Default)]
pub struct ServiceMap {
    ports: OrdMap<Key, Arc<ServicePort>>,
    destinations: OrdMap<Destination, Vec<ServicePortName>>,
    node_ports: OrdMap<(bool, Protocol, u16), Vec<ServicePortName>>,
    cluster_ips: OrdMap<IpAddr, usize>,
    endpoints: OrdMap<Destination, Vec<ServicePortName>>,
    slices: OrdMap<(String, String), BTreeSet<String>>,
    version: u64,
}

impl ServiceMap {
    /// Follows the API from `older` to `newer`; answers the Services that changed.
    pub fn update(&mut self, newer: &Snapshot, older: &Snapshot) -> BTreeSet<ObjectRef> {
        let mut dirty: BTreeSet<ObjectRef> = BTreeSet::new();
        for change in newer.diff(older) {
            match change.object().as_ref() {
                Object::Service(_) => {
                    dirty.insert(change.object().reference());
                }
                Object::EndpointSlice(_) => {
                    if let Change::Removed(before) | Change::Changed { before, .. } = change
                        && let Some(key) = service_of(before)
                    {
                        dirty.insert(ObjectRef::new(Kind::Service, &*key.0, &*key.1));
                        let mut names = self.slices.get(&key).cloned().unwrap_or_default();
                        names.remove(before.name());
                        self.slices.insert(key, names);
                    }
                    if let Change::Added(after) | Change::Changed { after, .. } = change
                        && let Some(key) = service_of(after)
                    {
                        dirty.insert(ObjectRef::new(Kind::Service, &*key.0, &*key.1));
                        let mut names = self.slices.get(&key).cloned().unwrap_or_default();
                        names.insert(after.name().to_owned());
                        self.slices.insert(key, names);
                    }
                }
                _ => {}
            }
        }
        for service in &dirty {
            self.replace(service, newer);
        }
        if !dirty.is_empty() {
            self.version += 1;
        }
        dirty
    }

    /// Counts changes: two maps of one lineage with the same version are the same.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many Service ports there are.
    pub fn len(&self) -> usize {
        self.ports.len()
    }

    /// Whether there is no Service port.
    pub fn is_empty(&self) -> bool {
        self.ports.is_empty()
    }

    /// Every Service port of a family, by name.
    pub fn ports(&self, ipv6: bool) -> impl Iterator<Item = &Arc<ServicePort>> {
        self.ports.iter().filter(move |((family, _), _)| *family == ipv6).map(|(_, port)| port)
    }

    /// The Service port of that name.
    pub fn port(&self, ipv6: bool, name: &ServicePortName) -> Option<&Arc<ServicePort>> {
        self.ports.get(&(ipv6, name.clone()))
    }

    /// The Service ports of a Service, both families.
    pub fn ports_of(&self, service: &ObjectRef) -> Vec<Arc<ServicePort>> {
        [false, true]
            .into_iter()
            .flat_map(|ipv6| {
                let first = ServicePortName {
                    namespace: service.namespace.clone(),
                    name: service.name.clone(),
                    port: String::new(),
                    protocol: Protocol::Tcp,
                };
                self.ports
                    .range((ipv6, first)..)
                    .take_while(move |((family, name), _)| {
                        *family == ipv6
                            && name.namespace == service.namespace
                            && name.name == service.name
                    })
                    .map(|(_, port)| port.clone())
            })
            .collect()
    }

    /// The Service ports whose rules can concern a packet to this destination.
    pub fn concerned(
        &self,
        destination: IpAddr,
        protocol: Protocol,
        port: u16,
    ) -> Vec<Arc<ServicePort>> {
        let ipv6 = destination.is_ipv6();
        let mut names: BTreeSet<&ServicePortName> = BTreeSet::new();
        names.extend(self.destinations.get(&(destination, protocol, port)).into_iter().flatten());
        names.extend(self.node_ports.get(&(ipv6, protocol, port)).into_iter().flatten());
        names.into_iter().filter_map(|name| self.port(ipv6, name).cloned()).collect()
    }

    /// The Service ports that have this endpoint.
    pub fn of_endpoint(
        &self,
        address: IpAddr,
        protocol: Protocol,
        port: u16,
    ) -> impl Iterator<Item = &Arc<ServicePort>> {
        self.endpoints
            .get(&(address, protocol, port))
            .into_iter()
            .flatten()
            .filter_map(move |name| self.port(address.is_ipv6(), name))
    }

    /// Whether this is the ClusterIP of a Service.
    pub fn is_cluster_ip(&self, address: IpAddr) -> bool {
        self.cluster_ips.contains_key(&address)
    }

    /// Whether some Service is reached at this address: a ClusterIP, an external IP or a load
    /// balancer's.
    pub fn is_virtual(&self, address: IpAddr) -> bool {
        let first = (address, Protocol::Tcp, 0);
        self.destinations.range(first..).next().is_some_and(|((of, ..), _)| *of == address)
    }

    fn replace(&mut self, service: &ObjectRef, snapshot: &Snapshot) {
        for old in self.ports_of(service) {
            self.unlink(&old);
        }
        let Some(object) = snapshot.find::<Service>(&service.namespace, &service.name) else {
            return;
        };
        let key = (service.namespace.clone(), service.name.clone());
        let names = self.slices.get(&key).cloned().unwrap_or_default();
        let slices: Vec<&EndpointSlice> =
            names.iter().filter_map(|name| snapshot.find(&service.namespace, name)).collect();
        for ipv6 in [false, true] {
            for port in read_ports(object, service, &slices, ipv6) {
                self.link(Arc::new(port));
            }
        }
    }

    fn link(&mut self, port: Arc<ServicePort>) {
        let (name, ipv6) = (&port.name, port.cluster_ip.is_ipv6());
        for destination in destinations(&port) {
            add(&mut self.destinations, destination, name);
        }
        for (protocol, number) in node_ports(&port) {
            add(&mut self.node_ports, (ipv6, protocol, number), name);
        }
        for endpoint in &port.endpoints {
            add(&mut self.endpoints, (endpoint.address, name.protocol, endpoint.port), name);
        }
        *self.cluster_ips.entry(port.cluster_ip).or_default() += 1;
        self.ports.insert((ipv6, name.clone()), port.clone());
    }

    fn unlink(&mut self, port: &ServicePort) {
        let (name, ipv6) = (&port.name, port.cluster_ip.is_ipv6());
        for destination in destinations(port) {
            take(&mut self.destinations, &destination, name);
        }
        for (protocol, number) in node_ports(port) {
            take(&mut self.node_ports, &(ipv6, protocol, number), name);
        }
        for endpoint in &port.endpoints {
            take(&mut self.endpoints, &(endpoint.address, name.protocol, endpoint.port), name);
        }
        match self.cluster_ips.get(&port.cluster_ip).copied() {
            Some(count) if count > 1 => {
                self.cluster_ips.insert(port.cluster_ip, count - 1);
            }
            _ => {
                self.cluster_ips.remove(&port.cluster_ip);
            }
        }
        self.ports.remove(&(ipv6, name.clone()));
    }
}

/// An address as kube-proxy reads it: leading zeros are decimal (`netutils.ParseIPSloppy`).
pub fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if text.contains(':') {
        return text.parse().ok();
    }
    let parts: Vec<u8> =
        text.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u8>>>()?;
    <[u8; 4]>::try_from(parts).ok().map(IpAddr::from)
}

/// A block of addresses as kube-proxy reads it, with the bits after the prefix cleared.
pub fn parse_network(text: &str) -> Option<IpNet> {
    let (address, length) = text.trim().split_once('/')?;
    IpNet::new(parse_address(address)?, length.parse().ok()?).ok().map(|net| net.trunc())
}

fn service_of(slice: &Object) -> Option<(String, String)> {
    slice.label(SERVICE_NAME_LABEL).map(|name| (slice.namespace().to_owned(), name.to_owned()))
}

fn destinations(port: &ServicePort) -> impl Iterator<Item = Destination> {
    std::iter::once(&port.cluster_ip)
        .chain(&port.external_ips)
        .chain(&port.load_balancer_ips)
        .map(|address| (*address, port.name.protocol, port.port))
}

fn node_ports(port: &ServicePort) -> impl Iterator<Item = (Protocol, u16)> {
    let health = port.health_check_node_port.map(|number| (Protocol::Tcp, number));
    port.node_port.map(|number| (port.name.protocol, number)).into_iter().chain(health)
}

fn add<K: Ord + Clone>(
    index: &mut OrdMap<K, Vec<ServicePortName>>,
    key: K,
    name: &ServicePortName,
) {
    let mut names = index.get(&key).cloned().unwrap_or_default();
    if !names.contains(name) {
        names.push(name.clone());
    }
    index.insert(key, names);
}

fn take<K: Ord + Clone>(
    index: &mut OrdMap<K, Vec<ServicePortName>>,
    key: &K,
    name: &ServicePortName,
) {
    let Some(names) = index.get(key) else { return };
    let rest: Vec<ServicePortName> = names.iter().filter(|other| *other != name).cloned().collect();
    if rest.is_empty() {
        index.remove(key);
    } else {
        index.insert(key.clone(), rest);
    }
}

fn read_ports(
    object: &Service,
    service: &ObjectRef,
    slices: &[&EndpointSlice],
    ipv6: bool,
) -> Vec<ServicePort> {
    let Some(spec) = &object.spec else { return Vec::new() };
    if spec.type_.as_deref() == Some("ExternalName") {
        return Vec::new();
    }
    let of_family = |texts: Option<&Vec<String>>| -> Vec<IpAddr> {
        texts
            .into_iter()
            .flatten()
            .filter_map(|text| parse_address(text))
            .filter(|address| address.is_ipv6() == ipv6)
            .collect()
    };
    let cluster_ip = of_family(spec.cluster_ips.as_ref())
        .into_iter()
        .chain(spec.cluster_ip.as_deref().and_then(parse_address))
        .find(|address| address.is_ipv6() == ipv6);
    let Some(cluster_ip) = cluster_ip else { return Vec::new() };
    let load_balancer_ips = object
        .status
        .iter()
        .filter_map(|status| status.load_balancer.as_ref())
        .filter_map(|status| status.ingress.as_ref())
        .flatten()
        .filter(|ingress| ingress.ip_mode.as_deref() != Some("Proxy"))
        .filter_map(|ingress| ingress.ip.as_deref().and_then(parse_address))
        .filter(|address| address.is_ipv6() == ipv6)
        .collect::<Vec<_>>();
    let source_ranges = spec
        .load_balancer_source_ranges
        .iter()
        .flatten()
        .filter_map(|text| parse_network(text))
        .filter(|net| net.addr().is_ipv6() == ipv6)
        .collect::<Vec<_>>();
    let affinity_seconds = (spec.session_affinity.as_deref() == Some("ClientIP")).then(|| {
        let seconds = spec
            .session_affinity_config
            .as_ref()
            .and_then(|config| config.client_ip.as_ref())
            .and_then(|client| client.timeout_seconds);
        seconds.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(10800)
    });
    let balanced = spec.type_.as_deref() == Some("LoadBalancer");
    let external_local = spec.external_traffic_policy.as_deref() == Some("Local");
    let ports = spec.ports.iter().flatten().enumerate();
    ports
        .filter_map(|(position, port)| {
            let protocol = Protocol::from_kubernetes(port.protocol.as_deref())?;
            let name = ServicePortName {
                namespace: service.namespace.clone(),
                name: service.name.clone(),
                port: port.name.clone().unwrap_or_default(),
                protocol,
            };
            Some(ServicePort {
                endpoints: read_endpoints(&name, slices, ipv6),
                name,
                service: service.clone(),
                position,
                cluster_ip,
                port: number(port.port)?,
                node_port: port.node_port.and_then(number),
                external_ips: of_family(spec.external_ips.as_ref()),
                load_balancer_ips: load_balancer_ips.clone(),
                source_ranges: source_ranges.clone(),
                affinity_seconds,
                external_local,
                internal_local: spec.internal_traffic_policy.as_deref() == Some("Local"),
                health_check_node_port: spec
                    .health_check_node_port
                    .and_then(number)
                    .filter(|_| balanced && external_local),
            })
        })
        .collect()
}

fn read_endpoints(name: &ServicePortName, slices: &[&EndpointSlice], ipv6: bool) -> Vec<Endpoint> {
    let family = if ipv6 { "IPv6" } else { "IPv4" };
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for slice in slices.iter().filter(|slice| slice.address_type == family) {
        let reference = Arc::new(ObjectRef::new(
            Kind::EndpointSlice,
            slice.metadata.namespace.as_deref().unwrap_or_default(),
            slice.metadata.name.as_deref().unwrap_or_default(),
        ));
        let ports = slice.ports.iter().flatten().filter(|port| {
            port.name.as_deref().unwrap_or_default() == name.port
                && Protocol::from_kubernetes(port.protocol.as_deref()) == Some(name.protocol)
        });
        for port in ports.filter_map(|port| port.port.and_then(number)) {
            for endpoint in slice.endpoints.iter().flatten() {
                let Some(address) = endpoint.addresses.first().and_then(|text| parse_address(text))
                else {
                    continue;
                };
                let conditions = endpoint.conditions.clone().unwrap_or_default();
                let ready = conditions.ready.unwrap_or(true);
                let hints = endpoint.hints.clone().unwrap_or_default();
                endpoints.push(Endpoint {
                    address,
                    port,
                    ready,
                    serving: conditions.serving.unwrap_or(ready),
                    terminating: conditions.terminating.unwrap_or(false),
                    node: endpoint.node_name.clone(),
                    zone_hints: hints
                        .for_zones
                        .iter()
                        .flatten()
                        .map(|zone| zone.name.clone())
                        .collect(),
                    node_hints: hints
                        .for_nodes
                        .iter()
                        .flatten()
                        .map(|node| node.name.clone())
                        .collect(),
                    slice: reference.clone(),
                    pod: endpoint
                        .target_ref
                        .as_ref()
                        .filter(|target| target.kind.as_deref() == Some("Pod"))
                        .and_then(|target| {
                            let namespace =
                                target.namespace.as_deref().unwrap_or(&reference.namespace);
                            Some(ObjectRef::new(Kind::Pod, namespace, target.name.as_deref()?))
                        }),
                });
            }
        }
    }
    endpoints.sort_by_cached_key(|endpoint| endpoint.to_string());
    endpoints.dedup_by(|one, other| one.address == other.address && one.port == other.port);
    endpoints
}

/// A port number that is one: 1 to 65535.
fn number(value: i32) -> Option<u16> {
    u16::try_from(value).ok().filter(|number| *number != 0)
}
