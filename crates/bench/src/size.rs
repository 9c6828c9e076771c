//! Clusters of any size, made without running a controller: objects as a settled cluster holds them.

use apiserver::Snapshot;
use dataplane::{Request, RequestKind};
use manifest::{Kind, Object, ObjectRef};
use serde_json::{Value, json};
use trace::Place;

/// Services, and the policies and Pods in them, per namespace at the most.
const SERVICES_IN_NAMESPACE: usize = 10;

/// How large a cluster is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Nodes.
    pub nodes: usize,
    /// Pods, spread evenly over nodes and Services.
    pub pods: usize,
    /// Services, each with an EndpointSlice.
    pub services: usize,
    /// NetworkPolicies.
    pub policies: usize,
}

impl Size {
    /// Every object of such a cluster.
    pub fn snapshot(self) -> Snapshot {
        let namespaces = self.services.div_ceil(SERVICES_IN_NAMESPACE);
        let mut snapshot = Snapshot::default();
        snapshot.extend((0..self.nodes).map(node));
        snapshot.extend((0..namespaces).map(|number| namespace(&namespace_name(number))));
        snapshot.extend((0..self.pods).map(|number| self.pod(number)));
        for service in 0..self.services {
            snapshot.extend([self.service(service), self.slice(service, 0)]);
        }
        snapshot.extend((0..self.policies).map(|number| self.policy(number, 80)));
        snapshot.extend(self.dns());
        snapshot.extend((0..self.services).map(ingress));
        snapshot.extend([self.controller()]);
        snapshot
    }

    /// A Pod with an address on its node, behind one Service.
    pub fn pod(self, number: usize) -> Object {
        let service = number % self.services;
        let address = self.pod_address(number);
        read(
            Kind::Pod,
            json!({
                "metadata": {
                    "name": format!("pod-{number}"),
                    "namespace": namespace_of(service),
                    "labels": {"app": format!("service-{service}"), "tier": "web"},
                },
                "spec": {
                    "nodeName": node_name(number % self.nodes),
                    "containers": [{
                        "name": "web",
                        "image": "nginx:1.27",
                        "ports": [{"name": "http", "containerPort": 80}],
                    }],
                },
                "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]},
            }),
        )
    }

    /// The EndpointSlice of a Service, without its first `missing` Pods.
    pub fn slice(self, service: usize, missing: usize) -> Object {
        let endpoints: Vec<Value> = (service..self.pods)
            .step_by(self.services)
            .skip(missing)
            .map(|number| self.endpoint(number, namespace_of(service)))
            .collect();
        read(
            Kind::EndpointSlice,
            json!({
                "metadata": {
                    "name": format!("service-{service}-a"),
                    "namespace": namespace_of(service),
                    "labels": {"kubernetes.io/service-name": format!("service-{service}")},
                },
                "addressType": "IPv4",
                "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
                "endpoints": endpoints,
            }),
        )
    }

    /// A policy that lets the web tier of its namespace reach the Pods of one Service on a port.
    pub fn policy(self, number: usize, port: u16) -> Object {
        let service = number * self.services / self.policies;
        read(
            Kind::NetworkPolicy,
            json!({
                "metadata": {
                    "name": format!("policy-{number}"),
                    "namespace": namespace_of(service),
                },
                "spec": {
                    "podSelector": {"matchLabels": {"app": format!("service-{service}")}},
                    "policyTypes": ["Ingress"],
                    "ingress": [{
                        "from": [{"podSelector": {"matchLabels": {"tier": "web"}}}],
                        "ports": [{"port": port, "protocol": "TCP"}],
                    }],
                },
            }),
        )
    }

    /// The Pod that asks, and the Service of its namespace that it asks for: a policy guards it, and
    /// each `number` is another pair.
    pub fn pair(self, number: usize) -> (Place, String) {
        let rounds = number * 7 % (self.services / 2);
        let (client, service) = (rounds * 2 + 1, rounds * 2);
        let pod = ObjectRef::new(Kind::Pod, namespace_of(service), format!("pod-{client}"));
        (Place::Pod(pod), format!("http://service-{service}"))
    }

    /// A request to the ingress controller for the host of that Service, from the Pod of
    /// [`Size::pair`].
    pub fn through_ingress(self, number: usize) -> Request {
        let (from, _) = self.pair(number);
        let service = number * 7 % (self.services / 2) * 2;
        let mut request = Request::get(from, format!("http://{}", self.controller_address()));
        if let RequestKind::Http { headers, .. } = &mut request.kind {
            headers.push(("Host".to_owned(), host_of(service)));
        }
        request
    }

    fn controller_address(self) -> String {
        self.pod_address(self.pods + 2)
    }

    /// ingress-nginx; the web tier's label lets it through the policies of its own namespace only.
    fn controller(self) -> Object {
        let number = self.pods + 2;
        let address = self.controller_address();
        let image = "registry.k8s.io/ingress-nginx/controller:v1.13.3";
        read(
            Kind::Pod,
            json!({
                "metadata": {"name": format!("pod-{number}"), "namespace": "kube-system"},
                "spec": {
                    "nodeName": node_name(number % self.nodes),
                    "containers": [{"name": "controller", "image": image}],
                },
                "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]},
            }),
        )
    }

    fn service(self, number: usize) -> Object {
        let address =
            format!("10.{}.{}.{}", 97 + number / 62_500, number / 250 % 250, number % 250 + 1);
        service(&namespace_of(number), &format!("service-{number}"), &address, &[("", 80, "TCP")])
    }

    /// CoreDNS with two Pods, its Service and their EndpointSlice.
    fn dns(self) -> Vec<Object> {
        let home = "kube-system";
        let ports = [("dns", 53, "UDP"), ("dns-tcp", 53, "TCP")];
        let pods = [self.pods, self.pods + 1];
        let mut objects = vec![namespace(home), service(home, "kube-dns", "10.96.0.10", &ports)];
        objects.extend(pods.iter().map(|number| {
            let address = self.pod_address(*number);
            let image = "registry.k8s.io/coredns/coredns:v1.13.1";
            read(
                Kind::Pod,
                json!({
                    "metadata": {"name": format!("pod-{number}"), "namespace": home},
                    "spec": {
                        "nodeName": node_name(number % self.nodes),
                        "dnsPolicy": "Default",
                        "containers": [{"name": "coredns", "image": image}],
                    },
                    "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]},
                }),
            )
        }));
        let endpoints: Vec<Value> =
            pods.iter().map(|number| self.endpoint(*number, home.to_owned())).collect();
        objects.push(read(
            Kind::EndpointSlice,
            json!({
                "metadata": {
                    "name": "kube-dns-a",
                    "namespace": home,
                    "labels": {"kubernetes.io/service-name": "kube-dns"},
                },
                "addressType": "IPv4",
                "ports": port_list(&ports),
                "endpoints": endpoints,
            }),
        ));
        objects
    }

    fn endpoint(self, number: usize, namespace: String) -> Value {
        json!({
            "addresses": [self.pod_address(number)],
            "conditions": {"ready": true, "serving": true, "terminating": false},
            "nodeName": node_name(number % self.nodes),
            "targetRef": {"kind": "Pod", "name": format!("pod-{number}"), "namespace": namespace},
        })
    }

    fn pod_address(self, number: usize) -> String {
        let node = number % self.nodes;
        format!("10.{}.{}.{}", 128 + node / 256, node % 256, number / self.nodes + 2)
    }
}

fn namespace_of(service: usize) -> String {
    namespace_name(service / SERVICES_IN_NAMESPACE)
}

fn host_of(service: usize) -> String {
    format!("service-{service}.example.com")
}

/// An Ingress that leads a host of its own to one Service.
fn ingress(service: usize) -> Object {
    let name = format!("service-{service}");
    let backend = json!({"service": {"name": name, "port": {"number": 80}}});
    let path = json!({"path": "/", "pathType": "Prefix", "backend": backend});
    read(
        Kind::Ingress,
        json!({
            "metadata": {"name": name, "namespace": namespace_of(service)},
            "spec": {
                "ingressClassName": "nginx",
                "rules": [{"host": host_of(service), "http": {"paths": [path]}}],
            },
        }),
    )
}

fn namespace_name(number: usize) -> String {
    format!("team-{number}")
}

fn node_name(number: usize) -> String {
    format!("node-{number}")
}

fn node(number: usize) -> Object {
    let block = format!("10.{}.{}.0/24", 128 + number / 256, number % 256);
    let address = format!("172.16.{}.{}", number / 250, number % 250 + 2);
    read(
        Kind::Node,
        json!({
            "metadata": {"name": node_name(number)},
            "spec": {"podCIDR": block, "podCIDRs": [block]},
            "status": {"addresses": [{"type": "InternalIP", "address": address}]},
        }),
    )
}

fn namespace(name: &str) -> Object {
    let labels = json!({"kubernetes.io/metadata.name": name});
    read(Kind::Namespace, json!({"metadata": {"name": name, "labels": labels}}))
}

fn service(namespace: &str, name: &str, address: &str, ports: &[(&str, u16, &str)]) -> Object {
    read(
        Kind::Service,
        json!({
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "type": "ClusterIP",
                "clusterIP": address,
                "clusterIPs": [address],
                "ports": port_list(ports),
            },
        }),
    )
}

fn port_list(ports: &[(&str, u16, &str)]) -> Vec<Value> {
    let port = |(name, port, protocol): &(&str, u16, &str)| json!({"name": name, "port": port, "protocol": protocol});
    ports.iter().map(port).collect()
}

fn read(kind: Kind, json: Value) -> Object {
    Object::from_json(kind, json).expect("the objects above have their kinds' shapes")
}
