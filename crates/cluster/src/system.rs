//! What a cluster runs for itself: DNS, and kube-proxy and the network plugin on every node.

use dataplane::{Cni, ProxyMode};

use crate::{Scenario, SourceFile};

/// The manifests of the system's own Pods, as kubeadm and the plugin's authors ship them.
pub(crate) fn manifests(scenario: &Scenario) -> Vec<SourceFile> {
    let mut manifests = Vec::new();
    if scenario.kube_proxy != ProxyMode::None {
        manifests.push(file("kube-proxy.yaml", include_str!("../system/kube-proxy.yaml")));
    }
    if matches!(scenario.cni, Cni::FlannelVxlan | Cni::FlannelHostGateway) {
        manifests.push(file("flannel.yaml", include_str!("../system/flannel.yaml")));
    }
    manifests.push(file("coredns.yaml", include_str!("../system/coredns.yaml")));
    manifests
}

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile { name: format!("kube-system/{name}"), text: text.to_owned() }
}
