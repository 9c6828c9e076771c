//! References from Gateway API objects to other objects.
//!
//! Models `sigs.k8s.io/gateway-api/apis/v1/object_reference_types.go`.

use super::fields;

fields! {
    /// A Gateway, or one listener of it, that a route asks to be attached to.
    ParentReference {
        /// API group of the parent, `gateway.networking.k8s.io` if absent.
        group: Option<String>,
        /// Kind of the parent, `Gateway` if absent.
        kind: Option<String>,
        /// Namespace of the parent, the route's own if absent.
        namespace: Option<String>,
        /// Name of the parent.
        name: String,
        /// Name of a listener of the parent; all listeners if absent.
        section_name: Option<String>,
        /// Port of listeners of the parent; all ports if absent.
        port: Option<i32>,
    }
}

fields! {
    /// A backend, usually a Service and one of its ports.
    BackendObjectReference {
        /// API group of the backend, the core group if absent.
        group: Option<String>,
        /// Kind of the backend, `Service` if absent.
        kind: Option<String>,
        /// Name of the backend.
        name: String,
        /// Namespace of the backend, the route's own if absent; another one needs a ReferenceGrant.
        namespace: Option<String>,
        /// The Service's port, not the Pod's.
        port: Option<i32>,
    }
}

fields! {
    /// An object in the same namespace.
    LocalObjectReference {
        /// API group of the object.
        group: String,
        /// Kind of the object.
        kind: String,
        /// Name of the object.
        name: String,
    }
}

fields! {
    /// An object that holds a certificate, usually a Secret.
    SecretObjectReference {
        /// API group, the core group if absent.
        group: Option<String>,
        /// Kind, `Secret` if absent.
        kind: Option<String>,
        /// Name.
        name: String,
        /// Namespace, the Gateway's own if absent; another one needs a ReferenceGrant.
        namespace: Option<String>,
    }
}

fields! {
    /// An object with parameters of the implementation, for a GatewayClass.
    ParametersReference {
        /// API group of the object.
        group: String,
        /// Kind of the object.
        kind: String,
        /// Name of the object.
        name: String,
        /// Namespace of the object, if its kind has one.
        namespace: Option<String>,
    }
}

fields! {
    /// An object with parameters of the implementation, in the Gateway's own namespace.
    LocalParametersReference {
        /// API group of the object.
        group: String,
        /// Kind of the object.
        kind: String,
        /// Name of the object.
        name: String,
    }
}
