//! What senders have learned of the way: how large a packet to a destination may be.
//!
//! Models the exceptions of the kernel's routes (`net/ipv4/route.c`, `ip route get`), which ICMP
//! messages make and which a sender keeps to from then on.

use std::net::IpAddr;
use std::time::Duration;

use packet::Time;
use trace::Place;

use super::Network;

/// How long the kernel believes it (`net.ipv4.route.mtu_expires`).
const EXPIRES: Duration = Duration::from_secs(600);

impl Network {
    /// A router has told the sender at a place how large packets to a destination may be.
    pub(crate) fn learn_path_mtu(
        &mut self,
        from: &Place,
        destination: IpAddr,
        mtu: u16,
        now: Time,
    ) {
        let place = self.namespace_of(from);
        self.path_mtus.insert((place, destination), (mtu, now));
    }

    /// The largest packet that a sender makes of a stream to a destination. Both ends tell each other
    /// what their links take when they connect, so the smaller counts.
    pub(crate) fn largest_packet(&self, from: &Place, destination: IpAddr, now: Time) -> u16 {
        let place = self.namespace_of(from);
        let link = match place {
            Place::Node(_) => self.pod_mtu().min(self.profile().mtu),
            Place::Pod(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => {
                self.pod_mtu()
            }
        };
        let learned = self.path_mtus.get(&(place, destination));
        let learned = learned.filter(|(_, when)| now.since(*when) < EXPIRES);
        learned.map_or(link, |(mtu, _)| link.min(*mtu))
    }
}
