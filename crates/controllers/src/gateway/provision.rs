//! Gives a Gateway its proxies: a Deployment and a Service of its own, in its namespace.
//!
//! Models how NGINX Gateway Fabric (2.x) provisions its data plane: both are called
//! `GATEWAY-CLASS`, carry the label `gateway.networking.k8s.io/gateway-name`, have a port for each
//! listener, and go when the Gateway goes. The Gateway's address is the Service's.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, PodSpec, PodTemplateSpec, Service, ServicePort, ServiceSpec,
    Toleration,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use manifest::gateway::{Gateway, GatewayStatusAddress};

use crate::outcome::{Outcome, Why, Write};
use crate::pods;
use crate::view::View;

const IMAGE: &str = "ghcr.io/nginx/nginx-gateway-fabric/nginx:2.4.0";
const NAME_LABEL: &str = "gateway.networking.k8s.io/gateway-name";

/// Writes what the Gateway's proxies lack, and tells the address they have by now.
pub fn provision(
    view: &View<'_>,
    gateway: &Gateway,
    outcome: &mut Outcome,
) -> Option<GatewayStatusAddress> {
    let namespace = pods::namespace(&gateway.metadata);
    let name = format!("{}-{}", pods::name(&gateway.metadata), gateway.spec.gateway_class_name);
    let metadata = || ObjectMeta {
        name: Some(name.clone()),
        namespace: Some(namespace.to_owned()),
        labels: Some(labels(gateway, &name)),
        owner_references: Some(vec![pods::controller_reference(&gateway.clone().into())]),
        ..ObjectMeta::default()
    };
    let listeners = ports(gateway);

    let known = view.snapshot.find::<Deployment>(namespace, &name);
    let template = template(gateway, &name, &listeners);
    match known {
        None => {
            let spec = DeploymentSpec {
                selector: LabelSelector {
                    match_labels: Some(labels(gateway, &name)),
                    ..LabelSelector::default()
                },
                template,
                ..DeploymentSpec::default()
            };
            let made = Deployment { metadata: metadata(), spec: Some(spec), status: None };
            outcome.write(Write::Create(made.into()), Why::GatewayProxies);
        }
        Some(known) if container_ports(known) != listeners => {
            let mut updated = known.clone();
            updated.spec.get_or_insert_default().template = template;
            outcome.write(Write::Update(updated.into()), Why::GatewayProxies);
        }
        Some(_) => {}
    }

    let Some(known) = view.snapshot.find::<Service>(namespace, &name) else {
        let spec = ServiceSpec {
            type_: Some("LoadBalancer".into()),
            external_traffic_policy: Some("Local".into()),
            selector: Some(labels(gateway, &name)),
            ports: Some(service_ports(&listeners)),
            ..ServiceSpec::default()
        };
        let made = Service { metadata: metadata(), spec: Some(spec), status: None };
        outcome.write(Write::Create(made.into()), Why::GatewayProxies);
        return None;
    };
    let served: Vec<i32> = known
        .spec
        .iter()
        .flat_map(|spec| spec.ports.iter().flatten())
        .map(|port| port.port)
        .collect();
    if served != listeners {
        let mut updated = known.clone();
        updated.spec.get_or_insert_default().ports = Some(service_ports(&listeners));
        outcome.write(Write::Update(updated.into()), Why::GatewayProxies);
    }
    let point = known.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()?.first()?;
    let (kind, value) = match (&point.ip, &point.hostname) {
        (Some(ip), _) => ("IPAddress", ip),
        (None, Some(hostname)) => ("Hostname", hostname),
        (None, None) => return None,
    };
    Some(GatewayStatusAddress { r#type: Some(kind.into()), value: value.clone() })
}

/// The listeners' ports, each once, in order.
fn ports(gateway: &Gateway) -> Vec<i32> {
    let mut ports: Vec<i32> = gateway.spec.listeners.iter().map(|listener| listener.port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn labels(gateway: &Gateway, name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("app.kubernetes.io/instance".to_owned(), "ngf".to_owned()),
        ("app.kubernetes.io/managed-by".to_owned(), "ngf-nginx".to_owned()),
        ("app.kubernetes.io/name".to_owned(), name.to_owned()),
        (NAME_LABEL.to_owned(), pods::name(&gateway.metadata).to_owned()),
    ])
}

fn template(gateway: &Gateway, name: &str, listeners: &[i32]) -> PodTemplateSpec {
    let ports = listeners.iter().map(|&port| ContainerPort {
        container_port: port,
        name: Some(format!("port-{port}")),
        ..ContainerPort::default()
    });
    let container = Container {
        name: "nginx".into(),
        image: Some(IMAGE.into()),
        ports: Some(ports.collect()),
        ..Container::default()
    };
    let everywhere = Toleration { operator: Some("Exists".into()), ..Toleration::default() };
    PodTemplateSpec {
        metadata: Some(ObjectMeta { labels: Some(labels(gateway, name)), ..ObjectMeta::default() }),
        spec: Some(PodSpec {
            containers: vec![container],
            tolerations: Some(vec![everywhere]),
            ..PodSpec::default()
        }),
    }
}

fn container_ports(deployment: &Deployment) -> Vec<i32> {
    let containers = deployment
        .spec
        .iter()
        .flat_map(|spec| spec.template.spec.iter())
        .flat_map(|pod| pod.containers.iter());
    containers.flat_map(|it| it.ports.iter().flatten()).map(|port| port.container_port).collect()
}

fn service_ports(listeners: &[i32]) -> Vec<ServicePort> {
    let ports = listeners.iter().map(|&port| ServicePort {
        name: Some(format!("port-{port}")),
        port,
        target_port: Some(IntOrString::Int(port)),
        ..ServicePort::default()
    });
    ports.collect()
}
