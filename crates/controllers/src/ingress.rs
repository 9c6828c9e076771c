//! Publishes the address of an Ingress' controller in its status.
//!
//! Watches Ingresses, IngressClasses and Services. Owns `status.loadBalancer` of the Ingresses whose
//! class names an ingress controller that this world runs. Default classes are filled in at
//! admission, not here. Models what ingress controllers have in common (`ingress-nginx`
//! `internal/ingress/status`). Ingresses of AWS Load Balancer Controller are
//! `application_load_balancer`'s.

use std::net::IpAddr;

use apiserver::Time;
use k8s_openapi::api::networking::v1::{
    Ingress, IngressClass, IngressLoadBalancerIngress, IngressLoadBalancerStatus,
};
use manifest::ObjectRef;

use crate::application_load_balancer;
use crate::outcome::{Outcome, Why, Write};
use crate::view::View;

/// The controller that takes Ingresses without a class too, and those annotated with its name, as
/// long as no class is set for it (`shouldProcessIngress` of Traefik's Ingress provider).
const TAKES_CLASSLESS: (&str, &str) = ("traefik.io/ingress-controller", "traefik");

/// Brings one Ingress' status up to date.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, _now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(ingress) = view.find::<Ingress>(key) else { return outcome };
    let controller = controller_of(view, ingress);
    if view.world.application_load_balancers.is_some()
        && (controller == Some(application_load_balancer::CONTROLLER)
            || view.world.balancers.contains_key(key))
    {
        let is_own = controller == Some(application_load_balancer::CONTROLLER);
        return application_load_balancer::reconcile(view, key, ingress, is_own);
    }
    let address = controller.and_then(|controller| view.world.ingress_controllers.get(controller));
    publish(ingress, address.map(String::as_str), &mut outcome);
    outcome
}

/// What the class of an Ingress names as its controller, or who takes it without one.
pub(crate) fn controller_of<'v>(view: &View<'v>, ingress: &Ingress) -> Option<&'v str> {
    let named = ingress.spec.as_ref().and_then(|spec| spec.ingress_class_name.as_deref());
    let annotations = ingress.metadata.annotations.as_ref();
    let annotated = annotations.and_then(|all| all.get("kubernetes.io/ingress.class"));
    let (taker, own_name) = TAKES_CLASSLESS;
    if named.is_none()
        && annotated.is_none_or(|class| class.is_empty() || class == own_name)
        && view.world.ingress_controllers.contains_key(taker)
    {
        return Some(taker);
    }
    let class = named.or(annotated.map(String::as_str))?;
    let class = view.snapshot.find::<IngressClass>("", class)?;
    class.spec.as_ref()?.controller.as_deref()
}

/// Writes where the Ingress is reached, an address or a host name, into its status.
pub(crate) fn publish(ingress: &Ingress, address: Option<&str>, outcome: &mut Outcome) {
    let wanted = address.map(|address| {
        let is_address = address.parse::<IpAddr>().is_ok();
        let written = Some(address.to_owned());
        vec![IngressLoadBalancerIngress {
            ip: written.clone().filter(|_| is_address),
            hostname: written.filter(|_| !is_address),
            ..IngressLoadBalancerIngress::default()
        }]
    });
    let before = ingress
        .status
        .as_ref()
        .and_then(|status| status.load_balancer.as_ref())
        .and_then(|status| status.ingress.clone());
    if before.clone().unwrap_or_default() != wanted.clone().unwrap_or_default() {
        let mut updated = ingress.clone();
        updated.status.get_or_insert_default().load_balancer =
            Some(IngressLoadBalancerStatus { ingress: wanted });
        outcome.write(Write::UpdateStatus(updated.into()), Why::LoadBalancer);
    }
}
