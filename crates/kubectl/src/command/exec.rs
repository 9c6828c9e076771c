//! `kubectl exec`: runs a tool in a Pod.

use std::net::SocketAddr;

use cluster::Cluster;
use k8s_openapi::api::core::v1::Pod;
use manifest::{Kind, ObjectRef};

use super::Line;
use crate::arguments::{Flag, switch, value};
use crate::report::{Failure, Output};
use crate::resource_arguments::{self, find};
use crate::shell::{Inside, Shell, Stay};
use crate::tool;

pub(super) const FLAGS: &[Flag] = &[
    value("container").short('c'),
    value("filename").short('f'),
    value("pod-running-timeout"),
    switch("stdin").short('i'),
    switch("tty").short('t'),
    switch("quiet").short('q'),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    // Without `--` the command begins after the Pod's name.
    let mut split = words.to_vec();
    if !words.iter().any(|word| word == "--")
        && let Some(at) = pod_position(words)
        && at + 1 < words.len()
    {
        split.insert(at + 1, "--".into());
    }
    let line = Line::parse(shell, "exec", &split, FLAGS)?;
    let Some(given) = line.arguments.positional.first() else {
        return Err(Failure::local("pod, type/name or --filename must be specified"));
    };
    let command = line.arguments.rest.clone().unwrap_or_default();
    if command.is_empty() {
        return Err(Failure::local("you must specify at least one command for the container"));
    }
    let name = pod_name(shell, &line.namespace, given)?;
    find(&shell.cluster.snapshot(), Kind::Pod, &line.namespace, &name)?;
    let container = line.arguments.value("container").map(str::to_owned);
    let pod = ObjectRef::new(Kind::Pod, line.namespace.as_str(), name);
    if line.arguments.is_set("stdin") && tool::is_shell(&command) {
        return Ok(stay(shell, pod, container, &command[0], false));
    }
    Ok(in_pod(shell, &pod, container.as_deref(), &command).map_or_else(|output| output, ended))
}

/// What a command printed, and how it ended, if it ended badly.
pub(super) fn ended(mut output: Output) -> Output {
    if output.code != 0 && output.code != 127 {
        output.stderr.push_str(&format!("command terminated with exit code {}\n", output.code));
    }
    output
}

/// Lets the terminal stay in a shell in a container, if there is one.
pub(super) fn stay(
    shell: &mut Shell,
    pod: ObjectRef,
    container: Option<String>,
    program: &str,
    ends: bool,
) -> Output {
    let nothing = [program, "-c", ":"].map(str::to_owned);
    let output = in_pod(shell, &pod, container.as_deref(), &nothing);
    if output.as_ref().is_ok_and(|output| output.code == 0) {
        let snapshot = shell.cluster.snapshot();
        let found = snapshot.find::<Pod>(&pod.namespace, &pod.name);
        let prompt = found.map(|found| tool::prompt(found, container.as_deref(), program));
        let program = program.to_owned();
        let place = Stay::Pod { pod, container, image: None, program, ends };
        shell.inside = prompt.map(|prompt| Inside { place, prompt });
    }
    output.unwrap_or_else(|output| output)
}

/// Runs a command in a Pod's container, the first if none is named.
///
/// # Errors
/// What `kubectl` says where it cannot run at all.
pub(crate) fn in_pod(
    shell: &mut Shell,
    reference: &ObjectRef,
    container: Option<&str>,
    command: &[String],
) -> Result<Output, Output> {
    let snapshot = shell.cluster.snapshot();
    let name = &reference.name;
    let Some(pod) = snapshot.find::<Pod>(&reference.namespace, name) else {
        return Err(Output::failed(
            format!("Error from server (NotFound): pods {name:?} not found\n"),
            1,
        ));
    };
    let running = |wanted: Option<&str>| {
        let status = pod.status.as_ref();
        let statuses = status.and_then(|status| status.container_statuses.as_deref());
        statuses.unwrap_or_default().iter().any(|container| {
            wanted.is_none_or(|wanted| container.name == wanted)
                && container.state.as_ref().is_some_and(|state| state.running.is_some())
        })
    };
    let containers = pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
    if let Some(wanted) = container
        && !containers.iter().any(|container| container.name == wanted)
    {
        return Err(Output::failed(
            format!("error: container {wanted} is not valid for pod {name}\n"),
            1,
        ));
    }
    dial(&shell.cluster, pod)?;
    let mut stderr = String::new();
    if container.is_none() && containers.len() > 1 {
        let names: Vec<&str> = containers.iter().map(|container| container.name.as_str()).collect();
        stderr = format!("Defaulted container {:?} out of: {}\n", names[0], names.join(", "));
    }
    if !running(container) {
        let wanted = container.or(containers.first().map(|first| first.name.as_str()));
        let id = wanted.unwrap_or_default();
        return Err(Output::failed(
            format!(
                "{stderr}error: Internal error occurred: unable to upgrade connection: container not found (\"{id}\")\n"
            ),
            1,
        ));
    }
    let pod = pod.clone();
    let mut output = tool::run(shell, &pod, container, command);
    output.stderr = stderr + &output.stderr;
    Ok(output)
}

/// The API server's way to the kubelet that runs a Pod.
///
/// # Errors
/// What `kubectl` says if there is none.
pub(super) fn dial(cluster: &Cluster, pod: &Pod) -> Result<(), Output> {
    unreachable(cluster, pod).map_or(Ok(()), |(_, problem)| {
        let said = format!("Error from server: error dialing backend: {problem}\n");
        Err(Output::failed(said, 1))
    })
}

/// The kubelet of a Pod that the API server does not reach, and why, as Go's `net` says it.
pub(super) fn unreachable(cluster: &Cluster, pod: &Pod) -> Option<(SocketAddr, String)> {
    let kubelet = cluster.unreachable_kubelet(pod.spec.as_ref()?.node_name.as_deref()?)?;
    Some((kubelet, format!("dial tcp {kubelet}: connect: no route to host")))
}

fn pod_position(words: &[String]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "-n" | "--namespace" | "-c" | "--container" => at += 2,
            flag if flag.starts_with('-') => at += 1,
            _ => return Some(at),
        }
    }
    None
}

/// The Pod's name: `web`, `pod/web`, or the first Pod of `deploy/web`.
pub(super) fn pod_name(shell: &Shell, namespace: &str, given: &str) -> Result<String, Failure> {
    let Some((word, name)) = given.split_once('/') else { return Ok(given.to_owned()) };
    let kind = resource_arguments::kind(word)?;
    if kind == Kind::Pod {
        return Ok(name.to_owned());
    }
    let snapshot = shell.cluster.snapshot();
    let object = find(&snapshot, kind, namespace, name)?;
    let json = object.to_json();
    let selector = json.pointer("/spec/selector/matchLabels").or(json.pointer("/spec/selector"));
    let wanted = selector.and_then(|selector| selector.as_object());
    let found = snapshot.list_in::<Pod>(namespace).find(|pod| {
        wanted.is_some_and(|wanted| {
            wanted.iter().all(|(key, value)| {
                let labels = pod.metadata.labels.as_ref();
                labels.and_then(|labels| labels.get(key)).map(String::as_str) == value.as_str()
            })
        })
    });
    found
        .and_then(|pod| pod.metadata.name.clone())
        .ok_or_else(|| Failure::local(format!("no pods found for {given}")))
}
