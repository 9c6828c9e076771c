//! What processes say to each other, in words: names looked up and answered, pages asked and given.

use packet::dns::Rcode;
use packet::{Datagram, Payload, Transport};

use super::Sentence;
use crate::{Evidence, Step};

/// Why a process sent what it sent.
pub(super) fn sent(step: &Step) -> Sentence {
    step.evidence.iter().fold(Sentence::default(), |sentence, evidence| {
        sentence.append(match evidence {
            Evidence::Search { asked, tried, position, candidates, resolv_conf } => {
                searched(asked, tried, *position, candidates, resolv_conf)
            }
            Evidence::DnsAnswer { plugin, rcode, object } => {
                let answer = answered(step, plugin, *rcode);
                match object {
                    Some(object) => answer
                        .append(Sentence::default().text("It was made from "))
                        .code(object)
                        .text("."),
                    None => answer,
                }
            }
            Evidence::HttpRule { field, rule } => Sentence::default()
                .text("The request fits ")
                .link(rule.clone(), field)
                .text(", which names the Service to ask."),
            Evidence::Listener { container: Some((name, image)), port, .. } => Sentence::default()
                .text("The process in container ")
                .code(name)
                .text(format!(" (image `{image}`) answers on port {port}.")),
            Evidence::Endpoint { service, pod, position, of, .. } => {
                let who = pod.as_ref().map_or("an address", |pod| pod.name.as_str());
                Sentence::default()
                    .text("Of the endpoints of Service ")
                    .code(service.namespaced_name())
                    .text(" it chose ")
                    .code(who)
                    .text(format!(
                        " ({} of {of}); it does not go through the ClusterIP.",
                        position + 1
                    ))
            }
            Evidence::Field { field, value } => Sentence::default()
                .link(field.path.to_string(), field)
                .text(" is ")
                .code(value)
                .text("."),
            Evidence::Targets { healthy, .. } => {
                let who = Sentence::default()
                    .text("The load balancer makes a connection of its own to a target.");
                match super::kernel::checked(evidence) {
                    Some(checked) => who.append(checked),
                    None => who.text(format!(" All {} pass the health check.", healthy.len())),
                }
            }
            Evidence::Listener { .. }
            | Evidence::Rule { .. }
            | Evidence::Route { .. }
            | Evidence::Neighbour { .. }
            | Evidence::Conntrack { .. }
            | Evidence::Policy(_)
            | Evidence::PolicyNotEnforced { .. } => Sentence::default(),
        })
    })
}

fn searched(
    asked: &str,
    tried: &str,
    position: usize,
    candidates: &[String],
    resolv_conf: &str,
) -> Sentence {
    let option = |name: &str| {
        resolv_conf.split_whitespace().find(|word| word.starts_with(name)).map(str::to_owned)
    };
    let of = candidates.len();
    if of == 1 {
        let why = if asked.ends_with('.') {
            "it ends with a dot"
        } else {
            "it is tried as it is, without the search list"
        };
        return Sentence::default()
            .code(asked)
            .text(format!(" is asked for once: {why}. One packet asks for one type of record."));
    }
    let start = Sentence::default()
        .text("The application asked for ")
        .code(asked)
        .text(format!("; name {} of {of} to try is ", position + 1))
        .code(tried)
        .text(".");
    if position > 0 {
        return start.append(Sentence::default().text("The one before it did not exist."));
    }
    match option("ndots:") {
        Some(ndots) if !tried.trim_end_matches('.').eq(asked) => start.append(
            Sentence::default()
                .text("It has fewer dots than ")
                .code(ndots)
                .text(" in resolv.conf says, so the search list comes first."),
        ),
        _ => start,
    }
}

fn answered(step: &Step, plugin: &str, rcode: Rcode) -> Sentence {
    let is_empty = message_is_empty(step);
    let who = match plugin {
        "public" => Sentence::default().text("A server on the internet answers"),
        "none" => Sentence::default().text("No plugin of the Corefile answers"),
        plugin => Sentence::default().text("CoreDNS answers from its plugin ").code(plugin),
    };
    who.text(match rcode {
        Rcode::NoError if is_empty => ": the name exists, but has no record of this type.",
        Rcode::NoError => ".",
        Rcode::NameError => ": there is no such name (NXDOMAIN).",
        Rcode::ServerFailure => ": it could not find out (SERVFAIL).",
        Rcode::Refused => ": it is not asked for such names (REFUSED).",
        Rcode::FormatError | Rcode::NotImplemented => ": it does not understand the question.",
    })
}

fn message_is_empty(step: &Step) -> bool {
    let Some(packet) = step.frame.packet() else { return false };
    let message = match &packet.transport {
        Transport::Udp(udp) => match &udp.payload {
            Datagram::Dns(message) => message,
            Datagram::Vxlan { .. } | Datagram::Bytes(_) => return false,
        },
        Transport::Tcp(tcp) => match &tcp.payload {
            Payload::Dns(message) => message,
            _ => return false,
        },
        Transport::Sctp(_) | Transport::Icmp(_) | Transport::IpInIp(_) => return false,
    };
    message.answers.is_empty()
}
