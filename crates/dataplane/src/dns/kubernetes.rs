//! The `kubernetes` plugin: cluster names answered from Services, EndpointSlices and Pods.
//!
//! Models `plugin/kubernetes` and `plugin/backend_lookup.go` of CoreDNS 1.13 and the Kubernetes DNS
//! specification. Pure: it reads the [`Directory`] and asks other plugins only for the targets of
//! ExternalName Services outside the cluster, through `follow`.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use manifest::{Kind, ObjectRef};
use packet::dns::{Message, Question, Rcode, Record, RecordData, RecordType};

use super::corefile::{Kubernetes, PodRecords, address_of_reverse, fully_qualified, is_within};
use crate::directory::{Directory, cluster_addresses, source_cluster};

/// The version of the DNS specification that `dns-version` names.
const SPECIFICATION_VERSION: &str = "1.1.0";
/// How long the specification's version may be kept, in seconds.
const SPECIFICATION_TTL: u32 = 28800;
/// The port of an endpoint whose slice declares none; it has no SRV record.
const NO_PORT: i32 = -1;
/// The longest chain of ExternalName Services that is followed.
const LONGEST_CHAIN: usize = 8;

/// What the plugin made of a question.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It has an answer, perhaps an empty one.
    Answered(Answer),
    /// There is nothing of that name, and such names go on to the next plugin.
    FallsThrough,
    /// The name is outside its zones.
    NotMine,
}

/// The records of an answer and what they were made from.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The result.
    pub rcode: Rcode,
    /// The answer section.
    pub answers: Vec<Record>,
    /// The authority section: the zone's SOA if there is no answer.
    pub authority: Vec<Record>,
    /// The additional section.
    pub additional: Vec<Record>,
    /// The object that answered.
    pub object: Option<ObjectRef>,
}

/// What the plugin knows besides the cluster.
pub struct Surroundings<'a> {
    /// The cluster.
    pub directory: &'a Directory,
    /// The server's own address, for `NS`.
    pub local: IpAddr,
    /// The zone's serial number: when the cluster last changed, in Unix seconds.
    pub serial: u32,
    /// Whether the server has read the cluster yet.
    pub synced: bool,
}

/// Answers a question, or says why not.
pub fn answer(
    plugin: &Kubernetes,
    around: &Surroundings<'_>,
    question: &Question,
    follow: &mut dyn FnMut(&Question) -> Option<Message>,
) -> Outcome {
    let zone = plugin
        .zones
        .iter()
        .filter(|zone| is_within(&question.name, zone))
        .max_by_key(|zone| zone.len());
    let Some(zone) = zone else { return Outcome::NotMine };
    let written_zone = if zone == "." {
        ".".to_owned()
    } else {
        question.name[question.name.len() - zone.len()..].to_owned()
    };
    let of_many_clusters = plugin.multicluster.contains(zone);
    let lookup = Lookup { plugin, around, zone: written_zone, of_many_clusters };
    let mut object = None;
    let (answers, additional) = match lookup.records(question, &mut object, follow, 0) {
        Ok(records) => records,
        Err(Missing) if !around.synced => {
            return Outcome::Answered(lookup.negative(Rcode::ServerFailure, None));
        }
        Err(Missing) if plugin.fallthrough.lets_through(&question.name) => {
            return Outcome::FallsThrough;
        }
        Err(Missing) => return Outcome::Answered(lookup.negative(Rcode::NameError, None)),
    };
    if answers.is_empty() {
        return Outcome::Answered(lookup.negative(Rcode::NoError, object));
    }
    Outcome::Answered(Answer {
        rcode: Rcode::NoError,
        answers,
        authority: Vec::new(),
        additional,
        object,
    })
}

/// There is nothing of that name.
#[derive(Clone, Copy, Debug)]
struct Missing;

/// A service record as `plugin/etcd/msg.Service` has it: a host under a name.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    host: Host,
    port: i32,
    /// The name it belongs to, without the zone.
    name: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Host {
    Address(IpAddr),
    Name(String),
}

/// A cluster name, taken apart from the right.
#[derive(Debug, Default)]
struct Request<'a> {
    kind: &'a str,
    namespace: &'a str,
    service: &'a str,
    endpoint: &'a str,
    port: &'a str,
    protocol: &'a str,
    /// The cluster an endpoint is in, in a zone for a set of clusters.
    cluster: &'a str,
    /// A zone and whether it is preferred or required, as `zone.prefer._zone` asks.
    zone: Option<(&'a str, ZoneMode)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum ZoneMode {
    Pin,
    Prefer,
}

type Sections = (Vec<Record>, Vec<Record>);

struct Lookup<'a> {
    plugin: &'a Kubernetes,
    around: &'a Surroundings<'a>,
    /// The zone as the question writes it.
    zone: String,
    /// Whether the zone answers for a set of clusters.
    of_many_clusters: bool,
}

impl Lookup<'_> {
    fn records(
        &self,
        question: &Question,
        object: &mut Option<ObjectRef>,
        follow: &mut dyn FnMut(&Question) -> Option<Message>,
        depth: usize,
    ) -> Result<Sections, Missing> {
        let name = question.name.as_str();
        let apex = name.eq_ignore_ascii_case(&self.zone);
        match question.record_type {
            RecordType::A | RecordType::Aaaa => {
                Ok((self.addresses(question, object, follow, depth)?, Vec::new()))
            }
            RecordType::Txt => self.texts(name, object),
            RecordType::Cname => {
                let entries = self.entries(name, object)?;
                let alias = entries.iter().find_map(|entry| match &entry.host {
                    Host::Name(target) => Some(RecordData::Cname(fully_qualified(target))),
                    Host::Address(_) => None,
                });
                let records = alias.map(|data| self.record(name, data)).into_iter().collect();
                Ok((records, Vec::new()))
            }
            RecordType::Ptr => Ok((self.pointers(name, object)?, Vec::new())),
            RecordType::Srv => self.services(name, object),
            RecordType::Soa if apex => Ok((vec![self.authority()], Vec::new())),
            RecordType::Ns if apex => Ok(self.nameservers(object)),
            RecordType::Soa | RecordType::Ns | RecordType::Mx | RecordType::Any => {
                self.entries(name, object)?;
                Ok((Vec::new(), Vec::new()))
            }
        }
    }

    /// Addresses, with the aliases on the way to them.
    fn addresses(
        &self,
        question: &Question,
        object: &mut Option<ObjectRef>,
        follow: &mut dyn FnMut(&Question) -> Option<Message>,
        depth: usize,
    ) -> Result<Vec<Record>, Missing> {
        let name = question.name.as_str();
        let mut records: Vec<Record> = Vec::new();
        for entry in self.entries(name, object)? {
            match (&entry.host, question.record_type) {
                (Host::Address(IpAddr::V4(address)), RecordType::A) => {
                    push_new(&mut records, self.record(name, RecordData::A(*address)));
                }
                (Host::Address(IpAddr::V6(address)), RecordType::Aaaa) => {
                    push_new(&mut records, self.record(name, RecordData::Aaaa(*address)));
                }
                (Host::Address(_), _) => {}
                (Host::Name(target), record_type) => {
                    let target = fully_qualified(target);
                    if target.eq_ignore_ascii_case(name) || depth >= LONGEST_CHAIN {
                        continue;
                    }
                    let alias = self.record(name, RecordData::Cname(target.clone()));
                    let next = Question { name: target.clone(), record_type };
                    if is_within(&target, &self.zone) {
                        let below = self.addresses(&next, &mut None, follow, depth + 1);
                        let below = below.unwrap_or_default();
                        // CoreDNS leaves the alias out if its target inside the zone has nothing.
                        if !below.is_empty() {
                            records.push(alias);
                            records.extend(below);
                        }
                    } else if let Some(found) = follow(&next) {
                        records.push(alias);
                        records.extend(found.answers);
                    }
                }
            }
        }
        Ok(records)
    }

    fn texts(&self, name: &str, object: &mut Option<ObjectRef>) -> Result<Sections, Missing> {
        if self.base(name).eq_ignore_ascii_case("dns-version") {
            let data = RecordData::Txt(vec![SPECIFICATION_VERSION.to_owned()]);
            let record = Record { name: name.to_owned(), ttl: SPECIFICATION_TTL, data };
            return Ok((vec![record], Vec::new()));
        }
        let request = self.parse(name)?;
        let found = self.entries(name, object)?;
        if found.is_empty() && request.zone.is_none() {
            return Err(Missing);
        }
        Ok((Vec::new(), Vec::new()))
    }

    fn services(&self, name: &str, object: &mut Option<ObjectRef>) -> Result<Sections, Missing> {
        let entries = self.entries(name, object)?;
        let targets: Vec<(&Entry, IpAddr)> = entries
            .iter()
            .filter_map(|entry| match entry.host {
                Host::Address(address) => Some((entry, address)),
                Host::Name(_) => None,
            })
            .collect();
        let weight = u16::try_from(100 / targets.len().max(1)).unwrap_or(1).max(1);
        let (mut records, mut additional) = (Vec::new(), Vec::new());
        for (entry, address) in targets.into_iter().filter(|(entry, _)| entry.port != NO_PORT) {
            let target = format!("{}.{}", entry.name, self.zone);
            let data = match address {
                IpAddr::V4(address) => RecordData::A(address),
                IpAddr::V6(address) => RecordData::Aaaa(address),
            };
            push_new(&mut additional, self.record(&target, data));
            let port = u16::try_from(entry.port).unwrap_or_default();
            let data = RecordData::Srv { priority: 0, weight, port, target };
            push_new(&mut records, self.record(name, data));
        }
        Ok((records, additional))
    }

    fn pointers(&self, name: &str, object: &mut Option<ObjectRef>) -> Result<Vec<Record>, Missing> {
        let Some(address) = address_of_reverse(name) else {
            self.entries(name, object)?;
            return Ok(Vec::new());
        };
        let directory = self.around.directory;
        let primary = self.plugin.zones.iter().find(|zone| !zone.ends_with(".arpa."));
        let primary = primary.map(String::as_str).unwrap_or(".");
        let service = directory
            .services_at(address)
            .find(|service| self.answers_for(service.metadata.namespace.as_deref()));
        if let Some(service) = service {
            let reference = reference_of(service);
            let host = format!("{}.{}.svc.{primary}", reference.name, reference.namespace);
            *object = Some(reference);
            return Ok(vec![self.record(name, RecordData::Ptr(host))]);
        }
        let mut records = Vec::new();
        for slice in directory.slices_at(address) {
            let namespace = slice.metadata.namespace.as_deref().unwrap_or_default();
            let Some(service) = service_of(slice).filter(|_| self.answers_for(Some(namespace)))
            else {
                continue;
            };
            for endpoint in slice.endpoints.iter().flatten().filter(|found| is_ready(found)) {
                let here = endpoint
                    .addresses
                    .iter()
                    .any(|written| written.parse::<IpAddr>().is_ok_and(|found| found == address));
                if let Some(hostname) = endpoint.hostname.as_deref().filter(|_| here) {
                    let host = format!("{hostname}.{service}.{namespace}.svc.{primary}");
                    *object = Some(ObjectRef::new(Kind::Service, namespace, service));
                    push_new(&mut records, self.record(name, RecordData::Ptr(host)));
                }
            }
        }
        if records.is_empty() { Err(Missing) } else { Ok(records) }
    }

    /// The zone's nameservers: the Services in front of this server, or the server itself.
    fn nameservers(&self, object: &mut Option<ObjectRef>) -> Sections {
        let (mut records, mut additional) = (Vec::new(), Vec::new());
        for (host, address) in self.nameserver_addresses(object) {
            push_new(&mut records, self.record(&self.zone, RecordData::Ns(host.clone())));
            let data = match address {
                IpAddr::V4(address) => RecordData::A(address),
                IpAddr::V6(address) => RecordData::Aaaa(address),
            };
            push_new(&mut additional, self.record(&host, data));
        }
        (records, additional)
    }

    fn nameserver_addresses(&self, object: &mut Option<ObjectRef>) -> Vec<(String, IpAddr)> {
        let directory = self.around.directory;
        let mut found = Vec::new();
        for slice in directory.slices_at(self.around.local) {
            let namespace = slice.metadata.namespace.as_deref().unwrap_or_default();
            let service = service_of(slice).and_then(|name| directory.service(namespace, name));
            let Some(service) = service else { continue };
            let reference = reference_of(service);
            let host = format!("{}.{}.svc.{}", reference.name, reference.namespace, self.zone);
            for address in cluster_addresses(service) {
                found.push((host.clone(), address));
            }
            *object = Some(reference);
        }
        if found.is_empty() {
            found.push((format!("ns.dns.{}", self.zone), self.around.local));
        }
        found
    }

    /// Everything under a name: what `Kubernetes.Records` finds.
    fn entries(&self, name: &str, object: &mut Option<ObjectRef>) -> Result<Vec<Entry>, Missing> {
        if self.base(name).eq_ignore_ascii_case("ns.dns") {
            let addresses = self.nameserver_addresses(object);
            return Ok(addresses
                .into_iter()
                .map(|(_, address)| Entry {
                    host: Host::Address(address),
                    port: NO_PORT,
                    name: "ns.dns".into(),
                })
                .collect());
        }
        let request = self.parse(name)?;
        if request.kind.is_empty() {
            return Ok(Vec::new());
        }
        if name.to_ascii_lowercase().ends_with(".arpa.") || !self.exposes(request.namespace) {
            return Err(Missing);
        }
        if request.service.is_empty() {
            return if request.kind == "pod" && self.plugin.pods == PodRecords::Disabled {
                Err(Missing)
            } else {
                Ok(Vec::new())
            };
        }
        if request.kind == "pod" {
            self.pods(&request, object)
        } else {
            self.services_of(&request, object)
        }
    }

    fn base<'n>(&self, name: &'n str) -> &'n str {
        if self.zone == "." {
            return name.trim_end_matches('.');
        }
        name[..name.len() - self.zone.len()].trim_end_matches('.')
    }

    fn parse<'n>(&self, name: &'n str) -> Result<Request<'n>, Missing> {
        let base = self.base(name);
        let mut request = Request::default();
        if base.is_empty() || base.eq_ignore_ascii_case("svc") || base.eq_ignore_ascii_case("pod") {
            return Ok(request);
        }
        let mut labels: Vec<&str> = base.split('.').collect();
        request.kind = match labels.pop() {
            Some(kind) if kind.eq_ignore_ascii_case("svc") => "svc",
            Some(kind) if kind.eq_ignore_ascii_case("pod") => "pod",
            _ => return Err(Missing),
        };
        request.namespace = labels.pop().unwrap_or_default();
        request.service = labels.pop().unwrap_or_default();
        let bare = |label: &'n str| label.strip_prefix('_').unwrap_or(label);
        match labels.as_slice() {
            [] => {}
            // In a zone for a set of clusters an endpoint's name alone says too little.
            [_] if self.of_many_clusters => return Err(Missing),
            [endpoint] => request.endpoint = endpoint,
            [endpoint, cluster] if self.of_many_clusters && !cluster.starts_with('_') => {
                (request.endpoint, request.cluster) = (endpoint, cluster);
            }
            [port, protocol] => (request.port, request.protocol) = (bare(port), bare(protocol)),
            [zone, mode, "_zone"] if self.plugin.zonal => {
                let mode = match *mode {
                    "pin" => ZoneMode::Pin,
                    "prefer" => ZoneMode::Prefer,
                    _ => return Err(Missing),
                };
                request.zone = Some((zone, mode));
            }
            _ => return Err(Missing),
        }
        Ok(request)
    }

    fn pods(
        &self,
        request: &Request<'_>,
        object: &mut Option<ObjectRef>,
    ) -> Result<Vec<Entry>, Missing> {
        let name = request.service;
        let dashes = name.matches('-').count();
        let address = if dashes == 3 && !name.contains("--") {
            name.replace('-', ".")
        } else {
            name.replace('-', ":")
        };
        let address: IpAddr = address.parse().map_err(|_| Missing)?;
        match self.plugin.pods {
            PodRecords::Disabled => return Err(Missing),
            PodRecords::Insecure => {}
            PodRecords::Verified => {
                let pod = self.around.directory.pods_at(address).find(|pod| {
                    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
                    namespace.eq_ignore_ascii_case(request.namespace)
                });
                let pod = pod.ok_or(Missing)?;
                let name = pod.metadata.name.clone().unwrap_or_default();
                *object = Some(ObjectRef::new(Kind::Pod, request.namespace, name));
            }
        }
        let name = format!("{name}.{}.pod", request.namespace);
        Ok(vec![Entry { host: Host::Address(address), port: NO_PORT, name }])
    }

    fn services_of(
        &self,
        request: &Request<'_>,
        object: &mut Option<ObjectRef>,
    ) -> Result<Vec<Entry>, Missing> {
        let directory = self.around.directory;
        let namespace = request.namespace.to_ascii_lowercase();
        let service = request.service.to_ascii_lowercase();
        if self.of_many_clusters {
            let reference = ObjectRef::new(Kind::Service, namespace, service);
            let name = format!("{}.{}.svc", reference.name, reference.namespace);
            return self.endpoints_of(request, &reference, &name);
        }
        let service = directory.service(&namespace, &service).ok_or(Missing)?;
        let reference = reference_of(service);
        let spec = service.spec.as_ref().ok_or(Missing)?;
        let name = format!("{}.{}.svc", reference.name, reference.namespace);
        let is_external = spec.type_.as_deref() == Some("ExternalName");
        let is_headless = spec.cluster_ip.as_deref() == Some("None");
        if self.plugin.ignore_empty_service && !is_external && !is_headless {
            let mut slices = directory.slices(&reference.namespace, &reference.name);
            let any = slices.any(|slice| slice.endpoints.iter().flatten().any(is_ready));
            if !any {
                return Err(Missing);
            }
        }
        *object = Some(reference.clone());
        if is_external {
            let target = spec.external_name.as_deref().filter(|_| {
                request.endpoint.is_empty() && request.port.is_empty() && request.zone.is_none()
            });
            let target = target.filter(|target| target.parse::<IpAddr>().is_err());
            let host = Host::Name(target.ok_or(Missing)?.to_owned());
            return Ok(vec![Entry { host, port: 0, name }]);
        }
        if is_headless || !request.endpoint.is_empty() {
            return self.endpoints_of(request, &reference, &name);
        }
        if request.zone.is_some() {
            return Err(Missing);
        }
        let addresses = cluster_addresses(service);
        let mut entries = Vec::new();
        let mut any = false;
        for port in spec.ports.iter().flatten() {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            let named = port.name.as_deref().unwrap_or_default();
            if !matches_port(request, named, protocol) {
                continue;
            }
            any = true;
            entries.extend(addresses.iter().map(|address| Entry {
                host: Host::Address(*address),
                port: port.port,
                name: name.clone(),
            }));
        }
        if any { Ok(entries) } else { Err(Missing) }
    }

    fn endpoints_of(
        &self,
        request: &Request<'_>,
        service: &ObjectRef,
        name: &str,
    ) -> Result<Vec<Entry>, Missing> {
        if self.plugin.no_endpoints {
            return Err(Missing);
        }
        let directory = self.around.directory;
        let in_zone = |endpoint: &Endpoint| {
            request.zone.is_none_or(|(zone, _)| {
                endpoint.zone.as_deref().is_some_and(|of| of.eq_ignore_ascii_case(zone))
            })
        };
        let slices = || {
            directory
                .slices(&service.namespace, &service.name)
                .filter(|slice| source_cluster(slice).is_some() == self.of_many_clusters)
        };
        let everywhere = request.zone.is_none_or(|(_, mode)| {
            mode == ZoneMode::Prefer
                && !slices().any(|slice| {
                    slice.endpoints.iter().flatten().any(|e| is_ready(e) && in_zone(e))
                })
        });
        let mut any = false;
        let mut entries = Vec::new();
        for slice in slices() {
            let ports: Vec<(&str, &str, i32)> = match slice.ports.as_deref().unwrap_or_default() {
                [] => vec![("", "", NO_PORT)],
                ports => ports
                    .iter()
                    .map(|port| {
                        (
                            port.name.as_deref().unwrap_or_default(),
                            port.protocol.as_deref().unwrap_or("TCP"),
                            port.port.unwrap_or(NO_PORT),
                        )
                    })
                    .collect(),
            };
            let cluster = source_cluster(slice).unwrap_or_default();
            if !request.cluster.is_empty() && !request.cluster.eq_ignore_ascii_case(cluster) {
                continue;
            }
            let below =
                if cluster.is_empty() { name.to_owned() } else { format!("{cluster}.{name}") };
            for endpoint in slice.endpoints.iter().flatten().filter(|e| is_ready(e)) {
                any |= request.zone.is_some();
                if !everywhere && !in_zone(endpoint) {
                    continue;
                }
                for written in &endpoint.addresses {
                    let Ok(address) = written.parse::<IpAddr>() else { continue };
                    let hostname = self.hostname(endpoint, written);
                    if !request.endpoint.is_empty()
                        && !hostname.eq_ignore_ascii_case(request.endpoint)
                    {
                        continue;
                    }
                    for (port_name, protocol, port) in &ports {
                        if matches_port(request, port_name, protocol) {
                            any = true;
                            entries.push(Entry {
                                host: Host::Address(address),
                                port: *port,
                                name: format!("{hostname}.{below}"),
                            });
                        }
                    }
                }
            }
        }
        if any { Ok(entries) } else { Err(Missing) }
    }

    fn hostname(&self, endpoint: &Endpoint, address: &str) -> String {
        if let Some(hostname) = endpoint.hostname.as_deref().filter(|name| !name.is_empty()) {
            return hostname.to_owned();
        }
        let pod = endpoint.target_ref.as_ref().and_then(|target| target.name.clone());
        match pod.filter(|_| self.plugin.endpoint_pod_names) {
            Some(pod) => pod,
            None => address.replace(['.', ':'], "-"),
        }
    }

    fn exposes(&self, namespace: &str) -> bool {
        let namespace = namespace.to_ascii_lowercase();
        self.answers_for(Some(&namespace)) && self.around.directory.has_namespace(&namespace)
    }

    fn answers_for(&self, namespace: Option<&str>) -> bool {
        let namespace = namespace.unwrap_or_default();
        self.plugin.namespaces.is_empty() || self.plugin.namespaces.iter().any(|n| n == namespace)
    }

    fn record(&self, name: &str, data: RecordData) -> Record {
        Record { name: name.to_owned(), ttl: self.plugin.ttl, data }
    }

    fn authority(&self) -> Record {
        let zone = &self.zone;
        let below = if zone == "." { String::new() } else { zone.clone() };
        let data = RecordData::Soa {
            mname: format!("ns.dns.{below}"),
            rname: format!("hostmaster.{below}"),
            serial: self.around.serial,
            refresh: 7200,
            retry: 1800,
            expire: 86400,
            minimum: self.plugin.ttl,
        };
        Record { name: zone.clone(), ttl: self.plugin.ttl.min(300), data }
    }

    fn negative(&self, rcode: Rcode, object: Option<ObjectRef>) -> Answer {
        Answer {
            rcode,
            answers: Vec::new(),
            authority: vec![self.authority()],
            additional: Vec::new(),
            object,
        }
    }
}

fn push_new(records: &mut Vec<Record>, record: Record) {
    if !records.contains(&record) {
        records.push(record);
    }
}

fn matches_port(request: &Request<'_>, name: &str, protocol: &str) -> bool {
    (request.port.is_empty() || request.port.eq_ignore_ascii_case(name))
        && (request.protocol.is_empty() || request.protocol.eq_ignore_ascii_case(protocol))
}

/// An endpoint that says nothing about being ready is.
fn is_ready(endpoint: &Endpoint) -> bool {
    endpoint.conditions.as_ref().and_then(|conditions| conditions.ready).unwrap_or(true)
}

fn service_of(slice: &EndpointSlice) -> Option<&str> {
    let labels = slice.metadata.labels.as_ref()?;
    labels.get(crate::directory::SERVICE_NAME_LABEL).map(String::as_str)
}

fn reference_of(service: &Service) -> ObjectRef {
    ObjectRef::new(
        Kind::Service,
        service.metadata.namespace.clone().unwrap_or_default(),
        service.metadata.name.clone().unwrap_or_default(),
    )
}
