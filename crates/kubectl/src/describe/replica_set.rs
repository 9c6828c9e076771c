//! `describeReplicaSet`.

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::Pod;

use super::text::Text;
use super::{Subject, given, template};
use crate::labels;

pub(super) fn text(set: &ReplicaSet, subject: &Subject<'_>, text: &mut Text) {
    let none = ReplicaSetSpec::default();
    let spec = set.spec.as_ref().unwrap_or(&none);
    text.field("Name", given(set.metadata.name.as_ref()));
    text.field("Namespace", given(set.metadata.namespace.as_ref()));
    text.field("Selector", labels::format_selector(Some(&spec.selector)));
    text.labels(&set.metadata);
    text.annotations(&set.metadata);
    if let Some(owner) =
        set.metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
    {
        text.field("Controlled By", format!("{}/{}", owner.kind, owner.name));
    }
    let created = set.status.as_ref().map_or(0, |status| status.replicas);
    let wanted = spec.replicas.unwrap_or(0);
    text.field("Replicas", format!("{created} current / {wanted} desired"));
    let phases = |phase: &str| {
        subject
            .snapshot
            .list_in::<Pod>(given(set.metadata.namespace.as_ref()))
            .filter(|pod| {
                let owners = pod.metadata.owner_references.iter().flatten();
                owners.into_iter().any(|owner| Some(&owner.uid) == set.metadata.uid.as_ref())
                    && pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some(phase)
            })
            .count()
    };
    text.field(
        "Pods Status",
        format!(
            "{} Running / {} Waiting / {} Succeeded / {} Failed",
            phases("Running"),
            phases("Pending"),
            phases("Succeeded"),
            phases("Failed")
        ),
    );
    template::template(spec.template.as_ref(), text);
    let conditions = set.status.as_ref().and_then(|status| status.conditions.as_ref());
    if let Some(conditions) = conditions.filter(|conditions| !conditions.is_empty()) {
        text.line("Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------");
        for condition in conditions {
            let reason = given(condition.reason.as_ref());
            text.line(format!("  {}\t{}\t{reason}", condition.type_, condition.status));
        }
    }
    text.events(subject);
}
