//! A scenario: the cluster a session begins with, as a small YAML file.
//!
//! It fixes nodes, networks and the next free addresses, so that a lesson can name an address; the
//! engine treats them as it treats any other. What runs and what stands in the editor is ordinary
//! Kubernetes YAML.

use std::net::IpAddr;

use dataplane::{Cni, ProxyMode};
use ipnet::IpNet;
use k8s_openapi::api::core::v1::Taint;
use serde::{Deserialize, Serialize};

use crate::settings::{GatewayController, IngressController, LoadBalancer, Settings};

/// A named text with YAML in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The file's name: `service.yaml`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The cluster a session begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// A short name: `opening`.
    pub name: String,
    /// A title for a person.
    pub title: String,
    /// Where every random choice comes from.
    pub seed: u64,
    /// The network plugin: `flannel-vxlan`, `none` …
    #[serde(with = "key")]
    pub cni: Cni,
    /// kube-proxy's mode: `iptables`, `nftables`, `ipvs`.
    #[serde(with = "key")]
    pub kube_proxy: ProxyMode,
    /// Who gives Services of type LoadBalancer their address: `none`, `aws`, `azure`, `google`,
    /// `metallb`.
    #[serde(with = "key", default)]
    pub load_balancer: LoadBalancer,
    /// Who answers for Ingresses: `none`, `nginx`, `traefik`, `haproxy`, `kong`, `alb`.
    #[serde(with = "key", default)]
    pub ingress: IngressController,
    /// Who answers for Gateways: `none`, `nginx`.
    #[serde(with = "key", default)]
    pub gateway: GatewayController,
    /// The network that Pods' addresses come from.
    #[serde(rename = "podCIDR")]
    pub pod_cidr: IpNet,
    /// The network that Services' addresses come from.
    #[serde(rename = "serviceCIDR")]
    pub service_cidr: IpNet,
    /// ClusterIPs handed out before any other, in order.
    #[serde(rename = "nextClusterIPs", default)]
    pub next_cluster_ips: Vec<IpAddr>,
    /// The nodes.
    pub nodes: Vec<NodeSpec>,
    /// What runs before the learner does anything.
    #[serde(default)]
    pub manifests: Vec<SourceFile>,
    /// What stands in the editor and is applied at the start.
    #[serde(default)]
    pub files: Vec<SourceFile>,
}

/// One node of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeSpec {
    /// Its name.
    pub name: String,
    /// Its address on the nodes' network.
    pub address: IpAddr,
    /// The part of the Pod network that it hands out.
    #[serde(rename = "podCIDR")]
    pub pod_cidr: IpNet,
    /// The address its next Pod gets once the system's own Pods run.
    #[serde(default)]
    pub next_pod_address: Option<IpAddr>,
    /// Labels beyond those every node has.
    #[serde(default)]
    pub labels: std::collections::BTreeMap<String, String>,
    /// Its taints.
    #[serde(default)]
    pub taints: Vec<Taint>,
}

/// The scenarios that come with Podhop, by name, in JSON as `build.rs` writes it.
const BUILT_IN: &[(&str, &str)] =
    &[("opening", include_str!(concat!(env!("OUT_DIR"), "/opening.json")))];

impl Scenario {
    /// The names of the scenarios that come with Podhop.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A scenario that comes with Podhop.
    pub fn named(name: &str) -> Option<Scenario> {
        let (_, text) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name)?;
        Some(serde_json::from_str(text).expect("the scenarios that come with Podhop are tested"))
    }

    /// The cluster that the page opens with.
    pub fn opening() -> Scenario {
        Self::named("opening").expect("the opening scenario is built in")
    }

    /// What an administrator chose.
    pub fn settings(&self) -> Settings {
        Settings {
            cni: self.cni,
            kube_proxy: self.kube_proxy,
            load_balancer: self.load_balancer,
            ingress: self.ingress,
            gateway: self.gateway,
        }
    }

    /// The same cluster with another choice.
    pub fn with(mut self, settings: Settings) -> Scenario {
        self.cni = settings.cni;
        self.kube_proxy = settings.kube_proxy;
        self.load_balancer = settings.load_balancer;
        self.ingress = settings.ingress;
        self.gateway = settings.gateway;
        self
    }

    /// The same cluster without anything of the learner's: no manifests, no files.
    pub fn bare(mut self) -> Scenario {
        self.manifests.clear();
        self.files.clear();
        self
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// The sentence says what is wrong and in which line.
    pub fn parse(text: &str) -> Result<Scenario, String> {
        serde_yaml::from_str(text).map_err(|error| error.to_string())
    }
}

/// A field written as its type prints it: `flannel-vxlan`, `iptables`.
mod key {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, T: FromStr<Err = String>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_scenario_can_be_read() {
        for name in Scenario::names() {
            let scenario = Scenario::named(name).expect("it is built in");
            assert_eq!(scenario.name, name);
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let error = Scenario::parse("name: x\ntitel: y\n").expect_err("`titel` is unknown");
        assert!(error.contains("titel") && error.contains("line 2"), "{error}");
    }
}
