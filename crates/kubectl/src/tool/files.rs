//! What a Pod knows of itself: its files, its name, its environment. Its devices are `ip`'s business.

use dataplane::dns::{KubeletDns, ResolvConf};
use k8s_openapi::api::core::v1::PodSpec;

use super::Seat;
use crate::report::Output;

pub(super) fn run(
    seat: &mut Seat<'_>,
    container: Option<&str>,
    tool: &str,
    arguments: &[String],
) -> Output {
    let hostname = hostname(seat);
    match tool {
        "hostname" if arguments.first().is_some_and(|flag| flag == "-i" || flag == "-I") => {
            Output::printed(format!("{}\n", own_address(seat).unwrap_or_default()))
        }
        "hostname" => Output::printed(format!("{hostname}\n")),
        "echo" => Output::printed(format!("{}\n", arguments.join(" "))),
        "true" => Output::default(),
        "false" => Output::failed("", 1),
        "date" => Output::printed(format!("{}\n", crate::report::time_text(&seat.shell.cluster))),
        "env" | "printenv" => environment(seat, container, arguments),
        "cat" => cat(seat, &hostname, arguments),
        "ls" => Output::printed("bin\ndev\netc\nhome\nproc\nroot\nsys\ntmp\nusr\nvar\n"),
        "ip" | "ifconfig" => {
            let cluster = &seat.shell.cluster;
            let namespace = cluster.data_plane().network.namespace(&seat.place, cluster.now());
            let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
            match (namespace, tool) {
                (None, _) => Output::failed("", 1),
                (Some(namespace), "ip") => crate::ip::run(&namespace, &words, seat.flavour.busybox),
                (Some(namespace), _) => crate::ip::ifconfig(&namespace),
            }
        }
        other => Output::failed(format!("{other}: not found\n"), 127),
    }
}

/// What the Pod calls itself, or the node.
pub(super) fn hostname(seat: &Seat<'_>) -> String {
    let Some(pod) = seat.pod else { return seat.place.to_string() };
    let own = pod.spec.as_ref().and_then(|spec| spec.hostname.clone());
    own.or(pod.metadata.name.clone()).unwrap_or_default()
}

/// The resolv.conf of the Pod, or of the node.
pub(super) fn resolv_conf(seat: &Seat<'_>) -> ResolvConf {
    let config = dataplane::Config::default();
    let mut kubelet: KubeletDns = config.dns;
    let Some(pod) = seat.pod else { return kubelet.node };
    let snapshot = seat.shell.cluster.snapshot();
    let service = snapshot.find::<k8s_openapi::api::core::v1::Service>("kube-system", "kube-dns");
    let address =
        service.and_then(|service| service.spec.as_ref()?.cluster_ip.as_ref()?.parse().ok());
    if let Some(address) = address {
        kubelet.nameservers = vec![address];
    }
    ResolvConf::of_pod(pod, &kubelet)
}

fn own_address(seat: &Seat<'_>) -> Option<String> {
    seat.pod?.status.as_ref()?.pod_ip.clone()
}

fn cat(seat: &Seat<'_>, hostname: &str, arguments: &[String]) -> Output {
    let mut output = Output::default();
    for path in arguments.iter().filter(|path| !path.starts_with('-')) {
        match path.as_str() {
            "/etc/resolv.conf" => output.stdout.push_str(&resolv_conf(seat).text()),
            "/etc/hostname" => output.stdout.push_str(&format!("{hostname}\n")),
            "/etc/hosts" => {
                output.stdout.push_str("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n");
                let address = own_address(seat).unwrap_or_default();
                output.stdout.push_str(&format!("{address}\t{hostname}\n"));
                let aliases =
                    spec(seat).into_iter().flat_map(|spec| spec.host_aliases.iter().flatten());
                let lines: Vec<String> = aliases
                    .map(|alias| {
                        format!(
                            "{}\t{}\n",
                            alias.ip,
                            alias.hostnames.clone().unwrap_or_default().join("\t")
                        )
                    })
                    .collect();
                if !lines.is_empty() {
                    output.stdout.push_str("\n# Entries added by HostAliases.\n");
                    output.stdout.push_str(&lines.concat());
                }
            }
            "/var/run/secrets/kubernetes.io/serviceaccount/namespace" => {
                let namespace = seat.pod.and_then(|pod| pod.metadata.namespace.as_deref());
                output.stdout.push_str(namespace.unwrap_or_default());
            }
            other => {
                output.stderr.push_str(&format!("cat: {other}: No such file or directory\n"));
                output.code = 1;
            }
        }
    }
    output
}

/// `env`, or one variable of it.
fn environment(seat: &Seat<'_>, container: Option<&str>, arguments: &[String]) -> Output {
    let variables = variables(seat, container);
    if let Some(wanted) = arguments.first() {
        let found = variables.iter().find(|(name, _)| name == wanted);
        return match found {
            Some((_, value)) => Output::printed(format!("{value}\n")),
            None => Output::failed("", 1),
        };
    }
    let lines = variables.into_iter().map(|(name, value)| format!("{name}={value}\n"));
    Output::printed(lines.collect::<String>())
}

/// What the kubelet and the manifest put into the environment.
pub(super) fn variables(seat: &Seat<'_>, container: Option<&str>) -> Vec<(String, String)> {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let mut variables =
        vec![("PATH".to_owned(), path.to_owned()), ("HOSTNAME".into(), hostname(seat))];
    if seat.pod.is_none() {
        return variables;
    }
    let containers = spec(seat).into_iter().flat_map(|spec| &spec.containers);
    let chosen = containers.into_iter().find(|it| container.is_none_or(|name| it.name == name));
    for variable in chosen.iter().flat_map(|container| container.env.iter().flatten()) {
        let field = variable.value_from.as_ref().and_then(|from| from.field_ref.as_ref());
        let value = match field {
            Some(field) => from_field(seat, &field.field_path),
            None => variable.value.clone().unwrap_or_default(),
        };
        variables.push((variable.name.clone(), value));
    }
    let snapshot = seat.shell.cluster.snapshot();
    if let Some(api) = snapshot.find::<k8s_openapi::api::core::v1::Service>("default", "kubernetes")
        && let Some(address) = api.spec.as_ref().and_then(|spec| spec.cluster_ip.clone())
    {
        variables.push(("KUBERNETES_SERVICE_HOST".into(), address.clone()));
        variables.push(("KUBERNETES_SERVICE_PORT".into(), "443".into()));
        variables.push(("KUBERNETES_PORT".into(), format!("tcp://{address}:443")));
    }
    variables
}

fn spec<'a>(seat: &Seat<'a>) -> Option<&'a PodSpec> {
    seat.pod?.spec.as_ref()
}

fn from_field(seat: &Seat<'_>, path: &str) -> String {
    let Some(json) = seat.pod.map(|pod| manifest::to_json(pod)) else { return String::new() };
    let found = json.pointer(&format!("/{}", path.replace('.', "/")));
    found.map(crate::output::json_path::text).unwrap_or_default()
}
