//! `describeNetworkPolicyV1`: the official way to see AND and OR.

use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::given;
use super::text::Text;
use crate::labels;

pub(super) fn text(policy: &NetworkPolicy, text: &mut Text) {
    let none = NetworkPolicySpec::default();
    let spec = policy.spec.as_ref().unwrap_or(&none);
    text.field("Name", given(policy.metadata.name.as_ref()));
    text.field("Namespace", given(policy.metadata.namespace.as_ref()));
    let created = policy.metadata.creation_timestamp.as_ref();
    let created = created.map(|time| time.0.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string());
    text.field("Created on", created.unwrap_or_default());
    text.labels(&policy.metadata);
    text.annotations(&policy.metadata);
    text.line("Spec:");
    let selector = spec.pod_selector.as_ref().map(labels::selector_text).unwrap_or_default();
    if selector.is_empty() {
        text.line("  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)");
    } else {
        text.line(format!("  PodSelector:     {selector}"));
    }
    let types = spec.policy_types.clone().unwrap_or_default();
    if types.iter().any(|type_| type_ == "Ingress") {
        let rules = spec.ingress.iter().flatten();
        let rules = rules.map(|rule| (rule.ports.as_deref(), rule.from.as_deref()));
        text.line("  Allowing ingress traffic:");
        self::rules(rules.collect(), "From", "source", "ingress", text);
    } else {
        text.line("  Not affecting ingress traffic");
    }
    if types.iter().any(|type_| type_ == "Egress") {
        let rules = spec.egress.iter().flatten();
        let rules = rules.map(|rule| (rule.ports.as_deref(), rule.to.as_deref()));
        text.line("  Allowing egress traffic:");
        self::rules(rules.collect(), "To", "destination", "egress", text);
    } else {
        text.line("  Not affecting egress traffic");
    }
    text.line(format!("  Policy Types: {}", types.join(", ")));
}

type Rule<'a> = (Option<&'a [NetworkPolicyPort]>, Option<&'a [NetworkPolicyPeer]>);

fn rules(rules: Vec<Rule<'_>>, side: &str, end: &str, direction: &str, text: &mut Text) {
    if rules.is_empty() {
        text.line(format!("    <none> (Selected pods are isolated for {direction} connectivity)"));
        return;
    }
    let last = rules.len() - 1;
    for (position, (ports, peers)) in rules.into_iter().enumerate() {
        match ports {
            None | Some([]) => {
                text.line("    To Port: <any> (traffic allowed to all ports)");
            }
            Some(ports) => ports.iter().for_each(|port| text.line(format!("    {}", shown(port)))),
        }
        match peers {
            None | Some([]) => {
                text.line(format!("    {side}: <any> (traffic not restricted by {end})"));
            }
            Some(peers) => peers.iter().for_each(|peer| self::peer(peer, side, text)),
        }
        if position < last {
            text.line("    ----------");
        }
    }
}

fn shown(port: &NetworkPolicyPort) -> String {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    let from = match &port.port {
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(name)) => name.clone(),
        None => "<any>".into(),
    };
    match port.end_port {
        Some(end) => format!("To Port Range: {from}-{end}/{protocol}"),
        None => format!("To Port: {from}/{protocol}"),
    }
}

fn peer(peer: &NetworkPolicyPeer, side: &str, text: &mut Text) {
    text.line(format!("    {side}:"));
    let selector = |selector| match labels::selector_text(selector) {
        text if text.is_empty() => "<none>".to_owned(),
        text => text,
    };
    match (&peer.namespace_selector, &peer.pod_selector, &peer.ip_block) {
        (namespaces, pods, None) => {
            if let Some(namespaces) = namespaces {
                text.line(format!("      NamespaceSelector: {}", selector(namespaces)));
            }
            if let Some(pods) = pods {
                text.line(format!("      PodSelector: {}", selector(pods)));
            }
        }
        (_, _, Some(block)) => {
            text.line("      IPBlock:");
            text.line(format!("        CIDR: {}", block.cidr));
            text.line(format!(
                "        Except: {}",
                block.except.clone().unwrap_or_default().join(", ")
            ));
        }
    }
}
