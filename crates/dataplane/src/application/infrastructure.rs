//! What a cluster runs for itself: DNS, the network plugin, ingress controllers.

use super::{App, GATEWAY_PRODUCT, Image, Invocation, Listener, Started};
use crate::dns::Flavour;

pub(super) const IMAGES: &[Image] = &[
    Image {
        names: &[
            "registry.k8s.io/coredns/coredns",
            "coredns/coredns",
            "k8s.gcr.io/coredns/coredns",
        ],
        libc: Flavour::Glibc,
        starts: |_| {
            Started::Listens(vec![
                Listener::udp(53, App::CoreDns),
                Listener::tcp(53, App::CoreDns),
                Listener::tcp(8080, App::Ok),
                Listener::tcp(8181, App::Ok),
                Listener::tcp(9153, App::Ok),
            ])
        },
        takes_options: true,
    },
    Image {
        names: &["registry.k8s.io/kube-proxy"],
        libc: Flavour::Glibc,
        // Its metrics are bound to 127.0.0.1, out of everybody's reach.
        starts: |_| Started::listens(10256, App::ProxyHealth),
        takes_options: true,
    },
    Image {
        names: &[
            "registry.k8s.io/pause",
            "ghcr.io/flannel-io/flannel",
            "docker.io/flannel/flannel",
            "flannel/flannel",
            "rancher/mirrored-flannelcni-flannel",
            "calico/node",
            "quay.io/calico/node",
            "calico/kube-controllers",
            "quay.io/cilium/cilium",
            "weaveworks/weave-kube",
            "weaveworks/weave-npc",
            "kindest/kindnetd",
            "602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni",
            "602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon/aws-network-policy-agent",
        ],
        libc: Flavour::Glibc,
        starts: |_| Started::Waits,
        takes_options: true,
    },
    Image {
        names: &["registry.k8s.io/ingress-nginx/controller"],
        libc: Flavour::Musl,
        starts: |invocation| controller(invocation, "nginx", (80, 443), &[10254]),
        takes_options: true,
    },
    Image {
        names: &["traefik"],
        libc: Flavour::Musl,
        starts: |invocation| controller(invocation, "traefik", (80, 443), &[8080]),
        takes_options: true,
    },
    Image {
        names: &["haproxytech/kubernetes-ingress", "quay.io/jcmoraisjr/haproxy-ingress"],
        libc: Flavour::Musl,
        starts: |invocation| controller(invocation, "haproxy", (8080, 8443), &[1042]),
        takes_options: true,
    },
    Image {
        names: &["kong", "kong/kubernetes-ingress-controller"],
        libc: Flavour::Glibc,
        starts: |invocation| controller(invocation, "kong", (8000, 8443), &[8100]),
        takes_options: true,
    },
    Image {
        names: &["envoyproxy/envoy"],
        libc: Flavour::Glibc,
        starts: |invocation| controller(invocation, GATEWAY_PRODUCT, (80, 443), &[19003]),
        takes_options: true,
    },
    Image {
        names: &["ghcr.io/nginx/nginx-gateway-fabric/nginx"],
        libc: Flavour::Musl,
        starts: gateway_proxy,
        takes_options: true,
    },
    Image {
        names: &["ghcr.io/nginx/nginx-gateway-fabric"],
        libc: Flavour::Musl,
        starts: |_| Started::Listens(vec![Listener::tcp(8081, App::Ok)]),
        takes_options: true,
    },
    Image {
        names: &["registry.k8s.io/defaultbackend-amd64", "registry.k8s.io/defaultbackend"],
        libc: Flavour::Musl,
        starts: |_| {
            let body = "default backend - 404".to_owned();
            Started::listens(8080, App::Text { body, server: "404".into() })
        },
        takes_options: true,
    },
];

/// A Gateway's proxy listens on the ports its controller gave it, one for each listener's port; which
/// of them speak TLS, the Gateway says.
fn gateway_proxy(invocation: &Invocation<'_>) -> Started {
    let ports = invocation.container.ports.iter().flatten();
    let listeners = ports.filter_map(|port| {
        let number = u16::try_from(port.container_port).ok()?;
        let app = App::Controller { class: String::new(), product: GATEWAY_PRODUCT.into() };
        Some(Listener::tcp(number, app))
    });
    Started::Listens(listeners.collect())
}

/// A controller answers for everything its class's objects say, on a plain and on a TLS port. The
/// class is its own name unless another is set; Traefik has none then.
fn controller(
    invocation: &Invocation<'_>,
    product: &str,
    (plain, sealed): (u16, u16),
    health: &[u16],
) -> Started {
    let class = invocation
        .option("ingress-class")
        .or_else(|| invocation.option("providers.kubernetesingress.ingressclass"))
        .unwrap_or(if product == "traefik" { "" } else { product })
        .to_owned();
    let number = |option: &str, own: u16| {
        invocation.option(option).and_then(|port| port.parse().ok()).unwrap_or(own)
    };
    let app = App::Controller { class, product: product.to_owned() };
    let mut listeners = vec![
        Listener::tcp(number("http-port", plain), app.clone()),
        Listener { tls: Some(Vec::new()), ..Listener::tcp(number("https-port", sealed), app) },
    ];
    listeners.extend(health.iter().map(|port| Listener::tcp(*port, App::Ok)));
    Started::Listens(listeners)
}
