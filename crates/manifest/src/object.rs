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
use crate::reflect::{self, Mismatch, Reflect};
use crate::{Kind, ObjectRef};

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

impl Reflect for Other {
    fn blank() -> Self {
        Self {
            kind: Kind::APIService,
            api_version: String::new(),
            metadata: ObjectMeta::default(),
            body: serde_json::Map::new(),
        }
    }

    fn to_json(&self) -> Option<Value> {
        let mut body = self.body.clone();
        body.insert("metadata".into(), reflect::to_json(&self.metadata));
        Some(Value::Object(body))
    }

    fn read_json(&mut self, json: Value) -> Result<(), Mismatch> {
        let Value::Object(mut body) = json else { return Err(Mismatch::new("an object")) };
        self.api_version = match body.remove("apiVersion") {
            Some(Value::String(text)) => text,
            _ => self.kind.resource().api_version(),
        };
        body.remove("kind");
        self.metadata.read_json(body.remove("metadata").unwrap_or_default())?;
        self.body = body;
        Ok(())
    }
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

            /// The object's fields, seen without knowing its kind.
            fn reflect(&self) -> &dyn Reflect {
                match self {
                    $(Object::$kind(object) => object,)+
                    Object::Other(other) => other,
                }
            }

            /// An object of the kind, without content.
            fn blank(kind: Kind) -> Object {
                match kind {
                    $(Kind::$kind => Object::$kind($kind::blank()),)+
                    kind => Object::Other(Other { kind, ..Other::blank() }),
                }
            }

            fn reflect_mut(&mut self) -> &mut dyn Reflect {
                match self {
                    $(Object::$kind(object) => object,)+
                    Object::Other(other) => other,
                }
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

/// Adds what Go writes though no field says it.
fn complete(kind: Kind, json: &mut Value) {
    if kind == Kind::EndpointSlice {
        for list in ["endpoints", "ports"] {
            if json.get(list).is_none() {
                json[list] = Value::Null;
            }
        }
    }
    if kind == Kind::StatefulSet
        && let Some(Value::Array(claims)) = json.pointer_mut("/spec/volumeClaimTemplates")
    {
        for claim in claims {
            claim["apiVersion"] = "v1".into();
            claim["kind"] = "PersistentVolumeClaim".into();
        }
    }
}

impl Object {
    /// The object as JSON, with `apiVersion` and `kind`, as `-o json` shows it.
    pub fn to_json(&self) -> Value {
        let mut json = reflect::to_json(self.reflect());
        let kind = self.kind();
        let api_version = match self {
            Object::Other(other) => other.api_version.clone(),
            _ => kind.resource().api_version(),
        };
        json["apiVersion"] = api_version.into();
        json["kind"] = kind.resource().kind.into();
        complete(kind, &mut json);
        json
    }

    /// An object of a known kind from JSON; what its type does not have is passed over.
    ///
    /// # Errors
    /// If the JSON does not fit the kind's types.
    pub fn from_json(kind: Kind, json: Value) -> Result<Object, Mismatch> {
        let mut object = Object::blank(kind);
        object.reflect_mut().read_json(json)?;
        Ok(object)
    }

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
