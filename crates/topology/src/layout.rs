//! Where everything stands on the drawing.
//!
//! A node is read from the top: its Pods, each with a wire to the bridge that runs down their left
//! side; the kernel's path through connection tracking, translation, routes and filters; the tunnel
//! and the uplink; below all nodes, the network between them. A Service is no box on any wire: it is
//! a name above the nodes, with dotted links to its endpoints in the gutter right of the Pods.

use std::collections::BTreeSet;

use manifest::{Kind, ObjectRef};
use trace::Place;

use crate::card::{CARD, CARD_GAP, Card, seats_height, take_seats, waiting_card};
use crate::graph::INSIDE;
use crate::inventory::{NodeFacts, ServiceFacts};
use crate::map::{EdgeBox, EntryBox, KernelBox, Link, Map, NodeBox, OutsideBox, Pill, ServiceBox};
use crate::{EntryFacts, Fabric, Hook, Inventory, Point, Polyline, Rect, Seat, Seating};

pub(crate) const MARGIN: f32 = 16.0;
/// Where the networks of the rows of nodes are joined.
pub(crate) const EDGE: f32 = 8.0;
const NODE_GAP: f32 = 20.0;
/// However wide the screen, more nodes than this go into a further row.
const NODES_IN_A_ROW: usize = 4;
const HEADER: f32 = 40.0;
const PADDING: f32 = 14.0;
const RAIL_LEFT: f32 = 34.0;
const RAIL_WIDTH: f32 = 10.0;
const STUB: f32 = 40.0;
const GUTTER: f32 = 34.0;
const FEWEST_SEATS: usize = 2;
/// Between the Pods, the kernel and the devices.
const GAP: f32 = 16.0;
const UPLINK: f32 = 80.0;
const KERNEL: f32 = 88.0;
const DEVICE: f32 = 28.0;
const NAME: f32 = 42.0;
const NAME_GAP: f32 = 10.0;
const LANES: usize = 4;
const LANE: f32 = 6.0;
const BALANCER: f32 = 42.0;
/// A longer name of a load balancer is cut.
const BALANCER_NOTE: usize = 34;
const MACHINE: f32 = 28.0;
/// The room for the Pods of a row of nodes shrinks by no less than this.
const MUCH: f32 = 3.0 * (CARD + CARD_GAP);

impl Map {
    /// Draws a cluster; Pods that `seating` knows stay where they sit.
    ///
    /// At most `columns` nodes stand side by side; a phone has room for one.
    pub fn of(inventory: &Inventory, fabric: Fabric, seating: &Seating, columns: usize) -> Self {
        let mut seating = seating.follow(inventory);
        let count = inventory.nodes.len().max(1);
        // As few rows as there must be, and each as full as the others.
        let rows = count.div_ceil(columns.clamp(1, NODES_IN_A_ROW));
        let columns = count.div_ceil(rows);
        let node_width = if columns <= 2 { 330.0 } else { 296.0 };
        let width = 2.0 * MARGIN
            + columns as f32 * node_width
            + columns.saturating_sub(1) as f32 * NODE_GAP;
        seating.stand_in(columns);
        let mut map = Self { width, columns, fabric, ..Self::default() };
        let top = map.place_names(inventory);
        let top = seating.room(0, top, MUCH);
        let mut y = top;
        for (index, row) in inventory.nodes.chunks(columns).enumerate() {
            y = map.place_row(inventory, &mut seating, (index, row), y, node_width);
        }
        map.place_outside(inventory, y);
        map.place_waiting(inventory);
        map.link_names(top);
        map.trouble = trouble(inventory, &map.fabric);
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

    /// The Pods that came since an earlier map, or whose containers were started again.
    pub fn fresh_since(&self, earlier: &Map) -> BTreeSet<ObjectRef> {
        let restarts = |map: &Map, pod: &ObjectRef| map.card(pod).map(|(_, card)| card.restarts);
        let fresh = self.pods().filter(|pod| match restarts(earlier, pod) {
            Some(before) => restarts(self, pod).is_some_and(|now| now > before),
            None => true,
        });
        fresh.cloned().collect()
    }

    /// The cards of the Pods that went since an earlier map.
    pub fn gone_since(&self, earlier: &Map) -> Vec<Card> {
        let cards = earlier.nodes.iter().flat_map(|node| &node.cards);
        let gone = cards.filter(|card| match &card.seat {
            Seat::Pod(pod) => self.card(pod).is_none(),
            Seat::Group { .. } => false,
        });
        gone.cloned().collect()
    }

    /// A card that shows each of its Pods by name, and did not on an earlier map.
    pub fn unfolded_since(&self, earlier: &Map) -> Option<&Card> {
        let known = |node: &NodeBox, card: &Card| {
            let before = earlier.node(&node.name);
            let mut before = before.into_iter().flat_map(|node| &node.cards);
            before.any(|it| it.unfolded && it.seat == card.seat)
        };
        self.nodes
            .iter()
            .find_map(|node| node.cards.iter().find(|card| card.unfolded && !known(node, card)))
    }

    /// Where an object is drawn, if it is.
    pub fn place_of(&self, object: &ObjectRef) -> Option<Rect> {
        match object.kind {
            Kind::Node => self.node(&object.name).map(|node| node.rect),
            Kind::Pod => {
                let placed = self.card(object).map(|(_, card)| card);
                let waiting = || self.waiting.iter().find(|card| card.holds(object));
                placed.or_else(waiting).map(|card| card.rect)
            }
            Kind::Service => {
                let mut services = self.services.iter();
                services.find(|it| &it.facts.reference == object).map(|it| it.rect)
            }
            _ => {
                let mut entries = self.entries.iter();
                entries.find(|it| &it.facts.reference == object).map(|it| it.rect)
            }
        }
    }

    /// The node of that name.
    pub fn node(&self, name: &str) -> Option<&NodeBox> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// Puts the names of Services, Ingresses and Gateways in rows at the top; returns where the
    /// nodes may begin.
    fn place_names(&mut self, inventory: &Inventory) -> f32 {
        let mut services: Vec<&ServiceFacts> = inventory.services.iter().collect();
        // The learner's stand nearest to the nodes, so that their links cross no other name.
        services.sort_by_key(|facts| (!facts.system, facts.reference.clone()));
        let (mut x, mut y) = (MARGIN, MARGIN);
        let edge = self.width - MARGIN;
        let mut place = |width: f32| {
            let width = width.min(edge - MARGIN);
            if x > MARGIN && x + width > edge {
                (x, y) = (MARGIN, y + NAME + NAME_GAP);
            }
            let rect = Rect::new(x, y, width, NAME);
            x += width + NAME_GAP;
            rect
        };
        for facts in services {
            let ready = facts.endpoints.iter().filter(|endpoint| endpoint.ready).count();
            let rect = place(service_width(facts));
            self.services.push(ServiceBox { facts: facts.clone(), ready, rect, links: Vec::new() });
        }
        for facts in &inventory.entries {
            let rect = place(entry_width(facts));
            self.entries.push(EntryBox { facts: facts.clone(), rect, links: Vec::new() });
        }
        let names = self.services.len() + self.entries.len();
        if names == 0 {
            return MARGIN;
        }
        y + NAME + 10.0 + names.min(LANES) as f32 * LANE + 6.0
    }

    /// Places one row of nodes and the network below it; returns where the next row may begin.
    fn place_row(
        &mut self,
        inventory: &Inventory,
        seating: &mut Seating,
        (index, row): (usize, &[NodeFacts]),
        top: f32,
        node_width: f32,
    ) -> f32 {
        let card_width = node_width - RAIL_LEFT - RAIL_WIDTH - STUB - GUTTER;
        let need = row
            .iter()
            .map(|node| seats_height(inventory, seating, &node.name, card_width))
            .fold(FEWEST_SEATS as f32 * (CARD + CARD_GAP) - CARD_GAP, f32::max);
        let seats_height = seating.room(index + 1, need, MUCH);
        let height = HEADER + seats_height + GAP + KERNEL + GAP + DEVICE + PADDING;
        let trunk_y = top + height + 20.0;
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
            let y = above.rect.center().y;
            self.wires.push(Polyline(vec![
                Point::new(MARGIN, y),
                Point::new(EDGE, y),
                Point::new(EDGE, trunk_y),
                Point::new(MARGIN, trunk_y),
            ]));
        }
        self.trunks.push(EdgeBox {
            name: "node network".into(),
            note: network_of(row),
            rect: Rect::new(MARGIN, trunk_y - 4.0, self.width - 2.0 * MARGIN, 8.0),
        });
        trunk_y + 38.0
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
        let start = Point::new(rect.x + RAIL_LEFT + RAIL_WIDTH + STUB, first);
        let (cards, vacant) = take_seats(inventory, seating, &facts.name, start, card_width);
        let kernel = Rect::new(
            rect.x + PADDING,
            first + seats_height + GAP,
            rect.width - 2.0 * PADDING,
            KERNEL,
        );
        let device_y = kernel.bottom() + GAP;
        let uplink = Rect::new(rect.right() - PADDING - UPLINK, device_y, UPLINK, DEVICE);
        // As wide as its name and note ask for, and right of the rail.
        let tunnel_width = (uplink.x - 12.0 - rect.x - RAIL_LEFT).min(204.0);
        let tunnel = Rect::new(uplink.x - 12.0 - tunnel_width, device_y, tunnel_width, DEVICE);
        let address = facts.address.map(|address| address.to_string()).unwrap_or_default();
        NodeBox {
            name: facts.name.clone(),
            ready: facts.ready,
            trouble: facts.trouble.clone(),
            cordoned: facts.cordoned,
            agents: agents(facts),
            rail: EdgeBox {
                name: self.fabric.bridge.clone().unwrap_or_default(),
                note: gateway(facts.pod_cidr.as_deref()),
                rect: Rect::new(rect.x + RAIL_LEFT, first, RAIL_WIDTH, seats_height),
            },
            bridged: self.fabric.bridge.is_some(),
            cards,
            vacant,
            kernel: KernelBox {
                rect: kernel,
                pills: pills(kernel),
                rail: kernel.bottom() - 13.0,
                translates: translated(inventory, facts),
            },
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
            let y = card.rect.y + CARD / 2.0;
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

    /// Puts load balancers below the node network, and the internet's machines below them.
    fn place_outside(&mut self, inventory: &Inventory, top: f32) {
        let trunk_y = self.trunks.last().map_or(top, |trunk| trunk.rect.center().y);
        let mut bus = trunk_y + 40.0;
        let mut right = self.width - MARGIN;
        let services = inventory.services.iter().filter(|it| it.type_ == "LoadBalancer");
        let services = services.map(|it| (&it.reference, it.external.clone()));
        let entries = inventory.entries.iter().map(|it| (&it.reference, it.address.clone()));
        let entries = entries.filter(|(entry, _)| inventory.balanced.contains(entry));
        for (owner, address) in services.chain(entries) {
            let name = format!("load balancer of {}", owner.name);
            let note = address.unwrap_or_else(|| "<pending>".into());
            let words = name.chars().count().max(22) as f32 * 6.2;
            let width = 46.0 + words.max(note.chars().count().min(BALANCER_NOTE) as f32 * 7.4);
            if right - width < MARGIN {
                break;
            }
            let rect = Rect::new(right - width, trunk_y + 22.0, width, BALANCER);
            right = rect.x - 14.0;
            bus = rect.bottom() + 22.0;
            let place = Place::LoadBalancer(owner.clone());
            self.outside.push(OutsideBox { place, name, note, rect });
        }
        self.internet = EdgeBox {
            name: "internet".into(),
            note: String::new(),
            rect: Rect::new(MARGIN, bus, self.width - 2.0 * MARGIN, 0.0),
        };
        for (name, note, rect) in machines(inventory, self.width, bus) {
            let place = Place::Internet(name.clone());
            self.outside.push(OutsideBox { place, name, note, rect });
        }
        for outside in &self.outside {
            let x = outside.plug().x;
            let down = |from: f32, to: f32| Polyline(vec![Point::new(x, from), Point::new(x, to)]);
            if outside.rect.y > bus {
                self.wires.push(down(bus, outside.rect.y));
            } else if outside.note != "<pending>" {
                self.wires.push(down(trunk_y, outside.rect.y));
                self.wires.push(down(outside.rect.bottom(), bus));
            }
        }
        let router = self.router();
        self.wires.push(Polyline(vec![Point::new(router, trunk_y), Point::new(router, bus)]));
        self.height = bus + 12.0 + MACHINE + MARGIN;
    }

    /// Where the way to the internet leaves the node network.
    pub(crate) fn router(&self) -> f32 {
        MARGIN + 5.0
    }

    /// Lists the Pods without a node, as many as there is room for in a few rows.
    fn place_waiting(&mut self, inventory: &Inventory) {
        if inventory.unscheduled.is_empty() {
            return;
        }
        const ROWS: f32 = 3.0;
        let (left, step) = (MARGIN + 100.0, CARD + CARD_GAP);
        let last = self.height + (ROWS - 1.0) * step;
        let (mut x, mut y) = (left, self.height);
        for pod in &inventory.unscheduled {
            let mut card = waiting_card(pod, Point::new(x, y));
            if x > left && card.rect.right() > self.width - MARGIN {
                (x, y) = (left, y + step);
                card = waiting_card(pod, Point::new(x, y));
            }
            if y > last {
                y = last;
                break;
            }
            x = card.rect.right() + CARD_GAP;
            self.waiting.push(card);
        }
        self.waiting_more = inventory.unscheduled.len() - self.waiting.len();
        self.height = y + CARD + MARGIN;
    }

    /// Draws the dotted links, each name in a lane of its own.
    fn link_names(&mut self, nodes_top: f32) {
        let mut services = std::mem::take(&mut self.services);
        let mut entries = std::mem::take(&mut self.entries);
        let rows = services.iter().map(|it| it.rect).chain(entries.iter().map(|it| it.rect));
        let lowest = rows.map(Rect::bottom).fold(0.0, f32::max);
        let below = (nodes_top, lowest);
        for (index, service) in services.iter_mut().enumerate() {
            let endpoints = service.facts.endpoints.iter().map(|it| (&it.pod, it.ready));
            service.links = self.links(endpoints, service.rect, index, below);
        }
        for (index, entry) in entries.iter_mut().enumerate() {
            let readers = entry.facts.read_by.iter().map(|pod| (pod, true));
            entry.links = self.links(readers, entry.rect, services.len() + index, below);
        }
        (self.services, self.entries) = (services, entries);
    }

    fn links<'a>(
        &self,
        pods: impl Iterator<Item = (&'a ObjectRef, bool)>,
        name: Rect,
        index: usize,
        (nodes_top, lowest): (f32, f32),
    ) -> Vec<Link> {
        let lane = (index % LANES) as f32 * LANE;
        let lane_y = nodes_top - 10.0 - lane;
        let mut links: Vec<Link> = Vec::new();
        for (pod, ready) in pods {
            let Some((node, card)) = self.card(pod) else { continue };
            if let Some(link) = links.iter_mut().find(|link| card.holds(&link.pods[0])) {
                link.pods.push(pod.clone());
                link.ready |= ready;
                continue;
            }
            // Nodes of a further row are reached beside those above them, never through them.
            let gutter = if node.rect.y > nodes_top {
                node.rect.right() + 3.0 + lane * 0.7
            } else {
                node.rect.right() - 9.0 - lane
            };
            let from = Point::new(name.center().x, name.bottom());
            let y = card.rect.y + CARD / 2.0;
            let mut line = vec![from];
            let mut x = from.x;
            if name.bottom() < lowest {
                // Round the names below it, along the right edge.
                let aside = name.bottom() + NAME_GAP / 2.0;
                line.push(Point::new(x, aside));
                x = self.width - MARGIN + 3.0 + lane / 2.0;
                line.push(Point::new(x, aside));
            }
            line.extend([
                Point::new(x, lane_y),
                Point::new(gutter, lane_y),
                Point::new(gutter, y),
                Point::new(card.rect.right(), y),
            ]);
            let line = Polyline(line);
            links.push(Link { pods: vec![pod.clone()], ready, line });
        }
        links
    }
}

/// Why nothing works, if nothing does: without a plugin no Pod gets a network.
fn trouble(inventory: &Inventory, fabric: &Fabric) -> String {
    let Some(node) = inventory.nodes.iter().find(|node| !node.ready) else { return String::new() };
    if fabric.transport.is_empty() && !node.trouble.is_empty() {
        return format!(
            "Without a CNI plugin nobody gives Pods a network: they wait in ContainerCreating, \
             and the nodes stay NotReady. Each kubelet says: {}.",
            node.trouble
        );
    }
    String::new()
}

/// The Services a node's kernel translates, the learner's first.
fn translated(inventory: &Inventory, node: &NodeFacts) -> Vec<ObjectRef> {
    let mut known: Vec<&ServiceFacts> = inventory
        .services
        .iter()
        .filter(|service| node.translated.contains(&service.reference))
        .collect();
    known.sort_by_key(|service| (service.system, &service.reference));
    known.into_iter().map(|service| service.reference.clone()).collect()
}

/// The internet's machines side by side, with their addresses if there is room.
fn machines(inventory: &Inventory, width: f32, bus: f32) -> Vec<(String, String, Rect)> {
    let boxes = |with_note: bool| {
        let mut x = MARGIN;
        let machines = inventory.machines.iter().rev().map(|(name, address)| {
            let note = if with_note { address.to_string() } else { String::new() };
            let room = if with_note { 44.0 } else { 28.0 };
            let width = room + name.len() as f32 * 6.6 + note.len() as f32 * 7.4;
            let rect = Rect::new(x, bus + 12.0, width, MACHINE);
            x += width + 12.0;
            (name.clone(), note, rect)
        });
        machines.collect::<Vec<_>>()
    };
    let roomy = boxes(true);
    let fits = roomy.last().is_none_or(|(.., rect)| rect.right() <= width - MARGIN);
    if fits { roomy } else { boxes(false) }
}

fn entry_width(facts: &EntryFacts) -> f32 {
    let first = facts.reference.name.len() as f32 * 7.3 + facts.hosts[0].len() as f32 * 7.4 + 22.0;
    let backends: usize = facts.backends.iter().map(|service| service.name.len() + 2).sum();
    let second = (backends + facts.class.len() + 34) as f32 * 6.0;
    first.max(second).max(150.0) + 27.0
}

fn service_width(facts: &ServiceFacts) -> f32 {
    let (name, number) = if facts.system { (6.4, 6.6) } else { (7.0, 7.4) };
    let first = facts.reference.name.len() as f32 * name;
    let second = (facts.address.len() + facts.ports.len() + 1) as f32 * number;
    (first + second + 30.0).max(146.0)
}

/// Who sets up a node's kernel: what runs in the node's own network, by its family's name.
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

/// The kernel's stages, spread over its box in the order a packet meets them.
fn pills(kernel: Rect) -> Vec<Pill> {
    // The wire from the bridge comes down on the left.
    const LEFT: f32 = 36.0;
    const RIGHT: f32 = 8.0;
    let widths: Vec<f32> =
        Hook::ALL.iter().map(|hook| hook.label().len() as f32 * 6.2 + 8.0).collect();
    let free = kernel.width - LEFT - RIGHT - widths.iter().sum::<f32>();
    let gap = (free / (widths.len() - 1) as f32).max(2.0);
    let mut x = kernel.x + LEFT;
    Hook::ALL
        .iter()
        .zip(widths)
        .map(|(hook, width)| {
            let rect = Rect::new(x, kernel.y + 43.0, width, 20.0);
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
