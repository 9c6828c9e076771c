//! ClusterIPs: which are free, and which one a Service gets.
//!
//! Models `pkg/registry/core/service/ipallocator`: the lower band of the range is left for addresses that
//! people choose; an address is drawn from the upper band first, from the seed instead of a clock.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::Service;
use manifest::FieldPath;

use super::family::family_of;
use super::{is_headless, needs_cluster_ip, refuse, services};
use crate::refusal::Reason;
use crate::validation::Causes;
use crate::{ApiServer, Refusal};

pub(super) fn allocate(
    server: &mut ApiServer,
    before: Option<&Service>,
    service: &mut Service,
    dry_run: bool,
) -> Result<(), Refusal> {
    if !needs_cluster_ip(service) || is_headless(service) {
        return Ok(());
    }
    let key = format!(
        "{}/{}",
        service.metadata.namespace.as_deref().unwrap_or_default(),
        service.metadata.name.as_deref().unwrap_or_default()
    );
    let kept: Vec<String> = before
        .filter(|before| needs_cluster_ip(before))
        .and_then(|before| before.spec.as_ref()?.cluster_ips.clone())
        .unwrap_or_default();
    let taken: BTreeSet<IpAddr> = services(server)
        .filter_map(|other| other.spec.as_ref()?.cluster_ips.as_ref())
        .flatten()
        .filter_map(|address| address.parse().ok())
        .collect();
    let spec = service.spec.get_or_insert_default();
    let families = spec.ip_families.clone().unwrap_or_default();
    let mut addresses = spec.cluster_ips.clone().unwrap_or_default();
    for (index, family) in families.iter().enumerate() {
        let Some(network) = server
            .config
            .service_cidrs
            .iter()
            .copied()
            .find(|network| family_of(network) == family)
        else {
            continue;
        };
        match addresses.get(index) {
            Some(address) if !address.is_empty() => {
                if kept.contains(address) {
                    continue;
                }
                let problem = match address.parse::<IpAddr>() {
                    Ok(address) if !is_assignable(network, address) => {
                        Some(out_of_range(network, address, dry_run))
                    }
                    // A dry run does not look at what is taken.
                    Ok(address) if taken.contains(&address) && !dry_run => {
                        Some("provided IP is already allocated".to_owned())
                    }
                    // Validation speaks of what is no address.
                    Ok(_) | Err(_) => None,
                };
                if let Some(problem) = problem {
                    let mut causes = Causes::default();
                    causes.invalid(
                        &FieldPath::of("spec.clusterIPs"),
                        &addresses,
                        format!("failed to allocate IP {address}: {problem}"),
                    );
                    return Err(refuse(service, causes.into_vec()));
                }
            }
            _ => {
                let drawn = draw(server, network, &taken, &key).ok_or_else(|| {
                    Refusal::new(
                        Reason::InternalError,
                        "Internal error occurred: failed to allocate a serviceIP: range is full",
                    )
                })?;
                addresses.truncate(index);
                addresses.push(drawn.to_string());
            }
        }
    }
    let spec = service.spec.get_or_insert_default();
    spec.cluster_ip = addresses.first().cloned();
    spec.cluster_ips = Some(addresses);
    Ok(())
}

/// A free address: the one fixed for this Service, else the next fixed one, else drawn from the upper
/// band, else from the lower.
fn draw(
    server: &mut ApiServer,
    network: IpNet,
    taken: &BTreeSet<IpAddr>,
    key: &str,
) -> Option<IpAddr> {
    let free = |address: &IpAddr| is_assignable(network, *address) && !taken.contains(address);
    if let Some(fixed) = server.config.cluster_ips.get(key).filter(|address| free(address)) {
        return Some(*fixed);
    }
    if let Some(next) = server.next_cluster_ips.iter().position(free) {
        return Some(server.next_cluster_ips.remove(next));
    }
    let size = size(network);
    let band = lower_band(size);
    let upper = size - band;
    let start = if upper > 0 { server.random.below(upper) } else { 0 };
    (0..upper)
        .map(|step| band + (start + step) % upper)
        .chain(0..band)
        .map(|offset| nth(network, offset))
        .find(|address| !taken.contains(address))
}

/// The first address of the range, which Service `default/kubernetes` has.
pub(crate) fn first(network: IpNet) -> IpAddr {
    nth(network, 0)
}

/// How many addresses the range holds: its first is never assigned, nor the last of an IPv4 range.
fn size(network: IpNet) -> u64 {
    let bits = u32::from(network.max_prefix_len() - network.prefix_len());
    // A larger range is cut, as upstream does, to what can be counted.
    let all = 1_u64.checked_shl(bits.min(62)).unwrap_or(u64::MAX);
    match network {
        IpNet::V4(_) => all.saturating_sub(2),
        IpNet::V6(_) => all.saturating_sub(1),
    }
}

/// The size of the band left for chosen addresses: `min(max(16, size / 16), 256)`, none in tiny ranges.
fn lower_band(size: u64) -> u64 {
    if size <= 16 { 0 } else { (size / 16).clamp(16, 256) }
}

fn nth(network: IpNet, offset: u64) -> IpAddr {
    match network.network() {
        IpAddr::V4(base) => {
            let offset = u32::try_from(offset + 1).unwrap_or(u32::MAX);
            IpAddr::V4((u32::from(base).saturating_add(offset)).into())
        }
        IpAddr::V6(base) => IpAddr::V6((u128::from(base) + u128::from(offset) + 1).into()),
    }
}

fn is_assignable(network: IpNet, address: IpAddr) -> bool {
    network.contains(&address)
        && address != network.network()
        && (address.is_ipv6() || address != network.broadcast())
}

/// A dry run asks the range, any other write first looks for a range that holds the address.
fn out_of_range(network: IpNet, address: IpAddr, dry_run: bool) -> String {
    if network.contains(&address) || dry_run {
        format!(
            "the provided IP ({address}) is not in the valid range. The range of valid IPs is {network}"
        )
    } else {
        "the provided network does not match the current range".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_upstreams() {
        assert_eq!(lower_band(size("10.96.0.0/12".parse().unwrap())), 256);
        assert_eq!(lower_band(size("10.96.0.0/24".parse().unwrap())), 16);
        assert_eq!(lower_band(size("10.96.0.0/28".parse().unwrap())), 0);
        assert_eq!(first("10.96.0.0/12".parse().unwrap()).to_string(), "10.96.0.1");
    }
}
