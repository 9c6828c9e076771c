//! What is lost when an object passes through Go's types: empty values that Go does not tell from absent
//! ones.
//!
//! Models the `omitempty` tags of `k8s.io/api`: an empty text, list or map, and a zero or false that is no
//! pointer, are gone once the API server has read them. Custom resources are not read into Go types, so
//! nothing is lost of them.

use manifest::{Kind, Object};
use serde_json::{Map, Value};

/// Texts that are pointers in Go, so that an empty one is kept: `(parent field, field)`, where an empty
/// parent stands for any.
const KEPT_TEXTS: &[(&str, &str)] = &[
    ("", "storageClassName"),
    ("", "ingressClassName"),
    ("", "pathType"),
    ("", "loadBalancerClass"),
    ("", "runtimeClassName"),
    ("", "appProtocol"),
    ("", "apiGroup"),
    ("", "ipFamilyPolicy"),
    ("", "internalTrafficPolicy"),
    ("", "trafficDistribution"),
    ("", "timeZone"),
    ("", "volumeMode"),
    ("", "mountPropagation"),
    ("hostPath", "type"),
    ("grpc", "service"),
];

/// Fields whose empty object is an empty map in Go, and so is lost.
const MAPS: &[&str] = &[
    "labels",
    "annotations",
    "matchLabels",
    "nodeSelector",
    "data",
    "binaryData",
    "stringData",
    "limits",
    "requests",
    "overhead",
    "capacity",
    "allocatable",
    "volumeAttributes",
    "options",
];

/// Numbers that are no pointers.
const PLAIN_NUMBERS: &[&str] = &[
    "initialDelaySeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
    "hostPort",
    "nodePort",
    "healthCheckNodePort",
    "minReadySeconds",
];

/// Truth values that are no pointers.
const PLAIN_BOOLEANS: &[&str] = &[
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "stdin",
    "stdinOnce",
    "tty",
    "paused",
    "unschedulable",
    "publishNotReadyAddresses",
];

/// The object without the empty values that Go would lose; as it was if it has none.
pub(crate) fn omit_empty(object: Object) -> Object {
    if matches!(
        object.kind(),
        Kind::GatewayClass | Kind::Gateway | Kind::HTTPRoute | Kind::ReferenceGrant
    ) || matches!(&object, Object::Other(other) if !other.kind.resource().group.is_empty())
    {
        return object;
    }
    let kind = object.kind();
    let Value::Object(mut json) = object.to_json() else { return object };
    if !prune(&mut json, "", kind) {
        return object;
    }
    Object::from_json(kind, Value::Object(json)).unwrap_or(object)
}

/// Removes what is lost from an object's fields; whether anything was.
fn prune(fields: &mut Map<String, Value>, parent: &str, kind: Kind) -> bool {
    let before = fields.len();
    let mut changed = false;
    fields.retain(|name, value| {
        let of_strings = MAPS.contains(&name.as_str())
            || (name == "selector" && kind == Kind::Service)
            || parent == "parameters";
        match value {
            Value::Null => false,
            Value::String(text) => {
                !text.is_empty()
                    || KEPT_TEXTS
                        .iter()
                        .any(|(of, field)| field == name && (of.is_empty() || *of == parent))
                    || (kind == Kind::EndpointSlice && parent == "ports" && name == "name")
            }
            Value::Array(items) => {
                for item in items.iter_mut() {
                    if let Value::Object(item) = item {
                        changed |= prune(item, name, kind);
                    }
                }
                !items.is_empty()
            }
            // A workload's selector that is written but empty holds an empty map, see `apply`.
            Value::Object(map) if of_strings => {
                !map.is_empty() || (name == "matchLabels" && parent == "selector")
            }
            Value::Object(inner) => {
                changed |= prune(inner, name, kind);
                true
            }
            Value::Number(number) => {
                let plain = PLAIN_NUMBERS.contains(&name.as_str())
                    || (name == "timeoutSeconds" && parent.ends_with("Probe"));
                !(plain && number.as_i64() == Some(0))
            }
            Value::Bool(value) => {
                let plain = PLAIN_BOOLEANS.contains(&name.as_str())
                    || (name == "readOnly" && parent != "azureDisk");
                *value || !plain
            }
        }
    });
    changed || fields.len() != before
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn empty_values_are_lost_and_pointers_kept() {
        let mut pod = json!({
            "metadata": {"labels": {}, "annotations": {"a": ""}},
            "spec": {
                "hostNetwork": false, "nodeName": "", "tolerations": [], "securityContext": {},
                "containers": [{"env": [{"name": "A", "value": ""}], "stdin": false}],
                "volumes": [{"hostPath": {"path": "/", "type": ""}}],
            },
        });
        assert!(prune(pod.as_object_mut().unwrap(), "", Kind::Pod));
        assert_eq!(
            pod,
            json!({
                "metadata": {"annotations": {"a": ""}},
                "spec": {
                    "securityContext": {},
                    "containers": [{"env": [{"name": "A"}]}],
                    "volumes": [{"hostPath": {"path": "/", "type": ""}}],
                },
            })
        );
    }
}
