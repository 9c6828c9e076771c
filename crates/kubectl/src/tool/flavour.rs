//! Which tools a container's image holds, and which make of them.

use k8s_openapi::api::core::v1::Pod;

/// The tools of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flavour {
    tools: &'static [&'static str],
    /// Whether `wget`, `nslookup`, `ping` and `nc` are BusyBox's.
    pub busybox: bool,
    /// Whether `nslookup` is that of BusyBox 1.28, which the documentation uses.
    pub old_busybox: bool,
}

/// What nearly every image has.
const BASE: &[&str] =
    &["sh", "cat", "hostname", "env", "printenv", "echo", "ls", "date", "true", "false", "sleep"];
const NETSHOOT: &[&str] = &[
    "sh", "bash", "cat", "hostname", "env", "printenv", "echo", "ls", "date", "true", "false",
    "sleep", "curl", "wget", "ping", "nslookup", "dig", "nc", "ip", "ifconfig", "busybox",
    "timeout",
];
const BUSYBOX: &[&str] = &[
    "sh", "cat", "hostname", "env", "printenv", "echo", "ls", "date", "true", "false", "sleep",
    "wget", "ping", "nslookup", "nc", "ip", "ifconfig", "busybox", "timeout",
];
const CURL: &[&str] = &[
    "sh", "cat", "hostname", "env", "printenv", "echo", "ls", "date", "true", "false", "sleep",
    "curl", "wget", "ping", "nslookup", "nc", "ip", "ifconfig", "busybox", "timeout",
];
const DNSUTILS: &[&str] = &[
    "sh", "bash", "cat", "hostname", "env", "printenv", "echo", "ls", "date", "true", "false",
    "sleep", "nslookup", "dig", "ping", "ip",
];
const DEBIAN_WITH_CURL: &[&str] = &[
    "sh", "bash", "cat", "hostname", "env", "printenv", "echo", "ls", "date", "true", "false",
    "sleep", "curl", "timeout",
];
const DEBIAN: &[&str] = &[
    "sh", "bash", "cat", "hostname", "env", "printenv", "echo", "ls", "date", "true", "false",
    "sleep", "timeout",
];

/// What a node's system has.
const NODE: &[&str] = &[
    "sh",
    "bash",
    "cat",
    "hostname",
    "ls",
    "date",
    "sleep",
    "timeout",
    "curl",
    "wget",
    "ping",
    "dig",
    "nslookup",
    "nc",
    "ip",
    "iptables-save",
    "nft",
    "ipset",
    "ipvsadm",
    "conntrack",
];

impl Flavour {
    /// A node's system.
    pub const NODE: Flavour = Flavour { tools: NODE, busybox: false, old_busybox: false };

    /// BusyBox alone.
    pub const BUSYBOX: Flavour = Flavour { tools: BUSYBOX, busybox: true, old_busybox: false };

    /// The tools of a Pod's container, the first if none is named.
    pub fn of(pod: &Pod, container: Option<&str>) -> Self {
        let containers =
            pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
        let chosen = match container {
            Some(name) => containers.iter().find(|container| container.name == name),
            None => containers.first(),
        };
        let image = chosen.and_then(|container| container.image.as_deref()).unwrap_or_default();
        let last = image.rsplit('/').next().unwrap_or(image);
        let (name, tag) = last.split_once(':').unwrap_or((last, "latest"));
        let with = |tools| Flavour { tools, busybox: false, old_busybox: false };
        match name {
            "busybox" | "busyboxplus" => {
                Flavour { old_busybox: tag.starts_with("1.28"), ..Self::BUSYBOX }
            }
            _ if tag.contains("alpine") => {
                Flavour { tools: CURL, busybox: true, old_busybox: false }
            }
            "alpine" => Self::BUSYBOX,
            "curl" => Flavour { tools: CURL, busybox: true, old_busybox: false },
            "netshoot" | "network-multitool" => with(NETSHOOT),
            "dnsutils" | "jessie-dnsutils" => with(DNSUTILS),
            "agnhost" => Flavour { tools: CURL, busybox: true, old_busybox: false },
            "nginx" => with(DEBIAN_WITH_CURL),
            "httpd" | "redis" | "postgres" | "mysql" | "mariadb" | "mongo" | "debian"
            | "ubuntu" | "python" | "node" => with(DEBIAN),
            "hello-app" | "http-echo" | "coredns" | "pause" | "etcd" | "whoami" => with(&[]),
            _ => with(BASE),
        }
    }

    /// Whether there is such a tool.
    pub fn has(&self, name: &str) -> bool {
        self.tools.contains(&name)
    }
}
