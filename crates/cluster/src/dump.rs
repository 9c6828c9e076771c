//! What `kubectl get -o yaml` prints of a real cluster, made fit to be applied to this one.
//!
//! A person does this by hand, or with `kubectl neat`, before an object can be applied elsewhere: what
//! the cluster wrote into it belongs to that cluster. What is left out is said.

use std::net::IpAddr;

use apiserver::ApiServer;
use k8s_openapi::api::core::v1::{Node, Service};
use manifest::{Kind, Object, ObjectRef};
use serde_json::Value;

/// What the cluster writes into `metadata`.
const WRITTEN: [&str; 9] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "ownerReferences",
];

/// An object of another cluster, as it can be applied here.
pub(crate) enum Dumped {
    /// It is no dump, and applied as it is.
    No,
    /// A controller made it there, and makes it here.
    Generated(String),
    /// Without what belongs to the other cluster.
    Cleaned {
        /// The manifest without it.
        json: Value,
        /// What was left out, in a sentence.
        said: String,
    },
}

/// Takes out of an object what another cluster wrote into it.
pub(crate) fn clean(api: &ApiServer, object: &Object, mut json: Value) -> Dumped {
    let metadata = object.metadata();
    if metadata.uid.is_none() || json["metadata"]["uid"].is_null() {
        return Dumped::No;
    }
    let reference = object.reference();
    let owners = metadata.owner_references.iter().flatten();
    if let Some(owner) = owners.into_iter().find(|owner| owner.controller == Some(true)) {
        return Dumped::Generated(format!(
            "`{}` was left out: {} `{}` made it, and makes its own here",
            reference.name, owner.kind, owner.name
        ));
    }
    let mut left_out = Vec::new();
    if let Some(fields) = json.as_object_mut()
        && fields.remove("status").is_some()
    {
        left_out.push("`status`".to_owned());
    }
    if let Some(fields) = json["metadata"].as_object_mut() {
        let names = WRITTEN.iter().filter(|name| fields.remove(**name).is_some());
        left_out.extend(names.map(|name| format!("`metadata.{name}`")));
    }
    for name in of_the_other_cluster(api, object, &reference) {
        if let Some(fields) = json["spec"].as_object_mut()
            && fields.remove(*name).is_some()
        {
            left_out.push(format!("`spec.{name}`"));
        }
    }
    let said = format!(
        "left out, because another cluster wrote it into `{}`: {}",
        reference.name,
        left_out.join(", ")
    );
    Dumped::Cleaned { json, said }
}

/// The fields of a spec that only fit the cluster they come from.
fn of_the_other_cluster(
    api: &ApiServer,
    object: &Object,
    reference: &ObjectRef,
) -> &'static [&'static str] {
    let snapshot = api.snapshot();
    match object {
        Object::Pod(pod) => {
            let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
            match node.filter(|node| snapshot.find::<Node>("", node).is_none()) {
                Some(_) => &["nodeName"],
                None => &[],
            }
        }
        Object::Service(service) => {
            let address = |service: &Service| service.spec.as_ref()?.cluster_ip.clone();
            let theirs = address(service).and_then(|address| address.parse::<IpAddr>().ok());
            let stands = snapshot.get(reference).and_then(|it| it.as_typed::<Service>());
            let own = stands.and_then(address).and_then(|address| address.parse::<IpAddr>().ok());
            let fits = |address: &IpAddr| match own {
                Some(own) => own == *address,
                None => api.config().service_cidrs.iter().any(|net| net.contains(address)),
            };
            match theirs.filter(|address| !fits(address)) {
                Some(_) => &["clusterIP", "clusterIPs"],
                None => &[],
            }
        }
        _ if reference.kind == Kind::PersistentVolumeClaim => &["volumeName"],
        _ => &[],
    }
}
