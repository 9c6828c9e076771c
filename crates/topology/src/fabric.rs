//! The devices a CNI plugin leaves on a node, as far as a drawing shows them.

use serde::{Deserialize, Serialize};

/// What stands between a Pod and the node network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fabric {
    /// The plugin, for a person: `Flannel`.
    pub name: String,
    /// How Pods' packets cross from node to node: `VXLAN`.
    pub transport: String,
    /// The bridge that Pods' veths are plugged into, if there is one.
    pub bridge: Option<String>,
    /// The tunnel device, if there is one.
    pub tunnel: Option<String>,
    /// What the tunnel writes beside its name: `VNI 1`.
    pub tunnel_note: String,
}

impl Fabric {
    /// The devices of the plugin a scenario names: `flannel-vxlan`, `calico-bgp` …
    pub fn of(cni: &str) -> Self {
        let (name, transport, bridge, tunnel, note) = match cni {
            "flannel-vxlan" => ("Flannel", "VXLAN", Some("cni0"), Some("flannel.1"), "VNI 1"),
            "flannel-host-gw" => ("Flannel", "host-gw", Some("cni0"), None, ""),
            "calico-vxlan" => ("Calico", "VXLAN", None, Some("vxlan.calico"), "VNI 4096"),
            "calico-ipip" => ("Calico", "IPIP", None, Some("tunl0"), ""),
            "calico-bgp" => ("Calico", "BGP", None, None, ""),
            "cilium" | "cilium-kube-proxy-replacement" => {
                ("Cilium", "VXLAN", None, Some("cilium_vxlan"), "eBPF")
            }
            "weave" => ("Weave Net", "fastdp", Some("weave"), Some("vxlan-6784"), ""),
            "kindnet" => ("kindnet", "host routes", None, None, ""),
            "aws-vpc" => ("AWS VPC CNI", "VPC addresses", None, None, ""),
            "none" => ("no CNI plugin", "", None, None, ""),
            other => (other, "", None, None, ""),
        };
        Self {
            name: name.into(),
            transport: transport.into(),
            bridge: bridge.map(str::to_owned),
            tunnel: tunnel.map(str::to_owned),
            tunnel_note: note.into(),
        }
    }
}
