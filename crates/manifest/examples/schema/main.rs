//! Writes the schema table of every kind and the documentation of every field.
//!
//! `cargo run -p manifest --example schema --features schema` writes `src/schema/table.txt` of this
//! crate (structure only: it is part of the engine) and `www/schema/*.json` (descriptions by module:
//! the page loads them when it needs them). Both are committed; run it when `k8s-openapi` is renewed.
//! The table's format is explained in `src/schema/mod.rs`.

mod go;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use k8s_openapi::api::{
    admissionregistration::v1 as admission, apps::v1 as apps, autoscaling, batch::v1 as batch,
    certificates::v1 as certificates, coordination::v1 as coordination, core::v1 as core,
    discovery::v1 as discovery, flowcontrol::v1 as flowcontrol, networking::v1 as networking,
    node::v1 as node, policy::v1 as policy, rbac::v1 as rbac, resource::v1 as resource,
    scheduling::v1 as scheduling, storage::v1 as storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1 as apiregistration;
use manifest::gateway;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

fn main() -> std::io::Result<()> {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let kinds = kinds(&mut generator);
    let definitions: BTreeMap<String, Value> = generator
        .take_definitions(true)
        .into_iter()
        .map(|(name, schema)| (short_name(&name), schema))
        .collect();

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::write(root.join("src/schema/table.txt"), table(&kinds, &definitions))?;

    let pages = root.join("../../www/schema");
    std::fs::create_dir_all(&pages)?;
    for (module, documentation) in documentation(&definitions) {
        std::fs::write(
            pages.join(format!("{module}.json")),
            serde_json::to_string(&documentation)? + "\n",
        )?;
    }
    Ok(())
}

/// Every kind with its version and the name of its definition.
fn kinds(generator: &mut SchemaGenerator) -> Vec<(&'static str, &'static str, String)> {
    let mut kinds = Vec::new();
    macro_rules! kinds {
        ($($version:literal $module:path { $($kind:ident)+ })+) => {
            $({
                use $module as module;
                $(
                    let name = <module::$kind as schemars::JsonSchema>::schema_name();
                    generator.subschema_for::<module::$kind>();
                    kinds.push((stringify!($kind), $version, short_name(&name)));
                )+
            })+
        };
    }
    kinds! {
        "v1" core {
            Namespace Node Pod Service Endpoints ConfigMap Secret ServiceAccount Event
            ReplicationController PersistentVolume PersistentVolumeClaim LimitRange ResourceQuota
            PodTemplate
        }
        "v1" apps { Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision }
        "v1" batch { Job CronJob }
        "v1" discovery { EndpointSlice }
        "v1" networking { Ingress IngressClass NetworkPolicy ServiceCIDR IPAddress }
        "v1" gateway { GatewayClass Gateway HTTPRoute ReferenceGrant }
        "v2" autoscaling::v2 { HorizontalPodAutoscaler }
        "v1" autoscaling::v1 { HorizontalPodAutoscaler }
        "v1" policy { PodDisruptionBudget }
        "v1" rbac { Role RoleBinding ClusterRole ClusterRoleBinding }
        "v1" storage {
            StorageClass VolumeAttachment CSIDriver CSINode CSIStorageCapacity VolumeAttributesClass
        }
        "v1" scheduling { PriorityClass }
        "v1" coordination { Lease }
        "v1" node { RuntimeClass }
        "v1" admission {
            MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy
            ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
        }
        "v1" apiextensions { CustomResourceDefinition }
        "v1" apiregistration { APIService }
        "v1" certificates { CertificateSigningRequest }
        "v1" flowcontrol { FlowSchema PriorityLevelConfiguration }
        "v1" resource { ResourceClaim ResourceClaimTemplate ResourceSlice DeviceClass }
    }
    kinds
}

/// The table's text.
fn table(kinds: &[(&str, &str, String)], definitions: &BTreeMap<String, Value>) -> String {
    let mut text =
        String::from("# Written by `cargo run -p manifest --example schema --features schema`\n");
    for (kind, version, definition) in kinds {
        let _ = writeln!(text, "= {kind} {version} {definition}");
    }
    for (name, schema) in definitions {
        if primitive(name, schema).is_some() {
            continue;
        }
        let _ = writeln!(text, "{name}");
        let required: BTreeSet<&str> = strings(&schema["required"]).collect();
        let mut fields: BTreeMap<&str, String> = BTreeMap::new();
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            let custom = name.starts_with("gateway.");
            // The crate asks for `metadata` where upstream does not.
            let wanted = required.contains(field.as_str())
                && (field != "metadata" || name.ends_with(".Event"));
            let bang = if wanted { "!" } else { "" };
            let mut line = format!("{field}{bang} {}", code(name, field, schema, definitions));
            if let Some(embedded) = embedded(name, field).filter(|_| !custom) {
                let _ = write!(line, " ^{embedded}");
            }
            fields.insert(field, line);
        }
        if kinds.iter().any(|(_, _, definition)| definition == name) {
            fields.entry("apiVersion").or_insert_with(|| "apiVersion s".into());
            fields.entry("kind").or_insert_with(|| "kind s".into());
            for field in ["apiVersion", "kind"] {
                if let Some(line) = fields.get_mut(field)
                    && !name.starts_with("gateway.")
                {
                    line.push_str(" ^TypeMeta");
                }
            }
        }
        for line in fields.values() {
            let _ = writeln!(text, " {line}");
        }
    }
    text
}

/// The code of a field's type.
fn code(owner: &str, field: &str, schema: &Value, definitions: &BTreeMap<String, Value>) -> String {
    let named = |table: &[(&str, &str, &str)]| {
        table
            .iter()
            .find(|row| row.0 == owner && row.1 == field)
            .map(|row| format!(":{}", row.2))
            .unwrap_or_default()
    };
    if let Some(reference) = reference(schema) {
        return match definitions.get(&reference).and_then(|schema| primitive(&reference, schema)) {
            Some(code) => code.into(),
            None => format!("@{reference}"),
        };
    }
    match kind_of(schema) {
        "string" if schema["format"] == "byte" => "y".into(),
        "string" if owner.ends_with("Condition") && field == "status" => {
            "s:v1.ConditionStatus".into()
        }
        "string" => format!("s{}", named(go::NAMED)),
        "boolean" => "b".into(),
        "integer" if schema["format"] == "int64" => "l".into(),
        "integer" => "i".into(),
        "number" => "f".into(),
        "array" => format!("[{}", code(owner, field, &schema["items"], definitions)),
        "object" if schema["additionalProperties"].is_object() => {
            let value = code(owner, "", &schema["additionalProperties"], definitions);
            match named(go::NAMED_MAPS) {
                name if name.is_empty() => format!("{{{value}"),
                name => format!("{{{}{value}", name.replace(':', "") + ":"),
            }
        }
        _ if schema["x-kubernetes-int-or-string"] == true => "x".into(),
        _ => "*".into(),
    }
}

/// The code of a definition that is no struct.
fn primitive(name: &str, schema: &Value) -> Option<&'static str> {
    Some(match name {
        "apimachinery.pkg.api.resource.Quantity" => "q",
        "apimachinery.pkg.util.intstr.IntOrString" => "x",
        "apimachinery.pkg.apis.meta.v1.Time" => "t",
        "apimachinery.pkg.apis.meta.v1.MicroTime" => "m",
        _ if schema["properties"].is_object() => return None,
        // Anything else is free-form.
        _ => "*",
    })
}

/// The struct that a field is embedded with, in Go.
fn embedded(owner: &str, field: &str) -> Option<&'static str> {
    go::EMBEDDED.iter().filter(|row| row.0 == owner).find_map(|(_, embedded, fields)| {
        let listed = if fields.iter().any(|f| f.starts_with('!')) {
            !fields.iter().any(|f| f.strip_prefix('!') == Some(field))
        } else {
            fields.contains(&field)
        };
        listed.then_some(*embedded)
    })
}

/// For each module (`api.core.v1`): `struct → { description, fields: { field → description } }`.
fn documentation(definitions: &BTreeMap<String, Value>) -> BTreeMap<&str, Map<String, Value>> {
    let mut modules: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (name, schema) in definitions {
        let Some((module, name)) = name.rsplit_once('.') else { continue };
        let fields: Map<String, Value> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, schema)| schema["description"].is_string())
            .map(|(field, schema)| (field.clone(), schema["description"].clone()))
            .collect();
        let description = schema["description"].as_str().unwrap_or_default();
        modules
            .entry(module)
            .or_default()
            .insert(name.to_owned(), json!({ "description": description, "fields": fields }));
    }
    modules
}

/// The definition a schema refers to, also where an `Option` is written as `anyOf`.
fn reference(schema: &Value) -> Option<String> {
    let direct = schema["$ref"].as_str();
    let wrapped = ["allOf", "anyOf"]
        .into_iter()
        .filter_map(|key| schema[key].as_array())
        .flatten()
        .find_map(|schema| schema["$ref"].as_str());
    let name = direct.or(wrapped)?.rsplit('/').next()?;
    Some(short_name(&name.replace("~1", "/")))
}

/// The JSON type of a schema, without `null`.
fn kind_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ => "",
    }
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// `io.k8s.api.core.v1.Pod` is `api.core.v1.Pod`; Podhop's own types are `gateway.Listener`.
fn short_name(name: &str) -> String {
    match name.strip_prefix("io.k8s.") {
        Some(short) => short.into(),
        None => format!("gateway.{name}"),
    }
}
