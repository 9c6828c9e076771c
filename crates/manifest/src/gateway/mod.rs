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

/// Declares a struct of a Gateway API object; in JSON its fields are written in camel case.
macro_rules! fields {
    ($(#[$about:meta])* $name:ident { $( $(#[$doc:meta])* $field:ident: $type:ty, )* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", serde(default, rename_all = "camelCase"))]
        pub struct $name {
            $(
                $(#[$doc])*
                pub $field: $type,
            )*
        }

        $crate::reflect::reflect! { type ($name): $($field ($crate::gateway::json_name!($field)),)* }
    };
}

/// Declares a Gateway API kind.
macro_rules! kind {
    ($(#[$about:meta])* $name:ident { spec: $spec:ty $(, status: $status:ty)? }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", serde(default))]
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

        $crate::reflect::reflect! {
            type ($name): metadata "metadata", spec "spec", $(status ($crate::gateway::kind!(@ $status)),)?
        }
    };
    (@ $status:ty) => {
        "status"
    };
}

/// A Rust field's name as JSON writes it: `backend_refs` becomes `backendRefs`, `r#type` `type`.
macro_rules! json_name {
    ($field:ident) => {{
        const NAME: &str = stringify!($field);
        const CAMEL: ([u8; NAME.len()], usize) = $crate::gateway::camel_case(NAME.as_bytes());
        const BYTES: &[u8] = CAMEL.0.split_at(CAMEL.1).0;
        const TEXT: &str = match std::str::from_utf8(BYTES) {
            Ok(text) => text,
            Err(_) => panic!("field names are ASCII"),
        };
        TEXT
    }};
}

use fields;
pub(crate) use {json_name, kind};

const fn camel_case<const LENGTH: usize>(name: &[u8]) -> ([u8; LENGTH], usize) {
    let mut camel = [0; LENGTH];
    let mut length = 0;
    let mut position = if LENGTH > 2 && name[1] == b'#' { 2 } else { 0 };
    let mut capital = false;
    while position < LENGTH {
        let byte = name[position];
        if byte == b'_' {
            capital = true;
        } else {
            camel[length] = if capital { byte.to_ascii_uppercase() } else { byte };
            length += 1;
            capital = false;
        }
        position += 1;
    }
    (camel, length)
}

#[cfg(test)]
mod tests {
    use crate::{Kind, Object};

    #[test]
    fn reads_and_writes_as_the_api_server_does() {
        let text = r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"r"},"spec":{"rules":[{"filters":[{"type":"URLRewrite","urlRewrite":{"hostname":"h"}}],"backendRefs":[{"name":"s","port":80}]}]}}"#;
        let read: serde_json::Value = serde_json::from_str(text).unwrap();
        let route = Object::from_json(Kind::HTTPRoute, read.clone()).unwrap();
        assert_eq!(route.to_json(), read);
    }
}
