//! The ends of a packet's journey: a process takes it, or nobody does.

use std::net::IpAddr;
use std::time::Duration;

use packet::{Icmp, Transport};
use trace::{Action, DropReason, Evidence, Line, Place, RejectReason, Stage};

use super::{Station, Walk};
use crate::netns::MissingPod;

/// How long the kernel asks for a hardware address before it gives up: three times a second.
const ADDRESS_RESOLUTION: Duration = Duration::from_secs(3);

impl Walk<'_> {
    /// Whether a process takes the packet.
    pub(super) fn deliver(&mut self, place: Place) -> Station {
        self.hear(&place);
        let packet = self.packet().clone();
        let (_, port) = packet.ports();
        let protocol = packet.protocol();
        let pod = match &place {
            Place::Pod(pod) => Some(pod.clone()),
            Place::Node(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => {
                None
            }
        };
        if let Transport::Icmp(message) = &packet.transport {
            match message {
                Icmp::EchoRequest { .. }
                | Icmp::EchoReply { .. }
                | Icmp::Unreachable { .. }
                | Icmp::TimeExceeded { .. } => {}
            }
            self.trace.step(Stage::Application, Action::Delivered, None, vec![]);
            return Station::Over;
        }
        if self.network.has_socket(&place, protocol, port) {
            let others = Vec::new();
            let evidence =
                vec![Evidence::Listener { pod, container: None, port, listening: true, others }];
            self.trace.step(Stage::Application, Action::Delivered, None, evidence);
            return Station::Over;
        }
        let address = packet.destination;
        let snapshot = self.network.snapshot.clone();
        let answer = self.listeners.listening(&snapshot, &place, protocol, address, port);
        let evidence = vec![Evidence::Listener {
            pod: answer.pod.or(pod),
            container: answer.container,
            port,
            listening: answer.listening,
            others: answer.others,
        }];
        let is_reset = matches!(&packet.transport, Transport::Tcp(tcp) if tcp.flags.rst);
        if answer.listening || is_reset {
            self.trace.step(Stage::Application, Action::Delivered, None, evidence);
            return Station::Over;
        }
        self.reject(Stage::Application, None, RejectReason::PortClosed, evidence)
    }

    /// Nobody answers for an address on a link; the kernel asks three times and then says so.
    pub(super) fn unresolved(&mut self, target: IpAddr, device: &str) -> Station {
        let line = Line {
            table: "neighbours".into(),
            lines: vec![format!("{target} dev {device} FAILED")],
            position: 0,
        };
        let evidence = vec![Evidence::Neighbour { line }];
        if self.network.profile().missing_pod == MissingPod::Blackhole && device != "eth0" {
            return self.drop(
                Stage::Neighbour,
                Some(device),
                DropReason::NeighbourUnreachable,
                evidence,
            );
        }
        self.trace.wait(ADDRESS_RESOLUTION);
        self.reject(Stage::Neighbour, Some(device), RejectReason::HostUnreachable, evidence)
    }

    pub(super) fn drop(
        &mut self,
        stage: Stage,
        device: Option<&str>,
        reason: DropReason,
        evidence: Vec<Evidence>,
    ) -> Station {
        self.trace.step(stage, Action::Dropped(reason), device, evidence);
        Station::Over
    }

    pub(super) fn reject(
        &mut self,
        stage: Stage,
        device: Option<&str>,
        reason: RejectReason,
        evidence: Vec<Evidence>,
    ) -> Station {
        self.trace.step(stage, Action::Rejected(reason), device, evidence);
        Station::Over
    }
}
