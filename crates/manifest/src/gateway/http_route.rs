//! HTTPRoute: which requests go to which backends.
//!
//! Models `sigs.k8s.io/gateway-api/apis/v1/httproute_types.go`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::{HTTPRouteFilter, ParentReference, fields, kind};

kind! {
    /// Routes HTTP requests from Gateways to backends.
    HTTPRoute { spec: HTTPRouteSpec, status: HTTPRouteStatus }
}

fields! {
    /// Where an HTTPRoute is attached, and its rules.
    HTTPRouteSpec {
        /// Gateways or listeners to be attached to.
        parent_refs: Option<Vec<ParentReference>>,
        /// Host names to match, besides the listener's; may begin with `*.`.
        hostnames: Option<Vec<String>>,
        /// Rules; one that forwards nowhere by `/` if absent.
        rules: Option<Vec<HTTPRouteRule>>,
    }
}

fields! {
    /// One rule: requests that match any of `matches` go to `backendRefs` by weight.
    HTTPRouteRule {
        /// Name, unique in the route.
        name: Option<String>,
        /// Conditions, any of which is enough; every request if absent.
        matches: Option<Vec<HTTPRouteMatch>>,
        /// What is done to a request and its response.
        filters: Option<Vec<HTTPRouteFilter>>,
        /// Where requests go, by weight.
        backend_refs: Option<Vec<HTTPBackendRef>>,
        /// How long is waited.
        timeouts: Option<HTTPRouteTimeouts>,
    }
}

fields! {
    /// A condition on a request: all of its fields must hold.
    HTTPRouteMatch {
        /// On the path.
        path: Option<HTTPPathMatch>,
        /// On headers: all of them.
        headers: Option<Vec<HTTPHeaderMatch>>,
        /// On parameters of the query: all of them.
        query_params: Option<Vec<HTTPQueryParamMatch>>,
        /// On the method, in capitals.
        method: Option<String>,
    }
}

fields! {
    /// A condition on the path.
    HTTPPathMatch {
        /// `Exact`, `PathPrefix` or `RegularExpression`; `PathPrefix` if absent.
        r#type: Option<String>,
        /// The path, `/` if absent.
        value: Option<String>,
    }
}

fields! {
    /// A condition on a header.
    HTTPHeaderMatch {
        /// `Exact` or `RegularExpression`; `Exact` if absent.
        r#type: Option<String>,
        /// Name of the header; capitals do not matter.
        name: String,
        /// Value of the header.
        value: String,
    }
}

fields! {
    /// A condition on a parameter of the query.
    HTTPQueryParamMatch {
        /// `Exact` or `RegularExpression`; `Exact` if absent.
        r#type: Option<String>,
        /// Name of the parameter.
        name: String,
        /// Value of the parameter.
        value: String,
    }
}

fields! {
    /// A backend of a rule and its share.
    HTTPBackendRef {
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
        /// Share of the requests, in proportion to the sum of weights; 1 if absent.
        weight: Option<i32>,
        /// Filters for requests that go to this backend.
        filters: Option<Vec<HTTPRouteFilter>>,
    }
}

fields! {
    /// How long is waited, as durations such as `10s`.
    HTTPRouteTimeouts {
        /// For the whole request.
        request: Option<String>,
        /// For one try of the backend.
        backend_request: Option<String>,
    }
}

fields! {
    /// How each parent sees the route.
    HTTPRouteStatus {
        /// One entry for each parent and controller.
        parents: Vec<RouteParentStatus>,
    }
}

fields! {
    /// How one parent sees the route.
    RouteParentStatus {
        /// The parent.
        parent_ref: ParentReference,
        /// The controller that wrote this.
        controller_name: String,
        /// Conditions, such as `Accepted` and `ResolvedRefs`.
        conditions: Option<Vec<Condition>>,
    }
}
