//! `nslookup`: BIND's, and those of BusyBox 1.37 and 1.28, which differ in more than words.

use std::net::IpAddr;

use cluster::RequestKind;
use dataplane::dns::Flavour;
use packet::dns::{Rcode, RecordData, RecordType};
use trace::Outcome;

use super::{Seat, answers, asked_again_by_stream, refused};
use crate::report::Output;

pub(super) fn run(seat: &mut Seat<'_>, arguments: &[String]) -> Output {
    let mut record_type = None;
    let mut words = Vec::new();
    for argument in arguments {
        let option = argument
            .strip_prefix("-type=")
            .or(argument.strip_prefix("-query="))
            .or(argument.strip_prefix("-q="));
        match option {
            Some(name) => record_type = RecordType::from_name(name),
            None if argument.starts_with('-') => {}
            None => words.push(argument.clone()),
        }
    }
    let Some(name) = words.first().cloned() else {
        return Output::failed("Usage: nslookup HOST [DNS_SERVER]\n", 1);
    };
    let asked = words.get(1).and_then(|server| server.parse::<IpAddr>().ok());
    let kind = RequestKind::Resolve { name: name.clone(), record_type, server: asked };
    if seat.flavour.old_busybox {
        return oldest(seat, &name, kind, asked);
    }
    let busybox = seat.flavour.busybox;
    let resolver = if busybox { Flavour::Busybox } else { Flavour::Bind };
    let journey = seat.ask(kind, None, Some(resolver));
    let server = asked.or_else(|| super::files::resolv_conf(seat).nameservers.first().copied());
    let server = server.map(|server| server.to_string()).unwrap_or_default();
    let heard = answers(&journey);
    if heard.is_empty() {
        let refused = refused(&journey);
        return unanswered(&server, refused, busybox);
    }
    let separator = if busybox { ':' } else { '#' };
    let mut text = format!("Server:\t\t{server}\nAddress:\t{server}{separator}53\n\n");
    if asked_again_by_stream(&journey) {
        text.insert_str(0, ";; Truncated, retrying in TCP mode.\n");
    }
    let mut failed = false;
    let mut printed: Vec<String> = Vec::new();
    for (_, message) in &heard {
        let asked = message.question.name.trim_end_matches('.');
        if message.rcode != Rcode::NoError {
            failed = true;
            if busybox {
                text.push_str(&format!("** server can't find {asked}: {}\n\n", message.rcode));
            }
            continue;
        }
        for record in &message.answers {
            let owner = record.name.trim_end_matches('.');
            let line = match &record.data {
                RecordData::A(address) => format!("Name:\t{owner}\nAddress: {address}\n"),
                RecordData::Aaaa(address) => format!("Name:\t{owner}\nAddress: {address}\n"),
                RecordData::Cname(target) => {
                    let target =
                        if busybox { target.trim_end_matches('.') } else { target.as_str() };
                    format!("{owner}\tcanonical name = {target}\n")
                }
                RecordData::Ptr(target) => format!("{owner}\tname = {target}\n"),
                RecordData::Srv { priority, weight, port, target } => {
                    format!("{owner}\tservice = {priority} {weight} {port} {target}\n")
                }
                other => format!("{owner}\t{other}\n"),
            };
            if !printed.contains(&line) {
                text.push_str(&line);
                printed.push(line);
            }
        }
        if busybox && !message.answers.is_empty() {
            text.push('\n');
        }
    }
    if printed.is_empty() && !busybox {
        let last = heard.last().map(|(_, message)| message);
        let rcode = last.map_or(Rcode::NameError, |message| message.rcode);
        let shown = match rcode {
            Rcode::NameError => name.clone(),
            _ => last
                .map_or(name.clone(), |message| message.question.name.trim_end_matches('.').into()),
        };
        let text = match rcode {
            Rcode::NoError => format!("{text}*** Can't find {name}: No answer\n\n"),
            Rcode::ServerFailure => format!(
                ";; Got SERVFAIL reply from {server}\n{text}** server can't find {shown}: SERVFAIL\n\n"
            ),
            other => format!("{text}** server can't find {shown}: {other}\n\n"),
        };
        return Output { code: 1, ..Output::printed(text) };
    }
    if !busybox {
        text.push('\n');
    }
    Output { code: i32::from(busybox && failed), ..Output::printed(text) }
}

fn unanswered(server: &str, refused: bool, busybox: bool) -> Output {
    let text = match (busybox, refused) {
        (true, true) => format!(
            "nslookup: write to '{server}': Connection refused\n;; connection timed out; no servers could be reached\n\n"
        ),
        (true, false) => ";; connection timed out; no servers could be reached\n\n".into(),
        (false, refused) => {
            let why = if refused { "connection refused" } else { "timed out" };
            let line = format!(";; communications error to {server}#53: {why}\n");
            format!("{}\n;; no servers could be reached\n\n", line.repeat(3))
        }
    };
    Output { code: 1, ..Output::printed(text) }
}

/// BusyBox 1.28, the one that Kubernetes' documentation uses: it asks by the C library, and for the
/// name of each address, the server's first (`networking/nslookup.c`, `print_host`).
fn oldest(seat: &mut Seat<'_>, name: &str, kind: RequestKind, asked: Option<IpAddr>) -> Output {
    let server = asked.or_else(|| super::files::resolv_conf(seat).nameservers.first().copied());
    let mut text = String::new();
    if let Some(server) = server {
        text = format!("Server:    {server}\n{}\n", numbered(seat, 1, server, asked));
    }
    let journey = seat.ask(kind, None, Some(Flavour::Glibc));
    let Outcome::Resolved(addresses) = &journey.outcome else {
        return Output {
            stderr: format!("nslookup: can't resolve '{name}'\n"),
            code: 1,
            ..Output::printed(text)
        };
    };
    text.push_str(&format!("Name:      {name}\n"));
    for (position, address) in addresses.iter().enumerate() {
        text.push_str(&numbered(seat, position + 1, *address, asked));
    }
    Output::printed(text)
}

/// `Address 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local`: the name if the address has one.
fn numbered(seat: &mut Seat<'_>, number: usize, of: IpAddr, server: Option<IpAddr>) -> String {
    let kind = RequestKind::Resolve { name: of.to_string(), record_type: None, server };
    let journey = seat.ask(kind, None, Some(Flavour::Glibc));
    let heard = answers(&journey);
    let mut records = heard.iter().flat_map(|(_, message)| &message.answers);
    let name = records.find_map(|record| match &record.data {
        RecordData::Ptr(name) => Some(format!(" {}", name.trim_end_matches('.'))),
        _ => None,
    });
    format!("Address {number}: {of}{}\n", name.unwrap_or_default())
}
