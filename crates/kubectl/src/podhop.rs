//! `podhop …` in the terminal: what no tool of Kubernetes does to a cluster. It sends a request, lets
//! time pass, breaks and mends things, and builds the cluster anew with another choice.
//!
//! Lessons are written with it, and it can be typed.

use std::time::Duration;

use cluster::{Fault, Flaw, Request};
use manifest::{Kind, ObjectRef};
use trace::{Outcome, Place, explain};

use crate::report::Output;
use crate::shell::Shell;

/// What may follow `podhop`.
pub(crate) const VERBS: &[&str] = &["fault", "heal", "help", "send", "set", "wait"];

/// What may break.
pub(crate) const FAULTS: &[&str] = &[
    "coredns",
    "crash",
    "icmp",
    "image",
    "kube-proxy",
    "link",
    "mtu",
    "node",
    "overlay",
    "readiness",
];

/// What an administrator chooses.
pub(crate) const SETTINGS: &[&str] = &["cni", "gateway", "ingress", "kube-proxy", "load-balancer"];

const HELP: &str = "\
podhop send FROM TO       send a request, and say what came of it:
                          podhop send frontend http://web-service
                          FROM: a Pod, pod/NAMESPACE/NAME, deployment/NAMESPACE/NAME, node/NAME, internet/laptop
                          TO:   a URL, tcp://HOST:PORT, udp://HOST:PORT, ping://HOST, dns://NAME
podhop wait 30s           let time pass: 500ms, 30s, 5m, 1h
podhop fault WHAT         crash POD, readiness POD, coredns, kube-proxy NODE, link NODE, node NODE,
                          image DEPLOYMENT, mtu, icmp, overlay
podhop heal WHAT          readiness POD, coredns, kube-proxy NODE, link NODE, node NODE,
                          mtu, icmp, overlay
podhop set WHAT VALUE     build the cluster anew: cni, kube-proxy, load-balancer,
                          ingress, gateway
";

/// Runs `podhop` with these words.
pub(crate) fn run(shell: &mut Shell, words: &[String]) -> Output {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        [] | ["help" | "--help" | "-h"] => Ok(HELP.to_owned()),
        ["send", from, to] => send(shell, from, to),
        ["wait", time] => wait(shell, time),
        ["fault", what @ ..] => fault(shell, what, true),
        ["heal", what @ ..] => fault(shell, what, false),
        ["set", what, value] => set(shell, what, value),
        ["send", ..] => Err("usage: podhop send FROM TO".into()),
        ["wait", ..] => Err("usage: podhop wait 30s".into()),
        ["set", ..] => Err(format!("usage: podhop set {} VALUE", SETTINGS.join("|"))),
        [verb, ..] => Err(match manifest::nearest(verb, VERBS.iter().copied()) {
            Some(meant) => format!("there is no `podhop {verb}`; did you mean `{meant}`?"),
            None => format!("there is no `podhop {verb}`; `podhop help` lists what there is"),
        }),
    };
    match result {
        Ok(text) => Output::printed(text),
        Err(problem) => Output::failed(format!("podhop: {problem}\n"), 1),
    }
}

fn send(shell: &mut Shell, from: &str, to: &str) -> Result<String, String> {
    let place = named(shell, from)?;
    let journey = shell.cluster.send(&Request::to(place, to)?);
    let question = &journey.question;
    let said = explain::outcome(&journey.outcome);
    let line = match &journey.outcome {
        Outcome::Http { server: Some(server), .. } => {
            format!("{} → {to}: {said} from {}\n", question.from, server.name)
        }
        _ => format!("{} → {to}: {said}\n", question.from),
    };
    shell.journeys.push(journey);
    Ok(line)
}

fn wait(shell: &mut Shell, time: &str) -> Result<String, String> {
    let duration = duration(time)
        .ok_or_else(|| format!("`{time}` is no time: `30s`, `5m` or `1h` is expected"))?;
    shell.cluster.advance(duration);
    Ok(String::new())
}

/// `500ms`, `30s`, `5m`, `1h`.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        _ => None,
    }
}

/// Breaks something, or mends it.
fn fault(shell: &mut Shell, what: &[&str], broken: bool) -> Result<String, String> {
    let node = |name: &str| name.strip_prefix("node/").unwrap_or(name).to_owned();
    let (fault, said) = match what {
        ["crash", pod] if broken => {
            let pod = pod_of(shell, pod)?;
            let said = format!("{} crashed", pod.name);
            (Fault::CrashPod(pod), said)
        }
        ["readiness", pod] => {
            let pod = if broken { pod_of(shell, pod)? } else { failing(shell, pod)? };
            let verb = if broken { "fail" } else { "succeed again" };
            let said = format!("the readiness probes of {} {verb}", pod.name);
            (Fault::Readiness { pod, failing: broken }, said)
        }
        ["coredns"] => {
            let said = if broken { "CoreDNS is scaled to 0" } else { "CoreDNS is scaled to 2" };
            (Fault::CoreDns { running: !broken }, said.to_owned())
        }
        ["kube-proxy", name] => {
            let verb = if broken { "is kept off" } else { "runs on" };
            let fault = Fault::KubeProxy { node: node(name), running: !broken };
            (fault, format!("kube-proxy {verb} {}", node(name)))
        }
        ["link", name] => {
            let verb = if broken { "cut" } else { "mended" };
            let said = format!("the link of {} is {verb}", node(name));
            (Fault::Link { node: node(name), up: !broken }, said)
        }
        ["node", name] => {
            let verb = if broken { "off" } else { "on" };
            let said = format!("{} is switched {verb}", node(name));
            (Fault::Node { node: node(name), up: !broken }, said)
        }
        ["mtu"] => flaw(Flaw::PodMtu, broken),
        ["icmp"] => flaw(Flaw::SizesWithheld, broken),
        ["overlay"] => flaw(Flaw::TunnelsBlocked, broken),
        ["image", name] if broken => {
            let deployment = reference(shell, Kind::Deployment, name);
            let said = format!("a letter of the image of {} is lost", deployment.name);
            (Fault::MisspellImage(deployment), said)
        }
        ["crash" | "image"] if broken => return Err("say whose".into()),
        ["readiness" | "kube-proxy" | "link" | "node"] => return Err("say whose".into()),
        [what @ ("crash" | "image"), ..] => {
            return Err(format!("`{what}` has no opposite: mend it as an administrator would"));
        }
        [what, ..] => {
            return Err(match manifest::nearest(what, FAULTS.iter().copied()) {
                Some(meant) => format!("`{what}` is no fault; did you mean `{meant}`?"),
                None => format!("`{what}` is no fault: {} are", FAULTS.join(", ")),
            });
        }
        [] => return Err(format!("say what: {}", FAULTS.join(", "))),
    };
    shell.cluster.fault(&fault)?;
    Ok(format!("{said}\n"))
}

/// Something wrong with the network between Pods, or no longer.
fn flaw(flaw: Flaw, broken: bool) -> (Fault, String) {
    let fault = Fault::Network { flaw, mended: !broken };
    let said = fault.state();
    (fault, said)
}

fn set(shell: &mut Shell, what: &str, value: &str) -> Result<String, String> {
    let mut settings = shell.cluster.scenario().settings();
    match what {
        "cni" => settings.cni = value.parse()?,
        "kube-proxy" => settings.kube_proxy = value.parse()?,
        "load-balancer" => settings.load_balancer = value.parse()?,
        "ingress" => settings.ingress = value.parse()?,
        "gateway" => settings.gateway = value.parse()?,
        _ => {
            return Err(format!("`{what}` is no setting: {} are", SETTINGS.join(", ")));
        }
    }
    shell.cluster.configure(settings);
    Ok(format!("the cluster is built anew with {what} {value}\n"))
}

/// A place; a name alone is a Pod of the context's namespace.
fn named(shell: &Shell, text: &str) -> Result<Place, String> {
    shell.cluster.place(&whole(shell, text))
}

fn pod_of(shell: &Shell, text: &str) -> Result<ObjectRef, String> {
    pod(named(shell, text)?)
}

/// Of the Pods that a text names, the one whose probes were made to fail.
fn failing(shell: &Shell, text: &str) -> Result<ObjectRef, String> {
    pod(shell.cluster.place_of_failing_probes(&whole(shell, text))?)
}

fn pod(place: Place) -> Result<ObjectRef, String> {
    match place {
        Place::Pod(pod) => Ok(pod),
        other => Err(format!("{other} is no Pod")),
    }
}

fn whole(shell: &Shell, text: &str) -> String {
    match text.contains('/') {
        true => text.to_owned(),
        false => format!("pod/{}/{text}", shell.namespace),
    }
}

/// `web-app`, `default/web-app` or `deployment/default/web-app`.
fn reference(shell: &Shell, kind: Kind, text: &str) -> ObjectRef {
    match text.split('/').collect::<Vec<_>>().as_slice() {
        [_, namespace, name] | [namespace, name] => ObjectRef::new(kind, *namespace, *name),
        _ => ObjectRef::new(kind, shell.namespace.as_str(), text),
    }
}

#[cfg(test)]
mod tests {
    use cluster::{Cluster, Scenario};

    use super::*;

    fn shell() -> Shell {
        Shell::new(Cluster::new(Scenario::opening()))
    }

    fn said(shell: &mut Shell, line: &str) -> String {
        let output = shell.run(line, None).output;
        output.stdout + &output.stderr
    }

    #[test]
    fn requests_are_sent_and_faults_made_and_mended() {
        let mut shell = shell();
        let ran = shell.run("podhop send frontend http://web-service", None);
        assert!(ran.output.stdout.contains("http://web-service: HTTP 200 from web-app-"));
        assert_eq!(ran.journeys.len(), 1);
        assert_eq!(said(&mut shell, "podhop fault coredns"), "CoreDNS is scaled to 0\n");
        let sent = shell.run("podhop send frontend http://web-service", None).output;
        assert!(sent.stdout.contains("does not resolve"), "{sent:?}");
        assert_eq!(said(&mut shell, "podhop heal coredns"), "CoreDNS is scaled to 2\n");
        said(&mut shell, "podhop wait 30s");
        assert!(said(&mut shell, "podhop send frontend web-service").contains("HTTP 200"));
        assert!(said(&mut shell, "podhop fault crash app=web-app").contains("crashed"));
    }

    #[test]
    fn the_cluster_is_built_anew() {
        let mut shell = shell();
        said(&mut shell, "podhop set cni calico-vxlan");
        assert_eq!(shell.cluster.scenario().cni.to_string(), "calico-vxlan");
        assert!(said(&mut shell, "podhop set cni calcio").starts_with("podhop: "));
    }

    #[test]
    fn a_mistake_is_answered_with_what_there_is() {
        let mut shell = shell();
        let line = said(&mut shell, "podhop fautl coredns");
        assert_eq!(line, "podhop: there is no `podhop fautl`; did you mean `fault`?\n");
        assert!(said(&mut shell, "podhop fault corends").contains("`coredns`"));
        assert!(said(&mut shell, "podhop wait long").contains("no time"));
        assert!(said(&mut shell, "podhop heal crash x").contains("no opposite"));
    }
}
