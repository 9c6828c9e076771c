//! The Node objects of a scenario, as a kubelet registers them.
//!
//! Models `pkg/kubelet/kubelet_node_status.go` (`initialNode`); conditions follow from the node
//! controllers.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    DaemonEndpoint, Node, NodeAddress, NodeDaemonEndpoints, NodeSpec as Spec, NodeStatus,
    NodeSystemInfo,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::scenario::NodeSpec;

/// The version every part of the cluster has.
pub const KUBERNETES_VERSION: &str = "v1.36.2";

/// The Node object for one machine of a scenario.
pub(crate) fn node(spec: &NodeSpec) -> Node {
    let mut labels = BTreeMap::from(
        [
            ("beta.kubernetes.io/arch", "amd64"),
            ("beta.kubernetes.io/os", "linux"),
            ("kubernetes.io/arch", "amd64"),
            ("kubernetes.io/os", "linux"),
            ("kubernetes.io/hostname", &spec.name),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    labels.extend(spec.labels.clone());
    let resources = BTreeMap::from(
        [("cpu", "4"), ("memory", "8Gi"), ("pods", "110"), ("ephemeral-storage", "100Gi")]
            .map(|(key, value)| (key.to_owned(), Quantity(value.to_owned()))),
    );
    let address = |type_: &str, address: String| NodeAddress { type_: type_.into(), address };
    Node {
        metadata: ObjectMeta {
            name: Some(spec.name.clone()),
            labels: Some(labels),
            ..Default::default()
        },
        spec: Some(Spec {
            pod_cidr: Some(spec.pod_cidr.to_string()),
            pod_cidrs: Some(vec![spec.pod_cidr.to_string()]),
            taints: (!spec.taints.is_empty()).then(|| spec.taints.clone()),
            ..Default::default()
        }),
        status: Some(NodeStatus {
            addresses: Some(vec![
                address("InternalIP", spec.address.to_string()),
                address("Hostname", spec.name.clone()),
            ]),
            allocatable: Some(resources.clone()),
            capacity: Some(resources),
            daemon_endpoints: Some(NodeDaemonEndpoints {
                kubelet_endpoint: Some(DaemonEndpoint { port: 10250 }),
            }),
            node_info: Some(NodeSystemInfo {
                architecture: "amd64".into(),
                container_runtime_version: "containerd://2.1.4".into(),
                kernel_version: "6.12.0-podhop".into(),
                kube_proxy_version: String::new(),
                kubelet_version: KUBERNETES_VERSION.into(),
                operating_system: "linux".into(),
                os_image: "Debian GNU/Linux 13 (trixie)".into(),
                ..Default::default()
            }),
            ..Default::default()
        }),
    }
}
