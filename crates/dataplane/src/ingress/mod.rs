//! Ingress: which request goes to which Service, and what each controller says when it cannot.
//!
//! `route` decides and is pure; `page` has the controllers' own words. The packets between a
//! controller and the Pods it dials are the driver's.

mod page;
mod route;

pub use page::{Failure, page};
pub use route::{Asked, Certificate, Controller, Flavour, Routed, certificate, route};
