//! From a Service as an Ingress or a route names it to the endpoints a proxy dials.
//!
//! Most proxies watch EndpointSlices and dial Pods themselves; the ClusterIP plays no part. Models
//! `getEndpoints` of ingress-nginx and the endpoint translation of Gateway implementations.

use std::net::IpAddr;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use manifest::{Kind, ObjectRef};

use crate::directory::Directory;

/// The port of a Service, as it is referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortName {
    /// By number.
    Number(i32),
    /// By name.
    Name(String),
}

/// A Service's port, as it is referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The Service.
    pub service: ObjectRef,
    /// The port.
    pub port: PortName,
}

impl ServicePort {
    /// A Service's port by number.
    pub fn number(namespace: &str, name: &str, port: i32) -> Self {
        let service = ObjectRef::new(Kind::Service, namespace, name);
        Self { service, port: PortName::Number(port) }
    }
}

/// What a proxy finds behind a Service's port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// There is no such Service.
    NoService,
    /// The Service has no such port.
    NoPort,
    /// Nothing behind it is ready.
    NoEndpoints,
    /// These are ready; never empty.
    Endpoints(Vec<Endpoint>),
}

/// A place a proxy can dial.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// The Pod behind it, if it is one.
    pub pod: Option<ObjectRef>,
    /// The EndpointSlice it is listed in.
    pub slice: ObjectRef,
}

/// Looks a Service's port up.
pub fn find(directory: &Directory, target: &ServicePort) -> Found {
    let ObjectRef { namespace, name, .. } = &target.service;
    let Some(service) = directory.service(namespace, name) else { return Found::NoService };
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let port = ports.into_iter().find(|port| match &target.port {
        PortName::Number(number) => port.port == *number,
        PortName::Name(name) => port.name.as_ref() == Some(name),
    });
    let Some(port) = port else { return Found::NoPort };
    let wanted = port.name.as_deref().unwrap_or_default();
    let mut endpoints = Vec::new();
    for slice in directory.slices(namespace, name) {
        let slice_name = slice.metadata.name.clone().unwrap_or_default();
        let reference = ObjectRef::new(Kind::EndpointSlice, namespace.as_str(), slice_name);
        let listed = slice.ports.iter().flatten();
        let number = listed
            .into_iter()
            .find(|listed| listed.name.as_deref().unwrap_or_default() == wanted)
            .and_then(|listed| listed.port)
            .or(match &port.target_port {
                Some(IntOrString::Int(number)) if slice.ports.is_none() => Some(*number),
                _ => None,
            });
        let Some(number) = number.and_then(|number| u16::try_from(number).ok()) else { continue };
        for endpoint in slice.endpoints.iter().flatten() {
            let ready = endpoint.conditions.as_ref().and_then(|conditions| conditions.ready);
            if ready == Some(false) {
                continue;
            }
            let pod =
                endpoint.target_ref.as_ref().filter(|target| target.kind.as_deref() == Some("Pod"));
            let pod = pod.and_then(|target| target.name.clone());
            for address in endpoint.addresses.iter().filter_map(|written| written.parse().ok()) {
                endpoints.push(Endpoint {
                    address,
                    port: number,
                    pod: pod.clone().map(|pod| ObjectRef::new(Kind::Pod, namespace.as_str(), pod)),
                    slice: reference.clone(),
                });
            }
        }
    }
    endpoints.sort();
    endpoints.dedup_by(|a, b| (a.address, a.port) == (b.address, b.port));
    if endpoints.is_empty() { Found::NoEndpoints } else { Found::Endpoints(endpoints) }
}
