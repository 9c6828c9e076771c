//! The objects that every cluster has from the start.
//!
//! Models `pkg/controlplane/controller/systemnamespaces` and `kubernetesservice`, and what the service
//! account and root CA controllers have done by the time anybody looks.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::{
    ConfigMap, EndpointAddress, EndpointPort as CoreEndpointPort, EndpointSubset, Endpoints,
    Namespace, NamespaceSpec, NamespaceStatus, Service, ServiceAccount, ServicePort, ServiceSpec,
};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use manifest::Object;

use crate::allocator::cluster_ip;
use crate::{ApiServer, Time, WriteOptions};

/// The name of the ConfigMap that every namespace gets, which projected service account volumes mount.
const ROOT_CA: &str = "kube-root-ca.crt";

/// Fills a new server.
pub(crate) fn populate(server: &mut ApiServer) {
    let options = WriteOptions::new(Time(0), "kube-apiserver");
    let first = server.config.service_cidrs.first().map(|network| cluster_ip::first(*network));
    let mut create = |object: Object| {
        server.create(object, &options).expect("the objects of an empty cluster are valid");
    };
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        create(namespace(name).into());
        create(ServiceAccount { metadata: named(name, "default"), ..Default::default() }.into());
        create(root_ca(name).into());
    }
    create(kubernetes(first).into());
    let advertised = server.config.advertise_address;
    let mut create = |object: Object| {
        server.create(object, &options).expect("the objects of an empty cluster are valid");
    };
    create(kubernetes_endpoints(advertised).into());
    create(kubernetes_slice(advertised).into());
}

/// Where the API server itself listens.
const SECURE_PORT: i32 = 6443;

/// The endpoint reconciler of the API server keeps these itself; they are not mirrored.
fn kubernetes_endpoints(address: IpAddr) -> Endpoints {
    let skip = ("endpointslice.kubernetes.io/skip-mirror".into(), "true".into());
    Endpoints {
        metadata: ObjectMeta {
            labels: Some(BTreeMap::from([skip])),
            ..named("default", "kubernetes")
        },
        subsets: Some(vec![EndpointSubset {
            addresses: Some(vec![EndpointAddress {
                ip: address.to_string(),
                ..Default::default()
            }]),
            ports: Some(vec![CoreEndpointPort {
                name: Some("https".into()),
                port: SECURE_PORT,
                protocol: Some("TCP".into()),
                ..Default::default()
            }]),
            ..Default::default()
        }]),
    }
}

fn kubernetes_slice(address: IpAddr) -> EndpointSlice {
    let service = ("kubernetes.io/service-name".into(), "kubernetes".into());
    EndpointSlice {
        metadata: ObjectMeta {
            labels: Some(BTreeMap::from([service])),
            ..named("default", "kubernetes")
        },
        address_type: if address.is_ipv4() { "IPv4" } else { "IPv6" }.into(),
        endpoints: Some(vec![Endpoint {
            addresses: vec![address.to_string()],
            conditions: Some(EndpointConditions { ready: Some(true), ..Default::default() }),
            ..Default::default()
        }]),
        ports: Some(vec![EndpointPort {
            name: Some("https".into()),
            port: Some(SECURE_PORT),
            protocol: Some("TCP".into()),
            ..Default::default()
        }]),
    }
}

fn named(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta { namespace: Some(namespace.into()), name: Some(name.into()), ..Default::default() }
}

fn namespace(name: &str) -> Namespace {
    Namespace {
        metadata: ObjectMeta {
            name: Some(name.into()),
            labels: Some(BTreeMap::from([("kubernetes.io/metadata.name".into(), name.into())])),
            ..Default::default()
        },
        spec: Some(NamespaceSpec { finalizers: Some(vec!["kubernetes".into()]) }),
        status: Some(NamespaceStatus { phase: Some("Active".into()), conditions: None }),
    }
}

fn root_ca(namespace: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            annotations: Some(BTreeMap::from([(
                "kubernetes.io/description".into(),
                "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
                 endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                 guaranteed across distributions of Kubernetes clusters."
                    .into(),
            )])),
            ..named(namespace, ROOT_CA)
        },
        data: Some(BTreeMap::from([(
            "ca.crt".into(),
            "-----BEGIN CERTIFICATE-----\n(the simulated cluster's certificate authority)\n-----END CERTIFICATE-----\n"
                .into(),
        )])),
        ..Default::default()
    }
}

fn kubernetes(address: Option<std::net::IpAddr>) -> Service {
    Service {
        metadata: ObjectMeta {
            labels: Some(BTreeMap::from([
                ("component".into(), "apiserver".into()),
                ("provider".into(), "kubernetes".into()),
            ])),
            ..named("default", "kubernetes")
        },
        spec: Some(ServiceSpec {
            ports: Some(vec![ServicePort {
                name: Some("https".into()),
                port: 443,
                protocol: Some("TCP".into()),
                target_port: Some(IntOrString::Int(6443)),
                ..Default::default()
            }]),
            session_affinity: Some("None".into()),
            type_: Some("ClusterIP".into()),
            cluster_ip: address.map(|address| address.to_string()),
            ..Default::default()
        }),
        status: None,
    }
}
