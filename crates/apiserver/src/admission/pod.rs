//! What every new Pod gets: tolerations, a priority, a runtime.
//!
//! Models the plugins `DefaultTolerationSeconds`, `Priority` and `RuntimeClass` in `plugin/pkg/admission`.

use k8s_openapi::api::core::v1::{Pod, Toleration};
use manifest::{Kind, Object, ObjectRef};
use serde_json::Value;

use crate::{Refusal, Snapshot};

/// How long a Pod stays on a node that is lost, unless it says otherwise.
const TOLERATION_SECONDS: i64 = 300;

pub(super) fn tolerations(pod: &mut Pod) {
    let tolerations = pod.spec.get_or_insert_default().tolerations.get_or_insert_default();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = tolerations.iter().any(|toleration| {
            let of = toleration.key.as_deref().unwrap_or_default();
            let effect = toleration.effect.as_deref().unwrap_or_default();
            (of.is_empty() || of == key) && (effect.is_empty() || effect == "NoExecute")
        });
        if !tolerated {
            tolerations.push(Toleration {
                key: Some(key.into()),
                operator: Some("Exists".into()),
                effect: Some("NoExecute".into()),
                toleration_seconds: Some(TOLERATION_SECONDS),
                value: None,
            });
        }
    }
}

/// What admission gave a Pod stays, where the new text is silent.
pub(super) fn keep(before: &Pod, after: &mut Pod) {
    let (Some(old), Some(new)) = (&before.spec, &mut after.spec) else { return };
    new.priority = new.priority.or(old.priority);
    if new.preemption_policy.is_none() {
        new.preemption_policy.clone_from(&old.preemption_policy);
    }
    if new.service_account_name.is_none() {
        new.service_account_name.clone_from(&old.service_account_name);
        new.service_account.clone_from(&old.service_account);
    }
}

pub(super) fn priority(
    objects: &Snapshot,
    pod: &mut Pod,
    reference: &ObjectRef,
) -> Result<(), Refusal> {
    let spec = pod.spec.get_or_insert_default();
    let name = spec.priority_class_name.clone().unwrap_or_default();
    let (priority, preemption) = match name.as_str() {
        "" => match default_class(objects) {
            Some((name, priority, preemption)) => {
                spec.priority_class_name = Some(name);
                (priority, preemption)
            }
            None => (0, "PreemptLowerPriority".to_owned()),
        },
        "system-cluster-critical" => (2_000_000_000, "PreemptLowerPriority".to_owned()),
        "system-node-critical" => (2_000_001_000, "PreemptLowerPriority".to_owned()),
        name => {
            let class = objects
                .objects_of(Kind::PriorityClass)
                .find(|class| class.name() == name)
                .and_then(|class| priority_of(class));
            class.ok_or_else(|| {
                Refusal::forbidden(
                    reference.clone(),
                    format!("no PriorityClass with name {name} was found"),
                )
            })?
        }
    };
    if let Some(written) = spec.priority.filter(|&written| written != priority) {
        return Err(Refusal::forbidden(
            reference.clone(),
            format!(
                "the integer value of priority ({written}) must not be provided in pod spec; priority \
                 admission controller computed {priority} from the given PriorityClass name"
            ),
        ));
    }
    spec.priority = Some(priority);
    spec.preemption_policy.get_or_insert(preemption);
    Ok(())
}

pub(super) fn runtime_class(
    objects: &Snapshot,
    pod: &Pod,
    reference: &ObjectRef,
) -> Result<(), Refusal> {
    let Some(name) = pod.spec.as_ref().and_then(|spec| spec.runtime_class_name.as_deref()) else {
        return Ok(());
    };
    if objects.get(&ObjectRef::cluster(Kind::RuntimeClass, name)).is_some() {
        return Ok(());
    }
    Err(Refusal::forbidden(
        reference.clone(),
        format!("pod rejected: RuntimeClass \"{name}\" not found"),
    ))
}

/// The name, value and preemption policy of the global default class, if there is one.
fn default_class(objects: &Snapshot) -> Option<(String, i32, String)> {
    objects.objects_of(Kind::PriorityClass).find_map(|class| match &**class {
        Object::Other(other) if other.body.get("globalDefault") == Some(&Value::Bool(true)) => {
            let (priority, preemption) = priority_of(class)?;
            Some((class.name().to_owned(), priority, preemption))
        }
        _ => None,
    })
}

fn priority_of(class: &Object) -> Option<(i32, String)> {
    let Object::Other(other) = class else { return None };
    let value = other.body.get("value").and_then(Value::as_i64).unwrap_or(0);
    let preemption = other.body.get("preemptionPolicy").and_then(Value::as_str);
    Some((i32::try_from(value).ok()?, preemption.unwrap_or("PreemptLowerPriority").to_owned()))
}
