//! Load balancers outside the cluster: whose they are, and what each does with a packet.
//!
//! Every provider is one row of the same table; the walk reads the row and asks no provider by name.
//! Models what the clouds document of Elastic Load Balancing, Azure Load Balancer and Google's
//! passthrough Network Load Balancer behind `cloud-provider-aws`, `-azure` and `-gcp`. Which Service
//! or Ingress has one, and its address, is the controllers' business.

use std::net::{IpAddr, Ipv4Addr};

/// A kind of load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// MetalLB, or a router that knows the address: nothing stands in front of the nodes.
    Announced,
    /// Google Cloud's passthrough Network Load Balancer.
    Google,
    /// Azure Load Balancer with floating IP.
    Azure,
    /// AWS Network Load Balancer.
    AwsNetwork,
    /// AWS Classic Load Balancer.
    AwsClassic,
    /// AWS Application Load Balancer.
    AwsApplication,
}

/// How a provider hands a packet to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As it came: the node takes it for itself by kube-proxy's rule for the balancer's address, and
    /// answers the client directly.
    AsItIs,
    /// To the node's own port; the answer comes back through the balancer.
    ToNodePort,
    /// Not at all: the balancer answers, and makes a connection of its own.
    OwnConnection,
}

/// How a provider finds out which nodes work, where any node may take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthCheck {
    /// It does not.
    Never,
    /// It asks kube-proxy's own health port.
    KubeProxy,
    /// It connects to the Service's node port.
    NodePort,
}

impl Provider {
    /// How it hands packets on.
    pub fn delivery(self) -> Delivery {
        match self {
            Provider::Announced | Provider::Google | Provider::Azure => Delivery::AsItIs,
            Provider::AwsNetwork => Delivery::ToNodePort,
            Provider::AwsClassic | Provider::AwsApplication => Delivery::OwnConnection,
        }
    }

    /// How it checks nodes of a Service with `externalTrafficPolicy: Cluster`.
    pub fn health_check(self) -> HealthCheck {
        match self {
            Provider::Announced => HealthCheck::Never,
            Provider::Google => HealthCheck::KubeProxy,
            Provider::Azure
            | Provider::AwsNetwork
            | Provider::AwsClassic
            | Provider::AwsApplication => HealthCheck::NodePort,
        }
    }

    /// Whether it tries every target when none passes its check, rather than none.
    pub fn fails_open(self) -> bool {
        match self {
            Provider::Google | Provider::AwsNetwork | Provider::AwsApplication => true,
            Provider::Announced | Provider::Azure | Provider::AwsClassic => false,
        }
    }

    /// Whether the cloud's own firewall keeps `loadBalancerSourceRanges`.
    pub fn has_firewall(self) -> bool {
        self != Provider::Announced
    }
}

/// One load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balancer {
    /// What it is.
    pub provider: Provider,
    /// Where clients reach it.
    pub address: IpAddr,
    /// Its address in the nodes' own network.
    pub inside: IpAddr,
}

impl Balancer {
    /// Where its health checks come from.
    pub fn checks_from(&self) -> IpAddr {
        match self.provider {
            Provider::Google => IpAddr::V4(Ipv4Addr::new(35, 191, 0, 1)),
            Provider::Azure => IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
            Provider::Announced
            | Provider::AwsNetwork
            | Provider::AwsClassic
            | Provider::AwsApplication => self.inside,
        }
    }
}
