//! The structure of every built-in kind: fields, their types, and what Go calls them.
//!
//! The table is written by the example `schema` from `k8s-openapi`; descriptions are not in it, they
//! are in `www/schema/` for the page. Its lines, all in byte order:
//!
//! ```text
//! = Pod v1 api.core.v1.Pod            kind, version, its struct
//! api.core.v1.ServicePort             a struct; `io.k8s.` in front makes it upstream's name
//!  port! i                            a field, `!` if OpenAPI requires it, and its type
//!  fc @api.core.v1.FCVolumeSource ^VolumeSource    … from a struct that Go embeds
//! ```
//!
//! Types: `s` string (`s:v1.Protocol` where Go names the type), `i` int32, `l` int64, `f` float64,
//! `b` bool, `y` bytes as base64, `t` time, `m` time with microseconds, `q` quantity, `x` number or
//! string, `*` anything, `@struct`, `[item`, `{value` (`{v1.ResourceList:q` where Go names the map).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::{FieldPath, Kind, Segment};

/// A struct of the API.
#[derive(Debug)]
pub struct Struct {
    /// Its name without `io.k8s.`: `api.core.v1.ServicePort`.
    pub name: &'static str,
    /// Its fields by name.
    pub fields: BTreeMap<&'static str, Field>,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field {
    /// Whether OpenAPI requires it.
    pub required: bool,
    /// What it holds.
    pub holds: FieldType,
    /// The struct that Go embeds the field with, which shows in paths of decoding errors.
    pub embedded: Option<&'static str>,
}

/// What a field holds.
#[derive(Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text; with the name of Go's type where that is not `string`.
    String(Option<&'static str>),
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Float,
    /// `true` or `false`.
    Bool,
    /// Bytes, written as base64.
    Bytes,
    /// A point in time, RFC 3339.
    Time,
    /// A point in time with microseconds.
    MicroTime,
    /// An amount such as `100m` or `2Gi`.
    Quantity,
    /// A number or a string: a port, a percentage.
    IntOrString,
    /// Anything.
    Any,
    /// A struct, by name.
    Struct(&'static str),
    /// A list.
    List(Box<FieldType>),
    /// A map from strings; with the name of Go's type where it has one.
    Map(Option<&'static str>, Box<FieldType>),
}

impl Struct {
    /// `ServicePort`.
    pub fn go_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// `io.k8s.api.core.v1.ServicePort`.
    pub fn open_api_name(&self) -> String {
        format!("io.k8s.{}", self.name)
    }

    /// Whether the struct belongs to a custom resource and is no type of Kubernetes itself.
    pub fn is_custom(&self) -> bool {
        self.name.starts_with("gateway.")
    }
}

impl FieldType {
    /// What Go prints for the type: `int32`, `[]v1.NetworkPolicyPeer`, `map[string]string`.
    pub fn go_type(&self) -> String {
        match self {
            FieldType::String(name) => name.unwrap_or("string").to_owned(),
            FieldType::Int32 => "int32".into(),
            FieldType::Int64 => "int64".into(),
            FieldType::Float => "float64".into(),
            FieldType::Bool => "bool".into(),
            FieldType::Bytes => "[]uint8".into(),
            FieldType::Time => "v1.Time".into(),
            FieldType::MicroTime => "v1.MicroTime".into(),
            FieldType::Quantity => "resource.Quantity".into(),
            FieldType::IntOrString => "intstr.IntOrString".into(),
            FieldType::Any => "runtime.RawExtension".into(),
            FieldType::Struct(name) => {
                let mut words = name.rsplit('.');
                let last = words.next().unwrap_or(name);
                format!("{}.{last}", words.next().unwrap_or("v1"))
            }
            FieldType::List(item) => format!("[]{}", item.go_type()),
            FieldType::Map(Some(name), _) => (*name).to_owned(),
            FieldType::Map(None, value) => format!("map[string]{}", value.go_type()),
        }
    }

    /// What `kubectl explain` calls the type: `integer`, `[]ServicePort`, `map[string]string`.
    pub fn open_api_type(&self) -> String {
        match self {
            FieldType::Int32 | FieldType::Int64 => "integer".into(),
            FieldType::Float => "number".into(),
            FieldType::Bool => "boolean".into(),
            FieldType::String(_) | FieldType::Bytes | FieldType::Time | FieldType::MicroTime => {
                "string".into()
            }
            FieldType::Quantity => "Quantity".into(),
            FieldType::IntOrString => "IntOrString".into(),
            FieldType::Any => "Object".into(),
            FieldType::Struct(name) => name.rsplit('.').next().unwrap_or(name).into(),
            FieldType::List(item) => format!("[]{}", item.open_api_type()),
            FieldType::Map(_, value) => format!("map[string]{}", value.open_api_type()),
        }
    }

    /// The struct this type is, or has items of.
    pub fn inner_struct(&self) -> Option<&'static Struct> {
        match self {
            FieldType::Struct(name) => definition(name),
            FieldType::List(inner) | FieldType::Map(_, inner) => inner.inner_struct(),
            FieldType::String(_)
            | FieldType::Int32
            | FieldType::Int64
            | FieldType::Float
            | FieldType::Bool
            | FieldType::Bytes
            | FieldType::Time
            | FieldType::MicroTime
            | FieldType::Quantity
            | FieldType::IntOrString
            | FieldType::Any => None,
        }
    }
}

/// The struct of a kind in the version an `apiVersion` names; `None` for a custom resource that is
/// stored only.
pub fn of(kind: Kind, api_version: &str) -> Option<&'static Struct> {
    let version = api_version.rsplit('/').next().unwrap_or(api_version);
    let versions = TABLE.kinds.get(kind.resource().kind)?;
    let exact = versions.iter().find(|(served, _)| *served == version);
    exact.or(versions.first()).and_then(|(_, name)| definition(name))
}

/// A struct by its name.
pub fn definition(name: &str) -> Option<&'static Struct> {
    TABLE.structs.get(name)
}

/// The type of the field that a path leads to.
pub fn field_at(kind: Kind, api_version: &str, path: &FieldPath) -> Option<&'static FieldType> {
    let (first, rest) = path.0.split_first()?;
    let Segment::Field(first) = first else { return None };
    let mut holds = &of(kind, api_version)?.fields.get(first.as_str())?.holds;
    for segment in rest {
        holds = match (segment, holds) {
            (Segment::Field(name), FieldType::Struct(owner)) => {
                &definition(owner)?.fields.get(name.as_str())?.holds
            }
            (Segment::Index(_), FieldType::List(item)) => item,
            (Segment::Key(_) | Segment::Field(_), FieldType::Map(_, value)) => value,
            _ => return None,
        };
    }
    Some(holds)
}

/// The parsed table.
struct Table {
    kinds: BTreeMap<&'static str, Vec<(&'static str, &'static str)>>,
    structs: BTreeMap<&'static str, Struct>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| parse(include_str!("table.txt")));

fn parse(text: &'static str) -> Table {
    let mut table = Table { kinds: BTreeMap::new(), structs: BTreeMap::new() };
    let mut current: Option<Struct> = None;
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("= ") {
            let mut words = kind.split(' ');
            if let (Some(kind), Some(version), Some(name)) =
                (words.next(), words.next(), words.next())
            {
                table.kinds.entry(kind).or_default().push((version, name));
            }
        } else if let Some(field) = line.strip_prefix(' ') {
            if let (Some(owner), Some((name, field))) = (current.as_mut(), parse_field(field)) {
                owner.fields.insert(name, field);
            }
        } else if !line.starts_with('#')
            && let Some(complete) = current.replace(Struct { name: line, fields: BTreeMap::new() })
        {
            table.structs.insert(complete.name, complete);
        }
    }
    if let Some(complete) = current {
        table.structs.insert(complete.name, complete);
    }
    table
}

fn parse_field(line: &'static str) -> Option<(&'static str, Field)> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let holds = parse_type(words.next()?)?;
    let embedded = words.next().and_then(|word| word.strip_prefix('^'));
    let required = name.ends_with('!');
    Some((name.trim_end_matches('!'), Field { required, holds, embedded }))
}

fn parse_type(code: &'static str) -> Option<FieldType> {
    Some(match code {
        "s" => FieldType::String(None),
        "i" => FieldType::Int32,
        "l" => FieldType::Int64,
        "f" => FieldType::Float,
        "b" => FieldType::Bool,
        "y" => FieldType::Bytes,
        "t" => FieldType::Time,
        "m" => FieldType::MicroTime,
        "q" => FieldType::Quantity,
        "x" => FieldType::IntOrString,
        "*" => FieldType::Any,
        _ => {
            if let Some(name) = code.strip_prefix("s:") {
                FieldType::String(Some(name))
            } else if let Some(name) = code.strip_prefix('@') {
                FieldType::Struct(name)
            } else if let Some(item) = code.strip_prefix('[') {
                FieldType::List(Box::new(parse_type(item)?))
            } else {
                let value = code.strip_prefix('{')?;
                // Only a named map has its name before the first colon; values come after it.
                match value.split_once(':') {
                    Some((name, value)) if name.contains('.') && !name.starts_with('@') => {
                        FieldType::Map(Some(name), Box::new(parse_type(value)?))
                    }
                    _ => FieldType::Map(None, Box::new(parse_type(value)?)),
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("table.txt").lines().filter(|line| line.starts_with(' ')).count();
        let fields: usize = TABLE.structs.values().map(|s| s.fields.len()).sum();
        assert_eq!(lines, fields);
        for owner in TABLE.structs.values() {
            for (name, field) in &owner.fields {
                let mut holds = &field.holds;
                while let FieldType::List(inner) | FieldType::Map(_, inner) = holds {
                    holds = inner;
                }
                if let FieldType::Struct(target) = holds {
                    assert!(definition(target).is_some(), "{}.{name} -> {target}", owner.name);
                }
            }
        }
    }

    #[test]
    fn every_kind_of_kubernetes_itself_has_a_struct() {
        for kind in Kind::ALL {
            let resource = kind.resource();
            let stored_custom =
                resource.group == "gateway.networking.k8s.io" && !resource.simulated;
            assert_eq!(of(*kind, &resource.api_version()).is_none(), stored_custom, "{kind}");
        }
    }

    #[test]
    fn types_are_called_what_go_calls_them() {
        let at = |path| field_at(Kind::Pod, "v1", &path).unwrap().go_type();
        assert_eq!(at(FieldPath::of("spec.containers")), "[]v1.Container");
        assert_eq!(at(FieldPath::of("spec.nodeSelector")), "map[string]string");
        let container = FieldPath::of("spec.containers").index(0);
        assert_eq!(at(container.child("resources.limits")), "v1.ResourceList");
        assert_eq!(at(container.child("imagePullPolicy")), "v1.PullPolicy");
    }
}
