//! A Kubernetes object of any kind, typed where Podhop gives the kind behaviour.

use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet},
    batch::v1::{CronJob, Job},
    core::v1::{
        ConfigMap, Endpoints, Event, Namespace, Node, Pod, Secret, Service, ServiceAccount,
    },
    discovery::v1::EndpointSlice,
    networking::v1::{Ingress, IngressClass, NetworkPolicy},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde_json::Value;

use crate::gateway::{Gateway, GatewayClass, HTTPRoute, ReferenceGrant};
use crate::{Kind, ObjectRef, Unfit, from_json, to_json};

/// An object of a kind that is stored and listed but has no behaviour.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// Its kind.
    pub kind: Kind,
    /// The `apiVersion` it was written in.
    pub api_version: String,
    /// Its metadata.
    pub metadata: ObjectMeta,
    /// Every other top-level field, as written.
    pub body: serde_json::Map<String, Value>,
}

macro_rules! objects {
    ($($kind:ident),+ $(,)?) => {
        /// A Kubernetes object.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, clippy::large_enum_variant)]
        pub enum Object { $($kind($kind),)+ Other(Other) }

        impl Object {
            /// The object's kind.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Object::$kind(_) => Kind::$kind,)+
                    Object::Other(other) => other.kind,
                }
            }

            /// The object's metadata.
            pub fn metadata(&self) -> &ObjectMeta {
                match self {
                    $(Object::$kind(object) => &object.metadata,)+
                    Object::Other(other) => &other.metadata,
                }
            }

            /// The object's metadata, to change.
            pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
                match self {
                    $(Object::$kind(object) => &mut object.metadata,)+
                    Object::Other(other) => &mut other.metadata,
                }
            }

            /// The object as JSON, with `apiVersion` and `kind`, as `-o json` shows it.
            pub fn to_json(&self) -> Value {
                match self {
                    $(Object::$kind(object) => to_json(object),)+
                    Object::Other(other) => {
                        let mut body = other.body.clone();
                        body.insert("apiVersion".into(), other.api_version.clone().into());
                        body.insert("kind".into(), other.kind.resource().kind.into());
                        body.insert("metadata".into(), to_json(&other.metadata));
                        Value::Object(body)
                    }
                }
            }

            /// Makes an object of a known kind of JSON.
            ///
            /// # Errors
            /// If the JSON does not fit the kind's types.
            pub fn deserialize(kind: Kind, json: Value) -> Result<Object, Unfit> {
                Ok(match kind {
                    $(Kind::$kind => Object::$kind(from_json(&json)?),)+
                    _ => {
                        let Value::Object(mut body) = json else { return Err(Unfit) };
                        let api_version = match body.remove("apiVersion") {
                            Some(Value::String(text)) => text,
                            _ => kind.resource().api_version(),
                        };
                        body.remove("kind");
                        let metadata = match body.remove("metadata") {
                            Some(metadata) => from_json(&metadata)?,
                            None => ObjectMeta::default(),
                        };
                        Object::Other(Other { kind, api_version, metadata, body })
                    }
                })
            }
        }

        $(
            impl From<$kind> for Object {
                fn from(object: $kind) -> Self { Object::$kind(object) }
            }

            impl Typed for $kind {
                const KIND: Kind = Kind::$kind;
                fn from_object(object: &Object) -> Option<&Self> {
                    match object { Object::$kind(object) => Some(object), _ => None }
                }
            }
        )+
    };
}

/// A kind that has a Rust type, so that the store can hand it out typed.
pub trait Typed: Clone + Into<Object> + 'static {
    /// The kind.
    const KIND: Kind;
    /// The object as this type, if it is of this kind.
    fn from_object(object: &Object) -> Option<&Self>;
}

objects! {
    Namespace, Node, Pod, Service, Endpoints, ConfigMap, Secret, ServiceAccount, Event,
    Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob, EndpointSlice,
    Ingress, IngressClass, NetworkPolicy, GatewayClass, Gateway, HTTPRoute, ReferenceGrant,
}

impl Object {
    /// The object as type `T`, if it is of that kind.
    pub fn as_typed<T: Typed>(&self) -> Option<&T> {
        T::from_object(self)
    }

    /// The object's `metadata.name`, empty if it has none yet.
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    /// The object's namespace, empty for cluster-scoped kinds.
    pub fn namespace(&self) -> &str {
        self.metadata().namespace.as_deref().unwrap_or_default()
    }

    /// The object's reference.
    pub fn reference(&self) -> ObjectRef {
        ObjectRef::new(self.kind(), self.namespace(), self.name())
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.metadata().labels.as_ref()?.get(key).map(String::as_str)
    }
}

/// Serialises as the object's JSON, with `apiVersion` and `kind`.
impl Serialize for Object {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}
