//! The built-in kinds of Kubernetes v1.36 and of Gateway API v1, and how each is named.
//!
//! The table answers what `kubectl api-resources` answers: group, versions, plural, short names,
//! scope; and whether Podhop simulates the kind or only stores it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a kind is named and served.
#[derive(Debug, PartialEq, Eq)]
pub struct Resource {
    /// API group, empty for the core group.
    pub group: &'static str,
    /// Served versions, the preferred one first.
    pub versions: &'static [&'static str],
    /// `Deployment`.
    pub kind: &'static str,
    /// `deployments`.
    pub plural: &'static str,
    /// `deployment`.
    pub singular: &'static str,
    /// `deploy`.
    pub short_names: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Whether Podhop gives the kind behaviour; others are accepted, stored and listed.
    pub simulated: bool,
}

impl Resource {
    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.versions[0].to_owned()
        } else {
            format!("{}/{}", self.group, self.versions[0])
        }
    }

    /// `deployments.apps`, or `pods` for the core group.
    pub fn qualified_plural(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

macro_rules! kinds {
    ($($kind:ident $group:literal [$($version:literal),+] $plural:literal [$($short:literal),*] $scope:ident $level:ident;)+) => {
        /// A built-in kind.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub enum Kind { $($kind,)+ }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)+];

            /// How the kind is named and served.
            pub fn resource(self) -> &'static Resource {
                match self {
                    $(Kind::$kind => {
                        const RESOURCE: Resource = Resource {
                            group: $group,
                            versions: &[$($version),+],
                            kind: stringify!($kind),
                            plural: $plural,
                            singular: lower!($kind),
                            short_names: &[$($short),*],
                            namespaced: scope!($scope),
                            simulated: level!($level),
                        };
                        &RESOURCE
                    })+
                }
            }
        }
    };
}
macro_rules! scope {
    (ns) => {
        true
    };
    (cluster) => {
        false
    };
}
macro_rules! level {
    (simulated) => {
        true
    };
    (stored) => {
        false
    };
}
macro_rules! lower {
    ($kind:ident) => {{
        const UPPER: &str = stringify!($kind);
        const LENGTH: usize = UPPER.len();
        const LOWER: [u8; LENGTH] = {
            let mut bytes = [0; LENGTH];
            let mut i = 0;
            while i < LENGTH {
                bytes[i] = UPPER.as_bytes()[i].to_ascii_lowercase();
                i += 1;
            }
            bytes
        };
        match std::str::from_utf8(&LOWER) {
            Ok(lower) => lower,
            Err(_) => panic!("kinds are ASCII"),
        }
    }};
}

kinds! {
    Namespace "" ["v1"] "namespaces" ["ns"] cluster simulated;
    Node "" ["v1"] "nodes" ["no"] cluster simulated;
    Pod "" ["v1"] "pods" ["po"] ns simulated;
    Service "" ["v1"] "services" ["svc"] ns simulated;
    Endpoints "" ["v1"] "endpoints" ["ep"] ns simulated;
    ConfigMap "" ["v1"] "configmaps" ["cm"] ns simulated;
    Secret "" ["v1"] "secrets" [] ns simulated;
    ServiceAccount "" ["v1"] "serviceaccounts" ["sa"] ns simulated;
    Event "" ["v1"] "events" ["ev"] ns simulated;
    ReplicationController "" ["v1"] "replicationcontrollers" ["rc"] ns stored;
    PersistentVolume "" ["v1"] "persistentvolumes" ["pv"] cluster stored;
    PersistentVolumeClaim "" ["v1"] "persistentvolumeclaims" ["pvc"] ns stored;
    LimitRange "" ["v1"] "limitranges" ["limits"] ns stored;
    ResourceQuota "" ["v1"] "resourcequotas" ["quota"] ns stored;
    PodTemplate "" ["v1"] "podtemplates" [] ns stored;
    Deployment "apps" ["v1"] "deployments" ["deploy"] ns simulated;
    ReplicaSet "apps" ["v1"] "replicasets" ["rs"] ns simulated;
    StatefulSet "apps" ["v1"] "statefulsets" ["sts"] ns simulated;
    DaemonSet "apps" ["v1"] "daemonsets" ["ds"] ns simulated;
    ControllerRevision "apps" ["v1"] "controllerrevisions" [] ns stored;
    Job "batch" ["v1"] "jobs" [] ns simulated;
    CronJob "batch" ["v1"] "cronjobs" ["cj"] ns simulated;
    EndpointSlice "discovery.k8s.io" ["v1"] "endpointslices" [] ns simulated;
    Ingress "networking.k8s.io" ["v1"] "ingresses" ["ing"] ns simulated;
    IngressClass "networking.k8s.io" ["v1"] "ingressclasses" [] cluster simulated;
    NetworkPolicy "networking.k8s.io" ["v1"] "networkpolicies" ["netpol"] ns simulated;
    ServiceCIDR "networking.k8s.io" ["v1"] "servicecidrs" [] cluster stored;
    IPAddress "networking.k8s.io" ["v1"] "ipaddresses" ["ip"] cluster stored;
    GatewayClass "gateway.networking.k8s.io" ["v1", "v1beta1"] "gatewayclasses" ["gc"] cluster simulated;
    Gateway "gateway.networking.k8s.io" ["v1", "v1beta1"] "gateways" ["gtw"] ns simulated;
    HTTPRoute "gateway.networking.k8s.io" ["v1", "v1beta1"] "httproutes" [] ns simulated;
    ReferenceGrant "gateway.networking.k8s.io" ["v1", "v1beta1"] "referencegrants" ["refgrant"] ns simulated;
    GRPCRoute "gateway.networking.k8s.io" ["v1"] "grpcroutes" [] ns stored;
    TLSRoute "gateway.networking.k8s.io" ["v1"] "tlsroutes" [] ns stored;
    TCPRoute "gateway.networking.k8s.io" ["v1"] "tcproutes" [] ns stored;
    UDPRoute "gateway.networking.k8s.io" ["v1"] "udproutes" [] ns stored;
    BackendTLSPolicy "gateway.networking.k8s.io" ["v1"] "backendtlspolicies" ["btlspolicy"] ns stored;
    ListenerSet "gateway.networking.k8s.io" ["v1"] "listenersets" ["lset"] ns stored;
    HorizontalPodAutoscaler "autoscaling" ["v2", "v1"] "horizontalpodautoscalers" ["hpa"] ns stored;
    PodDisruptionBudget "policy" ["v1"] "poddisruptionbudgets" ["pdb"] ns stored;
    Role "rbac.authorization.k8s.io" ["v1"] "roles" [] ns stored;
    RoleBinding "rbac.authorization.k8s.io" ["v1"] "rolebindings" [] ns stored;
    ClusterRole "rbac.authorization.k8s.io" ["v1"] "clusterroles" [] cluster stored;
    ClusterRoleBinding "rbac.authorization.k8s.io" ["v1"] "clusterrolebindings" [] cluster stored;
    StorageClass "storage.k8s.io" ["v1"] "storageclasses" ["sc"] cluster stored;
    VolumeAttachment "storage.k8s.io" ["v1"] "volumeattachments" [] cluster stored;
    CSIDriver "storage.k8s.io" ["v1"] "csidrivers" [] cluster stored;
    CSINode "storage.k8s.io" ["v1"] "csinodes" [] cluster stored;
    CSIStorageCapacity "storage.k8s.io" ["v1"] "csistoragecapacities" [] ns stored;
    VolumeAttributesClass "storage.k8s.io" ["v1"] "volumeattributesclasses" ["vac"] cluster stored;
    PriorityClass "scheduling.k8s.io" ["v1"] "priorityclasses" ["pc"] cluster stored;
    Lease "coordination.k8s.io" ["v1"] "leases" [] ns stored;
    RuntimeClass "node.k8s.io" ["v1"] "runtimeclasses" [] cluster stored;
    MutatingWebhookConfiguration "admissionregistration.k8s.io" ["v1"] "mutatingwebhookconfigurations" [] cluster stored;
    ValidatingWebhookConfiguration "admissionregistration.k8s.io" ["v1"] "validatingwebhookconfigurations" [] cluster stored;
    ValidatingAdmissionPolicy "admissionregistration.k8s.io" ["v1"] "validatingadmissionpolicies" [] cluster stored;
    ValidatingAdmissionPolicyBinding "admissionregistration.k8s.io" ["v1"] "validatingadmissionpolicybindings" [] cluster stored;
    MutatingAdmissionPolicy "admissionregistration.k8s.io" ["v1"] "mutatingadmissionpolicies" [] cluster stored;
    MutatingAdmissionPolicyBinding "admissionregistration.k8s.io" ["v1"] "mutatingadmissionpolicybindings" [] cluster stored;
    CustomResourceDefinition "apiextensions.k8s.io" ["v1"] "customresourcedefinitions" ["crd", "crds"] cluster stored;
    APIService "apiregistration.k8s.io" ["v1"] "apiservices" [] cluster stored;
    CertificateSigningRequest "certificates.k8s.io" ["v1"] "certificatesigningrequests" ["csr"] cluster stored;
    FlowSchema "flowcontrol.apiserver.k8s.io" ["v1"] "flowschemas" [] cluster stored;
    PriorityLevelConfiguration "flowcontrol.apiserver.k8s.io" ["v1"] "prioritylevelconfigurations" [] cluster stored;
    ResourceClaim "resource.k8s.io" ["v1"] "resourceclaims" [] ns stored;
    ResourceClaimTemplate "resource.k8s.io" ["v1"] "resourceclaimtemplates" [] ns stored;
    ResourceSlice "resource.k8s.io" ["v1"] "resourceslices" [] cluster stored;
    DeviceClass "resource.k8s.io" ["v1"] "deviceclasses" [] cluster stored;
}

impl Kind {
    /// The kind that `apiVersion` and `kind` of a manifest name, if it is served.
    pub fn resolve(api_version: &str, kind: &str) -> Option<Kind> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self::ALL.iter().copied().find(|candidate| {
            let resource = candidate.resource();
            resource.kind == kind && resource.group == group && resource.versions.contains(&version)
        })
    }

    /// The kind that a person means on a command line: `po`, `pods`, `pod`, `deployments.apps`.
    pub fn from_argument(argument: &str) -> Option<Kind> {
        let lower = argument.to_ascii_lowercase();
        let (name, group) = match lower.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (lower.as_str(), None),
        };
        Self::ALL.iter().copied().find(|candidate| {
            let resource = candidate.resource();
            (resource.plural == name
                || resource.singular == name
                || resource.short_names.contains(&name))
                && group.is_none_or(|group| {
                    group == resource.group
                        || group.split_once('.').is_some_and(|(version, group)| {
                            resource.versions.contains(&version) && group == resource.group
                        })
                })
        })
    }
}

/// Writes `Deployment`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.resource().kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_served_versions_only() {
        assert_eq!(Kind::resolve("apps/v1", "Deployment"), Some(Kind::Deployment));
        assert_eq!(Kind::resolve("extensions/v1beta1", "Deployment"), None);
        assert_eq!(Kind::resolve("v1", "Pod"), Some(Kind::Pod));
    }

    #[test]
    fn understands_what_people_type() {
        for argument in ["po", "pod", "pods", "Pods"] {
            assert_eq!(Kind::from_argument(argument), Some(Kind::Pod));
        }
        assert_eq!(Kind::from_argument("deployments.apps"), Some(Kind::Deployment));
        assert_eq!(Kind::from_argument("deploy.v1.apps"), Some(Kind::Deployment));
        assert_eq!(Kind::from_argument("nosuch"), None);
    }
}
