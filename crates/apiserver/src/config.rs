//! What a cluster's administrator sets on `kube-apiserver`'s command line.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

/// The API server's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `--service-cluster-ip-range`: one range, or one of each family; the first is the cluster's
    /// default family.
    pub service_cidrs: Vec<IpNet>,
    /// `--service-node-port-range`.
    pub node_ports: RangeInclusive<u16>,
    /// Where uids, generated names, ClusterIPs and node ports come from.
    pub seed: u64,
    /// Node ports handed out before any is drawn, in order; those already taken are skipped.
    pub next_node_ports: Vec<u16>,
    /// ClusterIPs fixed for Services that ask for none, by `namespace/name`.
    pub cluster_ips: BTreeMap<String, IpAddr>,
    /// The address of the API server, which is the one endpoint of Service `default/kubernetes`.
    pub advertise_address: IpAddr,
}

impl Default for Config {
    /// kubeadm's defaults: `10.96.0.0/12`, `30000-32767`.
    fn default() -> Self {
        Self {
            service_cidrs: vec!["10.96.0.0/12".parse().expect("a literal network")],
            node_ports: 30000..=32767,
            seed: 0,
            next_node_ports: Vec::new(),
            cluster_ips: BTreeMap::new(),
            advertise_address: IpAddr::from([192, 168, 1, 10]),
        }
    }
}
