//! A Service's addresses and families.
//!
//! Models `ValidateServiceClusterIPsRelatedFields` in `pkg/apis/core/validation/validation.go`, which runs
//! before allocation and again with every other rule.

use k8s_openapi::api::core::v1::Service;
use manifest::FieldPath;

use super::{Causes, text};
use crate::Cause;

/// What is wrong with `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` in themselves.
pub(crate) fn cluster_ips(service: &Service) -> Vec<Cause> {
    let mut causes = Causes::default();
    let spec = service.spec.clone().unwrap_or_default();
    if spec.type_.as_deref() == Some("ExternalName") {
        return Vec::new();
    }
    let path = FieldPath::of("spec.clusterIPs");
    let families_path = FieldPath::of("spec.ipFamilies");
    let addresses = spec.cluster_ips.unwrap_or_default();
    let families = spec.ip_families.unwrap_or_default();
    match spec.cluster_ip.as_deref().unwrap_or_default() {
        "" => {
            if !addresses.is_empty() {
                causes.invalid(
                    &path,
                    &addresses,
                    "must be empty when `clusterIP` is not specified",
                );
            }
        }
        address => match addresses.first() {
            None => causes.required(&path, ""),
            Some(first) if first != address => {
                causes.invalid(&path, &addresses, "first value must match `clusterIP`");
            }
            Some(_) => {}
        },
    }
    for (index, family) in families.iter().enumerate() {
        causes.one_of(&families_path.index(index), family, &["IPv4", "IPv6"]);
        if families[..index].contains(family) {
            causes.duplicate(&families_path.index(index), family);
        }
    }
    if let Some(policy) = &spec.ip_family_policy {
        causes.one_of(
            &FieldPath::of("spec.ipFamilyPolicy"),
            policy,
            &["PreferDualStack", "RequireDualStack", "SingleStack"],
        );
    }
    let mut malformed = false;
    for (index, address) in addresses.iter().enumerate() {
        if index == 0 && address == "None" {
            if addresses.len() > 1 {
                malformed = true;
                causes.invalid(&path, &addresses, "'None' must be the first and only value");
            }
            continue;
        }
        let messages = text::ip(address);
        malformed |= !messages.is_empty();
        causes.invalid_each(&path.index(index), address, messages);
    }
    if addresses.len() > 2 {
        causes.invalid(&path, &addresses, "may only hold up to 2 values");
    }
    if malformed {
        return causes.into_vec();
    }
    let is_ipv6 =
        |address: &String| text::parse_ip(address).is_some_and(|address| address.is_ipv6());
    if addresses.len() > 1 && addresses.iter().all(is_ipv6) == addresses.iter().any(is_ipv6) {
        causes.invalid(&path, &addresses, "may specify no more than one IP for each IP family");
    }
    if addresses.first().is_some_and(|address| address != "None") {
        for (index, (address, family)) in addresses.iter().zip(&families).enumerate() {
            if is_ipv6(address) != (family == "IPv6") && ["IPv4", "IPv6"].contains(&family.as_str())
            {
                causes.invalid(
                    &path.index(index),
                    address,
                    format!("expected an {family} value as indicated by `ipFamilies[{index}]`"),
                );
            }
        }
    }
    causes.into_vec()
}
