//! What a cluster runs for itself: DNS, and kube-proxy and the network plugin on every node.

use dataplane::{Cni, ProxyMode};

use crate::{GatewayController, IngressController, Scenario, SourceFile};

/// The manifests of the system's own Pods, as kubeadm and the plugin's authors ship them.
pub(crate) fn manifests(scenario: &Scenario) -> Vec<SourceFile> {
    let mut manifests = Vec::new();
    if runs_kube_proxy(scenario) {
        manifests.push(file("kube-proxy.yaml", include_str!("../system/kube-proxy.yaml")));
    }
    manifests.extend(network_plugin(scenario.cni));
    manifests.push(file("coredns.yaml", include_str!("../system/coredns.yaml")));
    manifests.extend(match scenario.ingress {
        IngressController::None => None,
        IngressController::Nginx => {
            Some(file("ingress-nginx.yaml", include_str!("../system/ingress-nginx.yaml")))
        }
        IngressController::Traefik => {
            Some(file("traefik.yaml", include_str!("../system/traefik.yaml")))
        }
        IngressController::HaProxy => {
            Some(file("haproxy.yaml", include_str!("../system/haproxy.yaml")))
        }
        IngressController::Aws => Some(file(
            "aws-load-balancer-controller.yaml",
            include_str!("../system/aws-load-balancer-controller.yaml"),
        )),
        IngressController::Kong => Some(file("kong.yaml", include_str!("../system/kong.yaml"))),
    });
    if scenario.gateway == GatewayController::NginxFabric {
        manifests.push(file(
            "nginx-gateway-fabric.yaml",
            include_str!("../system/nginx-gateway-fabric.yaml"),
        ));
    }
    manifests
}

/// What the network plugin runs on every node.
fn network_plugin(cni: Cni) -> Option<SourceFile> {
    let flannel = || file("flannel.yaml", include_str!("../system/flannel.yaml"));
    match cni {
        Cni::FlannelVxlan => Some(flannel()),
        Cni::FlannelHostGateway => {
            let vxlan = flannel();
            let text = vxlan.text.replace("\"Type\": \"vxlan\"", "\"Type\": \"host-gw\"");
            Some(SourceFile { text, ..vxlan })
        }
        Cni::CalicoVxlan | Cni::CalicoIpInIp | Cni::CalicoBgp => {
            Some(file("calico.yaml", include_str!("../system/calico.yaml")))
        }
        Cni::Cilium | Cni::CiliumKubeProxyReplacement => {
            Some(file("cilium.yaml", include_str!("../system/cilium.yaml")))
        }
        Cni::Weave => Some(file("weave-net.yaml", include_str!("../system/weave-net.yaml"))),
        Cni::Kindnet => Some(file("kindnet.yaml", include_str!("../system/kindnet.yaml"))),
        Cni::AwsVpc => Some(file("aws-node.yaml", include_str!("../system/aws-node.yaml"))),
        Cni::None => None,
    }
}

/// Whether kube-proxy is installed: not where the plugin takes its place.
pub(crate) fn runs_kube_proxy(scenario: &Scenario) -> bool {
    scenario.kube_proxy != ProxyMode::None && !scenario.settings().plugin_replaces_kube_proxy()
}

/// Whether a file is one of the system's own.
pub(crate) fn owns(name: &str) -> bool {
    name.starts_with(FOLDER)
}

/// What the names of the system's files begin with.
const FOLDER: &str = "kube-system/";

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile { name: format!("{FOLDER}{name}"), text: text.to_owned() }
}
