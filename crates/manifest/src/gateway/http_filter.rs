//! What a rule of an HTTPRoute does to requests and responses on their way.
//!
//! Models the filters of `sigs.k8s.io/gateway-api/apis/v1/httproute_types.go`.

use super::{BackendObjectReference, LocalObjectReference, fields};

fields! {
    /// One filter; `type` names which of the other fields holds it.
    HTTPRouteFilter {
        /// `RequestHeaderModifier`, `ResponseHeaderModifier`, `RequestMirror`, `RequestRedirect`, `URLRewrite`, `ExtensionRef` or `CORS`.
        r#type: String,
        /// Changes headers of the request.
        request_header_modifier: Option<HTTPHeaderModifier>,
        /// Changes headers of the response.
        response_header_modifier: Option<HTTPHeaderModifier>,
        /// Sends a copy of the request elsewhere and forgets its answer.
        request_mirror: Option<HTTPRequestMirror>,
        /// Answers with a redirection.
        request_redirect: Option<HTTPRequestRedirect>,
        /// Changes host or path before forwarding.
        url_rewrite: Option<HTTPURLRewrite>,
        /// Answers cross-origin questions of browsers.
        cors: Option<HTTPCors>,
        /// A filter of the implementation's own.
        extension_ref: Option<LocalObjectReference>,
    }
}

fields! {
    /// Changes of headers: `set`, then `add`, then `remove`.
    HTTPHeaderModifier {
        /// Headers to overwrite.
        set: Option<Vec<HTTPHeader>>,
        /// Headers to add to what is there.
        add: Option<Vec<HTTPHeader>>,
        /// Names of headers to remove.
        remove: Option<Vec<String>>,
    }
}

fields! {
    /// A header.
    HTTPHeader {
        /// Name; capitals do not matter.
        name: String,
        /// Value.
        value: String,
    }
}

fields! {
    /// A copy of the request for another backend.
    HTTPRequestMirror {
        /// Where the copy goes.
        backend_ref: BackendObjectReference,
        /// How many of a hundred requests are copied.
        percent: Option<i32>,
        /// Which part of the requests is copied.
        fraction: Option<Fraction>,
    }
}

fields! {
    /// A part of a whole.
    Fraction {
        /// Above the line.
        numerator: i32,
        /// Below the line, 100 if absent.
        denominator: Option<i32>,
    }
}

fields! {
    /// A redirection; what is absent stays as it was in the request.
    HTTPRequestRedirect {
        /// `http` or `https`.
        scheme: Option<String>,
        /// Host of the new location.
        hostname: Option<String>,
        /// Path of the new location.
        path: Option<HTTPPathModifier>,
        /// Port of the new location.
        port: Option<i32>,
        /// 301, 302, 303, 307 or 308; 302 if absent.
        status_code: Option<i32>,
    }
}

fields! {
    /// A change of host or path before forwarding.
    HTTPURLRewrite {
        /// The new host.
        hostname: Option<String>,
        /// The new path.
        path: Option<HTTPPathModifier>,
    }
}

fields! {
    /// A change of the path.
    HTTPPathModifier {
        /// `ReplaceFullPath` or `ReplacePrefixMatch`.
        r#type: String,
        /// The whole new path.
        replace_full_path: Option<String>,
        /// What takes the place of the matched prefix.
        replace_prefix_match: Option<String>,
    }
}

fields! {
    /// Answers to cross-origin questions of browsers.
    HTTPCors {
        /// Origins that are let in.
        allow_origins: Option<Vec<String>>,
        /// Whether credentials may be sent.
        allow_credentials: Option<bool>,
        /// Methods that are let in.
        allow_methods: Option<Vec<String>>,
        /// Headers that are let in.
        allow_headers: Option<Vec<String>>,
        /// Headers of the response that scripts may read.
        expose_headers: Option<Vec<String>>,
        /// For how many seconds a browser may remember the answer.
        max_age: Option<i32>,
    }
}
