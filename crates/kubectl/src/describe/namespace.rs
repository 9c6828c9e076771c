//! `describeNamespace`.

use k8s_openapi::api::core::v1::Namespace;

use super::given;
use super::text::Text;

pub(super) fn text(namespace: &Namespace, text: &mut Text) {
    text.field("Name", given(namespace.metadata.name.as_ref()));
    text.labels(&namespace.metadata);
    text.annotations(&namespace.metadata);
    let phase = namespace.status.as_ref().and_then(|status| status.phase.as_ref());
    text.field("Status", given(phase));
    text.line("\nNo resource quota.\n\nNo LimitRange resource.");
}
