//! The kubelet's probes, as real requests from the node through the data plane.
//!
//! Models `pkg/probe`: the words of a failure are the kubelet's own.

use std::time::Duration;

use apiserver::{Snapshot, Time};
use controllers::{ProbeKind, ProbeRequest, ProbeResult, Prober};
use dataplane::{DataPlane, Request, RequestKind};
use imbl::OrdSet;
use k8s_openapi::api::core::v1::{HTTPGetAction, Pod};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use manifest::ObjectRef;
use packet::{Protocol, socket};
use trace::{Outcome, Place};

/// Runs probes on a copy of the data plane, so that they leave no trace in a learner's tables.
pub(crate) struct Probes<'a> {
    pub data: &'a mut DataPlane,
    /// Pods whose readiness probes a person makes fail.
    pub unready: &'a OrdSet<ObjectRef>,
}

impl Prober for Probes<'_> {
    fn probe(&mut self, snapshot: &Snapshot, request: &ProbeRequest, now: Time) -> ProbeResult {
        if request.kind == ProbeKind::Readiness && self.unready.contains(&request.pod) {
            let said = match &request.probe.http_get {
                Some(_) => "HTTP probe failed with statuscode: 503",
                None => "the process says that it is not ready",
            };
            return ProbeResult::Failure(said.into());
        }
        self.data.sync(snapshot, now);
        let Some(target) = Target::of(snapshot, request) else { return ProbeResult::Success };
        let kind = if let Some(get) = &request.probe.http_get {
            target.http(get)
        } else if let Some(tcp) = &request.probe.tcp_socket {
            target.tcp(&tcp.port, tcp.host.as_deref())
        } else if let Some(grpc) = &request.probe.grpc {
            target.tcp(&IntOrString::Int(grpc.port), None)
        } else {
            // A command in the container: Podhop runs none, and takes it to succeed.
            return ProbeResult::Success;
        };
        let Some(kind) = kind else { return ProbeResult::Success };
        let seconds = request.probe.timeout_seconds.unwrap_or(1).max(1).unsigned_abs();
        let asked = Request {
            from: Place::Node(target.node.clone()),
            kind,
            timeout: Some(Duration::from_secs(seconds.into())),
            resolver: None,
        };
        let journey = self.data.clone().send(&asked, now);
        answer(&asked, journey.outcome)
    }
}

/// The Pod that a probe is for.
struct Target {
    node: String,
    address: String,
    pod: Pod,
    container: String,
}

impl Target {
    fn of(snapshot: &Snapshot, request: &ProbeRequest) -> Option<Self> {
        let pod: &Pod = snapshot.find(&request.pod.namespace, &request.pod.name)?;
        Some(Self {
            node: pod.spec.as_ref()?.node_name.clone()?,
            address: pod.status.as_ref()?.pod_ip.clone()?,
            pod: pod.clone(),
            container: request.container.clone(),
        })
    }

    fn port(&self, port: &IntOrString) -> Option<u16> {
        match port {
            IntOrString::Int(number) => u16::try_from(*number).ok(),
            IntOrString::String(name) => {
                let spec = self.pod.spec.as_ref()?;
                let container = spec.containers.iter().find(|c| c.name == self.container)?;
                let ports = container.ports.iter().flatten();
                let named = ports.clone().find(|port| port.name.as_ref() == Some(name))?;
                u16::try_from(named.container_port).ok()
            }
        }
    }

    fn host(&self, host: Option<&str>) -> String {
        host.filter(|host| !host.is_empty()).unwrap_or(&self.address).to_owned()
    }

    fn http(&self, get: &HTTPGetAction) -> Option<RequestKind> {
        let scheme = get.scheme.as_deref().unwrap_or("HTTP").to_ascii_lowercase();
        let host = self.host(get.host.as_deref());
        let place = match host.parse() {
            Ok(address) => socket(address, self.port(&get.port)?),
            Err(_) => format!("{host}:{}", self.port(&get.port)?),
        };
        let path = get.path.as_deref().unwrap_or("/");
        let slash = if path.starts_with('/') { "" } else { "/" };
        let headers = get.http_headers.iter().flatten();
        Some(RequestKind::Http {
            url: format!("{scheme}://{place}{slash}{path}"),
            method: "GET".into(),
            headers: headers.map(|header| (header.name.clone(), header.value.clone())).collect(),
            body: String::new(),
            insecure: true,
        })
    }

    fn tcp(&self, port: &IntOrString, host: Option<&str>) -> Option<RequestKind> {
        let (host, port) = (self.host(host), self.port(port)?);
        Some(RequestKind::Connect { host, port, protocol: Protocol::Tcp, source_port: None })
    }
}

fn answer(asked: &Request, outcome: Outcome) -> ProbeResult {
    let place = match &asked.kind {
        RequestKind::Http { url, .. } => url.clone(),
        RequestKind::Connect { .. } | RequestKind::Resolve { .. } | RequestKind::Ping { .. } => {
            asked.target()
        }
    };
    let dialled = place.split("//").nth(1).unwrap_or(&place);
    let dialled = dialled.split('/').next().unwrap_or(dialled);
    let failed = |why: &str| {
        ProbeResult::Failure(match &asked.kind {
            RequestKind::Http { .. } => format!("Get {place:?}: dial tcp {dialled}: {why}"),
            _ => format!("dial tcp {dialled}: {why}"),
        })
    };
    match outcome {
        Outcome::Http { status: 200..400, .. } | Outcome::Connected | Outcome::Resolved(_) => {
            ProbeResult::Success
        }
        Outcome::Http { status, .. } => {
            ProbeResult::Failure(format!("HTTP probe failed with statuscode: {status}"))
        }
        Outcome::Closed => failed("EOF"),
        Outcome::Refused => failed("connect: connection refused"),
        Outcome::Unreachable => failed("connect: no route to host"),
        Outcome::TimedOut => match &asked.kind {
            RequestKind::Http { .. } => ProbeResult::Failure(format!(
                "Get {place:?}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            )),
            _ => failed("i/o timeout"),
        },
        Outcome::Unresolved { name, .. } => {
            failed(&format!("lookup {}: no such host", name.trim_end_matches('.')))
        }
        Outcome::TlsFailed { reason } | Outcome::Invalid { reason } => failed(&reason),
    }
}
