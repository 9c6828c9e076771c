//! What runs in a container, by its image: what listens where, and what it answers.
//!
//! This is a catalogue of images people learn with, not a container runtime. Each family of images
//! has one file of the same shape: a table `IMAGES`. An image outside the catalogue is taken to
//! listen on the ports it declares, and the listener says that this is assumed; for an image in the
//! catalogue `containerPort` opens nothing, as in life. Commands are read as far as they start a
//! known server; any other command listens on nothing.

mod command;
mod databases;
mod infrastructure;
mod reference;
mod respond;
mod samples;
mod tools;
mod web;

use std::collections::BTreeMap;
use std::time::Duration;

use apiserver::Snapshot;
use k8s_openapi::api::core::v1::{ConfigMap, Container, Pod};
use packet::Protocol;

use crate::dns::Flavour;
use crate::gateway;

pub use reference::Reference;
pub use respond::{Seat, pause, respond};

/// The product that serves Gateways rather than Ingresses.
pub const GATEWAY_PRODUCT: &str = "gateway";

/// A row of the catalogue.
pub struct Image {
    /// Repositories under which it is published, Docker Hub's own without a prefix.
    pub names: &'static [&'static str],
    /// The C library, which decides how it resolves names.
    pub libc: Flavour,
    /// What its own process does; given the container with its arguments and environment.
    pub starts: fn(&Invocation<'_>) -> Started,
    /// Whether it has an entry point that takes `args` as options rather than as a command.
    pub takes_options: bool,
}

/// The families of images, each a table.
const FAMILIES: [&[Image]; 5] =
    [web::IMAGES, samples::IMAGES, databases::IMAGES, infrastructure::IMAGES, tools::IMAGES];

/// A container as it is started.
pub struct Invocation<'a> {
    /// Its image.
    pub image: Reference<'a>,
    /// The options its process gets.
    pub args: &'a [String],
    /// Its specification.
    pub container: &'a Container,
    /// Files it finds, by path: those mounted from ConfigMaps.
    pub files: BTreeMap<String, String>,
}

impl Invocation<'_> {
    /// The value of an environment variable written in the manifest.
    pub fn env(&self, name: &str) -> Option<&str> {
        let variable =
            self.container.env.iter().flatten().find(|variable| variable.name == name)?;
        variable.value.as_deref()
    }

    /// The value of an option, written `-name=value`, `--name=value` or as two words.
    pub fn option(&self, name: &str) -> Option<&str> {
        command::option(self.args, name)
    }

    /// Whether a variable is there at all, with a value or from elsewhere.
    pub fn has_env(&self, name: &str) -> bool {
        self.container.env.iter().flatten().any(|variable| variable.name == name)
            || self.container.env_from.as_ref().is_some_and(|sources| !sources.is_empty())
    }
}

/// What a container's process does once started.
#[derive(Clone, Debug, PartialEq)]
pub enum Started {
    /// It listens until it is stopped.
    Listens(Vec<Listener>),
    /// It goes on without listening, until it is stopped.
    Waits,
    /// It ends by itself.
    Exits {
        /// After how long.
        after: Duration,
        /// With which code.
        code: i32,
    },
}

impl Started {
    /// It ends at once.
    pub fn exits(code: i32) -> Self {
        Self::Exits { after: Duration::from_millis(50), code }
    }

    /// It listens on one TCP port.
    pub fn listens(port: u16, app: App) -> Self {
        Self::Listens(vec![Listener::tcp(port, app)])
    }
}

/// A socket on which a process listens.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// The port.
    pub port: u16,
    /// TCP or UDP, or SCTP.
    pub protocol: Protocol,
    /// What answers there.
    pub app: App,
    /// The certificate's names, if it speaks TLS.
    pub tls: Option<Vec<String>>,
}

impl Listener {
    /// A TCP listener without TLS.
    pub fn tcp(port: u16, app: App) -> Self {
        Self { port, protocol: Protocol::Tcp, app, tls: None }
    }

    /// A UDP listener.
    pub fn udp(port: u16, app: App) -> Self {
        Self { port, protocol: Protocol::Udp, app, tls: None }
    }
}

/// What answers behind a listener.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum App {
    /// A web server with its own page, or with files the manifest gave it.
    Nginx {
        version: String,
        files: BTreeMap<String, String>,
    },
    Httpd {
        version: String,
        files: BTreeMap<String, String>,
    },
    Caddy,
    /// Python's or BusyBox' list of files.
    FileListing {
        server: String,
    },
    HelloApp {
        version: String,
    },
    /// Always the same text: http-echo and the like.
    Text {
        body: String,
        server: String,
    },
    /// The host's name, and nothing else.
    Hostname,
    NetExec,
    Whoami {
        name: Option<String>,
    },
    EchoServer,
    /// A page of the request as JSON: httpbin, podinfo, echo-server.
    Json,
    /// `OK` to everything: health and metrics endpoints.
    Ok,
    /// A DNS server with a Corefile.
    CoreDns,
    /// A proxy that answers for others: the class it serves, and what it is.
    Controller {
        class: String,
        product: String,
    },
    /// kube-proxy's word on itself: whether it is well.
    ProxyHealth,
    /// kube-proxy's answer to a load balancer's health check of a Service, on `healthCheckNodePort`.
    ServiceHealth {
        namespace: String,
        name: String,
        /// How many ready endpoints the Service has on this node.
        local_endpoints: usize,
    },
    /// The Kubernetes API: nobody gets in without a token.
    KubeApi,
    /// A database or queue: it takes connections and hangs up on HTTP.
    Other {
        name: String,
    },
    /// An image outside the catalogue: it is assumed to answer.
    Assumed,
}

/// What the catalogue knows of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageVerdict {
    /// It is in the catalogue.
    Known,
    /// It is not; it is taken to listen on its declared ports.
    Unknown,
    /// Its repository is there, and does not have the tag.
    NoSuchTag {
        /// What was probably meant.
        did_you_mean: String,
    },
    /// No registry has it: a misspelt name.
    NeverPulls {
        /// What was probably meant.
        did_you_mean: String,
    },
    /// It is no image reference at all.
    Invalid,
}

/// What the catalogue knows of an image, so that a kubelet can pull it or fail to.
pub fn image(name: &str) -> ImageVerdict {
    let Some(reference) = Reference::parse(name) else { return ImageVerdict::Invalid };
    if find(&reference).is_some() {
        return match reference.misspelt_tag() {
            Some(meant) => ImageVerdict::NoSuchTag { did_you_mean: meant },
            None => ImageVerdict::Known,
        };
    }
    if name.contains("doesnotexist") {
        return ImageVerdict::NeverPulls { did_you_mean: String::new() };
    }
    let known = FAMILIES.iter().flat_map(|family| family.iter()).flat_map(|row| row.names);
    match reference.close_to(known.copied()) {
        Some(meant) => ImageVerdict::NeverPulls { did_you_mean: meant.to_owned() },
        None => ImageVerdict::Unknown,
    }
}

/// What the container's process does, by its image, command, arguments and environment.
pub fn started(container: &Container, files: BTreeMap<String, String>) -> Started {
    let name = container.image.as_deref().unwrap_or_default();
    let Some(image) = Reference::parse(name) else { return Started::Waits };
    let row = find(&image);
    let mut args = container.args.as_deref().unwrap_or_default();
    let mut words = container.command.as_deref().unwrap_or_default().to_vec();
    let takes_options = row.is_some_and(|row| row.takes_options);
    let is_a_command = |args: &[String]| args.first().is_some_and(|word| !word.starts_with('-'));
    if words.is_empty() && !takes_options && row.is_some() && is_a_command(args) {
        words = args.to_vec();
        args = &[];
    } else if !words.is_empty() {
        words.extend_from_slice(args);
    }
    let invocation = Invocation { image, args, container, files };
    if words.is_empty() {
        return match row {
            Some(row) => (row.starts)(&invocation),
            None => assumed(container),
        };
    }
    match command::read(&words, &invocation) {
        command::Reading::Started(started) => started,
        command::Reading::ItsOwn(options) => match row {
            Some(row) => (row.starts)(&Invocation { args: &options, ..invocation }),
            None => assumed(container),
        },
        command::Reading::Unknown if row.is_none() => assumed(container),
        command::Reading::Unknown => Started::Waits,
    }
}

/// Every socket on which a Pod's processes listen, with the container each belongs to.
pub fn listeners<'a>(snapshot: &Snapshot, pod: &'a Pod) -> Vec<(&'a Container, Listener)> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let sidecars = spec
        .init_containers
        .iter()
        .flatten()
        .filter(|container| container.restart_policy.as_deref() == Some("Always"));
    let mut found = Vec::new();
    for container in spec.containers.iter().chain(sidecars).filter(|c| is_running(pod, &c.name)) {
        if let Started::Listens(listeners) = started(container, files(snapshot, pod, container)) {
            found.extend(listeners.into_iter().map(|mut listener| {
                if let App::Controller { product, .. } = &listener.app
                    && product == GATEWAY_PRODUCT
                {
                    let seals = gateway::speaks_tls(snapshot, &pod.metadata, listener.port);
                    listener.tls = seals.then(Vec::new);
                }
                (container, listener)
            }));
        }
    }
    found
}

/// How a Pod's first container resolves names.
pub fn flavour(pod: &Pod) -> Flavour {
    let container = pod.spec.as_ref().and_then(|spec| spec.containers.first());
    let image = container.and_then(|container| container.image.as_deref()).unwrap_or_default();
    let Some(reference) = Reference::parse(image) else { return Flavour::Glibc };
    match find(&reference) {
        _ if reference.tag.is_some_and(|tag| tag.contains("alpine")) => Flavour::Musl,
        Some(row) => row.libc,
        None => Flavour::Glibc,
    }
}

fn find(reference: &Reference<'_>) -> Option<&'static Image> {
    FAMILIES
        .iter()
        .flat_map(|family| family.iter())
        .find(|row| row.names.iter().any(|name| reference.is(name)))
}

/// The ports an image outside the catalogue declares.
fn assumed(container: &Container) -> Started {
    let ports = container.ports.iter().flatten().filter_map(|port| {
        Some(Listener {
            port: u16::try_from(port.container_port).ok()?,
            protocol: Protocol::from_kubernetes(port.protocol.as_deref())?,
            app: App::Assumed,
            tls: None,
        })
    });
    Started::Listens(ports.collect())
}

/// A container without a status is taken to run if its Pod does.
fn is_running(pod: &Pod, container: &str) -> bool {
    let Some(status) = &pod.status else { return false };
    let own = status
        .container_statuses
        .iter()
        .chain(&status.init_container_statuses)
        .flatten()
        .find(|status| status.name == container);
    match own.and_then(|status| status.state.as_ref()) {
        Some(state) => state.running.is_some(),
        None => status.phase.as_deref() == Some("Running"),
    }
}

/// The files a container finds that come from ConfigMaps, by path.
fn files(snapshot: &Snapshot, pod: &Pod, container: &Container) -> BTreeMap<String, String> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let mut files = BTreeMap::new();
    for volume in volumes {
        let Some(source) = &volume.config_map else { continue };
        let Some(map) = snapshot.find::<ConfigMap>(namespace, &source.name) else { continue };
        for mount in container.volume_mounts.iter().flatten().filter(|m| m.name == volume.name) {
            for (key, text) in map.data.iter().flatten() {
                let items = source.items.as_deref().unwrap_or_default();
                let item = items.iter().find(|item| item.key == *key);
                if !items.is_empty() && item.is_none() {
                    continue;
                }
                let name = item.map_or(key.as_str(), |item| item.path.as_str());
                let path = match &mount.sub_path {
                    Some(sub) if sub == name => mount.mount_path.clone(),
                    Some(_) => continue,
                    None => format!("{}/{name}", mount.mount_path.trim_end_matches('/')),
                };
                files.insert(path, text.clone());
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{ContainerPort, EnvVar};

    use super::*;

    fn container(image: &str) -> Container {
        Container { name: "c".into(), image: Some(image.into()), ..Default::default() }
    }

    fn ports(container: &Container) -> Vec<u16> {
        match started(container, BTreeMap::new()) {
            Started::Listens(listeners) => listeners.iter().map(|found| found.port).collect(),
            Started::Waits | Started::Exits { .. } => Vec::new(),
        }
    }

    #[test]
    fn declared_ports_open_nothing_in_a_known_image() {
        let mut nginx = container("nginx:1.27");
        let port = ContainerPort { container_port: 8080, ..Default::default() };
        nginx.ports = Some(vec![port.clone()]);
        assert_eq!(ports(&nginx), [80]);
        let mut unknown = container("example.com/shop/cart:v3");
        unknown.ports = Some(vec![port]);
        assert_eq!(ports(&unknown), [8080]);
    }

    #[test]
    fn arguments_and_environment_move_ports() {
        let mut echo = container("hashicorp/http-echo");
        assert_eq!(ports(&echo), [5678]);
        echo.args = Some(vec!["-listen=:8081".into(), "-text=hi".into()]);
        assert_eq!(ports(&echo), [8081]);
        let mut hello = container("gcr.io/google-samples/hello-app:2.0");
        assert_eq!(ports(&hello), [8080]);
        hello.env = Some(vec![EnvVar {
            name: "PORT".into(),
            value: Some("9000".into()),
            value_from: None,
        }]);
        assert_eq!(ports(&hello), [9000]);
    }

    #[test]
    fn another_command_listens_on_what_it_starts() {
        let mut nginx = container("nginx");
        nginx.command = Some(vec!["sleep".into(), "infinity".into()]);
        assert_eq!(ports(&nginx), [] as [u16; 0]);
        let mut busybox = container("busybox:1.36");
        assert_eq!(started(&busybox, BTreeMap::new()), Started::exits(0));
        busybox.command = Some(vec!["sh".into(), "-c".into(), "nc -lk -p 9090 -e cat".into()]);
        assert_eq!(ports(&busybox), [9090]);
        let mut python = container("python:3.12");
        python.command = Some(vec!["python3".into(), "-m".into(), "http.server".into()]);
        assert_eq!(ports(&python), [8000]);
        let mut agnhost = container("registry.k8s.io/e2e-test-images/agnhost:2.53");
        agnhost.args = Some(vec!["netexec".into(), "--http-port=80".into()]);
        assert_eq!(ports(&agnhost), [80, 8081]);
    }

    #[test]
    fn misspelt_names_never_pull() {
        assert_eq!(image("nginx:1.27"), ImageVerdict::Known);
        assert_eq!(image("docker.io/library/nginx"), ImageVerdict::Known);
        assert_eq!(image("web"), ImageVerdict::Unknown);
        assert_eq!(image("example.com/team/ngnix-exporter"), ImageVerdict::Unknown);
        let meant = |meant: &str| ImageVerdict::NeverPulls { did_you_mean: meant.into() };
        assert_eq!(image("ngnix"), meant("nginx"));
        let tag = |meant: &str| ImageVerdict::NoSuchTag { did_you_mean: meant.into() };
        assert_eq!(image("nginx:1.161"), tag("nginx:1.16"));
        assert_eq!(image("nginx:lates"), tag("nginx:latest"));
        assert_eq!(image("Nginx"), ImageVerdict::Invalid);
    }
}
