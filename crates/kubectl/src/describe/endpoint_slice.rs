//! `describeEndpointSliceV1`.

use k8s_openapi::api::discovery::v1::EndpointSlice;

use super::text::Text;
use super::{Subject, given};

pub(super) fn text(slice: &EndpointSlice, subject: &Subject<'_>, text: &mut Text) {
    text.field("Name", given(slice.metadata.name.as_ref()));
    text.field("Namespace", given(slice.metadata.namespace.as_ref()));
    text.labels(&slice.metadata);
    text.annotations(&slice.metadata);
    text.field("AddressType", &slice.address_type);
    let ports = slice.ports.as_deref().unwrap_or_default();
    if ports.is_empty() {
        text.field("Ports", "<unset>");
    } else {
        text.line("Ports:\n  Name\tPort\tProtocol\n  ----\t----\t--------");
        for port in ports {
            let name = port.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("<unset>");
            let number = port.port.map_or_else(|| "<unset>".into(), |number| number.to_string());
            text.line(format!("  {name}\t{number}\t{}", given(port.protocol.as_ref())));
        }
    }
    let endpoints = slice.endpoints.as_deref().unwrap_or_default();
    if endpoints.is_empty() {
        text.field("Endpoints", "<none>");
    } else {
        text.line("Endpoints:");
        let or_unset = |value: Option<&String>| value.map_or("<unset>", String::as_str).to_owned();
        for endpoint in endpoints {
            text.line(format!("  - Addresses:\t{}", endpoint.addresses.join(", ")));
            text.line("    Conditions:");
            let ready = endpoint.conditions.as_ref().and_then(|conditions| conditions.ready);
            let ready = ready.map_or_else(|| "<unset>".into(), |ready| ready.to_string());
            text.line(format!("      Ready:\t{ready}"));
            text.line(format!("    Hostname:\t{}", or_unset(endpoint.hostname.as_ref())));
            if let Some(target) = &endpoint.target_ref {
                let (kind, name) = (given(target.kind.as_ref()), given(target.name.as_ref()));
                text.line(format!("    TargetRef:\t{kind}/{name}"));
            }
            text.line(format!("    NodeName:\t{}", or_unset(endpoint.node_name.as_ref())));
            text.line(format!("    Zone:\t{}", or_unset(endpoint.zone.as_ref())));
        }
    }
    text.events(subject);
}
