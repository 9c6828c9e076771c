//! The tables of `kubectl get`: which columns a kind has, and an object's cells.
//!
//! One file for each kind, all of one shape: `COLUMNS` and `row`. Models
//! `pkg/printers/internalversion/printers.go`; for Gateway API, the CRDs' printer columns.

use k8s_openapi::api::core::v1::Container;
use manifest::{Kind, Object};

use crate::age;

mod config;
mod cron_job;
mod daemon_set;
mod deployment;
mod endpoint_slice;
pub(crate) mod endpoints;
pub(crate) mod event;
mod gateway;
pub(crate) mod ingress;
mod ingress_class;
mod job;
mod namespace;
mod network_policy;
pub(crate) mod node;
mod other;
pub(crate) mod pod;
mod replica_set;
mod service;
mod stateful_set;

/// A column of a kind's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name: `NAME`, `READY`.
    pub name: &'static str,
    /// Whether only `-o wide` shows it.
    pub wide: bool,
}

/// How a table is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Seconds of Unix time, for ages.
    pub now: i64,
    /// `-o wide`.
    pub wide: bool,
}

const fn column(name: &'static str) -> Column {
    Column { name, wide: false }
}

const fn wide(name: &'static str) -> Column {
    Column { name, wide: true }
}

macro_rules! kinds {
    ($($kind:ident => $module:ident),+ $(,)?) => {
        /// The columns of a kind's table.
        pub fn columns(kind: Kind) -> &'static [Column] {
            match kind {
                $(Kind::$kind => $module::COLUMNS,)+
                other => other::columns(other),
            }
        }

        /// An object's cells, one for each column, the wide ones only if asked for.
        pub fn row(object: &Object, view: &View) -> Vec<String> {
            let mut cells = match object {
                $(Object::$kind(object) => $module::row(object, view),)+
                Object::ConfigMap(map) => config::config_map(map, view),
                Object::Secret(secret) => config::secret(secret, view),
                Object::ServiceAccount(account) => config::service_account(account, view),
                Object::GatewayClass(class) => gateway::class(class, view),
                Object::Gateway(gateway) => gateway::gateway(gateway, view),
                Object::HTTPRoute(route) => gateway::route(route, view),
                Object::ReferenceGrant(grant) => gateway::grant(grant, view),
                Object::Other(other) => other::row(other, view),
            };
            let shown = columns(object.kind()).iter().filter(|column| view.wide || !column.wide);
            cells.truncate(shown.count());
            cells
        }
    };
}

kinds! {
    Namespace => namespace,
    Node => node,
    Pod => pod,
    Service => service,
    Endpoints => endpoints,
    Event => event,
    Deployment => deployment,
    ReplicaSet => replica_set,
    StatefulSet => stateful_set,
    DaemonSet => daemon_set,
    Job => job,
    CronJob => cron_job,
    EndpointSlice => endpoint_slice,
    Ingress => ingress,
    IngressClass => ingress_class,
    NetworkPolicy => network_policy,
}

/// A text field, empty if absent.
fn text(field: Option<&String>) -> String {
    field.cloned().unwrap_or_default()
}

/// The age of an object.
fn age(
    metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
    view: &View,
) -> String {
    age::since(metadata.creation_timestamp.as_ref(), view.now)
}

/// The cells `CONTAINERS` and `IMAGES`.
fn containers(containers: &[Container]) -> [String; 2] {
    let names: Vec<&str> = containers.iter().map(|container| container.name.as_str()).collect();
    let images: Vec<&str> =
        containers.iter().map(|container| container.image.as_deref().unwrap_or_default()).collect();
    [names.join(","), images.join(",")]
}

/// The containers of a Pod template.
fn template_containers(
    template: Option<&k8s_openapi::api::core::v1::PodTemplateSpec>,
) -> [String; 2] {
    let spec = template.and_then(|template| template.spec.as_ref());
    containers(spec.map_or(&[], |spec| &spec.containers))
}

/// `a,b,c + 2 more...`.
fn list_with_more(list: &[String], count: usize, maximum: usize) -> String {
    let shown = list.join(",");
    if count > maximum && list.len() == maximum {
        format!("{shown} + {} more...", count - maximum)
    } else {
        shown
    }
}
