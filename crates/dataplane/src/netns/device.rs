//! Names and hardware addresses of devices, the same in every run.

use manifest::ObjectRef;
use packet::{FiveTuple, Mac};

use super::{PodSide, Profile};

/// A device in some namespace, as far as its hardware address goes.
#[derive(Clone, Copy, Debug)]
pub enum Device<'a> {
    /// A Pod's `eth0`.
    Pod(&'a ObjectRef),
    /// The node's end of a Pod's veth pair.
    Veth(&'a ObjectRef),
    /// A device of a node: `eth0`, `cni0`, `flannel.1`.
    Node(&'a str, &'a str),
    /// The router between the nodes and the internet.
    Router,
}

/// The hardware address of a device.
pub fn mac(device: Device<'_>, profile: &Profile) -> Mac {
    let seed = match device {
        Device::Pod(pod) => format!("eth0 of {}", pod.namespaced_name()),
        Device::Veth(pod) => match profile.pod_side {
            PodSide::Routed { mac: Some(fixed), .. } => return Mac(fixed),
            PodSide::Routed { .. } | PodSide::Bridged { .. } => {
                format!("veth of {}", pod.namespaced_name())
            }
        },
        Device::Node(node, name) => format!("{name} of {node}"),
        Device::Router => "router".to_owned(),
    };
    let bytes = hash(seed.as_bytes()).to_be_bytes();
    // Locally administered, not multicast, as the kernel draws them.
    Mac([bytes[0] & 0xfc | 0x02, bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]])
}

/// The hexadecimal end of a host-side device's name.
pub fn suffix(pod: &ObjectRef, digits: usize) -> String {
    let text = format!("{:016x}", hash(pod.namespaced_name().as_bytes()));
    text[..digits.min(text.len())].to_owned()
}

/// The source port of a tunnel's outer header: the flow's hash in the range the kernel uses.
pub fn flow_port(tuple: &FiveTuple) -> u16 {
    const RANGE: std::ops::RangeInclusive<u16> = 32768..=60999;
    let span = u64::from(*RANGE.end() - *RANGE.start()) + 1;
    RANGE.start() + (hash(tuple.to_string().as_bytes()) % span) as u16
}

/// FNV-1a, mixed so that near texts end far apart.
fn hash(bytes: &[u8]) -> u64 {
    let folded = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (folded ^ (folded >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}
