//! AWS Load Balancer Controller: gives each Ingress of its class an Application Load Balancer.
//!
//! Watches Ingresses, Services and its own webhook's endpoints. Owns the status and the finalizer of
//! the Ingresses whose class names it; it carries no packet. While none of its Pods is ready it does
//! nothing at all. Models `kubernetes-sigs/aws-load-balancer-controller`
//! (`controllers/ingress/group_controller.go`, `pkg/ingress/model_build_target_group.go`). Ingresses of
//! one `group.name` share the load balancer of the first of them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};
use manifest::{Kind, Object, ObjectRef};

use crate::outcome::{Event, Outcome, Why, Write};
use crate::view::View;
use crate::world::WorldChange;
use crate::{aws, ingress};

/// What an IngressClass names it.
pub const CONTROLLER: &str = "ingress.k8s.aws/alb";
/// The Service in front of its Pods.
pub(crate) const WEBHOOK_SERVICE: &str = "aws-load-balancer-webhook-service";
const NAMESPACE: &str = "kube-system";
const FINALIZER: &str = "ingress.k8s.aws/resources";
/// What the finalizer of an Ingress begins with that shares its load balancer.
const GROUP_FINALIZER: &str = "group.ingress.k8s.aws/";
/// Prefix of its annotations.
const ANNOTATION: &str = "alb.ingress.kubernetes.io/";

/// Looks after one Ingress' load balancer; `is_own` is whether its class is the controller's.
pub(crate) fn reconcile(view: &View<'_>, key: &ObjectRef, own: &Ingress, is_own: bool) -> Outcome {
    let mut outcome = Outcome::nothing();
    if !is_running(view) {
        return outcome;
    }
    let held = view.world.balancers.get(key).copied();
    let group = group_name(own);
    let finalizer =
        group.map_or_else(|| FINALIZER.to_owned(), |group| format!("{GROUP_FINALIZER}{group}"));
    let is_ours = |name: &String| name == FINALIZER || name.starts_with(GROUP_FINALIZER);
    let has_finalizer = own.metadata.finalizers.iter().flatten().any(is_ours);
    if !is_own || own.metadata.deletion_timestamp.is_some() {
        if held.is_some() {
            outcome.changes.push(WorldChange::Balancer(key.clone(), None));
        }
        if has_finalizer {
            let mut freed = own.clone();
            let finalizers = freed.metadata.finalizers.get_or_insert_default();
            finalizers.retain(|name| !is_ours(name));
            outcome.write(Write::Update(freed.into()), Why::LoadBalancer);
        }
        return outcome;
    }
    let about = Object::from(own.clone());
    if let Err(mistake) = targets_can_be_registered(view, key, own) {
        let message =
            format!("Failed build model due to ingress: {}: {mistake}", key.namespaced_name());
        outcome.events.push(Event::warning("ingress", &about, "FailedBuildModel", message));
        return outcome;
    }
    if !has_finalizer {
        let mut kept = own.clone();
        kept.metadata.finalizers.get_or_insert_default().push(finalizer);
        outcome.write(Write::Update(kept.into()), Why::LoadBalancer);
    }
    if let Some(leader) = group.and_then(|group| leader(view, group))
        && (&leader.metadata.namespace, &leader.metadata.name)
            != (&own.metadata.namespace, &own.metadata.name)
    {
        if held.is_some() {
            outcome.changes.push(WorldChange::Balancer(key.clone(), None));
        }
        let status = leader.status.as_ref().and_then(|status| status.load_balancer.as_ref());
        let point = status.and_then(|status| status.ingress.as_ref()?.first());
        let hostname = point.and_then(|point| point.hostname.as_deref());
        ingress::publish(own, hostname, &mut outcome);
        return outcome;
    }
    let internal = annotation(own, "scheme") != Some("internet-facing");
    let Some(pools) = &view.world.application_load_balancers else { return outcome };
    let pool = if internal { &pools.internal } else { &pools.public };
    let others = view.world.balancers.iter().filter(|(owner, _)| *owner != key);
    let taken: BTreeSet<IpAddr> = others.map(|(_, address)| *address).collect();
    let in_pool = |address: &IpAddr| pool.iter().any(|range| range.contains(address));
    let mut free = pool.iter().flat_map(ipnet::IpNet::hosts).filter(|host| !taken.contains(host));
    let Some(address) = held.filter(in_pool).or_else(|| free.next()) else { return outcome };
    if held != Some(address) {
        outcome.changes.push(WorldChange::Balancer(key.clone(), Some(address)));
        let reason = "SuccessfullyReconciled";
        outcome.events.push(Event::normal("ingress", &about, reason, "Successfully reconciled"));
    }
    let hostname = match group {
        Some(group) => aws::group_hostname(group, internal),
        None => aws::ingress_hostname(&own.metadata, internal),
    };
    ingress::publish(own, Some(&hostname), &mut outcome);
    outcome
}

/// The name of the group of Ingresses that share a load balancer.
pub(crate) fn group_name(ingress: &Ingress) -> Option<&str> {
    annotation(ingress, "group.name")
}

/// The first Ingress of a group, by `group.order` and then by name; it stands for the load balancer.
fn leader<'v>(view: &View<'v>, group: &str) -> Option<&'v Ingress> {
    let order = |ingress: &Ingress| -> i32 {
        annotation(ingress, "group.order").and_then(|order| order.parse().ok()).unwrap_or_default()
    };
    let members = view.snapshot.list::<Ingress>().filter(|ingress| {
        group_name(ingress) == Some(group)
            && ingress.metadata.deletion_timestamp.is_none()
            && ingress::controller_of(view, ingress) == Some(CONTROLLER)
    });
    members.min_by_key(|ingress| {
        (order(ingress), ingress.metadata.namespace.clone(), ingress.metadata.name.clone())
    })
}

/// Whether one of the controller's Pods is ready.
fn is_running(view: &View<'_>) -> bool {
    let service = ObjectRef::new(Kind::Service, NAMESPACE, WEBHOOK_SERVICE);
    view.slices_of::<EndpointSlice>(&service).into_iter().any(|slice| {
        slice.endpoints.iter().flatten().any(|endpoint| {
            endpoint.conditions.as_ref().and_then(|conditions| conditions.ready) != Some(false)
        })
    })
}

/// Nodes can only be targets on a port of their own.
fn targets_can_be_registered(
    view: &View<'_>,
    key: &ObjectRef,
    own: &Ingress,
) -> Result<(), String> {
    for backend in backends(own) {
        let Some(named) = &backend.service else { continue };
        let Some(service) = view.snapshot.find::<Service>(&key.namespace, &named.name) else {
            continue;
        };
        let port = named.port.clone().unwrap_or_default();
        if port.name.as_deref() == Some("use-annotation") {
            continue;
        }
        let mut ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
        let found = ports.find(|candidate| {
            port.number == Some(candidate.port)
                || port.name.is_some() && port.name == candidate.name
        });
        let Some(found) = found else {
            let asked = port.name.unwrap_or_else(|| port.number.unwrap_or_default().to_string());
            let name = format!("{}/{}", key.namespace, named.name);
            return Err(format!("unable to find port {asked} on service {name}"));
        };
        let of_service = service.metadata.annotations.as_ref();
        let target_type = of_service
            .and_then(|all| all.get(&format!("{ANNOTATION}target-type")))
            .map(String::as_str)
            .or(annotation(own, "target-type"));
        if target_type != Some("ip") && found.node_port.is_none() {
            return Err("TargetGroup port is empty. When using Instance targets, your service be \
                        must of type 'NodePort' or 'LoadBalancer'"
                .to_owned());
        }
    }
    Ok(())
}

fn backends(ingress: &Ingress) -> impl Iterator<Item = &IngressBackend> {
    let spec = ingress.spec.as_ref();
    let rules = spec.into_iter().flat_map(|spec| spec.rules.iter().flatten());
    let paths = rules.flat_map(|rule| rule.http.iter().flat_map(|http| &http.paths));
    paths.map(|path| &path.backend).chain(spec.and_then(|spec| spec.default_backend.as_ref()))
}

fn annotation<'a>(ingress: &'a Ingress, name: &str) -> Option<&'a str> {
    let annotations = ingress.metadata.annotations.as_ref()?;
    annotations.get(&format!("{ANNOTATION}{name}")).map(String::as_str)
}
