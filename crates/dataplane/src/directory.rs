//! Who is where: Services, EndpointSlices and Pods by address and by Service, kept up from snapshots.
//!
//! Name resolution and the driver look things up here, so that one request costs the same in a
//! cluster of ten Pods and of a hundred thousand. Models the indexers of CoreDNS' `kubernetes`
//! plugin (`plugin/kubernetes/controller.go`). It decides nothing.

use std::collections::BTreeSet;
use std::net::IpAddr;

use apiserver::{Change, Snapshot};
use imbl::OrdSet;
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use manifest::{Kind, Object, ObjectRef};

/// The label that ties an EndpointSlice to its Service.
pub const SERVICE_NAME_LABEL: &str = "kubernetes.io/service-name";

/// The label that ties an EndpointSlice to a Service imported from other clusters.
const IMPORTED_NAME_LABEL: &str = "multicluster.kubernetes.io/service-name";
/// The label that names the cluster an imported EndpointSlice comes from.
const SOURCE_CLUSTER_LABEL: &str = "multicluster.kubernetes.io/source-cluster";

/// The cluster, with indexes by address. Cloning costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    snapshot: Snapshot,
    slices_by_service: OrdSet<(String, String, String)>,
    by_address: OrdSet<(IpAddr, ObjectRef)>,
    /// Ingresses and HTTPRoutes by the hosts they name; an empty name stands for every host.
    by_host: OrdSet<(String, ObjectRef)>,
}

impl Directory {
    /// A directory of one snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut directory = Self::default();
        directory.sync(snapshot);
        directory
    }

    /// Follows the cluster to `snapshot`, at the cost of what changed.
    pub fn sync(&mut self, snapshot: &Snapshot) {
        let older = std::mem::replace(&mut self.snapshot, snapshot.clone());
        for change in snapshot.diff(&older) {
            match change {
                Change::Added(after) => self.enter(after),
                Change::Changed { before, after } => {
                    self.leave(before);
                    self.enter(after);
                }
                Change::Removed(before) => self.leave(before),
            }
        }
    }

    /// The cluster as of the last [`Directory::sync`].
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Whether a namespace exists.
    pub fn has_namespace(&self, name: &str) -> bool {
        self.snapshot.find::<Namespace>("", name).is_some()
    }

    /// A Service by name.
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Service> {
        self.snapshot.find(namespace, name)
    }

    /// The EndpointSlices of a Service, by name.
    pub fn slices(&self, namespace: &str, service: &str) -> impl Iterator<Item = &EndpointSlice> {
        let first = (namespace.to_owned(), service.to_owned(), String::new());
        self.slices_by_service
            .range(first.clone()..)
            .take_while(move |(namespace, service, _)| *namespace == first.0 && *service == first.1)
            .filter_map(|(namespace, _, slice)| self.snapshot.find(namespace, slice))
    }

    /// The Services that have this cluster address.
    pub fn services_at(&self, address: IpAddr) -> impl Iterator<Item = &Service> {
        self.at(address, Kind::Service)
            .filter_map(|found| self.snapshot.find(&found.namespace, &found.name))
    }

    /// The EndpointSlices that list this address.
    pub fn slices_at(&self, address: IpAddr) -> impl Iterator<Item = &EndpointSlice> {
        self.at(address, Kind::EndpointSlice)
            .filter_map(|found| self.snapshot.find(&found.namespace, &found.name))
    }

    /// The Pods that have this address; several if they share their node's.
    pub fn pods_at(&self, address: IpAddr) -> impl Iterator<Item = &Pod> {
        self.at(address, Kind::Pod)
            .filter_map(|found| self.snapshot.find(&found.namespace, &found.name))
    }

    /// The Ingresses or HTTPRoutes that may have to say something about a host, in order of their
    /// names: those that name it, a wildcard above it, or no host at all.
    pub fn about_host(&self, kind: Kind, host: &str) -> BTreeSet<&ObjectRef> {
        let host = host.to_ascii_lowercase();
        let above = host.match_indices('.').map(|(at, _)| format!("*{}", &host[at..]));
        let names = above.chain([host.clone(), String::new()]);
        let found = names.flat_map(|name| {
            self.by_host
                .range((name.clone(), ObjectRef::new(kind, "", ""))..)
                .take_while(move |(at, found)| *at == name && found.kind == kind)
                .map(|(_, found)| found)
        });
        found.collect()
    }

    fn at(&self, address: IpAddr, kind: Kind) -> impl Iterator<Item = &ObjectRef> {
        self.by_address
            .range((address, ObjectRef::new(kind, "", ""))..)
            .take_while(move |(at, found)| *at == address && found.kind == kind)
            .map(|(_, found)| found)
    }

    fn enter(&mut self, object: &Object) {
        if let Some(entry) = slice_of_service(object) {
            self.slices_by_service.insert(entry);
        }
        for address in addresses(object) {
            self.by_address.insert((address, object.reference()));
        }
        for host in hosts(object) {
            self.by_host.insert((host, object.reference()));
        }
    }

    fn leave(&mut self, object: &Object) {
        if let Some(entry) = slice_of_service(object) {
            self.slices_by_service.remove(&entry);
        }
        for address in addresses(object) {
            self.by_address.remove(&(address, object.reference()));
        }
        for host in hosts(object) {
            self.by_host.remove(&(host, object.reference()));
        }
    }
}

/// The cluster that an imported EndpointSlice comes from; none if it is this cluster's own.
pub fn source_cluster(slice: &EndpointSlice) -> Option<&str> {
    slice.metadata.labels.as_ref()?.get(SOURCE_CLUSTER_LABEL).map(String::as_str)
}

/// The cluster addresses of a Service; none if it is headless.
pub fn cluster_addresses(service: &Service) -> Vec<IpAddr> {
    let Some(spec) = &service.spec else { return Vec::new() };
    let several = spec.cluster_ips.as_deref().unwrap_or_default();
    let written = if several.is_empty() { spec.cluster_ip.as_slice() } else { several };
    written.iter().filter_map(|address| address.parse().ok()).collect()
}

fn slice_of_service(object: &Object) -> Option<(String, String, String)> {
    if object.kind() != Kind::EndpointSlice {
        return None;
    }
    let service = object.label(SERVICE_NAME_LABEL).or_else(|| object.label(IMPORTED_NAME_LABEL))?;
    Some((object.namespace().to_owned(), service.to_owned(), object.name().to_owned()))
}

/// The hosts that an Ingress or an HTTPRoute names, in lower case; empty for every host.
fn hosts(object: &Object) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    match object {
        Object::Ingress(ingress) => {
            let Some(spec) = &ingress.spec else { return hosts };
            let rules = spec.rules.as_deref().unwrap_or_default();
            let of_rules = rules.iter().map(|rule| rule.host.clone().unwrap_or_default());
            let of_tls =
                spec.tls.iter().flatten().flat_map(|tls| tls.hosts.clone().unwrap_or_default());
            hosts.extend(of_rules.chain(of_tls).map(|host| host.to_ascii_lowercase()));
            if rules.is_empty() {
                hosts.insert(String::new());
            }
        }
        Object::HTTPRoute(route) => {
            let named = route.spec.hostnames.iter().flatten();
            hosts.extend(named.map(|host| host.to_ascii_lowercase()));
            if hosts.is_empty() {
                hosts.insert(String::new());
            }
        }
        _ => {}
    }
    hosts
}

fn addresses(object: &Object) -> Vec<IpAddr> {
    match object {
        Object::Service(service) => cluster_addresses(service),
        Object::EndpointSlice(slice) => slice
            .endpoints
            .iter()
            .flatten()
            .flat_map(|endpoint| &endpoint.addresses)
            .filter_map(|address| address.parse().ok())
            .collect(),
        Object::Pod(pod) => {
            let Some(status) = &pod.status else { return Vec::new() };
            if matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
                return Vec::new();
            }
            let several = status.pod_ips.iter().flatten().map(|ip| ip.ip.as_str());
            let mut found: Vec<IpAddr> = several
                .chain(status.pod_ip.as_deref())
                .filter_map(|address| address.parse().ok())
                .collect();
            found.dedup();
            found
        }
        _ => Vec::new(),
    }
}
