//! Which process takes a packet that has arrived: containers, the node's own daemons, the internet.
//!
//! It bridges the catalogue of images to the kernel's question whether something listens, and keeps
//! the Corefile that every CoreDNS Pod has loaded: a running one finds a new configuration after a while
//! and keeps its old one when the new one is broken, a new one does not come up.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use apiserver::{Change, Snapshot};
use imbl::OrdMap;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use k8s_openapi::api::networking::v1::Ingress;
use manifest::{Kind, Object, ObjectRef};
use packet::{Protocol, Time};
use trace::Place;

use crate::application::{self, App, Listener, Reference};
use crate::directory::Directory;
use crate::dns::{Corefile, DEFAULT_COREFILE, looping};
use crate::ingress;
use crate::network::{Listeners, Listening};

/// Ports on which a node itself listens: SSH and the kubelet.
const NODE_PORTS: [u16; 2] = [22, 10250];
/// The port on which kube-proxy says that it is well; only where it runs it checks Services, too.
const KUBE_PROXY_PORT: u16 = 10256;
/// The port on which a web site on the internet listens, beside 443.
const WEB_PORT: u16 = 80;

/// How often a kubelet brings a Pod's files up to date.
const KUBELET_SYNC: Duration = Duration::from_secs(60);
/// How often the plugin `reload` looks at its file.
const RELOAD_SECONDS: u64 = 30;

/// Everything that listens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Processes {
    pub directory: Directory,
    pub corefiles: OrdMap<ObjectRef, Loaded>,
    /// Services by their `healthCheckNodePort`.
    pub health_checks: OrdMap<u16, ObjectRef>,
    /// Names of machines on the internet that answer DNS.
    pub resolvers: Arc<Vec<String>>,
    /// The nodes' own nameservers, to which CoreDNS forwards.
    pub nameservers: Arc<Vec<IpAddr>>,
}

/// What a CoreDNS Pod made of its configuration when it started, and of later ones.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    uid: Option<String>,
    /// The file it runs with, as it was written.
    text: String,
    corefile: Result<Arc<Corefile>, String>,
    /// A changed configuration, and when the running server finds it.
    pending: Option<(Time, String, Result<Arc<Corefile>, String>)>,
    /// What it has logged of its reloads.
    log: Vec<String>,
}

/// A process that takes a packet.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    /// Its Pod.
    pub pod: Option<ObjectRef>,
    /// Its container's name and image.
    pub container: Option<(String, String)>,
    /// What answers.
    pub listener: Listener,
}

impl Processes {
    /// Follows the cluster.
    pub fn sync(&mut self, snapshot: &Snapshot, now: Time) {
        let older = self.directory.snapshot().clone();
        self.directory.sync(snapshot);
        let changes: Vec<Change<'_>> = snapshot.diff(&older).collect();
        for change in &changes {
            if let Change::Changed { before, .. } | Change::Removed(before) = change
                && let Some(port) = health_check(before)
            {
                self.health_checks.remove(&port);
            }
        }
        for change in &changes {
            if let Change::Changed { after, .. } | Change::Added(after) = change
                && let Some(port) = health_check(after)
            {
                self.health_checks.insert(port, after.reference());
            }
            match (change, change.object().as_ref()) {
                (Change::Removed(_), Object::Pod(_)) => {
                    self.corefiles.remove(&change.object().reference());
                }
                (_, Object::Pod(pod)) if is_coredns(pod) => {
                    let reference = change.object().reference();
                    let known = self.corefiles.get(&reference);
                    let is_same = known.is_some_and(|known| {
                        known.uid == pod.metadata.uid && known.corefile.is_ok()
                    });
                    if !is_same {
                        let corefile = self.load(snapshot, pod).map(Arc::new);
                        let uid = pod.metadata.uid.clone();
                        let (text, log) = (text_of(snapshot, pod).unwrap_or_default(), Vec::new());
                        let loaded = Loaded { uid, text, corefile, pending: None, log };
                        self.corefiles.insert(reference, loaded);
                    }
                }
                _ => {}
            }
        }
        for change in &changes {
            if let Object::ConfigMap(map) = change.object().as_ref() {
                self.notice(snapshot, map, now);
            }
        }
    }

    /// Servers whose plugin `reload` has looked at a changed configuration by now take it over if it is
    /// right; answers which did.
    pub fn reload(&mut self, now: Time) -> Vec<ObjectRef> {
        let due = |loaded: &Loaded| loaded.pending.as_ref().is_some_and(|(due, ..)| *due <= now);
        let servers: Vec<ObjectRef> =
            self.corefiles.iter().filter(|(_, it)| due(it)).map(|(pod, _)| pod.clone()).collect();
        let mut reloaded = Vec::new();
        for pod in servers {
            let Some(known) = self.corefiles.get_mut(&pod) else { continue };
            known.log.push("[INFO] Reloading".to_owned());
            match known.pending.take() {
                Some((_, text, Ok(corefile))) => {
                    known.text = text;
                    known.corefile = Ok(corefile);
                    known.log.push("[INFO] Reloading complete".to_owned());
                    reloaded.push(pod);
                }
                Some((.., Err(mistake))) => {
                    known.log.push(format!("[ERROR] Restart failed: {mistake}"));
                    known.log.push(format!(
                        "[ERROR] plugin/reload: Corefile changed but reload failed: {mistake}"
                    ));
                }
                None => {}
            }
        }
        reloaded
    }

    /// What a CoreDNS Pod has logged of its reloads.
    pub fn reloads_of(&self, pod: &ObjectRef) -> &[String] {
        self.corefiles.get(pod).map(|loaded| loaded.log.as_slice()).unwrap_or_default()
    }

    /// A running server that was told to look finds a changed configuration later; one that crashes
    /// reads it at its next start.
    fn notice(&mut self, snapshot: &Snapshot, map: &ConfigMap, now: Time) {
        let namespace = map.metadata.namespace.as_deref().unwrap_or_default();
        let pods: Vec<ObjectRef> = self.corefiles.keys().cloned().collect();
        for reference in pods.into_iter().filter(|pod| pod.namespace == namespace) {
            let Some(pod) = snapshot.find::<Pod>(&reference.namespace, &reference.name) else {
                continue;
            };
            if config_map_of(pod) != map.metadata.name.as_deref() {
                continue;
            }
            let new = self.load(snapshot, pod).map(Arc::new);
            let text = text_of(snapshot, pod).unwrap_or_default();
            if let Some(known) = self.corefiles.get_mut(&reference) {
                match &known.corefile {
                    Ok(_) if text == known.text => known.pending = None,
                    Ok(_) if known.pending.as_ref().is_some_and(|(_, new, _)| *new == text) => {}
                    Ok(corefile) if corefile.has("reload") => {
                        known.pending = Some((now + reload_delay(&reference), text, new));
                    }
                    Ok(_) => {}
                    Err(_) => known.corefile = new,
                }
            }
        }
    }

    /// What a CoreDNS Pod that starts now makes of its configuration.
    fn load(&self, snapshot: &Snapshot, pod: &Pod) -> Result<Corefile, String> {
        let corefile =
            Corefile::parse(&text_of(snapshot, pod)?).map_err(|error| error.to_string())?;
        let status = pod.status.as_ref();
        let address = status.and_then(|status| status.pod_ip.as_deref()?.parse().ok());
        let own: Vec<IpAddr> = address.into_iter().collect();
        match looping(&corefile, &self.nameservers, &own) {
            Some(fatal) => Err(fatal),
            None => Ok(corefile),
        }
    }

    /// The configuration a CoreDNS Pod runs with.
    pub fn corefile(&self, pod: &ObjectRef) -> Option<Arc<Corefile>> {
        self.corefiles.get(pod).and_then(|loaded| loaded.corefile.clone().ok())
    }

    /// Why a CoreDNS Pod does not come up, in its own words.
    pub fn corefile_error(&self, pod: &ObjectRef) -> Option<&str> {
        let loaded = self.corefiles.get(pod)?;
        loaded.corefile.as_ref().err().map(String::as_str)
    }

    /// The process that takes packets for this port, if there is one.
    pub fn at(
        &self,
        place: &Place,
        protocol: Protocol,
        address: IpAddr,
        port: u16,
    ) -> Option<Process> {
        self.all(place, address)
            .into_iter()
            .find(|found| (found.listener.protocol, found.listener.port) == (protocol, port))
    }

    fn all(&self, place: &Place, address: IpAddr) -> Vec<Process> {
        let snapshot = self.directory.snapshot();
        match place {
            Place::Pod(reference) => {
                let pod = snapshot.find::<Pod>(&reference.namespace, &reference.name);
                pod.map(|pod| self.of_pod(pod)).unwrap_or_default()
            }
            Place::Node(node) => {
                let on_host = self.directory.pods_at(address).filter(|pod| {
                    pod.spec.as_ref().and_then(|spec| spec.host_network).unwrap_or(false)
                });
                let mut found: Vec<Process> = on_host.flat_map(|pod| self.of_pod(pod)).collect();
                let daemons = NODE_PORTS
                    .into_iter()
                    .map(|port| own(Listener::tcp(port, App::Other { name: "daemon".into() })));
                found.extend(daemons);
                found.extend(self.api_servers(address));
                if found.iter().any(|process| process.listener.port == KUBE_PROXY_PORT) {
                    found.extend(self.service_health(node));
                }
                found
            }
            Place::Internet(name) if self.resolvers.contains(name) => {
                vec![own(Listener::udp(53, App::CoreDns)), own(Listener::tcp(53, App::CoreDns))]
            }
            Place::Internet(_) => {
                let body = "<!doctype html><title>Example Domain</title>\n".to_owned();
                let app = App::Text { body, server: String::new() };
                let sealed = Listener { tls: Some(Vec::new()), ..Listener::tcp(443, app.clone()) };
                vec![own(Listener::tcp(WEB_PORT, app)), own(sealed)]
            }
            Place::LoadBalancer(owner) => self.of_balancer(owner),
            Place::NodeNetwork => Vec::new(),
        }
    }

    fn of_pod(&self, pod: &Pod) -> Vec<Process> {
        let snapshot = self.directory.snapshot();
        let reference = reference_of(pod);
        if self.corefile_error(&reference).is_some() {
            return Vec::new();
        }
        application::listeners(snapshot, pod)
            .into_iter()
            .map(|(container, listener)| Process {
                pod: Some(reference.clone()),
                container: Some((
                    container.name.clone(),
                    container.image.clone().unwrap_or_default(),
                )),
                listener,
            })
            .collect()
    }

    /// A load balancer that takes connections itself listens where its Service or Ingress says.
    fn of_balancer(&self, owner: &ObjectRef) -> Vec<Process> {
        let snapshot = self.directory.snapshot();
        if let Some(ingress) = snapshot.find::<Ingress>(&owner.namespace, &owner.name)
            && owner.kind == Kind::Ingress
        {
            let app = App::Controller { class: owner.name.clone(), product: "alb".to_owned() };
            let listens =
                ingress::listen_ports(snapshot, ingress).into_iter().map(|(port, tls)| {
                    let tls = tls.then(Vec::new);
                    own(Listener { tls, ..Listener::tcp(port, app.clone()) })
                });
            return listens.collect();
        }
        let service = self.directory.service(&owner.namespace, &owner.name);
        let ports = service.into_iter().flat_map(|service| {
            let spec = service.spec.as_ref();
            spec.and_then(|spec| spec.ports.as_deref()).unwrap_or_default()
        });
        ports
            .filter_map(|port| u16::try_from(port.port).ok())
            .map(|port| own(Listener::tcp(port, App::Other { name: "relay".into() })))
            .collect()
    }

    /// kube-proxy answers on a node for every Service that a balancer checks there.
    fn service_health(&self, node: &str) -> impl Iterator<Item = Process> {
        self.health_checks.iter().map(move |(port, service)| {
            let slices = self.directory.slices(&service.namespace, &service.name);
            let endpoints = slices.flat_map(|slice| slice.endpoints.iter().flatten());
            let here = endpoints.filter(|endpoint| {
                let conditions = endpoint.conditions.as_ref();
                endpoint.node_name.as_deref() == Some(node)
                    && conditions.and_then(|conditions| conditions.ready).unwrap_or(true)
            });
            let addresses: BTreeSet<&String> = here.flat_map(|it| &it.addresses).collect();
            let app = App::ServiceHealth {
                namespace: service.namespace.clone(),
                name: service.name.clone(),
                local_endpoints: addresses.len(),
            };
            own(Listener::tcp(*port, app))
        })
    }

    /// API servers listen on the nodes that the `kubernetes` Service lists.
    fn api_servers(&self, address: IpAddr) -> Vec<Process> {
        let slices = self.directory.slices("default", "kubernetes");
        let here = slices.filter(|slice| {
            let endpoints = slice.endpoints.iter().flatten();
            let mut addresses = endpoints.flat_map(|endpoint| &endpoint.addresses);
            addresses.any(|written| written.parse::<IpAddr>().is_ok_and(|found| found == address))
        });
        here.flat_map(|slice| slice.ports.iter().flatten())
            .filter_map(|port| u16::try_from(port.port?).ok())
            .map(|port| {
                let names = vec!["kubernetes".into(), "kubernetes.default".into()];
                own(Listener { tls: Some(names), ..Listener::tcp(port, App::KubeApi) })
            })
            .collect()
    }
}

impl Listeners for Processes {
    fn listening(
        &self,
        _: &Snapshot,
        place: &Place,
        protocol: Protocol,
        address: IpAddr,
        port: u16,
    ) -> Listening {
        let all = self.all(place, address);
        let taking = all
            .iter()
            .find(|found| (found.listener.protocol, found.listener.port) == (protocol, port));
        let mut others: Vec<u16> = all
            .iter()
            .filter(|found| found.listener.protocol == protocol && found.listener.port != port)
            .map(|found| found.listener.port)
            .collect();
        others.sort_unstable();
        others.dedup();
        let first = match place {
            Place::Pod(reference) => first_container(self.directory.snapshot(), reference),
            Place::Node(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => {
                None
            }
        };
        Listening {
            listening: taking.is_some(),
            pod: taking.and_then(|found| found.pod.clone()),
            container: taking.and_then(|found| found.container.clone()).or(first),
            others,
        }
    }
}

/// The Corefile that a CoreDNS Pod finds.
fn text_of(snapshot: &Snapshot, pod: &Pod) -> Result<String, String> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let Some(name) = config_map_of(pod) else { return Ok(DEFAULT_COREFILE.to_owned()) };
    let map = snapshot.find::<ConfigMap>(namespace, name);
    let map = map.ok_or_else(|| format!("configmap \"{name}\" not found"))?;
    let data: Option<&BTreeMap<String, String>> = map.data.as_ref();
    Ok(data.and_then(|data| data.get("Corefile").cloned()).unwrap_or_default())
}

/// How long it takes until a running server has found a change: the kubelet writes the file when it
/// looks at the Pod again, once a minute, and the plugin looks at the file every 30 seconds.
fn reload_delay(pod: &ObjectRef) -> Duration {
    let letters = pod.name.bytes().fold(0_u64, |sum, byte| sum + u64::from(byte));
    KUBELET_SYNC + Duration::from_secs(letters % RELOAD_SECONDS)
}

/// A Pod's reference.
pub(crate) fn reference_of(pod: &Pod) -> ObjectRef {
    ObjectRef::new(
        Kind::Pod,
        pod.metadata.namespace.clone().unwrap_or_default(),
        pod.metadata.name.clone().unwrap_or_default(),
    )
}

fn health_check(object: &Object) -> Option<u16> {
    let Object::Service(service) = object else { return None };
    u16::try_from(service.spec.as_ref()?.health_check_node_port?).ok()
}

fn own(listener: Listener) -> Process {
    Process { pod: None, container: None, listener }
}

fn first_container(snapshot: &Snapshot, pod: &ObjectRef) -> Option<(String, String)> {
    let pod = snapshot.find::<Pod>(&pod.namespace, &pod.name)?;
    let container = pod.spec.as_ref()?.containers.first()?;
    Some((container.name.clone(), container.image.clone().unwrap_or_default()))
}

fn is_coredns(pod: &Pod) -> bool {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    containers.filter_map(|container| container.image.as_deref()).any(|image| {
        Reference::parse(image)
            .is_some_and(|reference| reference.repository.rsplit('/').next() == Some("coredns"))
    })
}

fn config_map_of(pod: &Pod) -> Option<&str> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes.filter_map(|volume| volume.config_map.as_ref()).map(|map| map.name.as_str()).next()
}
