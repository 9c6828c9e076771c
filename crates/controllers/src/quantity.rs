//! Amounts of resources, in thousandths of their unit, to be added up and compared.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// An amount in thousandths of its unit.
pub fn milli(quantity: &Quantity) -> i128 {
    manifest::Quantity::of(quantity).millis().into()
}

/// The amount of one resource in thousandths, zero if it is not among them.
pub fn of(amounts: Option<&BTreeMap<String, Quantity>>, resource: &str) -> i128 {
    amounts.and_then(|amounts| amounts.get(resource)).map_or(0, milli)
}
