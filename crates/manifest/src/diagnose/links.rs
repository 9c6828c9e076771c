//! Pages of documentation.

use crate::Kind;

/// The API reference of a kind.
pub fn reference(kind: Kind) -> String {
    let resource = kind.resource();
    if resource.group == "gateway.networking.k8s.io" {
        return format!(
            "https://gateway-api.sigs.k8s.io/reference/spec/#{}",
            resource.kind.to_lowercase()
        );
    }
    const ROOT: &str = "https://kubernetes.io/docs/reference/kubernetes-api";
    let section = match resource.group {
        "" => match kind {
            Kind::Pod | Kind::ReplicationController | Kind::PodTemplate => "workload-resources",
            Kind::Service | Kind::Endpoints => "service-resources",
            Kind::ConfigMap
            | Kind::Secret
            | Kind::PersistentVolume
            | Kind::PersistentVolumeClaim => "config-and-storage-resources",
            Kind::ServiceAccount => "authentication-resources",
            Kind::LimitRange | Kind::ResourceQuota => "policy-resources",
            _ => "cluster-resources",
        },
        "apps" | "batch" | "autoscaling" | "scheduling.k8s.io" | "resource.k8s.io" => {
            "workload-resources"
        }
        "networking.k8s.io" => match kind {
            Kind::NetworkPolicy => "policy-resources",
            Kind::ServiceCIDR | Kind::IPAddress => "cluster-resources",
            _ => "service-resources",
        },
        "discovery.k8s.io" => "service-resources",
        "storage.k8s.io" => "config-and-storage-resources",
        "policy" | "admissionregistration.k8s.io" => "policy-resources",
        "rbac.authorization.k8s.io" => "authorization-resources",
        "certificates.k8s.io" => "authentication-resources",
        "apiextensions.k8s.io" => "extend-resources",
        _ => "cluster-resources",
    };
    let version = resource.versions[0];
    format!("{ROOT}/{section}/{}-{version}/", dashed(resource.kind))
}

/// `EndpointSlice` is `endpoint-slice`, `CSINode` is `csi-node`.
fn dashed(kind: &str) -> String {
    let letters: Vec<char> = kind.chars().collect();
    let mut text = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let lower_before = place > 0 && letters[place - 1].is_lowercase();
        let lower_after = letters.get(place + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && place > 0 && (lower_before || lower_after) {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_the_page_of_a_kind() {
        assert!(reference(Kind::EndpointSlice).ends_with("/service-resources/endpoint-slice-v1/"));
        assert!(reference(Kind::CSINode).ends_with("/config-and-storage-resources/csi-node-v1/"));
        assert!(reference(Kind::Deployment).ends_with("/workload-resources/deployment-v1/"));
    }
}
