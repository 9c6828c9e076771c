//! The words that fields of text accept, and the kinds of objects that fields name.
//!
//! The generated table knows Go's name of a type, not its constants; those that a person writes are
//! here. What is refused is `apiserver`'s business.

use crate::Kind;

/// The words a field accepts, by the Go type of the field or by the field itself.
pub(super) fn of(go_type: &str, owner: &str, field: &str) -> &'static [&'static str] {
    match go_type {
        "v1.Protocol" => &["TCP", "UDP", "SCTP"],
        "v1.ServiceType" => &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
        "v1.ServiceAffinity" => &["None", "ClientIP"],
        "v1.ServiceInternalTrafficPolicy" | "v1.ServiceExternalTrafficPolicy" => {
            &["Cluster", "Local"]
        }
        "v1.IPFamily" => &["IPv4", "IPv6"],
        "v1.IPFamilyPolicy" => &["SingleStack", "PreferDualStack", "RequireDualStack"],
        "v1.AddressType" => &["IPv4", "IPv6", "FQDN"],
        "v1.PathType" => &["Prefix", "Exact", "ImplementationSpecific"],
        "v1.PolicyType" => &["Ingress", "Egress"],
        "v1.LabelSelectorOperator" => &["In", "NotIn", "Exists", "DoesNotExist"],
        "v1.NodeSelectorOperator" => &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
        "v1.PullPolicy" => &["IfNotPresent", "Always", "Never"],
        "v1.RestartPolicy" => &["Always", "OnFailure", "Never"],
        "v1.ContainerRestartPolicy" => &["Always", "Never", "OnFailure"],
        "v1.DNSPolicy" => &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
        "v1.URIScheme" => &["HTTP", "HTTPS"],
        "v1.TaintEffect" => &["NoSchedule", "PreferNoSchedule", "NoExecute"],
        "v1.TolerationOperator" => &["Equal", "Exists"],
        "v1.DeploymentStrategyType" => &["RollingUpdate", "Recreate"],
        "v1.DaemonSetUpdateStrategyType" | "v1.StatefulSetUpdateStrategyType" => {
            &["RollingUpdate", "OnDelete"]
        }
        "v1.PodManagementPolicyType" => &["OrderedReady", "Parallel"],
        "v1.ConcurrencyPolicy" => &["Allow", "Forbid", "Replace"],
        "v1.CompletionMode" => &["NonIndexed", "Indexed"],
        "v1.PersistentVolumeAccessMode" => {
            &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]
        }
        "v1.PersistentVolumeReclaimPolicy" => &["Retain", "Delete"],
        "v1.PersistentVolumeMode" => &["Filesystem", "Block"],
        "v1.VolumeBindingMode" => &["Immediate", "WaitForFirstConsumer"],
        "v1.SecretType" => &["Opaque", "kubernetes.io/tls", "kubernetes.io/dockerconfigjson"],
        "v1.UnsatisfiableConstraintAction" => &["DoNotSchedule", "ScheduleAnyway"],
        "v1.NodeInclusionPolicy" => &["Honor", "Ignore"],
        "v1.TerminationMessagePolicy" => &["File", "FallbackToLogsOnError"],
        "v1.PreemptionPolicy" => &["PreemptLowerPriority", "Never"],
        "v1.SeccompProfileType" => &["RuntimeDefault", "Localhost", "Unconfined"],
        _ => of_field(owner, field),
    }
}

/// Where Go has plain text and the documentation a list.
fn of_field(owner: &str, field: &str) -> &'static [&'static str] {
    match (owner, field) {
        ("api.core.v1.ServiceSpec", "clusterIP") => &["None"],
        ("api.core.v1.ServiceSpec", "trafficDistribution") => {
            &["PreferSameZone", "PreferSameNode", "PreferClose"]
        }
        ("gateway.HTTPPathMatch", "type") => &["PathPrefix", "Exact", "RegularExpression"],
        ("gateway.HTTPHeaderMatch" | "gateway.HTTPQueryParamMatch", "type") => {
            &["Exact", "RegularExpression"]
        }
        ("gateway.HTTPRouteMatch", "method") => {
            &["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]
        }
        ("gateway.HTTPRouteFilter", "type") => &[
            "RequestHeaderModifier",
            "ResponseHeaderModifier",
            "RequestMirror",
            "RequestRedirect",
            "URLRewrite",
            "CORS",
            "ExtensionRef",
        ],
        ("gateway.HTTPPathModifier", "type") => &["ReplaceFullPath", "ReplacePrefixMatch"],
        ("gateway.HTTPRequestRedirect", "scheme") => &["http", "https"],
        ("gateway.Listener", "protocol") => &["HTTP", "HTTPS", "TLS", "TCP", "UDP"],
        ("gateway.ListenerTls", "mode") => &["Terminate", "Passthrough"],
        ("gateway.RouteNamespaces", "from") => &["Same", "All", "Selector"],
        ("gateway.GatewayAddress", "type") => &["IPAddress", "Hostname"],
        _ => &[],
    }
}

/// The kind of the objects that a field names.
pub(super) fn named(owner: &str, field: &str) -> Option<Kind> {
    Some(match (owner, field) {
        ("api.networking.v1.IngressServiceBackend", "name")
        | ("gateway.BackendObjectReference" | "gateway.HTTPBackendRef", "name")
        | ("api.apps.v1.StatefulSetSpec", "serviceName") => Kind::Service,
        ("gateway.ParentReference", "name") => Kind::Gateway,
        ("gateway.GatewaySpec", "gatewayClassName") => Kind::GatewayClass,
        ("api.networking.v1.IngressSpec", "ingressClassName") => Kind::IngressClass,
        ("api.core.v1.ConfigMapKeySelector" | "api.core.v1.ConfigMapEnvSource", "name")
        | ("api.core.v1.ConfigMapVolumeSource", "name") => Kind::ConfigMap,
        ("api.core.v1.SecretKeySelector" | "api.core.v1.SecretEnvSource", "name")
        | ("api.core.v1.SecretVolumeSource" | "api.networking.v1.IngressTLS", "secretName")
        | ("gateway.SecretObjectReference", "name") => Kind::Secret,
        ("api.core.v1.PodSpec", "serviceAccountName") => Kind::ServiceAccount,
        ("api.core.v1.PodSpec", "nodeName") => Kind::Node,
        ("apimachinery.pkg.apis.meta.v1.ObjectMeta", "namespace")
        | ("gateway.ReferenceGrantFrom" | "gateway.ParentReference", "namespace") => {
            Kind::Namespace
        }
        ("api.autoscaling.v2.CrossVersionObjectReference", "name") => Kind::Deployment,
        _ => return None,
    })
}
