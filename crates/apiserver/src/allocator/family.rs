//! Which IP families a Service is of.
//!
//! Models `Allocators.initIPFamilyFields` in `pkg/registry/core/service/storage/alloc.go`.

use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::Service;
use manifest::FieldPath;

use super::{is_headless, kind_of, refuse};
use crate::validation::{Causes, cluster_ips};
use crate::{Config, Refusal};

pub(super) const IPV4: &str = "IPv4";
pub(super) const IPV6: &str = "IPv6";

/// The family of a network.
pub(super) fn family_of(network: &IpNet) -> &'static str {
    match network {
        IpNet::V4(_) => IPV4,
        IpNet::V6(_) => IPV6,
    }
}

pub(super) fn initialize(
    config: &Config,
    before: Option<&Service>,
    service: &mut Service,
) -> Result<(), Refusal> {
    if kind_of(service) == "ExternalName" || is_unchanged_preference(before, service) {
        return Ok(());
    }
    let old = before.and_then(|before| before.spec.as_ref());
    let headless = is_headless(service);
    let spec = service.spec.get_or_insert_default();
    let selectorless = spec.selector.as_ref().is_none_or(std::collections::BTreeMap::is_empty);
    if spec.ip_family_policy.is_none() {
        spec.ip_family_policy = Some(match old.and_then(|old| old.ip_family_policy.clone()) {
            Some(policy) => policy,
            // A headless Service without selector may point anywhere.
            None if headless && selectorless => "RequireDualStack".into(),
            None => "SingleStack".into(),
        });
    }
    let causes = cluster_ips(service);
    if !causes.is_empty() {
        return Err(refuse(service, causes));
    }

    let mut causes = Causes::default();
    let policy_path = FieldPath::of("spec.ipFamilyPolicy");
    let spec = service.spec.get_or_insert_default();
    let policy = spec.ip_family_policy.clone().unwrap_or_default();
    let single = policy == "SingleStack";
    let addresses = spec.cluster_ips.get_or_insert_default();
    let families = spec.ip_families.get_or_insert_default();
    if let Some(old) = old {
        let old_addresses = old.cluster_ips.clone().unwrap_or_default();
        let old_families = old.ip_families.clone().unwrap_or_default();
        if single {
            if *addresses == old_addresses {
                addresses.truncate(1);
            }
            if *families == old_families {
                families.truncate(1);
            }
        } else {
            if !addresses.is_empty() && addresses.len() < old_addresses.len() {
                causes.invalid(
                    &policy_path,
                    &policy,
                    "must be 'SingleStack' to release the secondary cluster IP",
                );
            }
            if !families.is_empty() && families.len() < old_families.len() {
                causes.invalid(
                    &policy_path,
                    &policy,
                    "must be 'SingleStack' to release the secondary IP family",
                );
            }
        }
    }
    if single && addresses.len() == 2 {
        causes.invalid(
            &policy_path,
            &policy,
            "must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified",
        );
    }
    if single && families.len() == 2 {
        causes.invalid(
            &policy_path,
            &policy,
            "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
        );
    }
    let configured =
        |family: &str| config.service_cidrs.iter().any(|network| family_of(network) == family);
    for (index, address) in addresses.iter().enumerate() {
        let Ok(parsed) = address.parse::<IpAddr>() else { break };
        if index < families.len() {
            continue;
        }
        let family = if parsed.is_ipv4() { IPV4 } else { IPV6 };
        if configured(family) {
            families.push(family.into());
        } else {
            causes.invalid(
                &FieldPath::of("spec.clusterIPs").index(index),
                &*addresses,
                format!("{family} is not configured on this cluster"),
            );
        }
    }
    if !causes.is_empty() {
        return Err(refuse(service, causes.into_vec()));
    }

    let spec = service.spec.get_or_insert_default();
    let families = spec.ip_families.get_or_insert_default();
    let default = config.service_cidrs.first().map_or(IPV4, family_of);
    let other = |family: &str| if family == IPV4 { IPV6 } else { IPV4 };
    if headless && selectorless {
        if families.is_empty() {
            families.push(default.into());
        }
        if families.len() < 2 && !single {
            families.push(other(&families[0]).into());
        }
        tidy(service);
        return Ok(());
    }
    let mut causes = Causes::default();
    let dual = configured(IPV4) && configured(IPV6);
    if policy == "RequireDualStack" && !dual {
        causes.invalid(
            &policy_path,
            &policy,
            "this cluster is not configured for dual-stack services",
        );
    }
    for (index, family) in families.iter().enumerate() {
        if !configured(family) {
            causes.invalid(
                &FieldPath::of("spec.ipFamilies").index(index),
                family,
                "not configured on this cluster",
            );
        }
    }
    if !causes.is_empty() {
        return Err(refuse(service, causes.into_vec()));
    }
    if families.is_empty() {
        families.push(default.into());
    }
    if !single && families.len() == 1 && dual {
        families.push(other(&families[0]).into());
    }
    tidy(service);
    Ok(())
}

/// Whether a `PreferDualStack` Service stays as it is, whatever became of the cluster meanwhile.
fn is_unchanged_preference(before: Option<&Service>, after: &Service) -> bool {
    let (Some(before), Some(after)) = (before.and_then(|before| before.spec.as_ref()), &after.spec)
    else {
        return false;
    };
    let prefers = |policy: &Option<String>| policy.as_deref() == Some("PreferDualStack");
    let pair = |families: &Option<Vec<String>>, addresses: &Option<Vec<String>>| {
        families.as_ref().map_or(0, Vec::len) == addresses.as_ref().map_or(0, Vec::len)
    };
    before.type_.as_deref() != Some("ExternalName")
        && prefers(&before.ip_family_policy)
        && prefers(&after.ip_family_policy)
        && before.cluster_ip == after.cluster_ip
        && before.cluster_ips == after.cluster_ips
        && before.ip_families == after.ip_families
        && (after.cluster_ip.as_deref() == Some("None")
            || pair(&after.ip_families, &after.cluster_ips))
}

/// Leaves no empty list behind.
fn tidy(service: &mut Service) {
    let Some(spec) = &mut service.spec else { return };
    if spec.cluster_ips.as_ref().is_some_and(Vec::is_empty) {
        spec.cluster_ips = None;
    }
}
