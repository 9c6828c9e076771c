//! The devices as a graph whose edges are drawn lines, so that a packet's way is found along them.

use std::collections::BTreeMap;

use manifest::ObjectRef;
use petgraph::algo::astar;
use petgraph::graph::{NodeIndex, UnGraph};
use serde::{Deserialize, Serialize};

use crate::card::CARD;
use crate::layout::EDGE;
use crate::map::{Map, NodeBox};
use crate::{Point, Polyline};

/// How far inside a box the packet stands, left of the box's words.
pub(crate) const INSIDE: f32 = 21.0;

/// A stage of the kernel's path, in the order a forwarded packet meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hook {
    /// The connection tracker.
    Conntrack,
    /// Destination translation: `nat PREROUTING`, `nat OUTPUT`.
    DestinationNat,
    /// The routing table.
    Route,
    /// The `filter` table and NetworkPolicy.
    Filter,
    /// Source translation: `nat POSTROUTING`.
    SourceNat,
}

impl Hook {
    /// Every stage, in order.
    pub const ALL: [Hook; 5] =
        [Hook::Conntrack, Hook::DestinationNat, Hook::Route, Hook::Filter, Hook::SourceNat];

    /// What the map calls it.
    pub fn label(self) -> &'static str {
        match self {
            Hook::Conntrack => "conntrack",
            Hook::DestinationNat => "dnat",
            Hook::Route => "route",
            Hook::Filter => "filter",
            Hook::SourceNat => "snat",
        }
    }
}

/// Something a packet can be at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Vertex {
    /// A Pod's processes.
    Pod(ObjectRef),
    /// A Pod's `eth0`, at the edge of its card.
    Door(ObjectRef),
    /// The node's end of a Pod's veth.
    Veth(ObjectRef),
    /// The bridge, where a Pod is plugged in.
    Tap(ObjectRef),
    /// The bridge, where the node itself is plugged in.
    Bridge(String),
    /// The kernel's side towards the Pods.
    Top(String),
    /// A stage of the kernel's path.
    Hook(String, Hook),
    /// The tunnel device.
    Tunnel(String),
    /// The device on the node network.
    Uplink(String),
    /// The node network, where a node is plugged in.
    Trunk(String),
    /// A box beyond the node network, by its place among them.
    Outside(usize),
}

impl Vertex {
    /// The node of a map that it is on.
    pub(crate) fn node<'a>(&'a self, map: &'a Map) -> Option<&'a str> {
        match self {
            Vertex::Pod(pod) | Vertex::Door(pod) | Vertex::Veth(pod) | Vertex::Tap(pod) => {
                map.card(pod).map(|(node, _)| node.name.as_str())
            }
            Vertex::Bridge(node)
            | Vertex::Top(node)
            | Vertex::Hook(node, _)
            | Vertex::Tunnel(node)
            | Vertex::Uplink(node) => Some(node),
            Vertex::Trunk(_) | Vertex::Outside(_) => None,
        }
    }
}

/// The graph of devices of a map.
#[derive(Clone, Debug)]
pub struct Devices {
    graph: UnGraph<Point, Polyline>,
    vertices: BTreeMap<Vertex, NodeIndex>,
}

impl Devices {
    /// The graph of a map.
    pub fn of(map: &Map) -> Self {
        let mut devices = Self { graph: UnGraph::default(), vertices: BTreeMap::new() };
        for node in &map.nodes {
            devices.add_pods(node);
            devices.add_kernel(node);
            devices.add_edge_devices(node);
        }
        devices.add_network(map);
        devices
    }

    /// Where something is, if the map shows it.
    pub fn point(&self, vertex: &Vertex) -> Option<Point> {
        self.vertices.get(vertex).map(|index| self.graph[*index])
    }

    /// The shortest way along the wires, or a single point if both are the same.
    pub fn way(&self, from: &Vertex, to: &Vertex) -> Option<Polyline> {
        let (from, to) = (*self.vertices.get(from)?, *self.vertices.get(to)?);
        let (_, path) =
            astar(&self.graph, from, |at| at == to, |edge| edge.weight().length(), |_| 0.0)?;
        let mut way = Polyline(vec![self.graph[from]]);
        for pair in path.windows(2) {
            let edge = self
                .graph
                .edges_connecting(pair[0], pair[1])
                .min_by(|a, b| a.weight().length().total_cmp(&b.weight().length()))?;
            let line = edge.weight();
            let forwards = line.0.first() == Some(&self.graph[pair[0]]);
            way.join(&if forwards { line.clone() } else { line.reversed() });
        }
        Some(way)
    }

    fn add_pods(&mut self, node: &NodeBox) {
        let rail = node.rail.rect;
        let end = Point::new(rail.center().x, rail.bottom());
        let mut above: Option<Vertex> = None;
        for card in &node.cards {
            let y = card.rect.y + CARD / 2.0;
            let tap = Point::new(end.x, y);
            let veth = Point::new((card.rect.x + rail.right()) / 2.0, y);
            for dot in &card.pods {
                let pod = &dot.pod;
                self.put(Vertex::Pod(pod.clone()), dot.point);
                self.put(Vertex::Door(pod.clone()), Point::new(card.rect.x, y));
                self.put(Vertex::Veth(pod.clone()), veth);
                self.put(Vertex::Tap(pod.clone()), tap);
                self.line(Vertex::Pod(pod.clone()), Vertex::Door(pod.clone()), &[]);
                self.line(Vertex::Door(pod.clone()), Vertex::Veth(pod.clone()), &[]);
                self.line(Vertex::Veth(pod.clone()), Vertex::Tap(pod.clone()), &[]);
                if let Some(above) = above.take() {
                    self.line(above, Vertex::Tap(pod.clone()), &[]);
                }
                above = Some(Vertex::Tap(pod.clone()));
            }
        }
        self.put(Vertex::Bridge(node.name.clone()), end);
        if let Some(last) = above {
            self.line(last, Vertex::Bridge(node.name.clone()), &[]);
        }
    }

    fn add_kernel(&mut self, node: &NodeBox) {
        let name = &node.name;
        let kernel = node.kernel.rect;
        let top = Point::new(node.rail.rect.center().x, kernel.y);
        self.put(Vertex::Top(name.clone()), top);
        self.line(Vertex::Bridge(name.clone()), Vertex::Top(name.clone()), &[]);
        let mut before: Option<Vertex> = None;
        for pill in &node.kernel.pills {
            // The packet passes under the stages, so that it hides none of their names.
            let hook = Vertex::Hook(name.clone(), pill.hook);
            self.put(hook.clone(), Point::new(pill.rect.center().x, node.kernel.rail));
            let bend = Point::new(top.x, node.kernel.rail);
            self.line(Vertex::Top(name.clone()), hook.clone(), &[bend]);
            if let Some(before) = before.take() {
                self.line(before, hook.clone(), &[]);
            }
            before = Some(hook);
        }
    }

    fn add_edge_devices(&mut self, node: &NodeBox) {
        let name = &node.name;
        let mut exits = vec![(Vertex::Uplink(name.clone()), node.uplink.rect)];
        exits.extend(node.tunnel.iter().map(|it| (Vertex::Tunnel(name.clone()), it.rect)));
        for (exit, rect) in exits {
            let at = Point::new(rect.x + INSIDE, rect.center().y);
            self.put(exit.clone(), at);
            let bend = Point::new(at.x, node.kernel.rail);
            for pill in &node.kernel.pills {
                self.line(exit.clone(), Vertex::Hook(name.clone(), pill.hook), &[bend]);
            }
        }
    }

    fn add_network(&mut self, map: &Map) {
        let mut along: Option<Vertex> = None;
        for (row, trunk) in map.nodes.chunks(map.columns.max(1)).zip(&map.trunks) {
            for node in row {
                let at = Point::new(node.uplink.rect.x + INSIDE, trunk.rect.center().y);
                let plug = Vertex::Trunk(node.name.clone());
                self.put(plug.clone(), at);
                self.line(Vertex::Uplink(node.name.clone()), plug.clone(), &[]);
                if let Some(before) = along.take() {
                    // From one row to the next along the left edge.
                    let y = self.point(&before).map_or(at.y, |point| point.y);
                    let bends = [Point::new(EDGE, y), Point::new(EDGE, at.y)];
                    self.line(before, plug.clone(), if y == at.y { &[] } else { &bends });
                }
                along = Some(plug);
            }
        }
        self.add_outside(map);
    }

    /// Load balancers hang between the node network and the internet, machines on the internet,
    /// and a router joins the two for everything else.
    fn add_outside(&mut self, map: &Map) {
        let bus = map.internet.rect.y;
        let Some(trunk) = map.trunks.last().map(|trunk| trunk.rect.center().y) else { return };
        let last_row = map.nodes.chunks(map.columns.max(1)).last().unwrap_or_default();
        for (index, outside) in map.outside.iter().enumerate() {
            let at = outside.plug();
            let this = Vertex::Outside(index);
            self.put(this.clone(), at);
            let on_internet = at.y > bus;
            let router = Point::new(map.router(), bus);
            let to_nodes = if on_internet {
                vec![Point::new(router.x, trunk), router, Point::new(at.x, bus)]
            } else {
                vec![Point::new(at.x, trunk)]
            };
            for node in last_row {
                self.line(Vertex::Trunk(node.name.clone()), this.clone(), &to_nodes);
            }
            for (other, before) in map.outside[..index].iter().enumerate() {
                let from = before.plug();
                if on_internet || from.y > bus {
                    let bends = [Point::new(from.x, bus), Point::new(at.x, bus)];
                    self.line(Vertex::Outside(other), this.clone(), &bends);
                }
            }
        }
    }

    fn put(&mut self, vertex: Vertex, point: Point) {
        let index = self.graph.add_node(point);
        self.vertices.insert(vertex, index);
    }

    /// Joins two vertices that are both there by a line with bends.
    fn line(&mut self, from: Vertex, to: Vertex, bends: &[Point]) {
        let (Some(&a), Some(&b)) = (self.vertices.get(&from), self.vertices.get(&to)) else {
            return;
        };
        let mut points = vec![self.graph[a]];
        points.extend_from_slice(bends);
        points.push(self.graph[b]);
        self.graph.add_edge(a, b, Polyline(points));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{map, pod_named};

    #[test]
    fn every_device_can_be_reached_from_every_pod() {
        let map = map();
        let devices = Devices::of(&map);
        let from = Vertex::Pod(pod_named(&map, "frontend"));
        for vertex in devices.vertices.keys() {
            assert!(devices.way(&from, vertex).is_some(), "{vertex:?}");
        }
    }

    #[test]
    fn the_way_between_pods_of_a_node_stays_on_the_bridge() {
        let map = map();
        let devices = Devices::of(&map);
        let pods: Vec<ObjectRef> =
            map.nodes[0].cards.iter().map(|card| card.pods[0].pod.clone()).collect();
        let way = devices.way(&Vertex::Pod(pods[0].clone()), &Vertex::Pod(pods[2].clone()));
        let way = way.expect("both are on the map");
        let lowest = way.0.iter().map(|point| point.y).fold(0.0, f32::max);
        assert!(lowest < map.nodes[0].rail.rect.bottom());
    }

    #[test]
    fn a_way_never_crosses_a_card_it_does_not_lead_to() {
        let map = map();
        let devices = Devices::of(&map);
        let (from, to) = (pod_named(&map, "frontend"), pod_named(&map, "web-app-6d9f7c5b8-t5w8z"));
        let way = devices.way(&Vertex::Pod(from.clone()), &Vertex::Pod(to.clone())).expect("a way");
        let others = map
            .nodes
            .iter()
            .flat_map(|node| &node.cards)
            .filter(|card| card.pods.iter().all(|dot| dot.pod != from && dot.pod != to));
        for card in others {
            for share in 0..=200 {
                let point = way.at(share as f32 / 200.0).expect("the way has points");
                assert!(!card.rect.contains(point), "{point:?} in {}", card.title);
            }
        }
    }
}
