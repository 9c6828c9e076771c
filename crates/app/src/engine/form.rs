//! What the form for a request offers: who can send one, and what it could be for.

use manifest::ObjectRef;
use topology::Inventory;
use trace::Place;

/// Who can send a request: the learner's Pods, those that serve nothing first, and of
/// these the ones that no controller made; then a machine on the internet, then the nodes.
pub fn senders(inventory: &Inventory) -> Vec<Place> {
    let serves = |pod: &ObjectRef| {
        inventory.services.iter().any(|service| service.endpoints.iter().any(|it| &it.pod == pod))
    };
    let mut pods: Vec<_> = inventory
        .pods
        .iter()
        .filter(|pod| !pod.system && pod.address.is_some())
        .map(|pod| (serves(&pod.reference), !pod.family.suffix.is_empty(), pod.reference.clone()))
        .collect();
    pods.sort();
    let pods = pods.into_iter().map(|(.., pod)| Place::Pod(pod));
    let machines = inventory.machines.iter().rev().map(|(name, _)| Place::Internet(name.clone()));
    let nodes = inventory.nodes.iter().map(|node| Place::Node(node.name.clone()));
    pods.chain(machines).chain(nodes).collect()
}

/// What a request could be for: the learner's Services by name, then by full name, then Pods.
pub fn targets(inventory: &Inventory) -> Vec<String> {
    let services = || inventory.services.iter().filter(|service| !service.system);
    let names = services().map(|service| {
        let (name, namespace) = (&service.reference.name, &service.reference.namespace);
        let port = match service.ports.as_str() {
            "80" | "" => String::new(),
            ports => format!(":{}", ports.split([',', '/']).next().unwrap_or_default()),
        };
        match namespace.as_str() {
            "default" => format!("http://{name}{port}"),
            namespace => format!("http://{name}.{namespace}{port}"),
        }
    });
    let full = services().map(|service| {
        let reference = &service.reference;
        format!("http://{}.{}.svc.cluster.local", reference.name, reference.namespace)
    });
    let pods = inventory
        .pods
        .iter()
        .filter(|pod| !pod.system)
        .filter_map(|pod| Some(format!("http://{}", packet::socket(pod.address?, pod.port?))));
    let hosts = inventory
        .entries
        .iter()
        .flat_map(|entry| &entry.hosts)
        .filter(|host| !host.contains('*'))
        .map(|host| format!("http://{host}"));
    let balancers = services().filter_map(|it| Some(format!("http://{}", it.external.as_ref()?)));
    names.chain(full).chain(pods).chain(hosts).chain(balancers).collect()
}
