//! JSON to Kubernetes types and back, without a serde implementation for each of them.
//!
//! The types are those of `k8s-openapi`. Its own `Serialize` and `Deserialize` are generic, and what
//! the compiler makes of them for two dozen kinds is a quarter of the page's WebAssembly. Here each
//! type only lists its fields, and one loop walks the list. The result is the same JSON: absent
//! options are left out, `null` means absent, unknown fields are passed over.

mod fields_apps;
mod fields_batch;
mod fields_core;
mod fields_core_n_to_z;
mod fields_discovery;
mod fields_networking;
mod fields_pkg;
mod leaf;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

/// A value that can be read from JSON and written to it.
pub trait Reflect {
    /// A value to read into.
    fn blank() -> Self
    where
        Self: Sized;

    /// The value as JSON; nothing for an absent option.
    fn to_json(&self) -> Option<Value>;

    /// Takes the value from JSON.
    ///
    /// # Errors
    /// If the JSON is of another type; what was read before stays.
    fn read_json(&mut self, json: Value) -> Result<(), Mismatch>;
}

/// JSON that does not fit a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The path of fields, innermost first.
    path: Vec<String>,
    /// What the field takes.
    expected: &'static str,
}

impl Mismatch {
    /// A value that should have been `expected`.
    pub fn new(expected: &'static str) -> Self {
        Self { path: Vec::new(), expected }
    }

    fn within(mut self, field: impl Into<String>) -> Self {
        self.path.push(field.into());
        self
    }
}

/// Writes `spec.ports.0.port: expected an integer`.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
        write!(f, "{}: expected {}", path.join("."), self.expected)
    }
}

impl std::error::Error for Mismatch {}

/// A type with named fields.
pub trait Fields {
    /// The fields' names in JSON.
    fn names(&self) -> &'static [&'static str];
    /// The field at a position of `names`.
    fn field(&self, position: usize) -> &dyn Reflect;
    /// The field at a position of `names`, to change.
    fn field_mut(&mut self, position: usize) -> &mut dyn Reflect;
}

/// Lists the fields of a type, each with its name in JSON.
macro_rules! reflect {
    ($first:ident $(:: $rest:ident)*: $($field:ident $json:tt,)*) => {
        reflect! { type (k8s_openapi::$first $(::$rest)*): $($field $json,)* }
    };
    (type ($type:path): $($field:ident $json:tt,)*) => {
        const _: () = {
            type Type = $type;

            #[allow(unused_mut, unused_assignments, unused_variables)]
            impl $crate::reflect::Fields for Type {
                fn names(&self) -> &'static [&'static str] {
                    &[$($json),*]
                }

                fn field(&self, position: usize) -> &dyn $crate::reflect::Reflect {
                    let mut left = position;
                    $(
                        if left == 0 {
                            return &self.$field;
                        }
                        left -= 1;
                    )*
                    &()
                }

                fn field_mut(&mut self, position: usize) -> &mut dyn $crate::reflect::Reflect {
                    let mut left = position;
                    $(
                        if left == 0 {
                            return &mut self.$field;
                        }
                        left -= 1;
                    )*
                    $crate::reflect::nothing()
                }
            }

            impl $crate::reflect::Reflect for Type {
                fn blank() -> Self {
                    Self { $($field: $crate::reflect::Reflect::blank(),)* }
                }

                fn to_json(&self) -> Option<serde_json::Value> {
                    Some($crate::reflect::fields_to_json(self))
                }

                fn read_json(&mut self, json: serde_json::Value) -> Result<(), $crate::reflect::Mismatch> {
                    $crate::reflect::read_fields(self, json)
                }
            }
        };
    };
}
pub(crate) use reflect;

/// The JSON of any type that lists its fields.
pub(crate) fn fields_to_json(value: &dyn Fields) -> Value {
    let mut object = Map::new();
    for (position, name) in value.names().iter().enumerate() {
        if let Some(json) = value.field(position).to_json() {
            object.insert((*name).to_owned(), json);
        }
    }
    Value::Object(object)
}

/// Reads any type that lists its fields; fields it does not list are passed over.
pub(crate) fn read_fields(value: &mut dyn Fields, json: Value) -> Result<(), Mismatch> {
    let object = match json {
        Value::Object(object) => object,
        Value::Null => return Ok(()),
        _ => return Err(Mismatch::new("an object")),
    };
    for (key, json) in object {
        let position = value.names().iter().position(|name| *name == key);
        if let Some(position) = position {
            value.field_mut(position).read_json(json).map_err(|mismatch| mismatch.within(key))?;
        }
    }
    Ok(())
}

/// What a position beyond the last field holds.
pub(crate) fn nothing() -> &'static mut dyn Reflect {
    Box::leak(Box::new(()))
}

impl Reflect for () {
    fn blank() {}

    fn to_json(&self) -> Option<Value> {
        None
    }

    fn read_json(&mut self, _: Value) -> Result<(), Mismatch> {
        Ok(())
    }
}

impl<T: Reflect> Reflect for Option<T> {
    fn blank() -> Self {
        Self::default()
    }

    fn to_json(&self) -> Option<Value> {
        self.as_ref()?.to_json()
    }

    fn read_json(&mut self, json: Value) -> Result<(), Mismatch> {
        if json.is_null() {
            *self = None;
            return Ok(());
        }
        self.insert(T::blank()).read_json(json)
    }
}

impl<T: Reflect> Reflect for Vec<T> {
    fn blank() -> Self {
        Self::default()
    }

    fn to_json(&self) -> Option<Value> {
        Some(Value::Array(self.iter().map(|item| item.to_json().unwrap_or_default()).collect()))
    }

    fn read_json(&mut self, json: Value) -> Result<(), Mismatch> {
        self.clear();
        read_items(json, &mut |item| {
            self.push(T::blank());
            let last = self.len() - 1;
            self[last].read_json(item)
        })
    }
}

impl<T: Reflect> Reflect for BTreeMap<String, T> {
    fn blank() -> Self {
        Self::default()
    }

    fn to_json(&self) -> Option<Value> {
        let entries =
            self.iter().map(|(key, value)| (key.clone(), value.to_json().unwrap_or_default()));
        Some(Value::Object(entries.collect()))
    }

    fn read_json(&mut self, json: Value) -> Result<(), Mismatch> {
        self.clear();
        let object = match json {
            Value::Object(object) => object,
            Value::Null => return Ok(()),
            _ => return Err(Mismatch::new("a map")),
        };
        for (key, json) in object {
            let entry = self.entry(key.clone()).or_insert_with(T::blank);
            entry.read_json(json).map_err(|mismatch| mismatch.within(key))?;
        }
        Ok(())
    }
}

fn read_items(
    json: Value,
    read: &mut dyn FnMut(Value) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    let items = match json {
        Value::Array(items) => items,
        Value::Null => return Ok(()),
        _ => return Err(Mismatch::new("a list")),
    };
    for (position, item) in items.into_iter().enumerate() {
        read(item).map_err(|mismatch| mismatch.within(position.to_string()))?;
    }
    Ok(())
}

/// The JSON of a Kubernetes value.
pub fn to_json(value: &dyn Reflect) -> Value {
    value.to_json().unwrap_or_default()
}

/// A Kubernetes value from JSON.
///
/// # Errors
/// If the JSON does not fit the type.
pub fn from_json<T: Reflect>(json: Value) -> Result<T, Mismatch> {
    let mut value = T::blank();
    value.read_json(json)?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::json;

    use super::*;

    #[test]
    fn agrees_with_serde_both_ways() {
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "web", "labels": {"app": "web"},
                "creationTimestamp": "2026-04-22T09:00:00Z",
                "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}],
            },
            "spec": {
                "containers": [{
                    "name": "web", "image": "nginx",
                    "ports": [{"containerPort": 80}],
                    "resources": {"requests": {"cpu": "100m"}},
                    "livenessProbe": {"httpGet": {"port": "http", "path": "/"}},
                    "readinessProbe": {"tcpSocket": {"port": 80}},
                    "securityContext": {"runAsUser": 1000, "readOnlyRootFilesystem": true},
                }],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
                "unknown": 1,
                "nodeName": null,
            },
            "status": {"startTime": "2026-04-22T09:00:01Z", "podIPs": [{"ip": "10.244.1.10"}]},
        });
        let by_serde: Pod = serde_json::from_value(pod.clone()).expect("serde reads it");
        let by_fields: Pod = from_json(pod).expect("it is well formed");
        assert_eq!(by_fields, by_serde);
        let mut json = to_json(&by_fields);
        json["apiVersion"] = "v1".into();
        json["kind"] = "Pod".into();
        assert_eq!(json, serde_json::to_value(&by_serde).expect("serde writes it"));
    }

    #[test]
    fn a_mismatch_names_its_place() {
        let error = from_json::<Deployment>(json!({"spec": {"replicas": "three"}}));
        let error = error.expect_err("`replicas` is a number");
        assert_eq!(error.to_string(), "spec.replicas: expected an integer");
    }
}
