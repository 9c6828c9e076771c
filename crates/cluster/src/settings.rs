//! The parts of a cluster that an administrator chooses: who carries packets, who translates
//! Services, who hands out outside addresses, who answers for Ingresses.

use std::fmt;
use std::str::FromStr;

use dataplane::{Cni, ProxyMode};
use serde::{Deserialize, Serialize};

/// Who gives Services of type LoadBalancer their address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LoadBalancer {
    /// Nobody: `<pending>` for ever.
    #[default]
    None,
    /// Google Cloud's, as in GKE: a public address, and packets come to the nodes as they were sent.
    Google,
    /// MetalLB: an address of the nodes' own network, at once.
    MetalLb,
    /// Amazon's, as in EKS: a host name, and packets come to a port of the nodes.
    Aws,
    /// Microsoft's, as in AKS: a public address, and packets come to the nodes as they were sent.
    Azure,
}

/// Who answers for Ingresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum IngressController {
    /// Nobody: an Ingress does nothing.
    #[default]
    None,
    /// ingress-nginx, retired in March 2026.
    Nginx,
    /// Traefik.
    Traefik,
    /// HAProxy's own controller.
    HaProxy,
    /// Kong.
    Kong,
    /// AWS Load Balancer Controller: an Application Load Balancer outside the cluster.
    Aws,
}

/// Who answers for Gateways and their routes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GatewayController {
    /// Nobody: a Gateway does nothing.
    #[default]
    None,
    /// NGINX Gateway Fabric: a Deployment of proxies for each Gateway.
    NginxFabric,
}

/// What an administrator chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The network plugin.
    pub cni: Cni,
    /// kube-proxy's mode.
    pub kube_proxy: ProxyMode,
    /// Who gives Services of type LoadBalancer their address.
    pub load_balancer: LoadBalancer,
    /// Who answers for Ingresses.
    pub ingress: IngressController,
    /// Who answers for Gateways.
    #[serde(default)]
    pub gateway: GatewayController,
}

/// Names a setting's values, as scenarios write them and as a person says them.
macro_rules! keys {
    ($type:ident { $($variant:ident $key:literal $(or $alias:literal)? $name:literal,)* }) => {
        impl $type {
            /// Every value.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The value as a person would say it.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }
        }

        /// Writes the key that scenarios use.
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($type::$variant => $key),* })
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($key $(| $alias)? => Ok($type::$variant),)*
                    _ => Err(format!("unknown value `{text}`, expected one of {}", [$($key),*].join(", "))),
                }
            }
        }
    };
}

keys!(LoadBalancer {
    None "none" "none",
    Aws "aws" "AWS (as in EKS)",
    Azure "azure" "Azure (as in AKS)",
    Google "google" or "cloud" "Google Cloud (as in GKE)",
    MetalLb "metallb" "MetalLB",
});

keys!(IngressController {
    None "none" "none",
    Nginx "nginx" "ingress-nginx (retired)",
    Traefik "traefik" "Traefik",
    HaProxy "haproxy" "HAProxy",
    Kong "kong" "Kong",
    Aws "alb" "AWS Load Balancer Controller",
});

keys!(GatewayController {
    None "none" "none",
    NginxFabric "nginx" "NGINX Gateway Fabric",
});

impl GatewayController {
    /// The name under which it takes GatewayClasses.
    pub(crate) fn controller_name(self) -> Option<&'static str> {
        match self {
            GatewayController::None => None,
            GatewayController::NginxFabric => Some("gateway.nginx.org/nginx-gateway-controller"),
        }
    }
}

impl IngressController {
    /// The namespace, Service and controller name of its installation.
    pub(crate) fn installation(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            // An Application Load Balancer has an address of its own.
            IngressController::None | IngressController::Aws => None,
            IngressController::Nginx => {
                Some(("ingress-nginx", "ingress-nginx-controller", "k8s.io/ingress-nginx"))
            }
            IngressController::Traefik => {
                Some(("traefik", "traefik", "traefik.io/ingress-controller"))
            }
            IngressController::HaProxy => Some((
                "haproxy-controller",
                "haproxy-kubernetes-ingress",
                "haproxy.org/ingress-controller/haproxy",
            )),
            IngressController::Kong => {
                Some(("kong", "kong", "ingress-controllers.konghq.com/kong"))
            }
        }
    }
}
