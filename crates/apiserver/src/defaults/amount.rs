//! Amounts as they are stored: canonical, rounded up to thousandths.
//!
//! Models `SetDefaults_ResourceList` in `pkg/apis/core/v1/defaults.go`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;
use manifest::Quantity;

/// Every amount of a list.
pub(super) fn list(list: &mut Option<BTreeMap<String, Written>>) {
    for written in list.iter_mut().flat_map(BTreeMap::values_mut) {
        let Ok(quantity) = Quantity::parse(&written.0) else { continue };
        let rounded = Quantity::from_millis(quantity.millis());
        *written = if rounded.minus(&quantity).is_zero() { quantity } else { rounded }.written();
    }
}
