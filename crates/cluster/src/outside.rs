//! What lies outside the cluster: the clouds' load balancers, their addresses, and the public DNS.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use apiserver::Snapshot;
use controllers::aws::{ServiceBalancer, service_balancer};
use controllers::{Cloud, LoadBalancerProvider, Pools, World};
use dataplane::balancer::{Balancer, Provider};
use ipnet::IpNet;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::Ingress;
use manifest::gateway::{Gateway, HTTPRoute};
use manifest::{Kind, ObjectRef};

use crate::{LoadBalancer, Scenario};

/// Where a cloud gets the public addresses of its load balancers.
const PUBLIC_ADDRESSES: &str = "203.0.113.64/26";
/// Where the addresses of internal ones come from, of the nodes' own network.
const INTERNAL_ADDRESSES: &str = "192.168.1.128/27";
/// The first inner address of those that are reached from outside.
const FIRST_INNER_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 160);
/// Where MetalLB gets its addresses, of the nodes' own network.
const METALLB_ADDRESSES: &str = "192.168.1.240/28";

/// Who gives Services their load balancers.
pub(crate) fn provider(chosen: LoadBalancer) -> LoadBalancerProvider {
    let of_cloud = |cloud| LoadBalancerProvider::Cloud { cloud, pools: pools() };
    match chosen {
        LoadBalancer::None => LoadBalancerProvider::None,
        LoadBalancer::Aws => of_cloud(Cloud::Aws),
        LoadBalancer::Azure => of_cloud(Cloud::Azure),
        LoadBalancer::Google => of_cloud(Cloud::Google),
        LoadBalancer::MetalLb => {
            LoadBalancerProvider::Pool { pool: vec![block(METALLB_ADDRESSES)] }
        }
    }
}

/// A cloud's addresses.
pub(crate) fn pools() -> Pools {
    Pools { public: vec![block(PUBLIC_ADDRESSES)], internal: vec![block(INTERNAL_ADDRESSES)] }
}

/// The clouds' load balancers, by the Service or Ingress they were made for.
pub(crate) fn balancers(
    world: &World,
    snapshot: &Snapshot,
    scenario: &Scenario,
) -> BTreeMap<ObjectRef, Balancer> {
    let kind_of = |owner: &ObjectRef| match (owner.kind, scenario.load_balancer) {
        (Kind::Ingress, _) => Some(Provider::AwsApplication),
        (_, LoadBalancer::None | LoadBalancer::MetalLb) => None,
        (_, LoadBalancer::Azure) => Some(Provider::Azure),
        (_, LoadBalancer::Google) => Some(Provider::Google),
        (_, LoadBalancer::Aws) => {
            let service = snapshot.find::<Service>(&owner.namespace, &owner.name)?;
            Some(match service_balancer(service.metadata.annotations.as_ref()) {
                ServiceBalancer::Network => Provider::AwsNetwork,
                ServiceBalancer::Classic | ServiceBalancer::External => Provider::AwsClassic,
            })
        }
    };
    let known = world.load_balancers();
    known
        .filter_map(|(owner, address)| {
            let provider = kind_of(owner)?;
            Some((owner.clone(), Balancer { provider, address, inside: inside(address) }))
        })
        .collect()
}

/// What the public DNS tells: each load balancer's own name, and each host of an Ingress or
/// HTTPRoute as its owner would publish it, with the address that the Ingress or Gateway has.
pub(crate) fn public_names(
    snapshot: &Snapshot,
    balancers: &BTreeMap<ObjectRef, Balancer>,
) -> BTreeMap<String, Vec<IpAddr>> {
    let mut names: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    for (owner, balancer) in balancers {
        let hostnames: Vec<&String> = match owner.kind {
            Kind::Ingress => snapshot
                .find::<Ingress>(&owner.namespace, &owner.name)
                .and_then(|ingress| {
                    ingress.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()
                })
                .into_iter()
                .flatten()
                .filter_map(|point| point.hostname.as_ref())
                .collect(),
            _ => snapshot
                .find::<Service>(&owner.namespace, &owner.name)
                .and_then(|service| {
                    service.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()
                })
                .into_iter()
                .flatten()
                .filter_map(|point| point.hostname.as_ref())
                .collect(),
        };
        for hostname in hostnames {
            names.insert(hostname.to_ascii_lowercase(), vec![balancer.address]);
        }
    }
    for ingress in snapshot.list::<Ingress>() {
        let status = ingress.status.as_ref().and_then(|status| status.load_balancer.as_ref());
        let points = status.iter().flat_map(|balancer| balancer.ingress.iter().flatten());
        let addresses: Vec<IpAddr> = points
            .flat_map(|point| match (&point.ip, &point.hostname) {
                (Some(ip), _) => ip.parse().ok().into_iter().collect(),
                (None, Some(hostname)) => names.get(hostname).cloned().unwrap_or_default(),
                (None, None) => Vec::new(),
            })
            .collect();
        let rules = ingress.spec.iter().flat_map(|spec| spec.rules.iter().flatten());
        for host in rules.filter_map(|rule| rule.host.as_ref()) {
            let known = names.entry(host.to_ascii_lowercase()).or_default();
            for address in &addresses {
                if !known.contains(address) {
                    known.push(*address);
                }
            }
        }
    }
    for (host, point) in routed_hosts(snapshot) {
        let address = point.parse().ok();
        let addresses = address.map_or_else(|| names.get(&point).cloned(), |it| Some(vec![it]));
        let known = names.entry(host).or_default();
        for address in addresses.unwrap_or_default() {
            if !known.contains(&address) {
                known.push(address);
            }
        }
    }
    names.retain(|_, addresses| !addresses.is_empty());
    names
}

/// The hosts of HTTPRoutes, each with an address of a Gateway that they belong to.
fn routed_hosts(snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for route in snapshot.list::<HTTPRoute>() {
        let beside = route.metadata.namespace.as_deref().unwrap_or_default();
        for parent in route.spec.parent_refs.iter().flatten() {
            let namespace = parent.namespace.as_deref().unwrap_or(beside);
            let gateway = snapshot.find::<Gateway>(namespace, &parent.name);
            let points = gateway.and_then(|gateway| gateway.status.as_ref()?.addresses.as_ref());
            // A route without hosts of its own answers for those of the listeners.
            let own: Vec<&String> = route.spec.hostnames.iter().flatten().collect();
            let listeners = gateway.iter().flat_map(|gateway| gateway.spec.listeners.iter());
            let hosts = if own.is_empty() {
                listeners.filter_map(|listener| listener.hostname.as_ref()).collect()
            } else {
                own
            };
            for point in points.into_iter().flatten() {
                let exact = hosts.iter().filter(|host| !host.starts_with('*'));
                found.extend(exact.map(|host| (host.to_ascii_lowercase(), point.value.clone())));
            }
        }
    }
    found
}

/// A load balancer's address in the nodes' own network: an internal one has no other.
fn inside(address: IpAddr) -> IpAddr {
    match (block(PUBLIC_ADDRESSES), address) {
        (IpNet::V4(public), IpAddr::V4(outside)) if public.contains(&outside) => {
            let place = u32::from(outside) - u32::from(public.network());
            IpAddr::V4(Ipv4Addr::from(u32::from(FIRST_INNER_ADDRESS) + place))
        }
        _ => address,
    }
}

fn block(text: &str) -> IpNet {
    text.parse().expect("a literal network")
}
