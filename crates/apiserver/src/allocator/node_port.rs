//! Node ports: which are free, and which ones a Service gets.
//!
//! Models `pkg/registry/core/service/portallocator` and `initNodePorts`, `updateNodePorts` and the health
//! check port in `pkg/registry/core/service/storage/alloc.go`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Service;
use manifest::FieldPath;

use super::{kind_of, needs_health_check, refuse, services, wants_node_ports};
use crate::refusal::Reason;
use crate::validation::Causes;
use crate::{ApiServer, Refusal};

/// The ports that a Service, and whoever holds one already, leave to it.
struct Ports<'a> {
    server: &'a mut ApiServer,
    taken: BTreeSet<i32>,
}

pub(super) fn allocate(
    server: &mut ApiServer,
    before: Option<&Service>,
    service: &mut Service,
) -> Result<(), Refusal> {
    let taken = services(server).flat_map(held).collect();
    let mut ports = Ports { server, taken };
    if matches!(kind_of(service), "NodePort" | "LoadBalancer") {
        match before {
            None => fresh(&mut ports, service)?,
            Some(before) => changed(&mut ports, before, service)?,
        }
    }
    health_check(&mut ports, before, service)
}

/// On creation, ports of one number share a node port, so that DNS over TCP and UDP has one.
fn fresh(ports: &mut Ports, service: &mut Service) -> Result<(), Refusal> {
    let wanted = wants_node_ports(service);
    let mut of_port: BTreeMap<i32, i32> = BTreeMap::new();
    let list = service.spec.as_ref().and_then(|spec| spec.ports.clone()).unwrap_or_default();
    for (index, port) in list.iter().enumerate() {
        let written = port.node_port.unwrap_or(0);
        if written == 0 && !wanted {
            continue;
        }
        let given = match of_port.get(&port.port) {
            None => {
                let asked = list
                    .iter()
                    .filter(|other| other.port == port.port)
                    .find_map(|other| other.node_port.filter(|&node_port| node_port != 0));
                let given = match asked {
                    Some(asked) => ports.take(service, index, asked)?,
                    None => ports.draw()?,
                };
                of_port.insert(port.port, given);
                given
            }
            Some(&shared) if written == 0 || written == shared => shared,
            Some(_) => ports.take(service, index, written)?,
        };
        set(service, index, given);
    }
    Ok(())
}

/// On a change, a port that the Service had stays its own.
fn changed(ports: &mut Ports, before: &Service, service: &mut Service) -> Result<(), Refusal> {
    let wanted = wants_node_ports(service);
    let mut own: BTreeSet<i32> = held(before).collect();
    let list = service.spec.as_ref().and_then(|spec| spec.ports.clone()).unwrap_or_default();
    for (index, port) in list.iter().enumerate() {
        match port.node_port.unwrap_or(0) {
            0 if !wanted => {}
            0 => {
                let drawn = ports.draw()?;
                set(service, index, drawn);
            }
            asked if own.contains(&asked) => {}
            asked => {
                own.insert(ports.take(service, index, asked)?);
            }
        }
    }
    Ok(())
}

fn health_check(
    ports: &mut Ports,
    before: Option<&Service>,
    service: &mut Service,
) -> Result<(), Refusal> {
    if !needs_health_check(service) || before.is_some_and(needs_health_check) {
        return Ok(());
    }
    let asked = service.spec.as_ref().and_then(|spec| spec.health_check_node_port).unwrap_or(0);
    let given = if asked == 0 {
        ports.draw()?
    } else {
        ports.check(asked).map_err(|problem| {
            Refusal::new(
                Reason::InternalError,
                format!("Internal error occurred: failed to allocate requested HealthCheck NodePort {asked}: {problem}"),
            )
        })?
    };
    service.spec.get_or_insert_default().health_check_node_port = Some(given);
    Ok(())
}

impl Ports<'_> {
    /// Takes the port that somebody asks for.
    fn take(&mut self, service: &Service, index: usize, asked: i32) -> Result<i32, Refusal> {
        self.check(asked).map_err(|problem| {
            let mut causes = Causes::default();
            causes.invalid(
                &FieldPath::of("spec.ports").index(index).child("nodePort"),
                asked,
                problem,
            );
            refuse(service, causes.into_vec())
        })
    }

    fn check(&mut self, asked: i32) -> Result<i32, String> {
        let range = &self.server.config.node_ports;
        let (first, last) = (i32::from(*range.start()), i32::from(*range.end()));
        if !(first..=last).contains(&asked) {
            return Err(format!(
                "provided port is not in the valid range. The range of valid ports is {first}-{last}"
            ));
        }
        if !self.taken.insert(asked) {
            return Err("provided port is already allocated".into());
        }
        Ok(asked)
    }

    /// Takes a free port: the next fixed one, else one drawn from the upper band, else from the lower.
    fn draw(&mut self) -> Result<i32, Refusal> {
        let range = self.server.config.node_ports.clone();
        let size = u64::from(range.end().saturating_sub(*range.start())) + 1;
        let band = if size <= 16 { 0 } else { (size / 32).clamp(16, 128) };
        let upper = size - band;
        let fixed = self
            .server
            .config
            .next_node_ports
            .iter()
            .find(|port| range.contains(port) && !self.taken.contains(&i32::from(**port)));
        let drawn = match fixed {
            Some(port) => Some(i32::from(*port)),
            None => {
                let start = self.server.random.below(upper);
                (0..upper)
                    .map(|step| band + (start + step) % upper)
                    .chain(0..band)
                    .map(|offset| i32::from(*range.start()) + i32::try_from(offset).unwrap_or(0))
                    .find(|port| !self.taken.contains(port))
            }
        };
        let drawn = drawn.ok_or_else(|| {
            Refusal::new(
                Reason::InternalError,
                "Internal error occurred: failed to allocate a nodePort: range is full",
            )
        })?;
        self.taken.insert(drawn);
        Ok(drawn)
    }
}

/// The node ports that a Service holds, the health check's included.
fn held(service: &Service) -> impl Iterator<Item = i32> + '_ {
    let spec = service.spec.as_ref();
    let ports = spec.and_then(|spec| spec.ports.as_ref()).into_iter().flatten();
    let health = spec.and_then(|spec| spec.health_check_node_port);
    ports.filter_map(|port| port.node_port).chain(health).filter(|&port| port != 0)
}

fn set(service: &mut Service, index: usize, node_port: i32) {
    if let Some(port) = service
        .spec
        .as_mut()
        .and_then(|spec| spec.ports.as_mut())
        .and_then(|ports| ports.get_mut(index))
    {
        port.node_port = Some(node_port);
    }
}
