//! `kubectl debug`: tools of another image in a Pod's network, or in a node's.
//!
//! Models `k8s.io/kubectl/pkg/cmd/debug`. The container beside a Pod's own is not kept in the Pod:
//! what it sends is what an ephemeral container would send. Copies of Pods are not made.

use k8s_openapi::api::core::v1::{Container, Pod};
use manifest::{Kind, ObjectRef, decode_json};
use serde_json::json;

use super::{Line, exec, options};
use crate::arguments::{Flag, switch, value};
use crate::report::{Failure, Output};
use crate::resource_arguments::find;
use crate::shell::{Inside, Shell, Stay};
use crate::tool;

pub(super) const FLAGS: &[Flag] = &[
    value("image"),
    value("target"),
    value("container").short('c'),
    value("profile"),
    value("copy-to"),
    value("env"),
    switch("stdin").short('i'),
    switch("tty").short('t'),
    switch("quiet").short('q'),
    switch("attach"),
];

pub(super) fn run(shell: &mut Shell, words: &[String]) -> Result<Output, Failure> {
    let line = Line::parse(shell, "debug", words, FLAGS)?;
    let Some(target) = line.arguments.positional.first() else {
        return Err(Failure::local("NAME or TYPE/NAME is required for debug"));
    };
    if line.arguments.value("copy-to").is_some() {
        return Err(Failure::local("--copy-to is not simulated by Podhop"));
    }
    let Some(image) = line.arguments.value("image").map(str::to_owned) else {
        return Err(Failure::local("you must specify --image when not using --target"));
    };
    let command = line.arguments.rest.clone().unwrap_or_default();
    match target.split_once('/') {
        Some(("node" | "nodes" | "no", node)) => on_node(shell, &line, node, &image, &command),
        Some(("pod" | "pods" | "po", name)) => in_pod(shell, &line, name, &image, &command),
        Some((kind, _)) => Err(Failure::local(format!("{kind:?} not supported by debug"))),
        None => in_pod(shell, &line, target, &image, &command),
    }
}

fn in_pod(
    shell: &mut Shell,
    line: &Line,
    name: &str,
    image: &str,
    command: &[String],
) -> Result<Output, Failure> {
    let snapshot = shell.cluster.snapshot();
    find(&snapshot, Kind::Pod, &line.namespace, name)?;
    let mut said = String::new();
    if line.arguments.value("container").is_none() {
        said =
            format!("Defaulting debug container name to {}.\n", named(snapshot.resource_version()));
    }
    if let Some(target) = line.arguments.value("target") {
        said = format!(
            "Targeting container {target:?}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n{said}"
        );
    }
    let pod = ObjectRef::new(Kind::Pod, line.namespace.as_str(), name);
    let stays = line.arguments.is_set("stdin") && (command.is_empty() || tool::is_shell(command));
    let mut output = if stays {
        let program = command.first().map_or("sh", String::as_str).to_owned();
        let prompt = tool::prompt(&beside(&Pod::default(), image), None, &program);
        let image = Some(image.to_owned());
        let place = Stay::Pod { pod, container: None, image, program, ends: false };
        shell.inside = Some(Inside { place, prompt });
        Output::default()
    } else {
        run_beside(shell, &pod, image, command).map_or_else(|output| output, exec::ended)
    };
    output.stderr = said + &output.stderr;
    Ok(output)
}

/// Runs a command of an image in a Pod's network.
///
/// # Errors
/// What `kubectl` says where the Pod is gone or has no network.
pub(crate) fn run_beside(
    shell: &mut Shell,
    pod: &ObjectRef,
    image: &str,
    command: &[String],
) -> Result<Output, Output> {
    let snapshot = shell.cluster.snapshot();
    let found = snapshot.find::<Pod>(&pod.namespace, &pod.name);
    let address = found.and_then(|pod| pod.status.as_ref()?.pod_ip.as_ref());
    let (Some(found), true) = (found, address.is_some()) else {
        let said = format!("error: pod {:?} has no network to debug\n", pod.name);
        return Err(Output::failed(said, 1));
    };
    exec::dial(&shell.cluster, found)?;
    Ok(tool::run(shell, &beside(found, image), None, command))
}

fn on_node(
    shell: &mut Shell,
    line: &Line,
    node: &str,
    image: &str,
    command: &[String],
) -> Result<Output, Failure> {
    find(&shell.cluster.snapshot(), Kind::Node, "", node)?;
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "generateName": format!("node-debugger-{node}-"), "namespace": line.namespace },
        "spec": {
            "containers": [{ "image": image, "name": "debugger", "command": ["true"] }],
            "hostNetwork": true, "hostPID": true, "hostIPC": true,
            "nodeName": node, "restartPolicy": "Never",
            "tolerations": [{ "operator": "Exists" }],
        },
    });
    let pod = decode_json(Kind::Pod, "v1", &pod)
        .map_err(|error| Failure::local(error.said_of("debug")))?;
    let written =
        shell.cluster.write(|api, write| api.create(pod, &options(write, line.dry_run)))?;
    let said = format!(
        "Creating debugging pod {} with container debugger on node {node}.\n",
        written.object.name()
    );
    // The node's own file system is mounted at `/host`, with the node's own tools.
    let (own, command) = match command {
        [chroot, host, rest @ ..] if chroot == "chroot" && host == "/host" => (true, rest),
        command => (false, command),
    };
    let stays = line.arguments.is_set("stdin") && (command.is_empty() || tool::is_shell(command));
    let mut output = if stays {
        let prompt = if own { format!("root@{node}:/# ") } else { "/ # ".to_owned() };
        shell.inside = Some(Inside { place: Stay::Node(node.to_owned()), prompt });
        Output::default()
    } else {
        tool::on_node(shell, node, command, "")
    };
    output.stderr = said + &output.stderr;
    Ok(output)
}

/// A Pod with a container of this image alone.
fn beside(pod: &Pod, image: &str) -> Pod {
    let mut pod = pod.clone();
    let container = Container {
        name: "debugger".into(),
        image: Some(image.to_owned()),
        ..Container::default()
    };
    pod.spec.get_or_insert_default().containers = vec![container];
    pod
}

/// `debugger-` and five letters, as the API server makes names up.
fn named(mut seed: u64) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut name = "debugger-".to_owned();
    for _ in 0..5 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        name.push(LETTERS[(seed >> 33) as usize % LETTERS.len()] as char);
    }
    name
}
