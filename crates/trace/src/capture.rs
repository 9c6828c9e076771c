//! What `tcpdump` would show: each frame at each device it passed.
//!
//! A capture is read off a finished journey; nothing is walked again.

use packet::pcap::{Captured, pcapng};
use packet::{Datagram, Frame, FrameBody, Time, Transport};

use crate::{Action, Journey, Place, Step};

/// A frame as it was seen at one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Where the device is.
    pub place: Place,
    /// The device: `eth0`, `cni0`.
    pub device: String,
    /// When.
    pub at: Time,
    /// The frame, as the device handled it.
    pub frame: Frame,
    /// Which way it goes through the device: into this place, or out of it.
    pub inbound: bool,
    /// Which packet of the journey it is.
    pub flight: usize,
    /// Which hop of it.
    pub hop: usize,
    /// Which step of that.
    pub step: usize,
}

impl Sighting {
    /// The capture point's name in a file: `node-1 cni0`.
    pub fn interface(&self) -> String {
        format!("{} {}", self.place, self.device)
    }

    /// The line that `tcpdump -nS -i any` prints of it in its place.
    pub fn line(&self) -> String {
        let way = if self.inbound { "In" } else { "Out" };
        let (time, frame) = (self.at.clock(), self.frame.tcpdump());
        format!("{time} {:<5} {way:<3} {frame}", self.device)
    }
}

impl Journey {
    /// Every sighting of every packet, in order of time.
    pub fn sightings(&self) -> Vec<Sighting> {
        let mut sightings: Vec<Sighting> = Vec::new();
        for (flight, packet) in self.packets.iter().enumerate() {
            let mut before = packet.trace.sent();
            for (position, hop) in packet.trace.hops().iter().enumerate() {
                for (number, step) in hop.steps().iter().enumerate() {
                    if let Some(device) = &step.device
                        && let Some((frame, inbound)) = seen(step, before)
                    {
                        sightings.push(Sighting {
                            place: hop.place().clone(),
                            device: device.clone(),
                            at: hop.arrived(),
                            frame,
                            inbound,
                            flight,
                            hop: position,
                            step: number,
                        });
                    }
                    before = &step.frame;
                }
            }
        }
        sightings.sort_by_key(|sighting| sighting.at);
        sightings
    }

    /// The journey as a pcapng file; only the capture points that `keep` names, such as
    /// `node-1 cni0`.
    pub fn pcapng(&self, keep: impl Fn(&str) -> bool) -> Vec<u8> {
        let mut interfaces: Vec<String> = Vec::new();
        let mut frames = Vec::new();
        for sighting in self.sightings() {
            let name = sighting.interface();
            if !keep(&name) {
                continue;
            }
            let interface =
                interfaces.iter().position(|known| *known == name).unwrap_or_else(|| {
                    interfaces.push(name);
                    interfaces.len() - 1
                });
            frames.push(Captured { interface, at: sighting.at, frame: sighting.frame });
        }
        pcapng(&interfaces, &frames)
    }
}

/// The frame as the step's device handled it, and whether it came in; none where the step is not a
/// device's.
fn seen(step: &Step, before: &Frame) -> Option<(Frame, bool)> {
    match step.action {
        Action::Received => Some((step.frame.clone(), true)),
        Action::Forwarded => Some((step.frame.clone(), false)),
        // A bridge takes the frame in whole; the IP stack above it sees only the packet.
        Action::Bridged if step.frame.ethernet.is_some() => Some((step.frame.clone(), true)),
        Action::Bridged => Some((before.clone(), true)),
        // A tunnel device handles what goes into the tunnel, or comes out of it.
        Action::Encapsulated => Some((before.clone(), false)),
        Action::Decapsulated => Some((inside(before).unwrap_or_else(|| step.frame.clone()), true)),
        Action::Sent
        | Action::Passed
        | Action::Tracked
        | Action::Translated
        | Action::Permitted
        | Action::Routed
        | Action::Addressed
        | Action::Delivered
        | Action::Dropped(_)
        | Action::Rejected(_) => None,
    }
}

/// The frame inside a VXLAN packet.
fn inside(frame: &Frame) -> Option<Frame> {
    let FrameBody::Ip(packet) = &frame.body else { return None };
    match &packet.transport {
        Transport::Udp(udp) => match &udp.payload {
            Datagram::Vxlan { frame, .. } => Some(Frame::clone(frame)),
            Datagram::Dns(_) | Datagram::Bytes(_) => None,
        },
        Transport::IpInIp(inner) => Some(Frame::bare((**inner).clone())),
        Transport::Tcp(_) | Transport::Sctp(_) | Transport::Icmp(_) => None,
    }
}
