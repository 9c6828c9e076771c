//! `dig` of BIND 9.18.

use std::net::IpAddr;

use cluster::RequestKind;
use dataplane::dns::Flavour;
use packet::dns::{Message, Record, RecordType};

use super::{Seat, answers, asked_again_by_stream, refused};
use crate::report::Output;

pub(super) fn run(seat: &mut Seat<'_>, arguments: &[String]) -> Output {
    let (mut short, mut search, mut reverse) = (false, false, false);
    let mut server = None;
    let mut record_type = None;
    let mut name = None;
    for argument in arguments {
        match argument.as_str() {
            "+short" => short = true,
            "+search" => search = true,
            "-x" => reverse = true,
            option if option.starts_with('+') || option.starts_with('-') => {}
            at if at.starts_with('@') => server = at[1..].parse::<IpAddr>().ok(),
            word => match RecordType::from_name(word) {
                Some(given) if name.is_some() || !word.contains('.') => record_type = Some(given),
                _ => name = Some(word.to_owned()),
            },
        }
    }
    let Some(name) = name else { return Output::failed("dig: no name given\n", 1) };
    let record_type = if reverse { None } else { record_type.or(Some(RecordType::A)) };
    let kind = RequestKind::Resolve { name: name.clone(), record_type, server };
    let resolver = if search { Flavour::Bind } else { Flavour::Dig };
    let journey = seat.ask(kind, None, Some(resolver));
    let server = server.or_else(|| super::files::resolv_conf(seat).nameservers.first().copied());
    let server = server.map(|server| server.to_string()).unwrap_or_default();
    let heard = answers(&journey);
    let Some((_, message)) = heard.last() else {
        let why = if refused(&journey) { "connection refused" } else { "timed out" };
        let line = format!(";; communications error to {server}#53: {why}\n");
        let text = format!(
            "{}\n; <<>> DiG 9.18.33 <<>> {}\n;; global options: +cmd\n;; no servers could be reached\n",
            line.repeat(3),
            arguments.join(" ")
        );
        return Output { code: 9, ..Output::printed(text) };
    };
    if short {
        let lines = message.answers.iter().map(|record| format!("{}\n", record.data));
        return Output::printed(lines.collect::<String>());
    }
    let milliseconds = journey.duration().as_millis();
    let mut text = long(message, &arguments.join(" "), &server, milliseconds);
    if asked_again_by_stream(&journey) {
        text = text.replace("(UDP)", "(TCP)");
        text.insert_str(0, ";; Truncated, retrying in TCP mode.\n");
    }
    Output::printed(text)
}

fn long(message: &Message, arguments: &str, server: &str, milliseconds: u128) -> String {
    let mut flags = vec!["qr"];
    if message.authoritative {
        flags.push("aa");
    }
    flags.push("rd");
    if message.recursion_available {
        flags.push("ra");
    }
    let mut text =
        format!("\n; <<>> DiG 9.18.33 <<>> {arguments}\n;; global options: +cmd\n;; Got answer:\n");
    if message.question.name.ends_with(".local.") {
        text.push_str(";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n");
    }
    text.push_str(&format!(
        ";; ->>HEADER<<- opcode: QUERY, status: {}, id: {}\n;; flags: {}; QUERY: 1, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n",
        message.rcode,
        message.id,
        flags.join(" "),
        message.answers.len(),
        message.authority.len(),
        message.additional.len() + 1,
    ));
    text.push_str("\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n");
    text.push_str(&format!(
        ";; QUESTION SECTION:\n;{}\t\tIN\t{}\n",
        message.question.name, message.question.record_type
    ));
    for (title, records) in [("ANSWER", &message.answers), ("AUTHORITY", &message.authority)] {
        if !records.is_empty() {
            text.push_str(&format!("\n;; {title} SECTION:\n"));
            text.extend(records.iter().map(record));
        }
    }
    text.push_str(&format!(
        "\n;; Query time: {milliseconds} msec\n;; SERVER: {server}#53({server}) (UDP)\n\n"
    ));
    text
}

fn record(record: &Record) -> String {
    format!("{}\t{}\tIN\t{}\t{}\n", record.name, record.ttl, record.data.record_type(), record.data)
}
