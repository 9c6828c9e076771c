//! `describeEndpoints`.

use k8s_openapi::api::core::v1::{EndpointAddress, Endpoints};

use super::text::Text;
use super::{Subject, given};

pub(super) fn text(endpoints: &Endpoints, subject: &Subject<'_>, text: &mut Text) {
    text.field("Name", given(endpoints.metadata.name.as_ref()));
    text.field("Namespace", given(endpoints.metadata.namespace.as_ref()));
    text.labels(&endpoints.metadata);
    text.annotations(&endpoints.metadata);
    text.line("Subsets:");
    let joined = |addresses: &Option<Vec<EndpointAddress>>| {
        let all: Vec<&str> =
            addresses.iter().flatten().map(|address| address.ip.as_str()).collect();
        if all.is_empty() { "<none>".to_owned() } else { all.join(",") }
    };
    for subset in endpoints.subsets.iter().flatten() {
        text.line(format!("  Addresses:\t{}", joined(&subset.addresses)));
        text.line(format!("  NotReadyAddresses:\t{}", joined(&subset.not_ready_addresses)));
        if let Some(ports) = subset.ports.as_ref().filter(|ports| !ports.is_empty()) {
            text.line("  Ports:\n    Name\tPort\tProtocol\n    ----\t----\t--------");
            for port in ports {
                let name =
                    port.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("<unset>");
                text.line(format!("    {name}\t{}\t{}", port.port, given(port.protocol.as_ref())));
            }
        }
        text.line("");
    }
    text.events(subject);
}
