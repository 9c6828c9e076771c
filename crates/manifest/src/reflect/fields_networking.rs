//! Fields of the types of `networking`, as `k8s-openapi` has them. Written by example `reflect`.

use super::reflect;

reflect! { api::networking::v1::HTTPIngressPath:
    backend "backend", path "path", path_type "pathType",
}

reflect! { api::networking::v1::HTTPIngressRuleValue:
    paths "paths",
}

reflect! { api::networking::v1::IPBlock:
    cidr "cidr", except "except",
}

reflect! { api::networking::v1::Ingress:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::networking::v1::IngressBackend:
    resource "resource", service "service",
}

reflect! { api::networking::v1::IngressClass:
    metadata "metadata", spec "spec",
}

reflect! { api::networking::v1::IngressClassParametersReference:
    api_group "apiGroup", kind "kind", name "name", namespace "namespace", scope "scope",
}

reflect! { api::networking::v1::IngressClassSpec:
    controller "controller", parameters "parameters",
}

reflect! { api::networking::v1::IngressLoadBalancerIngress:
    hostname "hostname", ip "ip", ports "ports",
}

reflect! { api::networking::v1::IngressLoadBalancerStatus:
    ingress "ingress",
}

reflect! { api::networking::v1::IngressPortStatus:
    error "error", port "port", protocol "protocol",
}

reflect! { api::networking::v1::IngressRule:
    host "host", http "http",
}

reflect! { api::networking::v1::IngressServiceBackend:
    name "name", port "port",
}

reflect! { api::networking::v1::IngressSpec:
    default_backend "defaultBackend", ingress_class_name "ingressClassName", rules "rules",
    tls "tls",
}

reflect! { api::networking::v1::IngressStatus:
    load_balancer "loadBalancer",
}

reflect! { api::networking::v1::IngressTLS:
    hosts "hosts", secret_name "secretName",
}

reflect! { api::networking::v1::NetworkPolicy:
    metadata "metadata", spec "spec",
}

reflect! { api::networking::v1::NetworkPolicyEgressRule:
    ports "ports", to "to",
}

reflect! { api::networking::v1::NetworkPolicyIngressRule:
    from "from", ports "ports",
}

reflect! { api::networking::v1::NetworkPolicyPeer:
    ip_block "ipBlock", namespace_selector "namespaceSelector", pod_selector "podSelector",
}

reflect! { api::networking::v1::NetworkPolicyPort:
    end_port "endPort", port "port", protocol "protocol",
}

reflect! { api::networking::v1::NetworkPolicySpec:
    egress "egress", ingress "ingress", pod_selector "podSelector", policy_types "policyTypes",
}

reflect! { api::networking::v1::ServiceBackendPort:
    name "name", number "number",
}
