//! Containers, volumes and scheduling, shared by Pods and Pod templates.

use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStatus, EnvVar, PodSpec, PodTemplateSpec, Probe,
    Toleration, Volume,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::text::Text;
use super::{date, given};

/// The description of a Pod template, as `rollout history` shows it.
pub(crate) fn pod_template(template: Option<&PodTemplateSpec>) -> String {
    let mut text = Text::default();
    self::template(template, &mut text);
    text.aligned()
}

/// `Pod Template:` and what is below it.
pub(super) fn template(template: Option<&PodTemplateSpec>, text: &mut Text) {
    text.line("Pod Template:");
    let Some(template) = template else {
        text.line("  <unset>");
        return;
    };
    let metadata = template.metadata.clone().unwrap_or_default();
    let labels = metadata.labels.as_ref().map(|labels| crate::labels::pairs(labels, "="));
    text.listed("  Labels", labels.unwrap_or_default());
    if metadata.annotations.as_ref().is_some_and(|annotations| !annotations.is_empty()) {
        let pairs = metadata.annotations.as_ref().map(|all| crate::labels::pairs(all, ": "));
        text.listed("  Annotations", pairs.unwrap_or_default());
    }
    let none = PodSpec::default();
    let spec = template.spec.as_ref().unwrap_or(&none);
    if let Some(account) = spec.service_account_name.as_ref().filter(|name| !name.is_empty()) {
        text.field("  Service Account", account);
    }
    if let Some(containers) = spec.init_containers.as_ref().filter(|all| !all.is_empty()) {
        text.line("  Init Containers:");
        self::containers(containers, &[], "   ", text);
    }
    text.line("  Containers:");
    containers(&spec.containers, &[], "   ", text);
    volumes(spec.volumes.as_deref().unwrap_or_default(), "  ", text);
    scheduling(spec, "  ", text);
}

/// Each container, its name at `space`, with its state where there is one.
pub(super) fn containers(
    containers: &[Container],
    statuses: &[ContainerStatus],
    space: &str,
    text: &mut Text,
) {
    for container in containers {
        let status = statuses.iter().find(|status| status.name == container.name);
        text.line(format!("{space}{}:", container.name));
        let inner = DETAILS;
        let field = |text: &mut Text, name: &str, value: &str| {
            text.line(format!("{inner}{name}:\t{value}"));
        };
        if let Some(status) = status {
            field(text, "Container ID", given(status.container_id.as_ref()));
        }
        field(text, "Image", given(container.image.as_ref()));
        if let Some(status) = status {
            field(text, "Image ID", &status.image_id);
        }
        ports(container, inner, text);
        for (name, words) in [("Command", &container.command), ("Args", &container.args)] {
            if let Some(words) = words.as_ref().filter(|words| !words.is_empty()) {
                text.line(format!("{inner}{name}:"));
                for word in words {
                    text.line(format!("{inner}  {}", word.replace('\n', &format!("\n{inner}  "))));
                }
            }
        }
        if let Some(status) = status {
            state("State", status.state.as_ref(), inner, text);
            if status.last_state.as_ref().is_some_and(|last| last.terminated.is_some()) {
                state("Last State", status.last_state.as_ref(), inner, text);
            }
            field(text, "Ready", if status.ready { "True" } else { "False" });
            field(text, "Restart Count", &status.restart_count.to_string());
        }
        resources(container, inner, text);
        for (name, given) in [
            ("Liveness", &container.liveness_probe),
            ("Readiness", &container.readiness_probe),
            ("Startup", &container.startup_probe),
        ] {
            if let Some(given) = given {
                field(text, name, &probe(given));
            }
        }
        environment(container, inner, text);
        mounts(container, inner, text);
    }
}

/// Details of containers and volumes stand here, however far their names do.
const DETAILS: &str = "    ";

/// `Volumes:` and each of them, its name one step further.
pub(super) fn volumes(volumes: &[Volume], space: &str, text: &mut Text) {
    if volumes.is_empty() {
        text.line(format!("{space}Volumes:\t<none>"));
        return;
    }
    text.line(format!("{space}Volumes:"));
    for volume in volumes {
        let further = if space.is_empty() { "  " } else { "   " };
        text.line(format!("{further}{}:", volume.name));
        let field = |text: &mut Text, name: &str, value: &str| {
            text.line(format!("{DETAILS}{name}:\t{value}"));
        };
        if let Some(empty) = &volume.empty_dir {
            field(text, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
            field(text, "Medium", given(empty.medium.as_ref()));
            let limit = empty.size_limit.as_ref().map_or("<unset>", |limit| limit.0.as_str());
            field(text, "SizeLimit", limit);
        } else if let Some(map) = &volume.config_map {
            field(text, "Type", "ConfigMap (a volume populated by a ConfigMap)");
            field(text, "Name", &map.name);
            field(text, "Optional", if map.optional == Some(true) { "true" } else { "false" });
        } else if let Some(secret) = &volume.secret {
            field(text, "Type", "Secret (a volume populated by a Secret)");
            field(text, "SecretName", given(secret.secret_name.as_ref()));
            field(text, "Optional", if secret.optional == Some(true) { "true" } else { "false" });
        } else if let Some(path) = &volume.host_path {
            field(text, "Type", "HostPath (bare host directory volume)");
            field(text, "Path", &path.path);
            field(text, "HostPathType", given(path.type_.as_ref()));
        } else if let Some(projected) = &volume.projected {
            field(
                text,
                "Type",
                "Projected (a volume that contains injected data from multiple sources)",
            );
            for source in projected.sources.iter().flatten() {
                if let Some(secret) = &source.secret {
                    field(text, "SecretName", &secret.name);
                } else if source.downward_api.is_some() {
                    field(text, "DownwardAPI", "true");
                } else if let Some(map) = &source.config_map {
                    field(text, "ConfigMapName", &map.name);
                    let optional = if map.optional == Some(true) { "true" } else { "false" };
                    field(text, "Optional", optional);
                } else if let Some(token) = &source.service_account_token {
                    let seconds = token.expiration_seconds.unwrap_or(3600).to_string();
                    field(text, "TokenExpirationSeconds", &seconds);
                }
            }
        } else {
            text.line(format!("{DETAILS}<unknown>"));
        }
    }
}

/// `Node-Selectors` and `Tolerations`.
pub(super) fn scheduling(spec: &PodSpec, space: &str, text: &mut Text) {
    let selectors = spec.node_selector.as_ref().map(|all| crate::labels::pairs(all, "="));
    text.listed(&format!("{space}Node-Selectors"), selectors.unwrap_or_default());
    let mut tolerations: Vec<&Toleration> = spec.tolerations.iter().flatten().collect();
    tolerations.sort_by_key(|toleration| given(toleration.key.as_ref()).to_owned());
    let shown = tolerations.into_iter().map(toleration).collect();
    text.listed(&format!("{space}Tolerations"), shown);
}

fn toleration(toleration: &Toleration) -> String {
    let mut text = given(toleration.key.as_ref()).to_owned();
    if let Some(value) = toleration.value.as_ref().filter(|value| !value.is_empty()) {
        text.push_str(&format!("={value}"));
    }
    if let Some(effect) = toleration.effect.as_ref().filter(|effect| !effect.is_empty()) {
        text.push_str(&format!(":{effect}"));
    }
    let exists = toleration.operator.as_deref() == Some("Exists");
    if exists && toleration.value.as_ref().is_none_or(String::is_empty) {
        text.push_str(if text.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration.toleration_seconds {
        text.push_str(&format!(" for {seconds}s"));
    }
    text
}

fn ports(container: &Container, inner: &str, text: &mut Text) {
    let ports = container.ports.as_deref().unwrap_or_default();
    let listed = |number: fn(&k8s_openapi::api::core::v1::ContainerPort) -> i32| {
        let all: Vec<String> = ports
            .iter()
            .map(|port| {
                let name = port.name.as_ref().filter(|name| !name.is_empty());
                let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
                format!("{}/{}{name}", number(port), given(port.protocol.as_ref()))
            })
            .collect();
        if all.is_empty() { "<none>".to_owned() } else { all.join(", ") }
    };
    let plural = if ports.len() > 1 { "s" } else { "" };
    text.line(format!("{inner}Port{plural}:\t{}", listed(|port| port.container_port)));
    text.line(format!("{inner}Host Port{plural}:\t{}", listed(|port| port.host_port.unwrap_or(0))));
}

fn state(name: &str, state: Option<&ContainerState>, inner: &str, text: &mut Text) {
    let none = ContainerState::default();
    let state = state.unwrap_or(&none);
    if let Some(running) = &state.running {
        text.line(format!("{inner}{name}:\tRunning"));
        text.line(format!("{inner}  Started:\t{}", date(running.started_at.as_ref())));
    } else if let Some(waiting) = &state.waiting {
        text.line(format!("{inner}{name}:\tWaiting"));
        if let Some(reason) = waiting.reason.as_ref().filter(|reason| !reason.is_empty()) {
            text.line(format!("{inner}  Reason:\t{reason}"));
        }
    } else if let Some(terminated) = &state.terminated {
        text.line(format!("{inner}{name}:\tTerminated"));
        if let Some(reason) = &terminated.reason {
            text.line(format!("{inner}  Reason:\t{reason}"));
        }
        if let Some(message) = terminated.message.as_ref().filter(|message| !message.is_empty()) {
            text.line(format!("{inner}  Message:\t{message}"));
        }
        text.line(format!("{inner}  Exit Code:\t{}", terminated.exit_code));
        text.line(format!("{inner}  Started:\t{}", date(terminated.started_at.as_ref())));
        text.line(format!("{inner}  Finished:\t{}", date(terminated.finished_at.as_ref())));
    } else {
        text.line(format!("{inner}{name}:\tWaiting"));
    }
}

fn resources(container: &Container, inner: &str, text: &mut Text) {
    let Some(resources) = &container.resources else { return };
    for (name, amounts) in [("Limits", &resources.limits), ("Requests", &resources.requests)] {
        if let Some(amounts) = amounts.as_ref().filter(|amounts| !amounts.is_empty()) {
            text.line(format!("{inner}{name}:"));
            for (resource, amount) in amounts {
                text.line(format!("{inner}  {resource}:\t{}", amount.0));
            }
        }
    }
}

/// `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3`.
fn probe(probe: &Probe) -> String {
    let port = |port: &IntOrString| match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    };
    let timing = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        probe.initial_delay_seconds.unwrap_or(0),
        probe.timeout_seconds.unwrap_or(1),
        probe.period_seconds.unwrap_or(10),
        probe.success_threshold.unwrap_or(1),
        probe.failure_threshold.unwrap_or(3),
    );
    if let Some(get) = &probe.http_get {
        let scheme = given(get.scheme.as_ref()).to_lowercase();
        let path = given(get.path.as_ref()).trim_start_matches('/').to_owned();
        let host = given(get.host.as_ref());
        format!("http-get {scheme}://{host}:{}/{path} {timing}", port(&get.port))
    } else if let Some(socket) = &probe.tcp_socket {
        format!("tcp-socket {}:{} {timing}", given(socket.host.as_ref()), port(&socket.port))
    } else if let Some(exec) = &probe.exec {
        format!("exec {:?} {timing}", exec.command.clone().unwrap_or_default())
            .replace("\", \"", " ")
            .replace('"', "")
    } else if let Some(grpc) = &probe.grpc {
        format!("grpc <pod>:{} {timing}", grpc.port)
    } else {
        format!("unknown {timing}")
    }
}

fn environment(container: &Container, inner: &str, text: &mut Text) {
    let variables = container.env.as_deref().unwrap_or_default();
    if variables.is_empty() {
        text.line(format!("{inner}Environment:\t<none>"));
        return;
    }
    text.line(format!("{inner}Environment:"));
    for variable in variables {
        text.line(format!("{inner}  {}:\t{}", variable.name, variable_value(variable)));
    }
}

fn variable_value(variable: &EnvVar) -> String {
    let Some(from) = &variable.value_from else {
        return given(variable.value.as_ref()).to_owned();
    };
    if let Some(field) = &from.field_ref {
        let version = field.api_version.as_deref().unwrap_or("v1");
        format!(" ({version}:{})", field.field_path)
    } else if let Some(key) = &from.secret_key_ref {
        format!(
            "<set to the key '{}' in secret '{}'>\tOptional: {}",
            key.key,
            key.name,
            key.optional.unwrap_or(false)
        )
    } else if let Some(key) = &from.config_map_key_ref {
        format!(
            "<set to the key '{}' of config map '{}'>\tOptional: {}",
            key.key,
            key.name,
            key.optional.unwrap_or(false)
        )
    } else {
        String::new()
    }
}

fn mounts(container: &Container, inner: &str, text: &mut Text) {
    let mut mounts: Vec<_> = container.volume_mounts.iter().flatten().collect();
    if mounts.is_empty() {
        text.line(format!("{inner}Mounts:\t<none>"));
        return;
    }
    text.line(format!("{inner}Mounts:"));
    mounts.sort_by_key(|mount| &mount.mount_path);
    for mount in mounts {
        let mode = if mount.read_only == Some(true) { "ro" } else { "rw" };
        let path =
            mount.sub_path.as_ref().map(|path| format!(",path=\"{path}\"")).unwrap_or_default();
        text.line(format!("{inner}  {} from {} ({mode}{path})", mount.mount_path, mount.name));
    }
}
