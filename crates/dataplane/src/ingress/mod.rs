//! Ingress: which request goes to which Service, and what each controller says when it cannot.
//!
//! `route` decides and is pure; `page` has the controllers' own words; `alb` reads the annotations of
//! AWS Load Balancer Controller. The packets between a
//! controller and the Pods it dials are the driver's.

mod alb;
mod page;
mod route;

pub use alb::{
    Custom, TargetType, action, group_name, group_order, health_path, is_success, listen_ports,
    ssl_redirect, target_type,
};
pub use page::{Failure, page, patience};
pub use route::{Asked, Certificate, Controller, Flavour, Routed, certificate, route};
