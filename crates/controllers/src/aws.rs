//! The names that AWS gives load balancers, and what their owners' annotations ask for.
//!
//! Models `DefaultLoadBalancerName` of `k8s.io/cloud-provider`, the naming of
//! `kubernetes-sigs/aws-load-balancer-controller` (`pkg/ingress/model_build_load_balancer.go`) and the
//! DNS names of Elastic Load Balancing. The numbers AWS adds are drawn from the owner's uid.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Where the simulated cluster stands.
const REGION: &str = "us-east-1";
/// What the name of a load balancer has at most.
const LONGEST_NAME: usize = 32;
/// How much of a namespace's and an Ingress' name goes into the load balancer's.
const NAME_PART: usize = 8;

/// Asks for a Network instead of a Classic Load Balancer.
const TYPE: &str = "service.beta.kubernetes.io/aws-load-balancer-type";

/// What a Service asks AWS for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceBalancer {
    /// A Classic Load Balancer: it takes connections and makes others.
    Classic,
    /// A Network Load Balancer: it translates packets.
    Network,
    /// Somebody else than the cloud provider is to make one.
    External,
}

/// What a Service's annotations ask for.
pub fn service_balancer(annotations: Option<&BTreeMap<String, String>>) -> ServiceBalancer {
    match annotations.and_then(|all| all.get(TYPE)).map(String::as_str) {
        Some("nlb") => ServiceBalancer::Network,
        Some("external" | "nlb-ip") => ServiceBalancer::External,
        _ => ServiceBalancer::Classic,
    }
}

/// The host name of a Service's load balancer.
pub fn service_hostname(metadata: &ObjectMeta, internal: bool) -> String {
    let uid = metadata.uid.as_deref().unwrap_or_default();
    let mut name = format!("a{}", uid.replace('-', ""));
    name.truncate(LONGEST_NAME);
    match service_balancer(metadata.annotations.as_ref()) {
        ServiceBalancer::Network => {
            format!("{name}-{:016x}.elb.{REGION}.amazonaws.com", number(uid))
        }
        ServiceBalancer::Classic | ServiceBalancer::External => classic(&name, uid, internal),
    }
}

/// The host name of an Ingress' Application Load Balancer.
pub fn ingress_hostname(metadata: &ObjectMeta, internal: bool) -> String {
    let part = |text: Option<&String>| -> String {
        let letters = text.into_iter().flat_map(|text| text.chars());
        letters.filter(char::is_ascii_alphanumeric).take(NAME_PART).collect()
    };
    let uid = metadata.uid.as_deref().unwrap_or_default();
    let (namespace, name) = (part(metadata.namespace.as_ref()), part(metadata.name.as_ref()));
    let hash = format!("{:016x}", number(&format!("ingress {uid}")));
    classic(&format!("k8s-{namespace}-{name}-{}", &hash[..10]), uid, internal)
}

/// The host name of the Application Load Balancer that a group of Ingresses shares.
pub fn group_hostname(group: &str, internal: bool) -> String {
    let letters = group.chars().filter(char::is_ascii_alphanumeric).take(2 * NAME_PART + 1);
    let hash = format!("{:016x}", number(&format!("group {group}")));
    classic(&format!("k8s-{}-{}", letters.collect::<String>(), &hash[..10]), group, internal)
}

fn classic(name: &str, uid: &str, internal: bool) -> String {
    let scheme = if internal { "internal-" } else { "" };
    let number = 100_000_000 + number(uid) % 1_900_000_000;
    format!("{scheme}{name}-{number}.{REGION}.elb.amazonaws.com")
}

/// FNV-1a.
fn number(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(kind: &str) -> ObjectMeta {
        ObjectMeta {
            name: Some("web-front-door".into()),
            namespace: Some("default".into()),
            uid: Some("0b1c2d3e-4f50-4a61-8b72-93c4d5e6f708".into()),
            annotations: Some(BTreeMap::from([(TYPE.to_owned(), kind.to_owned())])),
            ..ObjectMeta::default()
        }
    }

    #[test]
    fn each_kind_of_load_balancer_has_its_own_names() {
        let classic = service_hostname(&metadata("classic"), false);
        assert!(classic.starts_with("a0b1c2d3e4f504a618b7293c4d5e6f70-"), "{classic}");
        assert!(classic.ends_with(".us-east-1.elb.amazonaws.com"), "{classic}");
        let network = service_hostname(&metadata("nlb"), false);
        assert!(network.ends_with(".elb.us-east-1.amazonaws.com"), "{network}");
        let application = ingress_hostname(&metadata(""), true);
        assert!(application.starts_with("internal-k8s-default-webfront-"), "{application}");
    }
}
