//! `dns_cases.json`: questions and answers of CoreDNS' own tests, in the cluster of their fixtures.
//!
//! The file holds questions only; the clusters they are asked in are written down here in our own
//! words, after the fixtures' description beside the file and after what the answers imply.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use dataplane::directory::Directory;
use dataplane::dns::{Corefile, Upstream, fully_qualified, parse_record};
use packet::dns::{Message, Question, Rcode, Record};
use serde::Deserialize;

use super::dns::{ask, directory};
use crate::judge::{CaseResult, guarded, read_json};
use crate::normalise::difference;

#[derive(Deserialize)]
struct Case {
    repo: String,
    set: String,
    qname: String,
    qtype: String,
    rcode: String,
    #[serde(default)]
    answer: Vec<String>,
    #[serde(default)]
    extra: Vec<String>,
    #[serde(default)]
    ns: Vec<String>,
}

/// A set of questions: the cluster, the plugins, and who asks.
struct Setting {
    cluster: &'static str,
    corefile: String,
    local: [u8; 4],
    client: [u8; 4],
    synced: bool,
}

/// Judges every case.
pub fn run(path: &Path) -> Result<Vec<CaseResult>, String> {
    let cases: Vec<Case> = read_json(path)?;
    let mut clusters: BTreeMap<&str, Directory> = BTreeMap::new();
    let mut results = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let setting = setting(case);
        let directory =
            clusters.entry(setting.cluster).or_insert_with(|| directory(setting.cluster));
        let name = format!("{number} {} {} {}", case.set, case.qname, case.qtype);
        results.push(guarded(name, || judge(directory, &setting, case)));
    }
    Ok(results)
}

fn setting(case: &Case) -> Setting {
    let of_the_plugin = case.repo == "coredns/coredns";
    let (cluster, zones, options, more) = match case.set.as_str() {
        "dnsEmptyServiceTestCases" => (UNIT, "cluster.local", "ignore empty_service", ""),
        "podModeInsecureCases" => (UNIT, "cluster.local", "pods insecure", ""),
        "podModeVerifiedCases" => (UNIT, "cluster.local", "pods verified", ""),
        "multiclusterDnsTestCases" => (UNIT, "cluster.local", "multicluster cluster.local", ""),
        "nsTestCases" => (UNIT, "cluster.local", "namespaces testns", ""),
        "TestReverse" => (
            REVERSE,
            "cluster.local 10.0.0.0/16 192.168.0.0/16 fd00:77:30::/110 1234:abcd::/64",
            "",
            "",
        ),
        "zonalTestCases" => (ZONAL, "cluster.local", "zonal", ""),
        "zonalDisabledTestCases" => (ZONAL, "cluster.local", "", ""),
        "autopathTests" => (CI, "cluster.local", "pods verified", "autopath @kubernetes"),
        "dnsTestCasesPTR" => {
            // The set asks for addresses of a namespace that the server keeps to itself, too.
            let zones = "cluster.local 10.96.0.0/24 172.17.0.0/24 1234:abcd::/64";
            (CI, zones, "namespaces test-1", "")
        }
        "dnsTestCasesFallthrough" => (CI, "cluster.local", "fallthrough", ""),
        "dnsTestCasesFallthroughFiltered" => {
            (CI, "cluster.local", "fallthrough svc.cluster.local", "")
        }
        "dnsTestCasesPodsInsecure" => (CI, "cluster.local", "pods insecure", ""),
        "dnsTestCasesPodsVerified" => (CI, "cluster.local", "pods verified", ""),
        _ if of_the_plugin => (UNIT, "cluster.local", "", ""),
        _ => (CI, "cluster.local", "", ""),
    };
    let corefile = format!(
        ".:53 {{\n  kubernetes {zones} {{\n    {options}\n  }}\n  {more}\n  forward . 192.0.2.53\n}}\n"
    );
    let local = if of_the_plugin { [127, 0, 0, 1] } else { [172, 17, 0, 53] };
    let synced = case.set != "notSyncedTestCases";
    Setting { cluster, corefile, local, client: [172, 17, 0, 7], synced }
}

/// The names that the tests' own upstream servers and zone files know.
struct Outside;

impl Upstream for Outside {
    fn ask(&mut self, _: SocketAddr, question: &Question) -> Option<Message> {
        const KNOWN: [(&str, &str); 5] = [
            ("ext.interwebs.test.", "1.2.3.4"),
            ("example.net.", "13.14.15.16"),
            ("foo.example.net.", "10.10.10.11"),
            ("f.b.svc.cluster.local.", "10.10.10.11"),
            ("foo.cluster.local.", "10.10.10.10"),
        ];
        let found = KNOWN.iter().find(|(name, _)| *name == question.name);
        let answers = found
            .and_then(|(name, address)| parse_record(&format!("{name} 303 IN A {address}"), 0));
        Some(Message {
            id: 0,
            response: true,
            authoritative: true,
            truncated: false,
            recursion_available: true,
            rcode: if answers.is_some() { Rcode::NoError } else { Rcode::NameError },
            question: question.clone(),
            answers: answers.into_iter().collect(),
            authority: Vec::new(),
            additional: Vec::new(),
        })
    }
}

fn judge(directory: &Directory, setting: &Setting, case: &Case) -> Option<String> {
    let corefile = Corefile::parse(&setting.corefile).expect("the settings are right");
    // The search list's first entry, as a Pod's resolver would have added it.
    let asked = if case.set == "autopathTests" {
        format!("{}.test-1.svc.cluster.local.", case.qname)
    } else {
        fully_qualified(&case.qname)
    };
    let reply = ask(
        &corefile,
        directory,
        (&asked, &case.qtype),
        (setting.local, setting.client),
        setting.synced,
        &mut Outside,
    );
    let message = reply.message;
    let rcode = match message.rcode {
        Rcode::NoError => "Success",
        Rcode::NameError => "NameError",
        Rcode::ServerFailure => "ServerFailure",
        other => other.name(),
    };
    let is_negative = case.answer.is_empty();
    let expected = sections(
        &case.rcode,
        case.answer.iter().map(|line| bare(line)).collect(),
        case.extra.iter().map(|line| bare(line)).collect(),
        if is_negative { case.ns.iter().map(|line| zone(line)).collect() } else { Vec::new() },
    );
    let lines = |records: &[Record]| records.iter().map(|r| bare(&r.to_string())).collect();
    let zones = |records: &[Record]| records.iter().map(|r| zone(&r.to_string())).collect();
    let actual = sections(
        rcode,
        lines(&message.answers),
        lines(&message.additional),
        if is_negative { zones(&message.authority) } else { Vec::new() },
    );
    difference(&expected, &actual)
}

fn sections(
    rcode: &str,
    mut answer: Vec<String>,
    mut extra: Vec<String>,
    zones: Vec<String>,
) -> String {
    answer.sort();
    extra.sort();
    format!(
        "{rcode}\nanswer {}\nextra {}\nzone {}\n",
        answer.join("\n"),
        extra.join("\n"),
        zones.join("\n")
    )
}

/// A record without its time to live; the text of a TXT record alone is one, too.
fn bare(line: &str) -> String {
    match parse_record(line, 0) {
        Some(record) => {
            let name = fully_qualified(&record.name);
            format!("{name} {} {}", record.data.record_type(), record.data)
        }
        None => format!("dns-version.cluster.local. TXT \"{line}\""),
    }
}

/// The zone and the servers that a negative answer names; numbers differ from run to run.
fn zone(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let kept = [words.first(), words.get(3), words.get(4), words.get(5)];
    kept.into_iter().flatten().copied().collect::<Vec<_>>().join(" ")
}

/// The cluster of the plugin's unit tests.
const UNIT: &str = include_str!("dns_cases/unit.yaml");
/// The cluster of its tests of reverse names.
const REVERSE: &str = include_str!("dns_cases/reverse.yaml");
/// The cluster of its tests of zones.
const ZONAL: &str = include_str!("dns_cases/zonal.yaml");
/// The cluster of the integration tests.
const CI: &str = include_str!("dns_cases/integration.yaml");
