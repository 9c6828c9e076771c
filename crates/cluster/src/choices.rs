//! What an administrator can choose from, and what there is to know about each choice.

use dataplane::{Cni, ProxyMode};
use serde::{Deserialize, Serialize};

use crate::settings::{GatewayController, IngressController, LoadBalancer, Settings};

/// A part of the cluster that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The network plugin.
    Cni,
    /// Who translates Services.
    KubeProxy,
    /// Who answers for Ingresses.
    Ingress,
    /// Who answers for Gateways.
    Gateway,
    /// Who hands out outside addresses.
    LoadBalancer,
}

/// One of the things that a part can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it is called.
    pub name: String,
    /// What there is to know about it, in a few words; empty if nothing.
    pub note: &'static str,
    /// The settings with this choice.
    pub settings: Settings,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 5] =
        [Part::Cni, Part::KubeProxy, Part::Ingress, Part::Gateway, Part::LoadBalancer];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Part::Cni => "CNI",
            Part::KubeProxy => "kube-proxy",
            Part::Ingress => "Ingress",
            Part::Gateway => "Gateway API",
            Part::LoadBalancer => "load balancer",
        }
    }
}

impl Settings {
    /// Everything that a part can be, the other parts as they are.
    pub fn choices(self, part: Part) -> Vec<Choice> {
        match part {
            Part::Cni => Cni::ALL
                .into_iter()
                .map(|cni| Choice {
                    name: cni_name(cni),
                    note: cni_note(cni),
                    settings: Settings { cni, ..self },
                })
                .collect(),
            Part::KubeProxy => ProxyMode::ALL
                .into_iter()
                .map(|kube_proxy| Choice {
                    name: kube_proxy.to_string(),
                    note: proxy_note(kube_proxy),
                    settings: Settings { kube_proxy, ..self },
                })
                .collect(),
            Part::Ingress => IngressController::ALL
                .iter()
                .map(|&ingress| Choice {
                    name: ingress.name().to_owned(),
                    note: match ingress {
                        IngressController::None => "an Ingress does nothing",
                        IngressController::Nginx => "retired in March 2026: no more fixes",
                        _ => "",
                    },
                    settings: Settings { ingress, ..self },
                })
                .collect(),
            Part::Gateway => GatewayController::ALL
                .iter()
                .map(|&gateway| Choice {
                    name: gateway.name().to_owned(),
                    note: match gateway {
                        GatewayController::None => "a Gateway does nothing",
                        GatewayController::NginxFabric => "proxies of its own for each Gateway",
                    },
                    settings: Settings { gateway, ..self },
                })
                .collect(),
            Part::LoadBalancer => LoadBalancer::ALL
                .iter()
                .map(|&load_balancer| Choice {
                    name: load_balancer.name().to_owned(),
                    note: match load_balancer {
                        LoadBalancer::None => "Services of that type stay pending",
                        _ => "",
                    },
                    settings: Settings { load_balancer, ..self },
                })
                .collect(),
        }
    }

    /// These settings with one part of others.
    pub fn with(self, part: Part, others: Settings) -> Settings {
        match part {
            Part::Cni => Settings { cni: others.cni, ..self },
            Part::KubeProxy => Settings { kube_proxy: others.kube_proxy, ..self },
            Part::Ingress => Settings { ingress: others.ingress, ..self },
            Part::Gateway => Settings { gateway: others.gateway, ..self },
            Part::LoadBalancer => Settings { load_balancer: others.load_balancer, ..self },
        }
    }

    /// The present choice of a part.
    pub fn chosen(self, part: Part) -> Option<Choice> {
        self.choices(part).into_iter().find(|choice| choice.settings == self)
    }

    /// Whether the plugin translates Services itself, whatever was chosen for kube-proxy.
    pub fn plugin_replaces_kube_proxy(self) -> bool {
        self.cni.profile().is_some_and(|profile| profile.socket_load_balancer)
    }
}

fn cni_name(cni: Cni) -> String {
    let name = cni.profile().map_or("no plugin", |profile| profile.name);
    let way = match cni {
        Cni::FlannelVxlan | Cni::CalicoVxlan => "VXLAN",
        Cni::FlannelHostGateway => "host-gw",
        Cni::CalicoIpInIp => "IP in IP",
        Cni::CalicoBgp => "BGP",
        Cni::Cilium => "beside kube-proxy",
        Cni::CiliumKubeProxyReplacement => "in place of kube-proxy",
        Cni::Weave | Cni::Kindnet | Cni::AwsVpc | Cni::None => return name.to_owned(),
    };
    format!("{name} · {way}")
}

fn cni_note(cni: Cni) -> &'static str {
    match cni.profile() {
        None => "no Pod gets a network, nodes stay NotReady",
        Some(profile) if profile.enforces_policy => "enforces NetworkPolicy",
        Some(_) => "does not enforce NetworkPolicy",
    }
}

fn proxy_note(mode: ProxyMode) -> &'static str {
    match mode {
        ProxyMode::Iptables => "the default on Linux",
        ProxyMode::Nftables => "since 1.33 for everyone",
        ProxyMode::Ipvs => "deprecated since 1.35",
        ProxyMode::CiliumReplacement => "follows from the plugin",
        ProxyMode::None => "nobody translates Services",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_offers_its_present_choice_once() {
        for part in Part::ALL {
            let settings = Settings::default();
            let choices = settings.choices(part);
            let present = choices.iter().filter(|choice| choice.settings == settings).count();
            assert_eq!(present, 1, "{}", part.name());
            assert!(choices.len() > 1);
        }
    }

    #[test]
    fn enforcement_is_said_as_it_is() {
        let silent: Vec<String> = Settings::default()
            .choices(Part::Cni)
            .into_iter()
            .filter(|choice| choice.note == "does not enforce NetworkPolicy")
            .map(|choice| choice.name)
            .collect();
        assert_eq!(silent[..2], ["Flannel · VXLAN", "Flannel · host-gw"]);
        assert!(
            !silent.iter().any(|name| name.starts_with("Calico") || name.starts_with("Cilium"))
        );
    }
}
