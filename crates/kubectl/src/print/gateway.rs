//! `kubectl get` of Gateway API's kinds: the printer columns of their CRDs.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use manifest::gateway::{Gateway, GatewayClass, HTTPRoute, ReferenceGrant};

use super::{Column, View, column, text, wide};

pub(super) const CLASS: &[Column] =
    &[column("NAME"), column("CONTROLLER"), column("ACCEPTED"), column("AGE"), wide("DESCRIPTION")];
pub(super) const GATEWAY: &[Column] =
    &[column("NAME"), column("CLASS"), column("ADDRESS"), column("PROGRAMMED"), column("AGE")];
pub(super) const ROUTE: &[Column] = &[column("NAME"), column("HOSTNAMES"), column("AGE")];
pub(super) const GRANT: &[Column] = &[column("NAME"), column("AGE")];

pub(super) fn class(class: &GatewayClass, view: &View) -> Vec<String> {
    let conditions = class.status.as_ref().and_then(|status| status.conditions.as_ref());
    vec![
        text(class.metadata.name.as_ref()),
        class.spec.controller_name.clone(),
        condition(conditions, "Accepted"),
        super::age(&class.metadata, view),
        text(class.spec.description.as_ref()),
    ]
}

pub(super) fn gateway(gateway: &Gateway, view: &View) -> Vec<String> {
    let status = gateway.status.as_ref();
    let addresses: Vec<&str> = status
        .and_then(|status| status.addresses.as_ref())
        .into_iter()
        .flatten()
        .map(|address| address.value.as_str())
        .collect();
    vec![
        text(gateway.metadata.name.as_ref()),
        gateway.spec.gateway_class_name.clone(),
        addresses.join(","),
        condition(status.and_then(|status| status.conditions.as_ref()), "Programmed"),
        super::age(&gateway.metadata, view),
    ]
}

pub(super) fn route(route: &HTTPRoute, view: &View) -> Vec<String> {
    let hostnames = route.spec.hostnames.as_ref();
    let listed = hostnames.map(|hostnames| {
        let quoted: Vec<String> =
            hostnames.iter().map(|hostname| format!("{hostname:?}")).collect();
        format!("[{}]", quoted.join(","))
    });
    vec![
        text(route.metadata.name.as_ref()),
        listed.unwrap_or_default(),
        super::age(&route.metadata, view),
    ]
}

pub(super) fn grant(grant: &ReferenceGrant, view: &View) -> Vec<String> {
    vec![text(grant.metadata.name.as_ref()), super::age(&grant.metadata, view)]
}

fn condition(conditions: Option<&Vec<Condition>>, type_: &str) -> String {
    let found = conditions.into_iter().flatten().find(|condition| condition.type_ == type_);
    found.map(|condition| condition.status.clone()).unwrap_or_default()
}
