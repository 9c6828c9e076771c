//! GatewayClass and Gateway: who implements gateways, and where one listens.
//!
//! Models `sigs.k8s.io/gateway-api/apis/v1/{gatewayclass,gateway}_types.go`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, LabelSelector};

use super::{LocalParametersReference, ParametersReference, SecretObjectReference, fields, kind};

kind! {
    /// A class of Gateways, implemented by one controller.
    GatewayClass { spec: GatewayClassSpec, status: GatewayClassStatus }
}

fields! {
    /// Which controller implements the class.
    GatewayClassSpec {
        /// The controller's name, such as `example.com/gateway-controller`; it cannot be changed.
        controller_name: String,
        /// Parameters of the implementation.
        parameters_ref: Option<ParametersReference>,
        /// A description for people, at most 64 characters.
        description: Option<String>,
    }
}

fields! {
    /// Whether a controller accepted the class.
    GatewayClassStatus {
        /// Conditions, such as `Accepted`.
        conditions: Option<Vec<Condition>>,
        /// Features the implementation supports.
        supported_features: Option<Vec<SupportedFeature>>,
    }
}

fields! {
    /// A feature the implementation supports.
    SupportedFeature {
        /// The feature's name.
        name: String,
    }
}

kind! {
    /// An instance of traffic handling: addresses and listeners.
    Gateway { spec: GatewaySpec, status: GatewayStatus }
}

fields! {
    /// Class, listeners and addresses of a Gateway.
    GatewaySpec {
        /// Name of the GatewayClass.
        gateway_class_name: String,
        /// Where the Gateway listens.
        listeners: Vec<Listener>,
        /// Addresses asked for.
        addresses: Option<Vec<GatewayAddress>>,
        /// What to put on the infrastructure that is made for the Gateway.
        infrastructure: Option<GatewayInfrastructure>,
        /// Which ListenerSets may add listeners.
        allowed_listeners: Option<AllowedListeners>,
        /// TLS towards clients and towards backends.
        tls: Option<GatewayTls>,
    }
}

fields! {
    /// One place where a Gateway accepts connections.
    Listener {
        /// Name, unique in the Gateway; routes refer to it by `sectionName`.
        name: String,
        /// Host name to match; all hosts if absent. May begin with `*.`.
        hostname: Option<String>,
        /// Port that clients connect to.
        port: i32,
        /// `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or a name of the implementation's own.
        protocol: String,
        /// TLS of the listener, for `HTTPS` and `TLS`.
        tls: Option<ListenerTls>,
        /// Which routes may be attached.
        allowed_routes: Option<AllowedRoutes>,
    }
}

fields! {
    /// TLS of a listener.
    ListenerTls {
        /// `Terminate` or `Passthrough`.
        mode: Option<String>,
        /// Certificates to present when TLS is terminated.
        certificate_refs: Option<Vec<SecretObjectReference>>,
        /// Options of the implementation.
        options: Option<BTreeMap<String, String>>,
    }
}

fields! {
    /// Which routes may be attached to a listener.
    AllowedRoutes {
        /// Namespaces whose routes may be attached.
        namespaces: Option<RouteNamespaces>,
        /// Kinds of routes that may be attached; those that fit the protocol if absent.
        kinds: Option<Vec<RouteGroupKind>>,
    }
}

fields! {
    /// Namespaces chosen from.
    RouteNamespaces {
        /// `All`, `Selector` or `Same` (for ListenerSets also `None`).
        from: Option<String>,
        /// The namespaces' labels, where `from` is `Selector`.
        selector: Option<LabelSelector>,
    }
}

fields! {
    /// A kind of route.
    RouteGroupKind {
        /// API group, `gateway.networking.k8s.io` if absent.
        group: Option<String>,
        /// Kind, such as `HTTPRoute`.
        kind: String,
    }
}

fields! {
    /// An address asked for.
    GatewayAddress {
        /// `IPAddress`, `Hostname`, or a name of the implementation's own.
        r#type: Option<String>,
        /// The address; any of the type if absent.
        value: Option<String>,
    }
}

fields! {
    /// What to put on the infrastructure that is made for a Gateway.
    GatewayInfrastructure {
        /// Labels to put on it.
        labels: Option<BTreeMap<String, String>>,
        /// Annotations to put on it.
        annotations: Option<BTreeMap<String, String>>,
        /// Parameters of the implementation.
        parameters_ref: Option<LocalParametersReference>,
    }
}

fields! {
    /// Which ListenerSets may add listeners to a Gateway.
    AllowedListeners {
        /// Namespaces whose ListenerSets may be attached; none if absent.
        namespaces: Option<RouteNamespaces>,
    }
}

fields! {
    /// TLS of a whole Gateway.
    GatewayTls {
        /// TLS towards backends.
        backend: Option<BackendTls>,
        /// TLS towards clients.
        frontend: Option<FrontendTls>,
    }
}

fields! {
    /// TLS towards backends.
    BackendTls {
        /// The certificate the Gateway presents to backends.
        client_certificate_ref: Option<SecretObjectReference>,
    }
}

fields! {
    /// TLS towards clients.
    FrontendTls {
        /// For every port that has nothing of its own.
        default: FrontendTlsValidation,
        /// For single ports.
        per_port: Option<Vec<FrontendTlsPort>>,
    }
}

fields! {
    /// How clients' certificates are checked.
    FrontendTlsValidation {
        /// The check; none if absent.
        validation: Option<FrontendValidation>,
    }
}

fields! {
    /// How clients' certificates are checked on one port.
    FrontendTlsPort {
        /// The port.
        port: i32,
        /// The check.
        tls: FrontendTlsValidation,
    }
}

fields! {
    /// A check of clients' certificates.
    FrontendValidation {
        /// Authorities whose certificates are trusted.
        ca_certificate_refs: Vec<CaCertificateReference>,
        /// `AllowValidOnly` or `AllowInsecureFallback`.
        mode: Option<String>,
    }
}

fields! {
    /// An object that holds the certificate of an authority.
    CaCertificateReference {
        /// API group, empty for the core group.
        group: String,
        /// Kind, such as `ConfigMap`.
        kind: String,
        /// Name.
        name: String,
        /// Namespace, the Gateway's own if absent.
        namespace: Option<String>,
    }
}

fields! {
    /// What a Gateway got and how its listeners are.
    GatewayStatus {
        /// Addresses bound to the Gateway.
        addresses: Option<Vec<GatewayStatusAddress>>,
        /// Conditions, such as `Accepted` and `Programmed`.
        conditions: Option<Vec<Condition>>,
        /// Each listener's state.
        listeners: Option<Vec<ListenerStatus>>,
        /// How many ListenerSets are attached.
        attached_listener_sets: Option<i32>,
    }
}

fields! {
    /// An address bound to a Gateway.
    GatewayStatusAddress {
        /// `IPAddress` or `Hostname`.
        r#type: Option<String>,
        /// The address.
        value: String,
    }
}

fields! {
    /// How a listener is.
    ListenerStatus {
        /// The listener's name.
        name: String,
        /// Kinds of routes it accepts.
        supported_kinds: Option<Vec<RouteGroupKind>>,
        /// How many routes are attached.
        attached_routes: i32,
        /// Conditions, such as `Accepted`, `Programmed`, `ResolvedRefs`, `Conflicted`.
        conditions: Vec<Condition>,
    }
}
