//! Patches on JSON: merge, strategic merge and RFC 6902.
//!
//! The strategic form knows the merge keys of the lists that people patch.
//! Models `k8s.io/apimachinery/pkg/util/strategicpatch`.

use serde_json::{Map, Value};

/// Merges a patch as RFC 7386 does.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    combine(target, patch, "", false);
}

/// Merges a patch as Kubernetes' own kinds are: lists of named things by their name.
pub(super) fn strategic(target: &mut Value, patch: &Value) {
    combine(target, patch, "", true);
}

/// Applies the operations of a JSON patch.
///
/// # Errors
/// A sentence about the first that cannot be applied.
pub(super) fn operations(target: &mut Value, patch: &Value) -> Result<(), String> {
    for operation in patch.as_array().into_iter().flatten() {
        let path = operation["path"].as_str().unwrap_or_default();
        match operation["op"].as_str().unwrap_or_default() {
            "add" => add(target, path, operation["value"].clone())?,
            "replace" => {
                *target.pointer_mut(path).ok_or_else(|| missing("replace", path))? =
                    operation["value"].clone();
            }
            "remove" => {
                remove(target, path)?;
            }
            "test" => {
                if target.pointer(path) != Some(&operation["value"]) {
                    return Err(format!("testing value {path} failed: test failed"));
                }
            }
            "copy" | "move" => {
                let from = operation["from"].as_str().unwrap_or_default();
                let value = target.pointer(from).cloned().ok_or_else(|| missing("copy", from))?;
                if operation["op"] == "move" {
                    remove(target, from)?;
                }
                add(target, path, value)?;
            }
            other => return Err(format!("Unexpected kind: {other}")),
        }
    }
    Ok(())
}

fn missing(operation: &str, path: &str) -> String {
    format!("{operation} operation does not apply: doc is missing path: {path}: missing value")
}

fn add(target: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let (parent, last) = path.rsplit_once('/').ok_or_else(|| missing("add", path))?;
    let parent = target.pointer_mut(parent).ok_or_else(|| missing("add", path))?;
    let last = last.replace("~1", "/").replace("~0", "~");
    match parent {
        Value::Object(map) => {
            map.insert(last, value);
        }
        Value::Array(list) => {
            let at = if last == "-" { Ok(list.len()) } else { last.parse() };
            let at = at.ok().filter(|at: &usize| *at <= list.len());
            list.insert(at.ok_or_else(|| missing("add", path))?, value);
        }
        _ => return Err(missing("add", path)),
    }
    Ok(())
}

fn remove(target: &mut Value, path: &str) -> Result<(), String> {
    let (parent, last) = path.rsplit_once('/').ok_or_else(|| missing("remove", path))?;
    let last = last.replace("~1", "/").replace("~0", "~");
    let removed = match target.pointer_mut(parent) {
        Some(Value::Object(map)) => map.remove(&last),
        Some(Value::Array(list)) => {
            last.parse().ok().filter(|at: &usize| *at < list.len()).map(|at| list.remove(at))
        }
        _ => None,
    };
    removed.map(|_| ()).ok_or_else(|| missing("remove", path))
}

fn combine(target: &mut Value, patch: &Value, field: &str, by_name: bool) {
    match (target, patch) {
        (Value::Object(old), Value::Object(new))
            if new.get("$patch") == Some(&"replace".into()) =>
        {
            *old = new.clone();
            old.remove("$patch");
        }
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                if value.is_null() {
                    old.remove(key);
                } else if let Some(existing) = old.get_mut(key) {
                    combine(existing, value, key, by_name);
                } else {
                    let mut fresh =
                        if value.is_object() { Value::Object(Map::new()) } else { value.clone() };
                    if value.is_object() {
                        combine(&mut fresh, value, key, by_name);
                    }
                    old.insert(key.clone(), fresh);
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if by_name && merge_key(field, new).is_some() => {
            let key = merge_key(field, new).unwrap_or_default();
            for item in new {
                let same = old.iter().position(|existing| existing[key] == item[key]);
                match (same, item.get("$patch") == Some(&"delete".into())) {
                    (Some(at), true) => {
                        old.remove(at);
                    }
                    (None, true) => {}
                    (Some(at), false) => combine(&mut old[at], item, field, by_name),
                    (None, false) => old.push(item.clone()),
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

/// The field by which a list's items are told apart.
fn merge_key(field: &str, items: &[Value]) -> Option<&'static str> {
    let has = |key: &str| items.iter().all(|item| item.get(key).is_some());
    let key = match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets" => "name",
        "ports" if has("containerPort") => "containerPort",
        "ports" => "port",
        "volumeMounts" => "mountPath",
        "conditions" => "type",
        "addresses" => "type",
        "ownerReferences" => "uid",
        "hostAliases" => "ip",
        "taints" => "key",
        _ => return None,
    };
    has(key).then_some(key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn merges_lists_by_name() {
        let mut pod =
            json!({ "spec": { "containers": [{ "name": "a", "image": "x" }, { "name": "b" }] } });
        strategic(&mut pod, &json!({ "spec": { "containers": [{ "name": "a", "image": "y" }] } }));
        assert_eq!(
            pod["spec"]["containers"],
            json!([{ "name": "a", "image": "y" }, { "name": "b" }])
        );
        merge(&mut pod, &json!({ "spec": { "containers": [], "x": null } }));
        assert_eq!(pod["spec"], json!({ "containers": [] }));
    }

    #[test]
    fn applies_operations() {
        let mut value = json!({ "a": [1, 2], "b": { "c": 1 } });
        let patch = json!([
            { "op": "add", "path": "/a/-", "value": 3 },
            { "op": "replace", "path": "/b/c", "value": 2 },
            { "op": "remove", "path": "/a/0" },
        ]);
        operations(&mut value, &patch).unwrap();
        assert_eq!(value, json!({ "a": [2, 3], "b": { "c": 2 } }));
        assert!(operations(&mut value, &json!([{ "op": "remove", "path": "/x" }])).is_err());
    }
}
