//! `kubectl logs`: what a container printed, as far as a request or its start makes it print.
//!
//! Models `k8s.io/kubectl/pkg/cmd/logs`. A web server writes a line for each request that reached
//! it, CoreDNS its start or the mistake in its Corefile; other images are quiet.

use apiserver::{Reason, Refusal, Timestamps};
use cluster::Cluster;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod};
use manifest::{Kind, ObjectRef};
use packet::{Packet, Payload, Time, Transport, http};
use trace::{Direction, Flight, Journey, Place};

use super::{Line, exec};
use crate::arguments::{Flag, switch, value};
use crate::report::{Failure, Output};
use crate::resource_arguments::{Scope, find};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("container").short('c'),
    value("tail"),
    value("since"),
    value("selector").short('l'),
    switch("follow").short('f'),
    switch("previous").short('p'),
    switch("timestamps"),
    switch("all-containers"),
    switch("prefix"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "logs", words, FLAGS)?;
    let snapshot = shell.cluster.snapshot();
    let arguments = &line.arguments;
    let names: Vec<String> = match (arguments.positional.first(), arguments.value("selector")) {
        (Some(given), _) => vec![exec::pod_name(shell, &line.namespace, given)?],
        (None, Some(selector)) => {
            let scope = Scope::new(Some(line.namespace.clone()), Some(selector), None, Kind::Pod)?;
            scope.objects(&snapshot, Kind::Pod).iter().map(|pod| pod.name().to_owned()).collect()
        }
        (None, None) => {
            return Err(Failure::local(
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples",
            ));
        }
    };
    let container =
        arguments.value("container").or(arguments.positional.get(1).map(String::as_str));
    let mut output = Output::default();
    for name in &names {
        find(&snapshot, Kind::Pod, &line.namespace, name).map_err(|_| {
            Failure::local(format!(
                "error from server (NotFound): pods {name:?} not found in namespace {:?}",
                line.namespace
            ))
        })?;
        let Some(pod) = snapshot.find::<Pod>(&line.namespace, name) else { continue };
        let chosen = choose(pod, name, container, arguments.is_set("all-containers"), &mut output)?;
        for container in chosen {
            let mut lines = printed(&shell.cluster, pod, container, arguments.is_set("previous"))?;
            // With a selector only the newest ten lines of each are shown, unless asked otherwise.
            let tail = match arguments.number("tail")? {
                Some(tail) => usize::try_from(tail).ok(),
                None => arguments.value("selector").map(|_| 10),
            };
            if let Some(tail) = tail {
                lines.drain(..lines.len().saturating_sub(tail));
            }
            for text in lines {
                if arguments.is_set("prefix") {
                    output.stdout.push_str(&format!("[pod/{name}/{}] ", container.name));
                }
                output.stdout.push_str(&text);
                output.stdout.push('\n');
            }
        }
    }
    if arguments.is_set("follow") {
        output.stderr.push_str("# -f ends here: ask again to see what came since\n");
    }
    Ok(output)
}

fn choose<'a>(
    pod: &'a Pod,
    name: &str,
    container: Option<&str>,
    all: bool,
    output: &mut Output,
) -> Result<Vec<&'a Container>, Failure> {
    let spec = pod.spec.as_ref();
    let containers = spec.map(|spec| spec.containers.as_slice()).unwrap_or_default();
    if all {
        return Ok(containers.iter().collect());
    }
    let Some(wanted) = container else {
        if containers.len() > 1 {
            let names: Vec<&str> = containers.iter().map(|it| it.name.as_str()).collect();
            output.stderr.push_str(&format!(
                "Defaulted container {:?} out of: {}\n",
                names[0],
                names.join(", ")
            ));
        }
        return Ok(containers.first().into_iter().collect());
    };
    let found = containers.iter().find(|it| it.name == wanted);
    found
        .map(|it| vec![it])
        .ok_or_else(|| Failure::local(format!("container {wanted} is not valid for pod {name}")))
}

/// What a container printed, in this life or the one before.
fn printed(
    cluster: &Cluster,
    pod: &Pod,
    container: &Container,
    previous: bool,
) -> Result<Vec<String>, Failure> {
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    if let Some((kubelet, problem)) = exec::unreachable(cluster, pod) {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        return Err(Failure::local(format!(
            "Error from server: Get \"https://{kubelet}/containerLogs/{namespace}/{name}/{}\": {problem}",
            container.name
        )));
    }
    let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
    let status = statuses.into_iter().flatten().find(|status| status.name == container.name);
    let waiting = status.and_then(|status| status.state.as_ref()?.waiting.as_ref());
    let restarts = status.map_or(0, |status| status.restart_count);
    let reason = waiting.and_then(|waiting| waiting.reason.as_deref());
    if previous && restarts == 0 {
        return Err(bad_request(format!(
            "previous terminated container {:?} in pod {name:?} not found",
            container.name
        )));
    }
    // After a crash the lines of the life that ended are still there.
    if let (Some(reason), false) = (reason, restarts > 0) {
        let why = match reason {
            "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" => {
                "trying and failing to pull image".to_owned()
            }
            reason => reason.to_owned(),
        };
        return Err(bad_request(format!(
            "container {:?} in pod {name:?} is waiting to start: {why}",
            container.name
        )));
    }
    let reference =
        ObjectRef::new(Kind::Pod, pod.metadata.namespace.as_deref().unwrap_or_default(), name);
    let image = container.image.as_deref().unwrap_or_default();
    let repository = image.rsplit('/').next().unwrap_or(image);
    let (repository, tag) = repository.split_once(':').unwrap_or((repository, "latest"));
    if repository.starts_with("coredns") {
        return Ok(match cluster.data_plane().corefile_error(&reference) {
            Some(mistake) => vec![mistake.to_owned()],
            None => {
                let version = format!("CoreDNS-{}", tag.trim_start_matches('v'));
                let reloads = cluster.data_plane().dns_reloads(&reference).iter().cloned();
                [".:53".into(), version].into_iter().chain(reloads).collect()
            }
        });
    }
    let since = started(status);
    let requests = cluster.journeys().iter().flat_map(|journey| received(journey, &reference));
    Ok(requests
        .filter(|request| (unix(request.at) >= since) != previous)
        .filter_map(|request| request.line(repository))
        .collect())
}

fn bad_request(message: String) -> Failure {
    Failure::Refused(Refusal::new(Reason::BadRequest, message))
}

/// When the container's present life began, in seconds of Unix time.
fn started(status: Option<&ContainerStatus>) -> i64 {
    let running = status.and_then(|status| status.state.as_ref()?.running.as_ref());
    let started = running.and_then(|running| running.started_at.as_ref());
    started.map_or(0, |time| time.0.as_second())
}

fn unix(time: Time) -> i64 {
    i64::try_from(time.unix_seconds()).unwrap_or(i64::MAX)
}

/// A request that reached a Pod, and its answer.
struct Received<'a> {
    at: Time,
    packet: &'a Packet,
    request: &'a http::Request,
    response: &'a http::Response,
}

fn received<'a>(
    journey: &'a Journey,
    pod: &'a ObjectRef,
) -> impl Iterator<Item = Received<'a>> + 'a {
    journey.packets.iter().enumerate().filter_map(move |(at, flight)| {
        let last = flight.trace.hops().last()?;
        let delivered = flight.trace.verdict().is_success()
            && matches!(last.place(), Place::Pod(place) if place == pod);
        let packet = flight.trace.last_frame().packet()?;
        let Some(Payload::HttpRequest(request)) = payload(packet).filter(|_| delivered) else {
            return None;
        };
        let reply = journey.packets[at..].iter().find_map(|reply| answer(reply, flight))?;
        Some(Received { at: flight.trace.ended(), packet, request, response: reply })
    })
}

fn answer<'a>(reply: &'a Flight, request: &Flight) -> Option<&'a http::Response> {
    let fits = reply.exchange == request.exchange && reply.direction == Direction::Reply;
    match payload(reply.trace.sent().packet()?) {
        Some(Payload::HttpResponse(response)) if fits => Some(response),
        _ => None,
    }
}

fn payload(packet: &Packet) -> Option<&Payload> {
    match &packet.transport {
        Transport::Tcp(tcp) => Some(&tcp.payload),
        _ => None,
    }
}

impl Received<'_> {
    /// The line that the image's server writes about it, if it writes any.
    fn line(&self, repository: &str) -> Option<String> {
        let Self { packet, request, response, .. } = self;
        let (from, time) = (packet.source, common_log_time(self.at));
        let asked = format!("{} {} HTTP/1.1", request.method, request.target);
        let (status, length) = (response.status, response.body.len());
        let agent = request.header("User-Agent").unwrap_or("-");
        match repository {
            name if name.starts_with("nginx") => {
                let forwarded = request.header("X-Forwarded-For").unwrap_or("-");
                Some(format!(
                    "{from} - - [{time}] \"{asked}\" {status} {length} \"-\" \"{agent}\" \"{forwarded}\""
                ))
            }
            "httpd" => Some(format!("{from} - - [{time}] \"{asked}\" {status} {length}")),
            "http-echo" => {
                let host = request.header("Host").unwrap_or_default();
                let port = packet.ports().0;
                Some(format!(
                    "{} {host} {from}:{port} \"{asked}\" {status} {length} \"{agent}\" 0s",
                    log_time(self.at)
                ))
            }
            "hello-app" => {
                Some(format!("{} Serving request: {}", log_time(self.at), request.target))
            }
            _ => None,
        }
    }
}

/// `2026/11/21 15:04:05`, as Go's logger writes.
fn log_time(at: Time) -> String {
    let text = at.timestamp().0.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ").replace('-', "/")
}

/// `21/Nov/2026:15:04:05 +0000`, as web servers write.
fn common_log_time(at: Time) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = log_time(at);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month: usize = part(5, 7).parse().unwrap_or(1);
    let month = MONTHS[(month + 11) % 12];
    format!("{}/{month}/{}:{} +0000", part(8, 10), part(0, 4), part(11, 19))
}
