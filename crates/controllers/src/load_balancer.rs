//! Gives Services of type LoadBalancer an address, if somebody in this world does.
//!
//! Watches Services and nodes. Owns `status.loadBalancer` and, with a cloud provider, the finalizer
//! `service.kubernetes.io/load-balancer-cleanup`. Without a provider it does nothing at all: such a
//! Service stays `<pending>` for ever. AWS tells a host name, the others an address. Models
//! `k8s.io/cloud-provider/controllers/service` with the three clouds' providers and, for a pool,
//! MetalLB's allocation.

use std::collections::BTreeSet;
use std::net::IpAddr;

use apiserver::Time;
use ipnet::IpNet;
use k8s_openapi::api::core::v1::{LoadBalancerIngress, LoadBalancerStatus, Service};
use manifest::{Object, ObjectRef};

use crate::aws::{self, ServiceBalancer};
use crate::outcome::{Event, Outcome, Source, Why, Write};
use crate::view::View;
use crate::world::{Cloud, LoadBalancerProvider, WorldChange};

const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";

/// Looks after one Service's load balancer.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, _now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let service = view.find::<Service>(key);
    let (pool, cloud) = match &view.world.load_balancers {
        LoadBalancerProvider::None => return outcome,
        LoadBalancerProvider::Cloud { cloud, pools } => {
            let internal = service.is_some_and(|service| is_internal(*cloud, service));
            (if internal { &pools.internal } else { &pools.public }, Some(*cloud))
        }
        LoadBalancerProvider::Pool { pool } => (pool, None),
    };
    let held = view.world.balancers.get(key).copied();
    let wants = service.is_some_and(|service| {
        let spec = service.spec.as_ref();
        spec.and_then(|spec| spec.type_.as_deref()) == Some("LoadBalancer")
            && spec.is_none_or(|spec| spec.load_balancer_class.is_none())
            && service.metadata.deletion_timestamp.is_none()
            && !(cloud == Some(Cloud::Aws)
                && aws::service_balancer(service.metadata.annotations.as_ref())
                    == ServiceBalancer::External)
    });
    match (service, wants) {
        (Some(service), true) => assign(view, key, service, held, pool, cloud, &mut outcome),
        (service, _) => {
            if held.is_some() {
                outcome.changes.push(WorldChange::Balancer(key.clone(), None));
            }
            if let Some(service) = service {
                release(service, held.is_some(), cloud.is_some(), &mut outcome);
            }
        }
    }
    outcome
}

fn assign(
    view: &View<'_>,
    key: &ObjectRef,
    service: &Service,
    held: Option<IpAddr>,
    pool: &[IpNet],
    cloud: Option<Cloud>,
    outcome: &mut Outcome,
) {
    let is_cloud = cloud.is_some();
    let about = Object::from(service.clone());
    let spec = service.spec.clone().unwrap_or_default();
    let taken: BTreeSet<IpAddr> = view
        .world
        .balancers
        .iter()
        .filter(|(owner, _)| *owner != key)
        .map(|(_, address)| *address)
        .collect();
    let asked: Option<IpAddr> = spec
        .load_balancer_ip
        .as_deref()
        .filter(|_| cloud != Some(Cloud::Aws))
        .and_then(|ip| ip.parse().ok());
    let free = |address: &IpAddr| !taken.contains(address);
    let in_pool = |address: &IpAddr| pool.iter().any(|range| range.contains(address));
    let address = match asked {
        Some(asked) => Some(asked).filter(|asked| free(asked) && in_pool(asked)),
        None => held
            .filter(in_pool)
            .or_else(|| pool.iter().flat_map(|range| addresses(range, is_cloud)).find(free)),
    };
    let Some(address) = address else {
        let message = match asked {
            Some(asked) => format!(
                "Failed to allocate IP for {:?}: {:?} is not available in the pool",
                key.namespaced_name(),
                asked.to_string()
            ),
            None => {
                format!("Failed to allocate IP for {:?}: no available IPs", key.namespaced_name())
            }
        };
        outcome.events.push(event(&about, is_cloud, true, "AllocationFailed", message));
        return;
    };
    let changed = held != Some(address);
    if changed {
        outcome.changes.push(WorldChange::Balancer(key.clone(), Some(address)));
        if is_cloud {
            outcome.events.push(event(
                &about,
                true,
                false,
                "EnsuringLoadBalancer",
                "Ensuring load balancer".into(),
            ));
            outcome.events.push(event(
                &about,
                true,
                false,
                "EnsuredLoadBalancer",
                "Ensured load balancer".into(),
            ));
        } else {
            let message = format!("Assigned IP [\"{address}\"]");
            outcome.events.push(event(&about, false, false, "IPAllocated", message));
        }
    }
    if is_cloud && !service.metadata.finalizers.iter().flatten().any(|own| own == FINALIZER) {
        let mut kept = service.clone();
        kept.metadata.finalizers.get_or_insert_default().push(FINALIZER.into());
        outcome.write(Write::Update(kept.into()), Why::LoadBalancer);
    }
    let point = if cloud == Some(Cloud::Aws) {
        let hostname = aws::service_hostname(&service.metadata, is_internal(Cloud::Aws, service));
        LoadBalancerIngress { hostname: Some(hostname), ..LoadBalancerIngress::default() }
    } else {
        LoadBalancerIngress {
            ip: Some(address.to_string()),
            ip_mode: Some("VIP".into()),
            ..LoadBalancerIngress::default()
        }
    };
    let status = LoadBalancerStatus { ingress: Some(vec![point]) };
    let before = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    if before != Some(&status) {
        let mut updated = service.clone();
        updated.status.get_or_insert_default().load_balancer = Some(status);
        outcome.write(Write::UpdateStatus(updated.into()), Why::LoadBalancer);
    }
}

/// The addresses of a range in order. A pool gives out every one, as MetalLB does without
/// `avoidBuggyIPs`; a cloud keeps the first and the last of a network.
fn addresses(range: &IpNet, is_cloud: bool) -> Box<dyn Iterator<Item = IpAddr>> {
    if is_cloud {
        return Box::new(range.hosts());
    }
    Box::new(range.subnets(range.max_prefix_len()).into_iter().flatten().map(|each| each.addr()))
}

/// Whether a Service's annotations keep its load balancer off the internet.
fn is_internal(cloud: Cloud, service: &Service) -> bool {
    let (key, value) = match cloud {
        Cloud::Aws => ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
        Cloud::Azure => ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
        Cloud::Google => ("networking.gke.io/load-balancer-type", "Internal"),
    };
    let annotations = service.metadata.annotations.as_ref();
    annotations.and_then(|all| all.get(key)).is_some_and(|set| set == value)
}

/// The Service wants no load balancer any more: its address and the finalizer go.
fn release(service: &Service, held: bool, is_cloud: bool, outcome: &mut Outcome) {
    let has_finalizer = service.metadata.finalizers.iter().flatten().any(|own| own == FINALIZER);
    let about = Object::from(service.clone());
    if held && is_cloud {
        outcome.events.push(event(
            &about,
            true,
            false,
            "DeletingLoadBalancer",
            "Deleting load balancer".into(),
        ));
        outcome.events.push(event(
            &about,
            true,
            false,
            "DeletedLoadBalancer",
            "Deleted load balancer".into(),
        ));
    }
    let status = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    if held
        && status.is_some_and(|status| {
            status.ingress.as_ref().is_some_and(|ingress| !ingress.is_empty())
        })
    {
        let mut updated = service.clone();
        updated.status.get_or_insert_default().load_balancer = Some(LoadBalancerStatus::default());
        outcome.write(Write::UpdateStatus(updated.into()), Why::LoadBalancer);
    }
    if has_finalizer {
        let mut freed = service.clone();
        let finalizers = freed.metadata.finalizers.get_or_insert_default();
        finalizers.retain(|own| own != FINALIZER);
        if finalizers.is_empty() {
            freed.metadata.finalizers = None;
        }
        outcome.write(Write::Update(freed.into()), Why::LoadBalancer);
    }
}

fn event(
    about: &Object,
    is_cloud: bool,
    warning: bool,
    reason: &'static str,
    message: String,
) -> Event {
    let component = if is_cloud { "service-controller" } else { "metallb-controller" };
    Event {
        warning,
        source: Source::Core { component, host: None },
        ..Event::normal(component, about, reason, message)
    }
}
