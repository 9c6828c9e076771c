//! `describeDeployment`.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStatus, ReplicaSet};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::text::Text;
use super::{Subject, date, given, template};
use crate::labels;

pub(super) fn text(deployment: &Deployment, subject: &Subject<'_>, text: &mut Text) {
    let (no_spec, no_status) = (DeploymentSpec::default(), DeploymentStatus::default());
    let spec = deployment.spec.as_ref().unwrap_or(&no_spec);
    let status = deployment.status.as_ref().unwrap_or(&no_status);
    text.field("Name", given(deployment.metadata.name.as_ref()));
    text.field("Namespace", given(deployment.metadata.namespace.as_ref()));
    text.field("CreationTimestamp", date(deployment.metadata.creation_timestamp.as_ref()));
    text.labels(&deployment.metadata);
    text.annotations(&deployment.metadata);
    text.field("Selector", labels::format_selector(Some(&spec.selector)));
    text.field(
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            spec.replicas.unwrap_or(0),
            status.updated_replicas.unwrap_or(0),
            status.replicas.unwrap_or(0),
            status.available_replicas.unwrap_or(0),
            status.unavailable_replicas.unwrap_or(0)
        ),
    );
    let strategy = spec.strategy.as_ref();
    text.field("StrategyType", given(strategy.and_then(|strategy| strategy.type_.as_ref())));
    text.field("MinReadySeconds", spec.min_ready_seconds.unwrap_or(0));
    if let Some(rolling) = strategy.and_then(|strategy| strategy.rolling_update.as_ref()) {
        let amount = |amount: Option<&IntOrString>| match amount {
            Some(IntOrString::Int(number)) => number.to_string(),
            Some(IntOrString::String(text)) => text.clone(),
            None => "<nil>".into(),
        };
        text.field(
            "RollingUpdateStrategy",
            format!(
                "{} max unavailable, {} max surge",
                amount(rolling.max_unavailable.as_ref()),
                amount(rolling.max_surge.as_ref())
            ),
        );
    }
    template::template(Some(&spec.template), text);
    let mut conditions = status.conditions.clone().unwrap_or_default();
    conditions.sort_by(|a, b| a.type_.cmp(&b.type_));
    if !conditions.is_empty() {
        text.line("Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------");
        for condition in conditions {
            text.line(format!(
                "  {}\t{}\t{}",
                condition.type_,
                condition.status,
                given(condition.reason.as_ref())
            ));
        }
    }
    replica_sets(deployment, subject, text);
    text.events(subject);
}

fn replica_sets(deployment: &Deployment, subject: &Subject<'_>, text: &mut Text) {
    let namespace = given(deployment.metadata.namespace.as_ref());
    let mut owned: Vec<&ReplicaSet> = subject
        .snapshot
        .list_in::<ReplicaSet>(namespace)
        .filter(|set| {
            let owners = set.metadata.owner_references.iter().flatten();
            owners.into_iter().any(|owner| Some(&owner.uid) == deployment.metadata.uid.as_ref())
        })
        .collect();
    owned.sort_by_key(|set| {
        (set.metadata.creation_timestamp.clone().map(|time| time.0), set.metadata.name.clone())
    });
    let current = |set: &&ReplicaSet| same_template(deployment, set);
    let described = |set: &ReplicaSet| {
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(0);
        let created = set.status.as_ref().map_or(0, |status| status.replicas);
        format!("{} ({created}/{wanted} replicas created)", given(set.metadata.name.as_ref()))
    };
    let listed = |sets: Vec<String>| {
        if sets.is_empty() { "<none>".to_owned() } else { sets.join(", ") }
    };
    let new = owned.iter().find(|set| current(set)).map(|set| described(set));
    let old = owned.iter().filter(|set| !current(set)).map(|set| described(set)).collect();
    text.field("OldReplicaSets", listed(old));
    text.field("NewReplicaSet", listed(new.into_iter().collect()));
}

/// Whether a ReplicaSet makes the Pods that the Deployment wants now.
fn same_template(deployment: &Deployment, set: &ReplicaSet) -> bool {
    let template = set.spec.as_ref().and_then(|spec| spec.template.clone());
    let Some(mut template) = template else { return false };
    if let Some(labels) = template.metadata.as_mut().and_then(|metadata| metadata.labels.as_mut()) {
        labels.remove("pod-template-hash");
    }
    deployment.spec.as_ref().is_some_and(|spec| spec.template == template)
}
