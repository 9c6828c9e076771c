//! How long a large cluster takes. Run by hand: `cargo test -p controllers --release --test scale -- --ignored --nocapture`.

mod support;

use serde_json::json;
use support::{Lab, deployment, service};

#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_methods)]
fn a_large_cluster() {
    for (nodes, deployments, replicas) in [(100, 20, 50)] {
        let mut lab = Lab::new(0);
        for number in 1..=nodes {
            let name = format!("node-{number}");
            let range = format!("10.{}.{}.0/24", 100 + number / 256, number % 256);
            lab.create(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {"podCIDR": range, "podCIDRs": [range]}}));
        }
        let start = std::time::Instant::now();
        lab.settle();
        println!("{nodes} nodes: {:?}", start.elapsed());
        for number in 0..deployments {
            let name = format!("web-{number}");
            lab.create(service(&name, &name));
            lab.create(deployment(&name, replicas, "nginx"));
        }
        let start = std::time::Instant::now();
        let settled = lab.settle();
        println!(
            "{} pods: {:?}, {} rounds, {} records",
            deployments * replicas,
            start.elapsed(),
            settled.rounds,
            settled.records.len()
        );
        let pod =
            lab.snapshot().objects_of(manifest::Kind::Pod).next().expect("one").name().to_owned();
        lab.delete(manifest::Kind::Pod, &pod);
        let start = std::time::Instant::now();
        lab.settle();
        println!("one pod replaced: {:?}", start.elapsed());
    }
}
