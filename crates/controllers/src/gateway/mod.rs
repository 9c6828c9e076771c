//! Says of GatewayClasses, Gateways and HTTPRoutes whether they are accepted, and why not.
//!
//! Watches the four Gateway API kinds, Services, Secrets and namespaces. Owns the status of Gateway
//! API objects whose class names a gateway controller that this world runs; it never touches others,
//! and routes no request (that is the data plane). Models what the Gateway API specification asks of
//! every implementation (`apis/v1`, conditions and reasons); the messages are our own, as every
//! implementation's are. `listener.rs` says which routes a listener takes, `route.rs` judges one route,
//! `provision.rs` makes a Gateway's proxies.

mod listener;
mod provision;
mod route;

use apiserver::{Time, Timestamps};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use manifest::gateway::{Gateway, GatewayClass, GatewayStatusAddress, HTTPRoute, ReferenceGrant};
use manifest::{Kind, ObjectRef};

use crate::outcome::{Outcome, Why, Write};
use crate::pods;
use crate::view::View;
use crate::world::GatewayAddress;

const GROUP: &str = "gateway.networking.k8s.io";

/// Brings the status of one Gateway API object up to date.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    match key.kind {
        Kind::GatewayClass => class(view, key, now),
        Kind::Gateway => gateway(view, key, now),
        Kind::HTTPRoute => route::reconcile(view, key, now),
        _ => Outcome::nothing(),
    }
}

fn class(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(class) = view.find::<GatewayClass>(key) else { return outcome };
    if !view.world.gateway_controllers.contains_key(&class.spec.controller_name) {
        return outcome;
    }
    let mut updated = class.clone();
    let status = updated.status.get_or_insert_default();
    let accepted = Verdict::yes("Accepted", "Accepted", "the controller runs and takes the class");
    status.conditions = conditions(status.conditions.as_ref(), &[accepted], &class.metadata, now);
    write(class, updated, &mut outcome);
    outcome
}

fn gateway(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(gateway) = view.find::<Gateway>(key) else { return outcome };
    let Some((_, source)) = controller_of(view, gateway) else { return outcome };
    let address = match source {
        GatewayAddress::Fixed(address) => Some(GatewayStatusAddress {
            r#type: Some("IPAddress".into()),
            value: address.to_string(),
        }),
        GatewayAddress::OfItsProxies => provision::provision(view, gateway, &mut outcome),
    };
    let mut updated = gateway.clone();
    let status = updated.status.get_or_insert_default();
    let listeners: Vec<_> = gateway
        .spec
        .listeners
        .iter()
        .map(|listener| listener::status(view, gateway, listener, now))
        .collect();
    let all_sound = listeners.iter().all(|listener| {
        listener
            .conditions
            .iter()
            .all(|condition| condition.type_ != "Accepted" || condition.status == "True")
    });
    let accepted = if all_sound {
        Verdict::yes("Accepted", "Accepted", "the gateway is valid")
    } else {
        Verdict::yes("Accepted", "ListenersNotValid", "some listeners are not valid")
    };
    let programmed = match &address {
        Some(_) => Verdict::yes("Programmed", "Programmed", "the gateway listens"),
        None => Verdict::no("Programmed", "AddressNotAssigned", "the gateway has no address yet"),
    };
    status.addresses = address.map(|address| vec![address]);
    let verdicts = [accepted, programmed];
    status.conditions = conditions(status.conditions.as_ref(), &verdicts, &gateway.metadata, now);
    status.listeners = Some(listeners);
    write(gateway, updated, &mut outcome);
    outcome
}

/// The name of the controller whose Gateway this is, if this world runs it, and where its Gateways
/// get their addresses from.
fn controller_of<'a>(view: &View<'a>, gateway: &Gateway) -> Option<(&'a str, &'a GatewayAddress)> {
    let class = view.snapshot.find::<GatewayClass>("", &gateway.spec.gateway_class_name)?;
    let (name, source) =
        view.world.gateway_controllers.get_key_value(&class.spec.controller_name)?;
    Some((name, source))
}

/// The HTTPRoutes that name a Gateway among their parents.
fn routes_of<'a>(view: &View<'a>, gateway: &Gateway) -> Vec<&'a HTTPRoute> {
    view.snapshot
        .list::<HTTPRoute>()
        .filter(|candidate| {
            candidate.spec.parent_refs.iter().flatten().any(|parent| {
                route::parent_key(candidate, parent)
                    == Some(ObjectRef::new(
                        Kind::Gateway,
                        pods::namespace(&gateway.metadata),
                        pods::name(&gateway.metadata),
                    ))
            })
        })
        .collect()
}

/// Whether an object of `kind` in namespace `from` may refer to an object in another namespace.
fn is_granted(
    view: &View<'_>,
    kind: &str,
    from: &str,
    to_group: &str,
    to_kind: &str,
    to: (&str, &str),
) -> bool {
    let (namespace, name) = to;
    from == namespace
        || view.snapshot.list_in::<ReferenceGrant>(namespace).any(|grant| {
            grant.spec.from.iter().any(|origin| {
                origin.group == GROUP && origin.kind == kind && origin.namespace == from
            }) && grant.spec.to.iter().any(|target| {
                target.group == to_group
                    && target.kind == to_kind
                    && target.name.as_deref().is_none_or(|only| only.is_empty() || only == name)
            })
        })
}

/// What is to be said in one condition.
#[derive(Clone, Debug)]
struct Verdict {
    kind: &'static str,
    holds: bool,
    reason: &'static str,
    message: String,
}

impl Verdict {
    fn yes(kind: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { kind, holds: true, reason, message: message.into() }
    }

    fn no(kind: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { kind, holds: false, reason, message: message.into() }
    }
}

/// The verdicts as conditions; a condition whose status stays keeps its `lastTransitionTime`.
fn conditions(
    before: Option<&Vec<Condition>>,
    verdicts: &[Verdict],
    metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
    now: Time,
) -> Option<Vec<Condition>> {
    let list = verdicts.iter().map(|verdict| {
        let status = if verdict.holds { "True" } else { "False" };
        let known = before
            .into_iter()
            .flatten()
            .find(|condition| condition.type_ == verdict.kind && condition.status == status);
        Condition {
            type_: verdict.kind.into(),
            status: status.into(),
            reason: verdict.reason.into(),
            message: verdict.message.clone(),
            observed_generation: metadata.generation,
            last_transition_time: known
                .map_or_else(|| now.timestamp(), |known| known.last_transition_time.clone()),
        }
    });
    Some(list.collect())
}

fn write<T: manifest::Typed + PartialEq>(before: &T, after: T, outcome: &mut Outcome) {
    if *before != after {
        outcome.write(Write::UpdateStatus(after.into()), Why::StatusOutdated);
    }
}
