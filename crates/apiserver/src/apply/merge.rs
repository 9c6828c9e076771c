//! The three-way strategic merge.
//!
//! Models `k8s.io/apimachinery/pkg/util/strategicpatch` (`CreateThreeWayMergePatch` and
//! `StrategicMergePatch`), in one step: what `modified` says is taken, what `original` said and
//! `modified` no longer says is removed, anything else stays. Custom resources are merged as
//! `jsonmergepatch` does: their lists are replaced.

use manifest::Kind;
use serde_json::{Map, Value};

use super::is_custom;

/// Lists whose items are told apart by a field, by the list's name.
const MERGE_KEYS: &[(&str, &str)] = &[
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("volumes", "name"),
    ("env", "name"),
    ("imagePullSecrets", "name"),
    ("secrets", "name"),
    ("schedulingGates", "name"),
    ("resourceClaims", "name"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("conditions", "type"),
    ("ownerReferences", "uid"),
];

/// Where in an object the merge is.
#[derive(Clone, Copy)]
struct Place<'a> {
    kind: Kind,
    /// The field's name, or the list's for its items.
    field: &'a str,
    /// The name of the field around it.
    parent: &'a str,
    /// Whether what `original` and `modified` say alike stays as it is stored.
    by_difference: bool,
}

/// The object that applying `modified` to `current` makes, if `original` was applied before.
pub(super) fn three_way(
    kind: Kind,
    original: Option<&Value>,
    modified: &Value,
    current: &Value,
) -> Value {
    let root = Place { kind, field: "", parent: "", by_difference: false };
    let empty = Map::new();
    let original = original.and_then(Value::as_object).unwrap_or(&empty);
    match (modified.as_object(), current.as_object()) {
        (Some(modified), Some(current)) => Value::Object(maps(root, original, modified, current)),
        _ => modified.clone(),
    }
}

/// The object that the difference from `original` to `modified` makes of `current`.
pub(super) fn difference(kind: Kind, original: &Value, modified: &Value, current: &Value) -> Value {
    let root = Place { kind, field: "", parent: "", by_difference: true };
    match (original.as_object(), modified.as_object(), current.as_object()) {
        (Some(original), Some(modified), Some(current)) => {
            Value::Object(maps(root, original, modified, current))
        }
        _ => modified.clone(),
    }
}

fn maps(
    place: Place<'_>,
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    current: &Map<String, Value>,
) -> Map<String, Value> {
    let mut merged = current.clone();
    for name in original.keys().filter(|name| !modified.contains_key(*name)) {
        merged.remove(name);
    }
    if retains_keys(place) {
        merged.retain(|name, _| modified.contains_key(name));
    }
    for (name, wanted) in modified {
        if place.by_difference && original.get(name) == Some(wanted) {
            continue;
        }
        if wanted.is_null() {
            merged.remove(name);
            continue;
        }
        let inner = Place { field: name, parent: place.field, ..place };
        let value = match (wanted, current.get(name)) {
            (Value::Object(wanted), Some(Value::Object(stored))) => {
                let empty = Map::new();
                let before = original.get(name).and_then(Value::as_object).unwrap_or(&empty);
                Value::Object(maps(inner, before, wanted, stored))
            }
            (Value::Array(wanted), Some(Value::Array(stored))) => {
                let before = original.get(name).and_then(Value::as_array);
                Value::Array(lists(inner, before.map_or(&[], Vec::as_slice), wanted, stored))
            }
            (Value::Object(wanted), _) => Value::Object(without_nulls(wanted)),
            (wanted, _) => wanted.clone(),
        };
        merged.insert(name.clone(), value);
    }
    merged
}

fn lists(
    place: Place<'_>,
    original: &[Value],
    modified: &[Value],
    current: &[Value],
) -> Vec<Value> {
    if place.field == "finalizers" && !is_custom(place.kind) {
        let mut merged: Vec<Value> = current
            .iter()
            .filter(|item| modified.contains(item) || !original.contains(item))
            .cloned()
            .collect();
        merged.extend(modified.iter().filter(|item| !current.contains(item)).cloned());
        return merged;
    }
    let Some(key) = merge_key(place) else { return modified.to_vec() };
    let unique = |items: &[Value]| {
        items.iter().enumerate().all(|(index, item)| {
            item.get(key)
                .is_some_and(|value| !items[..index].iter().any(|one| one.get(key) == Some(value)))
        })
    };
    if !unique(modified) || !unique(current) {
        return modified.to_vec();
    }
    let find = |items: &[Value], item: &Value| {
        items.iter().position(|other| other.get(key) == item.get(key))
    };
    let mut wanted = modified.iter().map(|item| {
        let merged = match (item, find(current, item).map(|index| &current[index])) {
            (Value::Object(wanted), Some(Value::Object(stored))) => {
                let empty = Map::new();
                let before = find(original, item)
                    .and_then(|index| original[index].as_object())
                    .unwrap_or(&empty);
                Value::Object(maps(place, before, wanted, stored))
            }
            _ => item.clone(),
        };
        (find(current, item), merged)
    });
    // Items that only the server knows stay, in their order relative to the others.
    let mut kept = current
        .iter()
        .enumerate()
        .filter(|(_, item)| find(modified, item).is_none() && find(original, item).is_none())
        .peekable();
    let mut merged = Vec::new();
    for (position, item) in wanted.by_ref() {
        while let (Some(position), Some((index, _))) = (position, kept.peek())
            && *index < position
        {
            merged.extend(kept.next().map(|(_, item)| item.clone()));
        }
        merged.push(item);
    }
    merged.extend(kept.map(|(_, item)| item.clone()));
    merged
}

fn merge_key(place: Place<'_>) -> Option<&'static str> {
    if is_custom(place.kind) {
        return None;
    }
    if place.field == "ports" {
        return match (place.kind, place.parent) {
            (Kind::Service, "spec") => Some("port"),
            (_, "containers" | "initContainers" | "ephemeralContainers") => Some("containerPort"),
            _ => None,
        };
    }
    MERGE_KEYS.iter().find(|(list, _)| *list == place.field).map(|(_, key)| *key)
}

/// Whether keys that are no longer written go, because they are alternatives of each other.
fn retains_keys(place: Place<'_>) -> bool {
    !is_custom(place.kind)
        && (matches!(place.field, "volumes" | "resourceClaims")
            || (place.kind == Kind::Deployment && place.field == "strategy"))
}

fn without_nulls(fields: &Map<String, Value>) -> Map<String, Value> {
    fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let value = match value {
                Value::Object(inner) => Value::Object(without_nulls(inner)),
                other => other.clone(),
            };
            (name.clone(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn containers_merge_by_name_and_what_was_dropped_goes() {
        let original = json!({"spec": {"paused": true, "containers": [{"name": "a", "image": "1"}, {"name": "b"}]}});
        let modified = json!({"spec": {"containers": [{"name": "a", "image": "2"}]}});
        let current = json!({"spec": {"paused": true, "containers": [
            {"name": "a", "image": "1", "imagePullPolicy": "Always"}, {"name": "b"}, {"name": "injected"},
        ]}});
        assert_eq!(
            three_way(Kind::Pod, Some(&original), &modified, &current),
            json!({"spec": {"containers": [
                {"name": "a", "image": "2", "imagePullPolicy": "Always"}, {"name": "injected"},
            ]}})
        );
    }

    #[test]
    fn only_the_difference_between_two_texts_is_sent() {
        let opened = json!({"data": {"a": "1", "b": "2"}, "spec": {"replicas": 3}});
        let saved = json!({"data": {"a": "1", "c": "3"}, "spec": {"replicas": 3}});
        let current = json!({"data": {"a": "1", "b": "2"}, "spec": {"replicas": 5}});
        assert_eq!(
            difference(Kind::Deployment, &opened, &saved, &current),
            json!({"data": {"a": "1", "c": "3"}, "spec": {"replicas": 5}})
        );
    }

    #[test]
    fn a_strategy_keeps_only_the_keys_it_names() {
        let modified = json!({"spec": {"strategy": {"type": "Recreate"}}});
        let current = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        assert_eq!(three_way(Kind::Deployment, None, &modified, &current), modified);
    }

    #[test]
    fn lists_of_custom_resources_are_replaced() {
        let modified = json!({"spec": {"listeners": [{"name": "a"}]}});
        let current = json!({"spec": {"listeners": [{"name": "b"}], "x": 1}});
        let merged = three_way(Kind::Gateway, None, &modified, &current);
        assert_eq!(merged, json!({"spec": {"listeners": [{"name": "a"}], "x": 1}}));
    }
}
