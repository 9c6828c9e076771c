//! `ip` and `ifconfig`, in a Pod and on a node: they print what the namespace holds.
//!
//! Both makes: iproute2's, and the smaller one of BusyBox. What is there to print is `Namespace`'s.

use std::net::IpAddr;

use dataplane::{Link, LinkKind, Namespace, Scope};

use crate::report::Output;

/// Runs `ip ARGUMENTS`.
pub(crate) fn run(namespace: &Namespace, arguments: &[&str], busybox: bool) -> Output {
    let family = arguments.iter().find_map(|flag| match *flag {
        "-4" => Some(false),
        "-6" => Some(true),
        _ => None,
    });
    let brief = arguments.iter().any(|flag| "-brief".starts_with(*flag) && flag.len() > 2);
    let mut words = arguments.iter().filter(|word| !word.starts_with('-')).copied();
    let object = words.next().unwrap_or_default();
    let named = words.find(|word| !matches!(*word, "show" | "list" | "ls" | "dev" | "s" | "l"));
    let is = |whole: &str| !object.is_empty() && whole.starts_with(object);
    if is("address") || is("link") {
        let with_addresses = is("address");
        let links: Vec<&Link> = namespace
            .links
            .iter()
            .filter(|link| named.is_none_or(|name| link.name == name))
            .collect();
        if let (Some(name), true) = (named, links.is_empty()) {
            return Output::failed(format!("Device \"{name}\" does not exist.\n"), 1);
        }
        let print = |link: &&Link| match (brief, with_addresses) {
            (true, _) => brief_line(link, with_addresses, family),
            (false, true) => head(link, busybox) + &addresses(link, family),
            (false, false) => head(link, busybox),
        };
        return Output::printed(links.iter().map(print).collect::<String>());
    }
    if is("route") {
        let lines = namespace.routes.iter().filter(|(ipv6, _)| *ipv6 == family.unwrap_or(false));
        let print = |(_, line): &(bool, String)| match busybox {
            true => {
                format!("{} \n", line.replace("proto kernel scope link src", "scope link  src"))
            }
            false => format!("{line} \n"),
        };
        return Output::printed(lines.map(print).collect::<String>());
    }
    if is("neighbour") || is("neighbor") {
        let lines = namespace.neighbours.iter();
        let lines = lines.filter(|(ipv6, _)| family.is_none_or(|family| *ipv6 == family));
        return Output::printed(lines.map(|(_, line)| format!("{line} \n")).collect::<String>());
    }
    Output::failed(
        format!(
            "Object \"{object}\" is unknown, try \"ip address\", \"ip link\", \"ip route\" or \"ip neigh\".\n"
        ),
        1,
    )
}

/// Runs `ifconfig`, which shows no counters here: nobody counts.
pub(crate) fn ifconfig(namespace: &Namespace) -> Output {
    let mut out = String::new();
    for link in &namespace.links {
        let (kind, flags) = match link.kind {
            LinkKind::Loopback => ("Local Loopback".to_owned(), "UP LOOPBACK RUNNING"),
            LinkKind::Ethernet(mac) => (
                format!("Ethernet  HWaddr {}", mac.to_string().to_uppercase()),
                "UP BROADCAST RUNNING MULTICAST",
            ),
            LinkKind::Dummy(mac) => {
                (format!("Ethernet  HWaddr {}", mac.to_string().to_uppercase()), "BROADCAST NOARP")
            }
            LinkKind::IpInIp => ("IPIP Tunnel".to_owned(), "UP RUNNING NOARP"),
        };
        out.push_str(&format!("{:<9} Link encap:{kind}  \n", link.name));
        for (net, scope) in &link.addresses {
            out.push_str(&match (net.addr(), net.netmask()) {
                (IpAddr::V4(own), IpAddr::V4(mask)) if link.kind == LinkKind::Loopback => {
                    format!("          inet addr:{own}  Mask:{mask}\n")
                }
                (IpAddr::V4(own), mask) => {
                    format!("          inet addr:{own}  Bcast:{}  Mask:{mask}\n", net.broadcast())
                }
                (IpAddr::V6(_), _) => {
                    let scope = match scope {
                        Scope::Host => "Host",
                        Scope::Link => "Link",
                        Scope::Global => "Global",
                    };
                    format!("          inet6 addr: {net} Scope:{scope}\n")
                }
            });
        }
        out.push_str(&format!("          {flags}  MTU:{}  Metric:1\n\n", link.mtu));
    }
    Output::printed(out)
}

/// The two lines that every device has.
fn head(link: &Link, busybox: bool) -> String {
    let name = full_name(link);
    let (flags, state, hardware) = match link.kind {
        LinkKind::Loopback => (
            "LOOPBACK,UP,LOWER_UP",
            "UNKNOWN",
            "loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00".to_owned(),
        ),
        LinkKind::Ethernet(mac) => {
            ("BROADCAST,MULTICAST,UP,LOWER_UP", "UP", format!("ether {mac} brd ff:ff:ff:ff:ff:ff"))
        }
        LinkKind::Dummy(mac) => {
            ("BROADCAST,NOARP", "DOWN", format!("ether {mac} brd ff:ff:ff:ff:ff:ff"))
        }
        LinkKind::IpInIp => ("NOARP,UP,LOWER_UP", "UNKNOWN", "ipip 0.0.0.0 brd 0.0.0.0".to_owned()),
    };
    let is_pair = link.peer.as_deref().is_some_and(|peer| peer.starts_with("if"));
    let far = if busybox && is_pair { ",M-DOWN" } else { "" };
    let master = link.master.map(|master| format!("master {master} ")).unwrap_or_default();
    let group = if busybox { "" } else { "group default " };
    let queue = if link.kind == LinkKind::Loopback { "qlen 1000" } else { "" };
    let far_end = match (&link.peer, busybox) {
        (Some(peer), false) if peer.starts_with("if") => " link-netnsid 0",
        _ => "",
    };
    format!(
        "{}: {name}: <{flags}{far}> mtu {} qdisc noqueue {master}state {state} {group}{queue}\n    link/{hardware}{far_end}\n",
        link.number, link.mtu
    )
}

fn addresses(link: &Link, family: Option<bool>) -> String {
    let mut out = String::new();
    for (net, scope) in &link.addresses {
        if family.is_some_and(|ipv6| ipv6 != net.addr().is_ipv6()) {
            continue;
        }
        let has_broadcast =
            net.addr().is_ipv4() && net.prefix_len() < 31 && *scope == Scope::Global;
        let broadcast =
            if has_broadcast { format!("brd {} ", net.broadcast()) } else { String::new() };
        let label = if net.addr().is_ipv4() { link.name.as_str() } else { "" };
        let version = if net.addr().is_ipv6() { "inet6" } else { "inet" };
        let scope = match scope {
            Scope::Host => "host",
            Scope::Link => "link",
            Scope::Global => "global",
        };
        out.push_str(&format!(
            "    {version} {net} {broadcast}scope {scope} {label}\n       valid_lft forever preferred_lft forever\n"
        ));
    }
    out
}

fn brief_line(link: &Link, with_addresses: bool, family: Option<bool>) -> String {
    let (state, hardware) = match link.kind {
        LinkKind::Loopback => ("UNKNOWN", "00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP>".to_owned()),
        LinkKind::Ethernet(mac) => ("UP", format!("{mac} <BROADCAST,MULTICAST,UP,LOWER_UP>")),
        LinkKind::Dummy(mac) => ("DOWN", format!("{mac} <BROADCAST,NOARP>")),
        LinkKind::IpInIp => ("UNKNOWN", "0.0.0.0 <NOARP,UP,LOWER_UP>".to_owned()),
    };
    let own = link.addresses.iter();
    let own = own.filter(|(net, _)| family.is_none_or(|ipv6| ipv6 == net.addr().is_ipv6()));
    let rest = if with_addresses {
        own.map(|(net, _)| format!("{net} ")).collect()
    } else {
        hardware + " "
    };
    format!("{:<16} {state:<14} {rest}\n", full_name(link))
}

fn full_name(link: &Link) -> String {
    match &link.peer {
        Some(peer) => format!("{}@{peer}", link.name),
        None => link.name.clone(),
    }
}
