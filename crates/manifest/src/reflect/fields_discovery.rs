//! Fields of the types of `discovery`, as `k8s-openapi` has them. Written by example `reflect`.

use super::reflect;

reflect! { api::discovery::v1::Endpoint:
    addresses "addresses", conditions "conditions", deprecated_topology "deprecatedTopology",
    hints "hints", hostname "hostname", node_name "nodeName", target_ref "targetRef", zone "zone",
}

reflect! { api::discovery::v1::EndpointConditions:
    ready "ready", serving "serving", terminating "terminating",
}

reflect! { api::discovery::v1::EndpointHints:
    for_nodes "forNodes", for_zones "forZones",
}

reflect! { api::discovery::v1::EndpointPort:
    app_protocol "appProtocol", name "name", port "port", protocol "protocol",
}

reflect! { api::discovery::v1::EndpointSlice:
    address_type "addressType", endpoints "endpoints", metadata "metadata", ports "ports",
}

reflect! { api::discovery::v1::ForNode:
    name "name",
}

reflect! { api::discovery::v1::ForZone:
    name "name",
}
