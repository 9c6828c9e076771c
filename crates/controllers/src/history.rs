//! ControllerRevisions: the templates that a StatefulSet or DaemonSet has had.
//!
//! Models `pkg/controller/history`. A ControllerRevision is stored without a Rust type of its own.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Kind, Object, ObjectRef, Other};
use serde_json::{Value, json};

use crate::names::template_hash;
use crate::outcome::{Deletion, Outcome, Why, Write};
use crate::pods;
use crate::view::View;

const HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// One template that was in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The ControllerRevision's name, `db-5d4c8b7f9`.
    pub name: String,
    /// The hash in the name, a DaemonSet's Pods' `controller-revision-hash`.
    pub hash: String,
    /// Its number.
    pub number: i64,
    /// The template.
    pub template: PodTemplateSpec,
}

/// The owner's revisions by number, the present template's last; it is created, or moved to the end,
/// if need be.
pub fn sync(
    view: &View<'_>,
    owner: &Object,
    template: &PodTemplateSpec,
    outcome: &mut Outcome,
) -> Vec<Revision> {
    let mut revisions: Vec<(Revision, Object)> = view
        .dependents(pods::uid(owner.metadata()))
        .filter(|reference| reference.kind == Kind::ControllerRevision)
        .filter_map(|reference| view.snapshot.get(reference))
        .filter_map(|object| Some((read(object)?, Object::clone(object))))
        .collect();
    revisions.sort_by_key(|(revision, _)| revision.number);
    let next = revisions.last().map_or(0, |(revision, _)| revision.number) + 1;
    match revisions.iter().position(|(revision, _)| revision.template == *template) {
        Some(position) if position + 1 == revisions.len() => {}
        Some(position) => {
            let (mut revision, mut object) = revisions.remove(position);
            revision.number = next;
            if let Object::Other(other) = &mut object {
                other.body.insert("revision".into(), next.into());
            }
            outcome.write(Write::Update(object.clone()), Why::NewTemplate);
            revisions.push((revision, object));
        }
        None => {
            let hash = template_hash(template, None);
            let revision = Revision {
                name: format!("{}-{hash}", owner.name()),
                hash,
                number: next,
                template: template.clone(),
            };
            let object = write(owner, &revision);
            outcome.write(Write::Create(object.clone()), Why::NewTemplate);
            revisions.push((revision, object));
        }
    }
    revisions.into_iter().map(|(revision, _)| revision).collect()
}

/// Deletes the oldest revisions that nothing uses, beyond the limit.
pub fn truncate(
    owner: &Object,
    revisions: &[Revision],
    live: &[&str],
    limit: Option<i32>,
    outcome: &mut Outcome,
) {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10);
    let dead: Vec<&Revision> =
        revisions.iter().filter(|revision| !live.contains(&revision.name.as_str())).collect();
    for revision in dead.iter().take(dead.len().saturating_sub(limit)) {
        let reference = ObjectRef::new(Kind::ControllerRevision, owner.namespace(), &revision.name);
        outcome.write(Write::Delete(reference, Deletion::default()), Why::HistoryLimit);
    }
}

fn write(owner: &Object, revision: &Revision) -> Object {
    let mut labels: BTreeMap<String, String> =
        pods::template_labels(&revision.template).cloned().unwrap_or_default();
    labels.insert(HASH_LABEL.into(), revision.hash.clone());
    let mut template = manifest::to_json(&revision.template);
    template["$patch"] = json!("replace");
    let mut body = serde_json::Map::new();
    body.insert("data".into(), json!({"spec": {"template": template}}));
    body.insert("revision".into(), revision.number.into());
    Object::Other(Other {
        kind: Kind::ControllerRevision,
        api_version: "apps/v1".into(),
        metadata: ObjectMeta {
            name: Some(revision.name.clone()),
            namespace: Some(owner.namespace().to_owned()),
            labels: Some(labels),
            owner_references: Some(vec![pods::controller_reference(owner)]),
            ..ObjectMeta::default()
        },
        body,
    })
}

fn read(object: &Object) -> Option<Revision> {
    let Object::Other(other) = object else { return None };
    let mut template = other.body.get("data")?.get("spec")?.get("template")?.clone();
    if let Value::Object(fields) = &mut template {
        fields.remove("$patch");
    }
    Some(Revision {
        name: object.name().to_owned(),
        hash: object.label(HASH_LABEL).unwrap_or_default().to_owned(),
        number: other.body.get("revision")?.as_i64()?,
        template: manifest::from_json(template).ok()?,
    })
}
