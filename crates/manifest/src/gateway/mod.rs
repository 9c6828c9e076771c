//! Gateway API v1 objects, as the standard channel of Gateway API v1.6 has them.
//!
//! These are our own small types, because the upstream kinds are custom resources and have no type
//! in Kubernetes' own API. `v1` and `v1beta1` read alike. Enumerated fields are strings here: what
//! is allowed in them is said by the custom resource's schema.
//! Models `sigs.k8s.io/gateway-api/apis/v1`.

mod gateway_kind;
mod http_filter;
mod http_route;
mod reference;
mod reference_grant;

pub use gateway_kind::{
    AllowedListeners, AllowedRoutes, BackendTls, CaCertificateReference, FrontendTls,
    FrontendTlsPort, FrontendTlsValidation, FrontendValidation, Gateway, GatewayAddress,
    GatewayClass, GatewayClassSpec, GatewayClassStatus, GatewayInfrastructure, GatewaySpec,
    GatewayStatus, GatewayStatusAddress, GatewayTls, Listener, ListenerStatus, ListenerTls,
    RouteGroupKind, RouteNamespaces, SupportedFeature,
};
pub use http_filter::{
    Fraction, HTTPCors, HTTPHeader, HTTPHeaderModifier, HTTPPathModifier, HTTPRequestMirror,
    HTTPRequestRedirect, HTTPRouteFilter, HTTPURLRewrite,
};
pub use http_route::{
    HTTPBackendRef, HTTPHeaderMatch, HTTPPathMatch, HTTPQueryParamMatch, HTTPRoute, HTTPRouteMatch,
    HTTPRouteRule, HTTPRouteSpec, HTTPRouteStatus, HTTPRouteTimeouts, RouteParentStatus,
};
pub use reference::{
    BackendObjectReference, LocalObjectReference, LocalParametersReference, ParametersReference,
    ParentReference, SecretObjectReference,
};
pub use reference_grant::{
    ReferenceGrant, ReferenceGrantFrom, ReferenceGrantSpec, ReferenceGrantTo,
};

/// Declares a struct of a Gateway API object: an `Option` is written when it is there, any other
/// field is required and always written.
macro_rules! fields {
    ($(#[$about:meta])* $name:ident { $( $(#[$doc:meta])* $field:ident: $type:ty, )* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default, rename_all = "camelCase")]
        pub struct $name {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "crate::gateway::Absent::absent")]
                pub $field: $type,
            )*
        }
    };
}

/// Declares a Gateway API kind, which is written with its `apiVersion` and `kind`.
macro_rules! kind {
    ($(#[$about:meta])* $name:ident { spec: $spec:ty $(, status: $status:ty)? }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default)]
        pub struct $name {
            /// Standard object metadata.
            pub metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
            /// What is wanted.
            pub spec: $spec,
            $(
                /// What is the case, written by the controller.
                pub status: Option<$status>,
            )?
        }

        /// Writes `apiVersion` and `kind` first, as the other kinds do.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("apiVersion", "gateway.networking.k8s.io/v1")?;
                map.serialize_entry("kind", stringify!($name))?;
                map.serialize_entry("metadata", &self.metadata)?;
                map.serialize_entry("spec", &self.spec)?;
                $(
                    let status: &Option<$status> = &self.status;
                    if let Some(status) = status {
                        map.serialize_entry("status", status)?;
                    }
                )?
                map.end()
            }
        }
    };
}

use {fields, kind};

/// Whether a field is left out when written; required fields never are.
trait Absent {
    fn absent(&self) -> bool {
        false
    }
}

impl<T> Absent for Option<T> {
    fn absent(&self) -> bool {
        self.is_none()
    }
}

impl Absent for String {}
impl Absent for i32 {}
impl<T> Absent for Vec<T> {}
impl Absent for FrontendTlsValidation {}
impl Absent for BackendObjectReference {}
impl Absent for ParentReference {}
impl Absent for LocalObjectReference {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_as_the_api_server_does() {
        let text = r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"r"},"spec":{"rules":[{"filters":[{"type":"URLRewrite","urlRewrite":{"hostname":"h"}}],"backendRefs":[{"name":"s","port":80}]}]}}"#;
        let route: HTTPRoute = serde_json::from_str(text).unwrap();
        let read: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&route).unwrap(), read);
    }
}
