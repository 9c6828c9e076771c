//! The walk over a document, as Go's decoder walks over its JSON.
//!
//! Models `sigs.k8s.io/json`: keys in byte order; the first wrong type is kept and the walk goes on;
//! a type that decodes itself (`Quantity`, `Time`, `IntOrString`) ends it at once; unknown fields
//! are told only if nothing else was wrong.

use serde_json::{Map, Value};

use super::{TypeMismatch, UnknownField, base64, time};
use crate::quantity::Quantity;
use crate::schema::{self, FieldType, Struct};
use crate::yaml::{Content, Node, go_float};
use crate::{FieldPath, Segment};

/// What stands under `metadata` of every object.
static METADATA: FieldType = FieldType::Struct("apimachinery.pkg.apis.meta.v1.ObjectMeta");

/// As many strict errors as upstream collects.
const MAX_STRICT: usize = 100;

/// What a walk found.
pub enum Failure {
    /// A wrong type or form.
    Mismatch(TypeMismatch),
    /// Unknown fields.
    Unknown(Vec<UnknownField>),
}

/// A walk under way.
pub struct Walk {
    path: FieldPath,
    /// What Go has noted of the way: embedded structs and fields, no items.
    stack: Vec<&'static str>,
    /// The struct whose field is being read.
    owner: &'static str,
    first: Option<TypeMismatch>,
    last_word: Option<TypeMismatch>,
    unknown: Vec<UnknownField>,
}

/// A type that decodes itself refused its value.
struct Refused;

impl Walk {
    /// A walk that is at the root.
    pub fn new() -> Self {
        Self {
            path: FieldPath::root(),
            stack: Vec::new(),
            owner: "",
            first: None,
            last_word: None,
            unknown: Vec::new(),
        }
    }

    /// Walks over a document; what it returns counts only if [`Walk::finish`] has nothing to say.
    pub fn root(&mut self, owner: &'static Struct, node: &Node) -> Value {
        self.structure(owner, node).unwrap_or(Value::Null)
    }

    /// Walks over the metadata of a document only, as `kubectl` does before it asks a server.
    pub fn metadata(&mut self, node: &Node) {
        let Some(metadata) = node.get("metadata").filter(|metadata| !metadata.is_null()) else {
            return;
        };
        self.owner = "metadataOnlyObject";
        self.stack.push("metadata");
        self.path = FieldPath::of("metadata");
        // A refusal is kept in the walk.
        let _ = self.value(&METADATA, metadata);
        self.unknown.clear();
    }

    /// What was wrong, by upstream's precedence.
    pub fn finish(self) -> Option<Failure> {
        let mismatch = self.last_word.or(self.first).map(Failure::Mismatch);
        mismatch.or_else(|| (!self.unknown.is_empty()).then_some(Failure::Unknown(self.unknown)))
    }

    fn structure(&mut self, owner: &'static Struct, node: &Node) -> Result<Value, Refused> {
        let Some(entries) = node.entries() else {
            return Ok(self.wrong(node, &FieldType::Struct(owner.name)));
        };
        let outer = self.owner;
        let mut json = Map::new();
        for (key, entry) in entries {
            let Some((name, field)) = owner.fields.get_key_value(key.as_str()) else {
                if self.unknown.len() < MAX_STRICT {
                    self.unknown.push(UnknownField {
                        path: self.path.child_named(key),
                        span: entry.key_span,
                        owner: owner.name,
                    });
                }
                continue;
            };
            self.owner = owner.go_name();
            let depth = self.stack.len();
            self.stack.extend(field.embedded);
            self.stack.push(name);
            self.path.0.push(Segment::Field((*name).to_owned()));
            if !entry.value.is_null() {
                json.insert(key.clone(), self.value(&field.holds, &entry.value)?);
            }
            self.path.0.pop();
            self.stack.truncate(depth);
            self.owner = outer;
        }
        Ok(Value::Object(json))
    }

    fn value(&mut self, holds: &'static FieldType, node: &Node) -> Result<Value, Refused> {
        if node.is_null() {
            return Ok(zero(holds));
        }
        Ok(match (holds, &node.content) {
            (FieldType::String(_), Content::String(text)) => Value::from(text.as_str()),
            (FieldType::Bool, Content::Bool(value)) => Value::from(*value),
            (FieldType::Int32, Content::Int(value)) if i32::try_from(*value).is_ok() => {
                Value::from(*value)
            }
            (FieldType::Int64, Content::Int(value)) => Value::from(*value),
            (FieldType::Int32 | FieldType::Int64, Content::Int(_) | Content::Float(_)) => {
                self.wrong_number(node, holds)
            }
            (FieldType::Float, Content::Int(_) | Content::Float(_)) => node.to_json(),
            (FieldType::Bytes, Content::String(text)) => match base64::canonical(text) {
                Ok(text) => Value::from(text),
                Err(offset) => {
                    self.note(node, format!("illegal base64 data at input byte {offset}"), holds)
                }
            },
            (FieldType::Any, _) => node.to_json(),
            (FieldType::Time | FieldType::MicroTime, Content::String(text)) => {
                match time::check(text, matches!(holds, FieldType::MicroTime)) {
                    Ok(text) => Value::from(text),
                    Err(sentence) => return self.refuse(node, sentence, "string"),
                }
            }
            (FieldType::Time | FieldType::MicroTime, _) => return self.refuse_type(node, "string"),
            (FieldType::Quantity, content) => {
                let text = match content {
                    Content::String(text) => text.clone(),
                    Content::Int(value) => value.to_string(),
                    Content::Float(value) => go_float(*value),
                    Content::Null
                    | Content::Bool(_)
                    | Content::Sequence(_)
                    | Content::Mapping(_) => "?".into(),
                };
                match Quantity::parse(text.trim()) {
                    Ok(quantity) => Value::from(quantity.to_string()),
                    Err(error) => return self.refuse(node, error.to_string(), "resource.Quantity"),
                }
            }
            (FieldType::IntOrString, Content::String(text)) => Value::from(text.as_str()),
            (FieldType::IntOrString, Content::Int(value)) if i32::try_from(*value).is_ok() => {
                Value::from(*value)
            }
            (FieldType::IntOrString, _) => return self.refuse_type(node, "int32"),
            (FieldType::Struct(name), _) => match schema::definition(name) {
                Some(owner) => self.structure(owner, node)?,
                None => node.to_json(),
            },
            (FieldType::List(item), Content::Sequence(items)) => {
                let mut json = Vec::with_capacity(items.len());
                for (index, node) in items.iter().enumerate() {
                    self.path.0.push(Segment::Index(index));
                    json.push(self.value(item, node)?);
                    self.path.0.pop();
                }
                Value::Array(json)
            }
            (FieldType::Map(_, value), Content::Mapping(entries)) => {
                let mut json = Map::new();
                for (key, entry) in entries {
                    self.path.0.push(Segment::Key(key.clone()));
                    json.insert(key.clone(), self.value(value, &entry.value)?);
                    self.path.0.pop();
                }
                Value::Object(json)
            }
            (
                FieldType::String(_)
                | FieldType::Bool
                | FieldType::Int32
                | FieldType::Int64
                | FieldType::Float
                | FieldType::Bytes
                | FieldType::List(_)
                | FieldType::Map(..),
                _,
            ) => self.wrong(node, holds),
        })
    }

    /// A value of a wrong type; the walk goes on.
    fn wrong(&mut self, node: &Node, holds: &FieldType) -> Value {
        let sentence = self.cannot(go_kind(node), &holds.go_type());
        self.note(node, sentence, holds)
    }

    /// A number that is too large, or has a fraction.
    fn wrong_number(&mut self, node: &Node, holds: &FieldType) -> Value {
        let sentence = self.cannot(&format!("number {}", number(node)), &holds.go_type());
        self.note(node, sentence, holds)
    }

    fn note(&mut self, node: &Node, sentence: String, holds: &FieldType) -> Value {
        let mismatch = self.mismatch(node, sentence, holds.go_type());
        self.first.get_or_insert(mismatch);
        Value::Null
    }

    /// A value that a type which decodes itself does not take; the walk ends.
    fn refuse(&mut self, node: &Node, sentence: String, wanted: &str) -> Result<Value, Refused> {
        self.last_word = Some(self.mismatch(node, sentence, wanted.to_owned()));
        Err(Refused)
    }

    fn refuse_type(&mut self, node: &Node, wanted: &str) -> Result<Value, Refused> {
        let kind = match node.content {
            Content::Int(_) | Content::Float(_) if wanted == "int32" => {
                format!("number {}", number(node))
            }
            _ => go_kind(node).to_owned(),
        };
        let sentence = self.cannot(&kind, wanted);
        self.refuse(node, sentence, wanted)
    }

    fn cannot(&self, kind: &str, wanted: &str) -> String {
        if self.stack.is_empty() {
            return format!("json: cannot unmarshal {kind} into Go value of type {wanted}");
        }
        format!(
            "json: cannot unmarshal {kind} into Go struct field {}.{} of type {wanted}",
            self.owner,
            self.stack.join(".")
        )
    }

    fn mismatch(&self, node: &Node, sentence: String, wanted: String) -> TypeMismatch {
        TypeMismatch { sentence, path: self.path.clone(), span: node.span, wanted }
    }
}

/// What Go makes of `null` in a list or map.
fn zero(holds: &FieldType) -> Value {
    match holds {
        FieldType::String(_) | FieldType::Bytes => Value::from(""),
        FieldType::Int32 | FieldType::Int64 | FieldType::Float | FieldType::IntOrString => {
            Value::from(0)
        }
        FieldType::Bool => Value::from(false),
        FieldType::Quantity => Value::from("0"),
        FieldType::Struct(_) => Value::Object(Map::new()),
        FieldType::List(_) => Value::Array(Vec::new()),
        FieldType::Map(..) => Value::Object(Map::new()),
        FieldType::Time | FieldType::MicroTime | FieldType::Any => Value::Null,
    }
}

/// What Go's JSON decoder calls a value.
fn go_kind(node: &Node) -> &'static str {
    match node.content {
        Content::Null => "null",
        Content::Bool(_) => "bool",
        Content::Int(_) | Content::Float(_) => "number",
        Content::String(_) => "string",
        Content::Sequence(_) => "array",
        Content::Mapping(_) => "object",
    }
}

fn number(node: &Node) -> String {
    match node.content {
        Content::Int(value) => value.to_string(),
        Content::Float(value) => go_float(value),
        Content::Null
        | Content::Bool(_)
        | Content::String(_)
        | Content::Sequence(_)
        | Content::Mapping(_) => String::new(),
    }
}
