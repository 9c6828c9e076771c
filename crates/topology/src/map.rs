//! The drawing: every box and wire of the cluster at its place, in abstract units.
//!
//! A node is read from the top: its Pods, each with a wire to the bridge that runs down their left
//! side; the kernel's path through connection tracking, translation, routes and filters; the tunnel
//! and the uplink; below all nodes, the network between them. A Service is no box on any wire: it is
//! a name above the nodes, with dotted links to its endpoints in the gutter right of the Pods.

use manifest::ObjectRef;
use serde::{Deserialize, Serialize};

use crate::inventory::{NodeFacts, PodFacts, PodState, ServiceFacts};
use crate::{Fabric, Hook, Inventory, Point, Polyline, Rect, Seat, Seating};

/// The cluster, drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// How wide the drawing is.
    pub width: f32,
    /// How high it is.
    pub height: f32,
    /// How many nodes stand side by side.
    pub columns: usize,
    /// What the CNI plugin put on every node.
    pub fabric: Fabric,
    /// The nodes, from the left.
    pub nodes: Vec<NodeBox>,
    /// The Services, the system's before the learner's.
    pub services: Vec<ServiceBox>,
    /// The network between the nodes: a line to draw, one for each row of nodes.
    pub trunks: Vec<EdgeBox>,
    /// What is beyond the node network: load balancers, the internet.
    pub outside: Vec<EdgeBox>,
    /// The Pods that no node has been found for, and where to list them.
    pub unscheduled: (Vec<ObjectRef>, Point),
    /// The wires outside the nodes, to draw under everything else.
    pub wires: Vec<Polyline>,
    /// Who sits where, so that the next map keeps the seats.
    pub seating: Seating,
}

/// A named box at the edge of something: a bridge, a tunnel, an uplink, the internet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EdgeBox {
    /// Its name: `eth0`.
    pub name: String,
    /// What else it says: `VNI 1`, `10.244.1.1`.
    pub note: String,
    /// Where.
    pub rect: Rect,
}

/// A node with everything inside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeBox {
    /// The node's name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Whether it is ready.
    pub ready: bool,
    /// What runs in the node's own network, by family name.
    pub agents: Vec<String>,
    /// Where.
    pub rect: Rect,
    /// The bridge, or the plain rail that the Pods' wires meet at where the plugin has no bridge.
    pub rail: EdgeBox,
    /// Whether the rail is a bridge.
    pub bridged: bool,
    /// Its Pods.
    pub cards: Vec<Card>,
    /// Seats that somebody left, to draw as empty.
    pub vacant: Vec<Rect>,
    /// Its kernel.
    pub kernel: KernelBox,
    /// Its tunnel device, if it has one.
    pub tunnel: Option<EdgeBox>,
    /// Its device on the node network.
    pub uplink: EdgeBox,
    /// The wires inside, to draw on the node's ground and under everything else in it.
    pub wires: Vec<Polyline>,
}

/// A Pod, or all Pods of one owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Where.
    pub rect: Rect,
    /// Who.
    pub seat: Seat,
    /// The owner's name, or the Pod's own.
    pub title: String,
    /// What tells the Pod from its sisters, or how many there are.
    pub suffix: String,
    /// Address and port, or how the Pods of a group are.
    pub detail: String,
    /// A word on the state, empty if all is well.
    pub state: String,
    /// How it is; of a group, how the worst is.
    pub condition: PodState,
    /// Which colour of Pods; nothing for the system's.
    pub tint: Option<usize>,
    /// Its Pods, each with the point that stands for it.
    pub pods: Vec<PodDot>,
}

/// A Pod on a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PodDot {
    /// The Pod.
    pub pod: ObjectRef,
    /// Where it is drawn on a group's card.
    pub point: Point,
    /// How it is.
    pub condition: PodState,
}

/// A node's kernel: the stages a packet passes, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KernelBox {
    /// Where.
    pub rect: Rect,
    /// Its stages, from the left.
    pub pills: Vec<Pill>,
    /// How far down the packet passes under the stages.
    pub rail: f32,
}

/// A stage of the kernel's path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pill {
    /// Which.
    pub hook: Hook,
    /// What it is called: `conntrack`.
    pub label: String,
    /// Where.
    pub rect: Rect,
}

/// A Service: a name with a list of endpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceBox {
    /// What it is.
    pub facts: ServiceFacts,
    /// How many endpoints are ready.
    pub ready: usize,
    /// Where its name stands.
    pub rect: Rect,
    /// Dotted lines to its endpoints.
    pub links: Vec<ServiceLink>,
}

/// A dotted line from a Service to one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceLink {
    /// The endpoint.
    pub pod: ObjectRef,
    /// Whether traffic is sent there.
    pub ready: bool,
    /// The line.
    pub line: Polyline,
}

pub(crate) const MARGIN: f32 = 18.0;
const NODE_GAP: f32 = 28.0;
/// However wide the screen, more nodes than this go into a further row.
const NODES_IN_A_ROW: usize = 4;
const HEADER: f32 = 44.0;
const PADDING: f32 = 14.0;
const RAIL_LEFT: f32 = 34.0;
const RAIL_WIDTH: f32 = 10.0;
const STUB: f32 = 40.0;
const GUTTER: f32 = 34.0;
const CARD: f32 = 46.0;
const CARD_GAP: f32 = 8.0;
const FEWEST_SEATS: usize = 2;
const DOT: f32 = 13.0;
const KERNEL: f32 = 98.0;
const DEVICE: f32 = 28.0;
const SERVICE: f32 = 44.0;
/// How far inside a box the packet stands, left of the box's words.
pub(crate) const INSIDE: f32 = 21.0;
const LANES: usize = 4;
const LANE: f32 = 6.0;
const OUTSIDE: f32 = 26.0;

impl Map {
    /// Draws a cluster; Pods that `seating` knows stay where they sit.
    ///
    /// At most `columns` nodes stand side by side; a phone has room for one.
    pub fn of(inventory: &Inventory, fabric: Fabric, seating: &Seating, columns: usize) -> Self {
        let seating = seating.follow(inventory);
        let columns = inventory.nodes.len().clamp(1, columns.clamp(1, NODES_IN_A_ROW));
        let node_width = if columns <= 2 { 330.0 } else { 288.0 };
        let width = 2.0 * MARGIN
            + columns as f32 * node_width
            + columns.saturating_sub(1) as f32 * NODE_GAP;
        let mut map = Self { width, columns, fabric, ..Self::default() };
        let top = map.place_services(inventory);
        let mut y = top;
        for row in inventory.nodes.chunks(columns) {
            y = map.place_row(inventory, &seating, row, y, node_width);
        }
        map.place_outside(inventory, y);
        map.link_services(top);
        map.seating = seating;
        map
    }

    /// The card a Pod is on, with its node.
    pub fn card(&self, pod: &ObjectRef) -> Option<(&NodeBox, &Card)> {
        self.nodes.iter().find_map(|node| {
            let card =
                node.cards.iter().find(|card| card.pods.iter().any(|dot| &dot.pod == pod))?;
            Some((node, card))
        })
    }

    /// Every Pod on the map.
    pub fn pods(&self) -> impl Iterator<Item = &ObjectRef> {
        let cards = self.nodes.iter().flat_map(|node| &node.cards);
        cards.flat_map(|card| &card.pods).map(|dot| &dot.pod)
    }

    /// The node of that name.
    pub fn node(&self, name: &str) -> Option<&NodeBox> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// Puts the names of Services in rows at the top; returns where the nodes may begin.
    fn place_services(&mut self, inventory: &Inventory) -> f32 {
        let mut services: Vec<&ServiceFacts> = inventory.services.iter().collect();
        // The learner's stand nearest to the nodes, so that their links cross no other name.
        services.sort_by_key(|facts| (!facts.system, facts.reference.clone()));
        let (mut x, mut y) = (MARGIN, MARGIN);
        for facts in services {
            let ready = facts.endpoints.iter().filter(|endpoint| endpoint.ready).count();
            let width = service_width(facts).min(self.width - 2.0 * MARGIN);
            if x > MARGIN && x + width > self.width - MARGIN {
                (x, y) = (MARGIN, y + SERVICE + 10.0);
            }
            let rect = Rect::new(x, y, width, SERVICE);
            x += width + 12.0;
            self.services.push(ServiceBox { facts: facts.clone(), ready, rect, links: Vec::new() });
        }
        if self.services.is_empty() {
            return MARGIN;
        }
        let lanes = self.services.len().min(LANES);
        y + SERVICE + 14.0 + lanes as f32 * LANE + 8.0
    }

    /// Places one row of nodes and the network below it; returns where the next row may begin.
    fn place_row(
        &mut self,
        inventory: &Inventory,
        seating: &Seating,
        row: &[NodeFacts],
        top: f32,
        node_width: f32,
    ) -> f32 {
        let card_width = node_width - RAIL_LEFT - RAIL_WIDTH - STUB - GUTTER;
        let seats_height = row
            .iter()
            .map(|node| seats_height(inventory, seating, node, card_width))
            .fold(FEWEST_SEATS as f32 * (CARD + CARD_GAP) - CARD_GAP, f32::max);
        let height = HEADER + seats_height + 20.0 + KERNEL + 20.0 + DEVICE + PADDING;
        let trunk_y = top + height + 24.0;
        for (column, facts) in row.iter().enumerate() {
            let x = MARGIN + column as f32 * (node_width + NODE_GAP);
            let rect = Rect::new(x, top, node_width, height);
            let mut node =
                self.node_box(inventory, seating, facts, rect, (seats_height, card_width));
            self.wire(&mut node, trunk_y);
            self.nodes.push(node);
        }
        if let Some(above) = self.trunks.last() {
            // The rows' networks are one: joined along the left edge.
            let from = Point::new(MARGIN + 5.0, above.rect.center().y);
            self.wires.push(Polyline(vec![from, Point::new(from.x, trunk_y)]));
        }
        self.trunks.push(EdgeBox {
            name: "node network".into(),
            note: network_of(row),
            rect: Rect::new(MARGIN, trunk_y - 4.0, self.width - 2.0 * MARGIN, 8.0),
        });
        trunk_y + 40.0
    }

    fn node_box(
        &self,
        inventory: &Inventory,
        seating: &Seating,
        facts: &NodeFacts,
        rect: Rect,
        (seats_height, card_width): (f32, f32),
    ) -> NodeBox {
        let first = rect.y + HEADER;
        let (cards, vacant) = cards(inventory, seating, facts, rect, card_width);
        let kernel = Rect::new(
            rect.x + PADDING,
            first + seats_height + 20.0,
            rect.width - 2.0 * PADDING,
            KERNEL,
        );
        let device_y = kernel.bottom() + 20.0;
        let uplink = Rect::new(rect.right() - PADDING - 88.0, device_y, 88.0, DEVICE);
        let tunnel = Rect::new(uplink.x - 12.0 - 152.0, device_y, 152.0, DEVICE);
        let address = facts.address.map(|address| address.to_string()).unwrap_or_default();
        NodeBox {
            name: facts.name.clone(),
            ready: facts.ready,
            agents: agents(facts),
            rail: EdgeBox {
                name: self.fabric.bridge.clone().unwrap_or_default(),
                note: gateway(facts.pod_cidr.as_deref()),
                rect: Rect::new(rect.x + RAIL_LEFT, first, RAIL_WIDTH, seats_height),
            },
            bridged: self.fabric.bridge.is_some(),
            cards,
            vacant,
            kernel: KernelBox { rect: kernel, pills: pills(kernel), rail: kernel.bottom() - 15.0 },
            tunnel: self.fabric.tunnel.as_ref().map(|name| EdgeBox {
                name: name.clone(),
                note: self.fabric.tunnel_note.clone(),
                rect: tunnel,
            }),
            uplink: EdgeBox { name: "eth0".into(), note: String::new(), rect: uplink },
            wires: Vec::new(),
            address,
            rect,
        }
    }

    /// The wires of a node, as the device graph walks them.
    fn wire(&mut self, node: &mut NodeBox, trunk_y: f32) {
        let rail = node.rail.rect.center();
        let kernel = &node.kernel;
        let down =
            |x: f32, from: f32, to: f32| Polyline(vec![Point::new(x, from), Point::new(x, to)]);
        for card in &node.cards {
            let y = card.rect.center().y;
            node.wires.push(Polyline(vec![Point::new(card.rect.x, y), Point::new(rail.x, y)]));
        }
        node.wires.push(down(rail.x, node.rail.rect.bottom(), kernel.rail));
        let last = kernel.pills.last().map_or(rail.x, |pill| pill.rect.center().x);
        let uplink = node.uplink.rect;
        let mut ends = vec![rail.x, last, uplink.x + INSIDE];
        node.wires.push(down(uplink.x + INSIDE, kernel.rail, uplink.y));
        if let Some(tunnel) = &node.tunnel {
            ends.push(tunnel.rect.x + INSIDE);
            node.wires.push(down(tunnel.rect.x + INSIDE, kernel.rail, tunnel.rect.y));
        }
        let right = ends.into_iter().fold(rail.x, f32::max);
        node.wires
            .push(Polyline(vec![Point::new(rail.x, kernel.rail), Point::new(right, kernel.rail)]));
        node.wires.push(down(uplink.x + INSIDE, uplink.bottom(), node.rect.bottom()));
        self.wires.push(down(uplink.x + INSIDE, node.rect.bottom(), trunk_y));
    }

    /// Puts load balancers and the internet below the node network.
    fn place_outside(&mut self, inventory: &Inventory, top: f32) {
        let services = inventory.services.iter().filter(|service| service.type_ == "LoadBalancer");
        let owners = services.map(|service| &service.reference).chain(&inventory.balanced);
        let balancers =
            owners.map(|owner| (format!("load balancer of {}", owner.name), String::new()));
        let mut right = self.width - MARGIN;
        let trunk_y = self.trunks.last().map_or(top, |trunk| trunk.rect.center().y);
        let mut boxes = vec![("internet".to_owned(), String::new())];
        boxes.extend(balancers);
        for (name, note) in boxes {
            let width = 26.0 + name.len() as f32 * 6.6;
            let rect = Rect::new(right - width, trunk_y + 26.0, width, OUTSIDE);
            right -= width + 14.0;
            let x = rect.center().x;
            self.wires.push(Polyline(vec![Point::new(x, trunk_y), Point::new(x, rect.y)]));
            self.outside.push(EdgeBox { name, note, rect });
        }
        let below = Point::new(MARGIN + 14.0, trunk_y + 26.0 + OUTSIDE - 5.0);
        self.unscheduled = (inventory.unscheduled.clone(), below);
        self.height = trunk_y + 26.0 + OUTSIDE + MARGIN;
    }

    /// Draws the dotted links, each Service in a lane of its own.
    fn link_services(&mut self, nodes_top: f32) {
        let mut services = std::mem::take(&mut self.services);
        for (index, service) in services.iter_mut().enumerate() {
            let lane = (index % LANES) as f32 * LANE;
            let lane_y = nodes_top - 14.0 - lane;
            service.links = service
                .facts
                .endpoints
                .iter()
                .filter_map(|endpoint| {
                    let (node, card) = self.card(&endpoint.pod)?;
                    let gutter = node.rect.right() - 9.0 - lane;
                    let from = Point::new(service.rect.center().x, service.rect.bottom());
                    let y = card.rect.center().y;
                    let line = Polyline(vec![
                        from,
                        Point::new(from.x, lane_y),
                        Point::new(gutter, lane_y),
                        Point::new(gutter, y),
                        Point::new(card.rect.right(), y),
                    ]);
                    Some(ServiceLink { pod: endpoint.pod.clone(), ready: endpoint.ready, line })
                })
                .collect();
        }
        self.services = services;
    }
}

fn service_width(facts: &ServiceFacts) -> f32 {
    let (name, number) = if facts.system { (6.5, 6.6) } else { (7.3, 7.4) };
    let first = facts.reference.name.len() as f32 * name;
    let second = (facts.address.len() + facts.ports.len() + 1) as f32 * number;
    (first + second + 27.0).max(150.0)
}

/// The kernel modules' helpers that run in the node's own network, by their family's name.
fn agents(facts: &NodeFacts) -> Vec<String> {
    let mut names: Vec<String> = facts
        .agents
        .iter()
        .map(|pod| {
            let name = pod.name.rsplit_once('-').map_or(pod.name.as_str(), |(owner, _)| owner);
            name.trim_end_matches("-ds").to_owned()
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The first address of a Pod network, which the bridge has.
fn gateway(pod_cidr: Option<&str>) -> String {
    let Some((network, _)) = pod_cidr.and_then(|cidr| cidr.split_once('/')) else {
        return String::new();
    };
    match network.parse() {
        Ok(std::net::IpAddr::V4(address)) => {
            std::net::Ipv4Addr::from(u32::from(address).saturating_add(1)).to_string()
        }
        Ok(std::net::IpAddr::V6(address)) => {
            std::net::Ipv6Addr::from(u128::from(address).saturating_add(1)).to_string()
        }
        Err(_) => String::new(),
    }
}

/// The network the nodes' addresses share, as far as a drawing names it.
fn network_of(row: &[NodeFacts]) -> String {
    match row.first().and_then(|node| node.address) {
        Some(std::net::IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Some(std::net::IpAddr::V6(_)) | None => String::new(),
    }
}

fn dots_in_a_row(card_width: f32) -> usize {
    ((card_width - 20.0) / DOT).floor().max(1.0) as usize
}

fn seat_height(pods: usize, seat: &Option<Seat>, card_width: f32) -> f32 {
    match seat {
        Some(Seat::Group { .. }) => {
            CARD + pods.div_ceil(dots_in_a_row(card_width)) as f32 * DOT + 2.0
        }
        Some(Seat::Pod(_)) | None => CARD,
    }
}

fn seats_height(
    inventory: &Inventory,
    seating: &Seating,
    node: &NodeFacts,
    card_width: f32,
) -> f32 {
    let seats = seating.seats(&node.name);
    let total: f32 = seats
        .iter()
        .map(|seat| seat_height(sitting(inventory, node, seat).len(), seat, card_width) + CARD_GAP)
        .sum();
    (total - CARD_GAP).max(0.0)
}

/// The Pods on a seat.
fn sitting<'a>(
    inventory: &'a Inventory,
    node: &'a NodeFacts,
    seat: &Option<Seat>,
) -> Vec<&'a PodFacts> {
    match seat {
        None => Vec::new(),
        Some(Seat::Pod(pod)) => inventory.pod(pod).into_iter().collect(),
        Some(Seat::Group { namespace, owner }) => inventory
            .pods_on(&node.name)
            .filter(|pod| &pod.reference.namespace == namespace && &pod.family.owner == owner)
            .collect(),
    }
}

fn cards(
    inventory: &Inventory,
    seating: &Seating,
    node: &NodeFacts,
    rect: Rect,
    card_width: f32,
) -> (Vec<Card>, Vec<Rect>) {
    let x = rect.x + RAIL_LEFT + RAIL_WIDTH + STUB;
    let mut y = rect.y + HEADER;
    let (mut cards, mut vacant) = (Vec::new(), Vec::new());
    for seat in seating.seats(&node.name) {
        let pods = sitting(inventory, node, seat);
        let place = Rect::new(x, y, card_width, seat_height(pods.len(), seat, card_width));
        y = place.bottom() + CARD_GAP;
        match (seat, pods.first()) {
            (Some(seat), Some(first)) => cards.push(card(seat, first, &pods, seating, place)),
            _ => vacant.push(place),
        }
    }
    (cards, vacant)
}

fn card(seat: &Seat, first: &PodFacts, pods: &[&PodFacts], seating: &Seating, rect: Rect) -> Card {
    let worst = pods.iter().map(|pod| &pod.state).max_by_key(|state| urgency(state));
    let condition = worst.cloned().unwrap_or(PodState::Ready);
    let across = dots_in_a_row(rect.width);
    let dots = pods.iter().enumerate().map(|(index, pod)| PodDot {
        pod: pod.reference.clone(),
        condition: pod.state.clone(),
        point: match seat {
            Seat::Pod(_) => Point::new(rect.x + INSIDE, rect.center().y),
            Seat::Group { .. } => Point::new(
                rect.x + 10.0 + DOT * ((index % across) as f32 + 0.5),
                rect.y + CARD - 5.0 + DOT * ((index / across) as f32 + 0.5),
            ),
        },
    });
    let (suffix, detail) = match seat {
        Seat::Pod(_) => (first.family.suffix.clone(), address_line(first)),
        Seat::Group { .. } => {
            let ready = pods.iter().filter(|pod| pod.state == PodState::Ready).count();
            (format!("× {}", pods.len()), format!("{ready} of {} ready", pods.len()))
        }
    };
    Card {
        rect,
        seat: seat.clone(),
        title: first.family.owner.clone(),
        suffix,
        detail,
        state: match seat {
            Seat::Pod(_) => condition.word().to_owned(),
            Seat::Group { .. } => String::new(),
        },
        condition,
        tint: seating.tint(first),
        pods: dots.collect(),
    }
}

fn urgency(state: &PodState) -> u8 {
    match state {
        PodState::Ready => 0,
        PodState::Completed => 1,
        PodState::Terminating => 2,
        PodState::Waiting(_) => 3,
        PodState::NotReady => 4,
        PodState::Failing(_) => 5,
    }
}

fn address_line(pod: &PodFacts) -> String {
    match (pod.address, pod.port) {
        (Some(address), Some(port)) => packet::socket(address, port),
        (Some(address), None) => address.to_string(),
        (None, _) => "no address yet".to_owned(),
    }
}

/// The kernel's stages, spread over its box in the order a packet meets them.
fn pills(kernel: Rect) -> Vec<Pill> {
    // The wire from the bridge comes down on the left.
    const LEFT: f32 = 38.0;
    const RIGHT: f32 = 10.0;
    let widths: Vec<f32> =
        Hook::ALL.iter().map(|hook| hook.label().len() as f32 * 5.6 + 10.0).collect();
    let free = kernel.width - LEFT - RIGHT - widths.iter().sum::<f32>();
    let gap = (free / (widths.len() - 1) as f32).max(2.0);
    let mut x = kernel.x + LEFT;
    Hook::ALL
        .iter()
        .zip(widths)
        .map(|(hook, width)| {
            let rect = Rect::new(x, kernel.y + 46.0, width, 20.0);
            x += width + gap;
            Pill { hook: *hook, label: hook.label().to_owned(), rect }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{inventory, map};

    #[test]
    fn nothing_covers_anything_else() {
        let map = map();
        for node in &map.nodes {
            let mut boxes: Vec<Rect> = node.cards.iter().map(|card| card.rect).collect();
            boxes.extend([node.rail.rect, node.kernel.rect, node.uplink.rect]);
            boxes.extend(node.tunnel.iter().map(|tunnel| tunnel.rect));
            for (index, one) in boxes.iter().enumerate() {
                assert!(node.rect.contains(one.center()), "{one:?} is inside its node");
                for other in &boxes[index + 1..] {
                    assert!(!one.overlaps(*other), "{one:?} and {other:?} in {}", node.name);
                }
            }
            for pills in node.kernel.pills.windows(2) {
                assert!(!pills[0].rect.overlaps(pills[1].rect), "{}", pills[0].label);
            }
        }
        assert!(!map.nodes[0].rect.overlaps(map.nodes[1].rect));
    }

    #[test]
    fn a_service_is_linked_to_its_endpoints() {
        let map = map();
        let service = map.services.last().expect("a Service");
        assert_eq!(service.facts.reference.name, "web-service");
        assert_eq!((service.ready, service.links.len()), (3, 3));
    }

    #[test]
    fn a_map_stays_put_when_the_cluster_changes() {
        let before = map();
        let mut cluster = inventory();
        let gone = cluster.pods.iter().position(|pod| pod.family.suffix == "x2k9p").expect("a Pod");
        cluster.pods.remove(gone);
        let after = Map::of(&cluster, Fabric::of("flannel-vxlan"), &before.seating, 4);
        for card in &after.nodes[0].cards {
            let (_, was) = before.card(&card.pods[0].pod).expect("the Pod was there");
            assert_eq!(was.rect, card.rect);
        }
        assert_eq!(after.nodes[0].vacant.len(), 1);
    }

    #[test]
    fn two_hundred_pods_still_fit() {
        let mut cluster = inventory();
        for index in 0..200u8 {
            let name = format!("api-5c9d-{index:05}");
            let node = if index % 2 == 0 { "node-1" } else { "node-2" };
            cluster.pods.push(crate::fixture::pod(&name, "api", node, [10, 244, 3, index]));
        }
        let map = Map::of(&cluster, Fabric::of("flannel-vxlan"), &Seating::default(), 4);
        assert!(map.height < 800.0, "{}", map.height);
    }
}
