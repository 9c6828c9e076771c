//! What requests and changes cost as the cluster grows, in ratios within one run.
//!
//! Fails when a request costs over [`LIMIT`] times as much in the large cluster as in the small one.
//! It measures the data plane alone: controllers do not run.

// The clock is banned in the engine; here it is the point.
#![allow(clippy::disallowed_methods)]

mod size;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use apiserver::Snapshot;
use dataplane::{Cni, Config, DataPlane, NetworkConfig, ProxyMode, Request};
use manifest::Object;
use packet::{Protocol, Time};

use size::Size;

const SMALL: Size = Size { nodes: 3, pods: 90, services: 10, policies: 5 };
const LARGE: Size = Size { nodes: 5000, pods: 150_000, services: 10_000, policies: 5000 };
const MATRIX: Size = Size { nodes: 40, pods: 1000, services: 400, policies: 200 };

/// How much more a request may cost in the large cluster.
const LIMIT: f64 = 2.0;
/// How many requests, each of another pair and in a fresh copy of the data plane, make a median.
const REQUESTS: usize = 201;

fn main() -> ExitCode {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut within = true;

    let (small, _) = timed("small cluster: objects", || SMALL.snapshot());
    let (large, _) = timed("large cluster: objects", || LARGE.snapshot());
    rows.push(("objects of the large cluster".into(), format!("{}", large.len())));
    rows.push(("  peak memory with its objects alone".into(), peak_memory()));
    for cni in [Cni::FlannelVxlan, Cni::CalicoVxlan] {
        let mode = ProxyMode::Iptables;
        let small_plane = loaded(cni, mode, &small);
        let (large_plane, load) =
            timed(&format!("{cni:?}: full load"), || loaded(cni, mode, &large));
        rows.push((format!("{cni:?}: full load"), shown(load)));
        rows.push(("  peak memory so far".into(), peak_memory()));
        let planes = (&small_plane, &large_plane);
        within &= compare(&mut rows, "  request", planes, &first_request);
        within &= compare(&mut rows, "  the same once more", planes, &second_request);
        if cni == Cni::FlannelVxlan {
            // No plugin enforces a policy here that would keep the controller from its Pods.
            within &= compare(&mut rows, "  request through an ingress", planes, &ingress_request);
        }
        let changes = [
            ("a Pod", LARGE.pod(70_000)),
            ("an EndpointSlice", LARGE.slice(5000, 1)),
            ("a policy", LARGE.policy(2500, 8080)),
        ];
        for (name, object) in changes {
            let took = change(&large_plane, &large, &object);
            let share = load.as_secs_f64() / took.as_secs_f64();
            rows.push((
                format!("  change of {name}"),
                format!("{} (the full load costs {share:.0} ×)", shown(took)),
            ));
        }
    }
    for mode in [ProxyMode::Nftables, ProxyMode::Ipvs] {
        let cni = Cni::FlannelVxlan;
        let (plane, _) = timed(&format!("{mode}: full load"), || loaded(cni, mode, &large));
        let small_plane = loaded(cni, mode, &small);
        let name = format!("{mode}: request");
        within &= compare(&mut rows, &name, (&small_plane, &plane), &first_request);
    }
    let plane = loaded(Cni::CalicoVxlan, ProxyMode::Iptables, &MATRIX.snapshot());
    let (matrix, took) = timed("matrix of 1,000 Pods under 200 policies", || {
        plane.network.matrix(Protocol::Tcp, 80)
    });
    let pairs = matrix.pods().len() * matrix.pods().len();
    let each = took / u32::try_from(pairs).unwrap_or(u32::MAX);
    rows.push((
        "matrix of 1,000 Pods under 200 policies".into(),
        format!("{} ({pairs} pairs, {each:?} each)", shown(took)),
    ));
    rows.push(("peak memory of the run".into(), peak_memory()));

    println!();
    for (name, figure) in rows {
        println!("{name:<42}{figure}");
    }
    if within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn loaded(cni: Cni, proxy: ProxyMode, snapshot: &Snapshot) -> DataPlane {
    let block = |text: &str| text.parse().expect("a literal network");
    let network = NetworkConfig {
        cni,
        proxy,
        pod_networks: vec![block("10.128.0.0/10")],
        node_networks: vec![block("172.16.0.0/16")],
        ..NetworkConfig::default()
    };
    let mut plane = DataPlane::new(Config { network, ..Config::default() });
    plane.sync(snapshot, Time::START);
    plane
}

/// Makes a request in a fresh copy of a cluster's data plane, and says how long it took.
type Asking = dyn Fn(&DataPlane, Size, usize) -> Duration;

/// Compares the medians of a request's time in both clusters; false if the ratio is over the limit.
/// Requests alternate, so that whatever else the machine does slows both alike.
fn compare(
    rows: &mut Vec<(String, String)>,
    name: &str,
    (small, large): (&DataPlane, &DataPlane),
    ask: &Asking,
) -> bool {
    eprintln!("▸ {}: {REQUESTS} times in each cluster …", name.trim());
    let (mut in_small, mut in_large) = (Vec::new(), Vec::new());
    for number in 0..REQUESTS {
        in_small.push(ask(small, SMALL, number));
        in_large.push(ask(large, LARGE, number));
    }
    let (in_small, in_large) = (median(in_small), median(in_large));
    let ratio = in_large.as_secs_f64() / in_small.as_secs_f64();
    let verdict = if ratio <= LIMIT { "" } else { "  ✗ over the limit" };
    let figures = format!("{} → {}, {ratio:.2} ×{verdict}", shown(in_small), shown(in_large));
    rows.push((name.to_owned(), figures));
    ratio <= LIMIT
}

fn first_request(plane: &DataPlane, size: Size, number: usize) -> Duration {
    let (from, url) = size.pair(number);
    timed_request(&mut plane.clone(), &Request::get(from, url))
}

/// The second request finds caches warm and its connection's predecessors remembered.
fn second_request(plane: &DataPlane, size: Size, number: usize) -> Duration {
    let (from, url) = size.pair(number);
    let request = Request::get(from, url);
    let mut plane = plane.clone();
    timed_request(&mut plane, &request);
    timed_request(&mut plane, &request)
}

fn ingress_request(plane: &DataPlane, size: Size, number: usize) -> Duration {
    timed_request(&mut plane.clone(), &size.through_ingress(number))
}

fn timed_request(plane: &mut DataPlane, request: &Request) -> Duration {
    let started = Instant::now();
    let journey = plane.send(request, Time::START);
    let took = started.elapsed();
    assert!(journey.outcome.is_success(), "a request must be answered: {:?}", journey.outcome);
    took
}

/// The median time of following one changed object.
fn change(plane: &DataPlane, snapshot: &Snapshot, object: &Object) -> Duration {
    let once = |_| {
        let mut newer = snapshot.clone();
        newer.extend([object.clone()]);
        let mut plane = plane.clone();
        let started = Instant::now();
        plane.sync(&newer, Time::START);
        started.elapsed()
    };
    median((0..21).map(once).collect())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Runs something slow, and says so.
fn timed<T>(name: &str, run: impl FnOnce() -> T) -> (T, Duration) {
    eprint!("▸ {name} … ");
    let started = Instant::now();
    let made = run();
    let took = started.elapsed();
    eprintln!("{}", shown(took));
    (made, took)
}

fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        under if under < 1000.0 => format!("{micros:.0} µs"),
        under if under < 1_000_000.0 => format!("{:.1} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

/// The most memory this process has ever held, as Linux counts it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok()
    });
    kilobytes.map_or_else(|| "unknown".to_owned(), |found| format!("{:.0} MB", found / 1024.0))
}
