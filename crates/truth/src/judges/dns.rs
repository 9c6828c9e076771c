//! `dns.json`: what CoreDNS answers in a given cluster, and how a Pod's resolver walks its search list.

use std::collections::BTreeMap;
use std::path::Path;

use apiserver::Snapshot;
use dataplane::directory::Directory;
use dataplane::dns::{
    Corefile, Flavour, Heard, Memory, Next, Reply, ResolvConf, Server, Surroundings, Unconnected,
    Upstream, candidates, next,
};
use packet::Time;
use packet::dns::{Message, Question, Rcode, Record, RecordData, RecordType};
use serde::Deserialize;

use crate::judge::{CaseResult, guarded, read_json};
use crate::normalise::difference;

#[derive(Deserialize)]
struct File {
    corefile: String,
    given: BTreeMap<String, String>,
    cases: Vec<Case>,
    #[serde(default)]
    search_sequences: Vec<Sequence>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    given: String,
    qname: String,
    qtype: String,
    rcode: String,
    aa: Option<bool>,
    ra: Option<bool>,
    #[serde(default)]
    answer: Vec<String>,
    #[serde(default)]
    authority: Vec<String>,
    #[serde(default)]
    additional: Vec<String>,
    #[serde(default)]
    env_dependent: bool,
}

#[derive(Deserialize)]
struct Sequence {
    id: String,
    given: String,
    name: String,
    search: Vec<String>,
    ndots: usize,
    steps: Vec<Step>,
    resolved_as: Option<String>,
    queries_sent: usize,
}

#[derive(Deserialize)]
struct Step {
    qname: String,
    #[serde(rename = "A")]
    a: Answer,
    #[serde(rename = "AAAA")]
    aaaa: Answer,
}

#[derive(Deserialize)]
struct Answer {
    rcode: String,
    answer: Vec<String>,
}

/// When the cluster of CoreDNS' own tests last changed.
const SERIAL: u32 = 1_499_347_823;
/// Namespaces that every cluster has, whether a state lists them or not.
const NAMESPACES: &str = "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default}\n\
                          ---\napiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n";

/// Judges every case and every walk.
pub fn run(path: &Path) -> Result<Vec<CaseResult>, String> {
    let file: File = read_json(path)?;
    let corefile = Corefile::parse(&file.corefile).map_err(|error| error.to_string())?;
    let states: BTreeMap<&str, Directory> =
        file.given.iter().map(|(name, text)| (name.as_str(), directory(text))).collect();
    let state = |name: &str| states.get(name).ok_or(format!("no state `{name}`"));
    let mut results = Vec::new();
    for case in file.cases.iter().filter(|case| !case.env_dependent) {
        let directory = state(&case.given)?;
        results.push(guarded(&case.id, || judge(&corefile, directory, case)));
    }
    for sequence in &file.search_sequences {
        let directory = state(&sequence.given)?;
        results.push(guarded(&sequence.id, || walk(&corefile, directory, sequence)));
    }
    Ok(results)
}

/// A cluster with these objects and nothing else.
pub(super) fn directory(text: &str) -> Directory {
    let documents = manifest::read(&format!("{text}{NAMESPACES}")).documents;
    let snapshot: Snapshot = documents.into_iter().filter_map(|found| found.object).collect();
    Directory::of(&snapshot)
}

/// What a server answers, with nobody behind it but `upstream`.
pub(super) fn ask(
    corefile: &Corefile,
    directory: &Directory,
    (name, record_type): (&str, &str),
    (local, client): ([u8; 4], [u8; 4]),
    synced: bool,
    upstream: &mut dyn Upstream,
) -> Reply {
    let query = Message {
        id: 1,
        response: false,
        authoritative: false,
        truncated: false,
        recursion_available: false,
        rcode: Rcode::NoError,
        question: Question {
            name: dataplane::dns::fully_qualified(name),
            // A type nobody has is answered like one nobody asks for.
            record_type: RecordType::from_name(record_type).unwrap_or(RecordType::Any),
        },
        answers: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
    };
    let around = Surroundings { directory, local: local.into(), serial: SERIAL, synced };
    let server = Server { corefile, around, nameservers: &[], seed: 0, now: Time::START };
    let port = corefile.ports().first().copied().unwrap_or(53);
    server.answer(&query, port, client.into(), &mut Memory::default(), upstream)
}

fn judge(corefile: &Corefile, directory: &Directory, case: &Case) -> Option<String> {
    let addresses = ([127, 0, 0, 1], [127, 0, 0, 1]);
    let question = (case.qname.as_str(), case.qtype.as_str());
    let reply = ask(corefile, directory, question, addresses, true, &mut Unconnected).message;
    let flags = |aa, ra| format!("aa {aa} ra {ra}");
    let expected = sections(
        &case.rcode,
        flags(case.aa.unwrap_or(reply.authoritative), case.ra.unwrap_or(reply.recursion_available)),
        [&case.answer, &case.authority, &case.additional].map(|lines| lines.to_vec()),
    );
    let texts = |records: &[Record]| records.iter().map(text).collect();
    let actual = sections(
        reply.rcode.name(),
        flags(reply.authoritative, reply.recursion_available),
        [texts(&reply.answers), texts(&reply.authority), texts(&reply.additional)],
    );
    difference(&expected, &actual)
}

fn sections(rcode: &str, flags: String, sections: [Vec<String>; 3]) -> String {
    let mut text = format!("{rcode} {flags}\n");
    for (name, mut lines) in ["answer", "authority", "additional"].into_iter().zip(sections) {
        lines.sort();
        for line in lines {
            text.push_str(&format!("{name} {line}\n"));
        }
    }
    text
}

fn text(record: &Record) -> String {
    let line = record.to_string();
    match &record.data {
        RecordData::Soa { serial, refresh, .. } => {
            line.replace(&format!(" {serial} {refresh} "), &format!(" <serial> {refresh} "))
        }
        _ => line,
    }
}

fn walk(corefile: &Corefile, directory: &Directory, sequence: &Sequence) -> Option<String> {
    let conf = ResolvConf {
        nameservers: vec![[127, 0, 0, 1].into()],
        search: sequence.search.clone(),
        options: vec![("ndots".into(), Some(sequence.ndots.to_string()))],
    };
    let line = |name: &str, kind: &str, rcode: &str, mut answer: Vec<String>| {
        answer.sort();
        format!("{name} {kind} {rcode} {}\n", answer.join(", "))
    };
    let mut expected = String::new();
    for step in &sequence.steps {
        for (kind, answer) in [("A", &step.a), ("AAAA", &step.aaaa)] {
            expected.push_str(&line(&step.qname, kind, &answer.rcode, answer.answer.clone()));
        }
    }
    expected.push_str(&format!("{:?} {}\n", sequence.resolved_as, sequence.queries_sent));
    let (mut actual, mut resolved, mut sent) = (String::new(), None, 0);
    for name in candidates(&sequence.name, &conf, Flavour::Glibc) {
        let mut heard = Vec::new();
        for kind in ["A", "AAAA"] {
            let addresses = ([127, 0, 0, 1], [127, 0, 0, 1]);
            let reply = ask(corefile, directory, (&name, kind), addresses, true, &mut Unconnected);
            let message = reply.message;
            let answers: Vec<String> = message.answers.iter().map(text).collect();
            heard.push(Heard::Answer(message.rcode, !answers.is_empty()));
            actual.push_str(&line(&name, kind, message.rcode.name(), answers));
            sent += 1;
        }
        match next(Flavour::Glibc, &heard) {
            Next::Done => {
                resolved = Some(name);
                break;
            }
            Next::Continue => {}
            Next::LastAsItIs | Next::GiveUp => break,
        }
    }
    actual.push_str(&format!("{resolved:?} {sent}\n"));
    difference(&expected, &actual)
}
