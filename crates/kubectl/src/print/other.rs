//! `kubectl get` of the kinds that are stored without behaviour: their cells are read from JSON.

use manifest::{Kind, Other};
use serde_json::Value;

use super::{Column, View, column, wide};

pub(super) const COLUMNS: &[Column] = &[column("NAME"), column("AGE")];
const REPLICATION_CONTROLLER: &[Column] = super::replica_set::COLUMNS;
const VOLUME: &[Column] = &[
    column("NAME"),
    column("CAPACITY"),
    column("ACCESS MODES"),
    column("RECLAIM POLICY"),
    column("STATUS"),
    column("CLAIM"),
    column("STORAGECLASS"),
    column("VOLUMEATTRIBUTESCLASS"),
    column("REASON"),
    column("AGE"),
    wide("VOLUMEMODE"),
];
const CLAIM: &[Column] = &[
    column("NAME"),
    column("STATUS"),
    column("VOLUME"),
    column("CAPACITY"),
    column("ACCESS MODES"),
    column("STORAGECLASS"),
    column("VOLUMEATTRIBUTESCLASS"),
    column("AGE"),
    wide("VOLUMEMODE"),
];
const SERVICE_CIDR: &[Column] = &[column("NAME"), column("CIDRS"), column("AGE")];
const IP_ADDRESS: &[Column] = &[column("NAME"), column("PARENTREF"), column("AGE")];
const STORAGE_CLASS: &[Column] = &[
    column("NAME"),
    column("PROVISIONER"),
    column("RECLAIMPOLICY"),
    column("VOLUMEBINDINGMODE"),
    column("ALLOWVOLUMEEXPANSION"),
    column("AGE"),
];
const PRIORITY_CLASS: &[Column] = &[
    column("NAME"),
    column("VALUE"),
    column("GLOBAL-DEFAULT"),
    column("AGE"),
    column("PREEMPTIONPOLICY"),
];
const LEASE: &[Column] = &[column("NAME"), column("HOLDER"), column("AGE")];
const ROLE: &[Column] = &[column("NAME"), column("CREATED AT")];
const ROLE_BINDING: &[Column] = &[column("NAME"), column("ROLE"), column("AGE")];
const AUTOSCALER: &[Column] = &[
    column("NAME"),
    column("REFERENCE"),
    column("TARGETS"),
    column("MINPODS"),
    column("MAXPODS"),
    column("REPLICAS"),
    column("AGE"),
];
const DISRUPTION_BUDGET: &[Column] = &[
    column("NAME"),
    column("MIN AVAILABLE"),
    column("MAX UNAVAILABLE"),
    column("ALLOWED DISRUPTIONS"),
    column("AGE"),
];

pub(super) fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::ConfigMap => super::config::CONFIG_MAP,
        Kind::Secret => super::config::SECRET,
        Kind::ServiceAccount => super::config::SERVICE_ACCOUNT,
        Kind::GatewayClass => super::gateway::CLASS,
        Kind::Gateway => super::gateway::GATEWAY,
        Kind::HTTPRoute => super::gateway::ROUTE,
        Kind::ReferenceGrant => super::gateway::GRANT,
        Kind::ReplicationController => REPLICATION_CONTROLLER,
        Kind::PersistentVolume => VOLUME,
        Kind::PersistentVolumeClaim => CLAIM,
        Kind::ServiceCIDR => SERVICE_CIDR,
        Kind::IPAddress => IP_ADDRESS,
        Kind::StorageClass => STORAGE_CLASS,
        Kind::PriorityClass => PRIORITY_CLASS,
        Kind::Lease => LEASE,
        Kind::Role | Kind::ClusterRole | Kind::CustomResourceDefinition => ROLE,
        Kind::RoleBinding | Kind::ClusterRoleBinding => ROLE_BINDING,
        Kind::HorizontalPodAutoscaler => AUTOSCALER,
        Kind::PodDisruptionBudget => DISRUPTION_BUDGET,
        _ => COLUMNS,
    }
}

pub(super) fn row(object: &Other, view: &View) -> Vec<String> {
    let body = Value::Object(object.body.clone());
    let at = |path: &str| body.pointer(path).unwrap_or(&Value::Null);
    let given = |path: &str| plain(at(path));
    let or = |path: &str, absent: &str| match at(path) {
        Value::Null => absent.to_owned(),
        value => plain(value),
    };
    let name = super::text(object.metadata.name.as_ref());
    let age = super::age(&object.metadata, view);
    match object.kind {
        Kind::ReplicationController => {
            let mut cells = vec![
                name,
                or("/spec/replicas", "0"),
                or("/status/replicas", "0"),
                or("/status/readyReplicas", "0"),
                age,
            ];
            if view.wide {
                let containers = at("/spec/template/spec/containers");
                cells.extend([each(containers, "name"), each(containers, "image")]);
                cells.push(pairs(at("/spec/selector")));
            }
            cells
        }
        Kind::PersistentVolume => vec![
            name,
            given("/spec/capacity/storage"),
            access_modes(at("/spec/accessModes")),
            given("/spec/persistentVolumeReclaimPolicy"),
            phase(object, at("/status/phase")),
            match at("/spec/claimRef") {
                Value::Null => String::new(),
                claim => format!("{}/{}", plain(&claim["namespace"]), plain(&claim["name"])),
            },
            given("/spec/storageClassName"),
            or("/spec/volumeAttributesClassName", "<unset>"),
            given("/status/reason"),
            age,
            or("/spec/volumeMode", "<unset>"),
        ],
        Kind::PersistentVolumeClaim => {
            let bound = !given("/spec/volumeName").is_empty();
            let if_bound = |text: String| if bound { text } else { String::new() };
            vec![
                name,
                phase(object, at("/status/phase")),
                given("/spec/volumeName"),
                if_bound(given("/status/capacity/storage")),
                if_bound(access_modes(at("/status/accessModes"))),
                given("/spec/storageClassName"),
                or("/spec/volumeAttributesClassName", "<unset>"),
                age,
                or("/spec/volumeMode", "<unset>"),
            ]
        }
        Kind::ServiceCIDR => vec![name, joined(at("/spec/cidrs")), age],
        Kind::IPAddress => vec![name, parent(at("/spec/parentRef")), age],
        Kind::StorageClass => {
            let is_default = object.metadata.annotations.as_ref().is_some_and(|annotations| {
                annotations.get("storageclass.kubernetes.io/is-default-class").map(String::as_str)
                    == Some("true")
            });
            vec![
                if is_default { format!("{name} (default)") } else { name },
                given("/provisioner"),
                or("/reclaimPolicy", "Delete"),
                or("/volumeBindingMode", "<unset>"),
                or("/allowVolumeExpansion", "false"),
                age,
            ]
        }
        Kind::PriorityClass => vec![
            name,
            or("/value", "0"),
            or("/globalDefault", "false"),
            age,
            or("/preemptionPolicy", "PreemptLowerPriority"),
        ],
        Kind::Lease => vec![name, given("/spec/holderIdentity"), age],
        Kind::Role | Kind::ClusterRole | Kind::CustomResourceDefinition => {
            let created = object.metadata.creation_timestamp.as_ref();
            vec![name, created.map(|time| time.0.to_string()).unwrap_or_default()]
        }
        Kind::RoleBinding | Kind::ClusterRoleBinding => {
            let role = format!("{}/{}", given("/roleRef/kind"), given("/roleRef/name"));
            vec![name, role, age]
        }
        Kind::HorizontalPodAutoscaler => vec![
            name,
            format!(
                "{}/{}",
                given("/spec/scaleTargetRef/kind"),
                given("/spec/scaleTargetRef/name")
            ),
            "<unknown>".into(),
            or("/spec/minReplicas", "<unset>"),
            or("/spec/maxReplicas", "0"),
            or("/status/currentReplicas", "0"),
            age,
        ],
        Kind::PodDisruptionBudget => vec![
            name,
            or("/spec/minAvailable", "N/A"),
            or("/spec/maxUnavailable", "N/A"),
            or("/status/disruptionsAllowed", "0"),
            age,
        ],
        _ => vec![name, age],
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn phase(object: &Other, phase: &Value) -> String {
    if object.metadata.deletion_timestamp.is_some() { "Terminating".into() } else { plain(phase) }
}

fn joined(list: &Value) -> String {
    let texts: Vec<String> = list.as_array().into_iter().flatten().map(plain).collect();
    texts.join(",")
}

fn each(list: &Value, field: &str) -> String {
    let texts: Vec<String> =
        list.as_array().into_iter().flatten().map(|item| plain(&item[field])).collect();
    texts.join(",")
}

fn pairs(map: &Value) -> String {
    let texts: Vec<String> = map
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", plain(value)))
        .collect();
    if texts.is_empty() { "<none>".into() } else { texts.join(",") }
}

/// `RWO,ROX`, in the order of the API.
fn access_modes(modes: &Value) -> String {
    let given: Vec<&str> =
        modes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let short: Vec<&str> = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ]
    .iter()
    .filter(|(long, _)| given.contains(long))
    .map(|(_, short)| *short)
    .collect();
    short.join(",")
}

/// `services/default/web`, `myresource.mygroup/namespace/name`.
fn parent(reference: &Value) -> String {
    let part = |field: &str| plain(&reference[field]);
    let mut text = part("resource");
    if !part("group").is_empty() {
        text = format!("{text}.{}", part("group"));
    }
    for piece in [part("namespace"), part("name")] {
        if !piece.is_empty() {
            text = format!("{text}/{piece}");
        }
    }
    text
}
