//! The packet under way: reading it, changing it, and writing the step that did.

use std::net::IpAddr;

use packet::{Datagram, Ethernet, Frame, FrameBody, Mac, Packet, Protocol, Transport};
use trace::{Action, Evidence, Line, Stage};

use super::Walk;

impl Walk<'_> {
    pub(super) fn packet(&self) -> &Packet {
        self.trace.frame().packet().expect("only IP packets are walked; ARP is evidence")
    }

    pub(super) fn edited(&self, edit: impl FnOnce(&mut Packet)) -> Frame {
        let mut frame = self.trace.frame().clone();
        edit(frame.packet_mut().expect("only IP packets are walked; ARP is evidence"));
        frame
    }

    /// Writes `Translated` if the frame differs, else `Passed`.
    pub(super) fn maybe_translated(
        &mut self,
        stage: Stage,
        device: Option<&str>,
        frame: Frame,
        evidence: Vec<Evidence>,
    ) {
        let action = if frame == *self.trace.frame() { Action::Passed } else { Action::Translated };
        self.trace.change(stage, action, device, frame, evidence);
    }

    /// Takes the link-layer header off, as a device does for the IP stack.
    pub(super) fn strip(&mut self) {
        self.trace.unwrap_ethernet();
    }

    /// Finds the next hop's hardware address and writes it on the frame.
    pub(super) fn address(
        &mut self,
        target: IpAddr,
        device: &str,
        own: Mac,
        peer: Mac,
        state: &str,
        forwarding: Option<Line>,
    ) {
        let line = Line {
            table: "neighbours".into(),
            lines: vec![format!("{target} dev {device} lladdr {peer} {state}")],
            position: 0,
        };
        let mut evidence = vec![Evidence::Neighbour { line }];
        evidence.extend(forwarding.map(|line| Evidence::Neighbour { line }));
        let mut frame = self.trace.frame().clone();
        frame.ethernet = Some(Ethernet { source: own, destination: peer });
        self.trace.change(Stage::Neighbour, Action::Addressed, Some(device), frame, evidence);
    }

    /// Whether a link of this many bytes does not take the packet, and it may not be cut. TCP cuts what
    /// it sends by itself, so a long answer counts as segments of the size that its sender makes.
    pub(super) fn is_too_big(&self, mtu: u16) -> bool {
        let packet = self.packet();
        let length = match packet.protocol() {
            Protocol::Tcp => packet.length().min(usize::from(self.largest)),
            Protocol::Udp | Protocol::Sctp | Protocol::Icmp | Protocol::IpInIp => packet.length(),
        };
        packet.dont_fragment && length > usize::from(mtu)
    }

    pub(super) fn is_tunnelled(&self) -> bool {
        match &self.trace.frame().body {
            FrameBody::Ip(packet) => match &packet.transport {
                Transport::Udp(udp) => matches!(udp.payload, Datagram::Vxlan { .. }),
                Transport::IpInIp(_) => true,
                Transport::Tcp(_) | Transport::Sctp(_) | Transport::Icmp(_) => false,
            },
            FrameBody::Arp(_) => false,
        }
    }
}
