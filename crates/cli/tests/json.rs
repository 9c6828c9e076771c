//! `podhop trace --json` is as `JSON.md` says: what programs read does not change unseen.
//!
//! `UPDATE_EXPECT=1` writes the list of fields anew.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Requests that between them show what a learner's requests do: an answer, a refusal, silence, a name that is not
/// there, a ping, and the way in from the internet.
const REQUESTS: &[&[&str]] = &[
    &["--from", "pod/default/frontend", "--to", "http://web-service"],
    &["--from", "pod/default/frontend", "--to", "http://10.244.1.10:9", "--cni", "calico-ipip"],
    &["--from", "pod/default/frontend", "--to", "http://nowhere", "--kube-proxy", "nftables"],
    &["--from", "pod/default/frontend", "--to", "http://10.244.9.9"],
    &["--from", "pod/default/frontend", "--to", "ping://10.244.1.10", "--kube-proxy", "ipvs"],
    &["--from", "internet/laptop", "--to", "http://192.168.1.10:30080", "--cni", "cilium"],
];

/// Whether the value of a field is of some type.
type Is = fn(&str, &Value) -> bool;

/// Types that stand at many places, written once.
const NAMED: &[(&str, Is)] = &[
    ("Frame", |key, value| matches!(key, "sent" | "frame") && value.is_object()),
    ("Packet", |key, _| matches!(key, "Ip" | "IpInIp")),
    ("ObjectRef", |_, value| value.get("kind").is_some() && value.get("name").is_some()),
    ("Line", |_, value| value.get("table").is_some() && value.get("lines").is_some()),
];

#[test]
fn every_field_of_the_json_is_documented() {
    let mut fields = BTreeSet::new();
    for request in REQUESTS {
        let podhop = Command::new(env!("CARGO_BIN_EXE_podhop"))
            .args(["trace", "--json"])
            .args(*request)
            .output()
            .expect("podhop runs");
        let journey: Value = serde_json::from_slice(&podhop.stdout).unwrap_or_else(|error| {
            panic!("{request:?}: {error}: {}", String::from_utf8_lossy(&podhop.stderr))
        });
        note(&journey, "", &mut fields);
    }
    let listed: String = fields.iter().map(|field| format!("{field}\n")).collect();

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("JSON.md");
    let text = std::fs::read_to_string(&file).expect("JSON.md is there");
    let (before, rest) = text.split_once("```fields\n").expect("it has a list of fields");
    let (documented, after) = rest.split_once("```").expect("the list ends");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let text = format!("{before}```fields\n{listed}```{after}");
        std::fs::write(&file, text).expect("JSON.md can be written");
        return;
    }
    assert_eq!(documented, listed, "JSON.md lists other fields than `podhop trace --json` prints");
}

/// Notes the fields below a place; an enum's variant is a field, and `[]` stands for each item of a list.
fn note(value: &Value, place: &str, fields: &mut BTreeSet<String>) {
    let key = place.rsplit(['.', '[']).next().unwrap_or_default();
    for (name, is) in NAMED {
        if place != *name && is(key, value) {
            fields.insert(format!("{place}: {name}"));
            return note(value, name, fields);
        }
    }
    match value {
        Value::Object(inner) => {
            for (key, value) in inner {
                let dot = if place.is_empty() { "" } else { "." };
                note(value, &format!("{place}{dot}{key}"), fields);
            }
        }
        Value::Array(items) => {
            for item in items {
                note(item, &format!("{place}[]"), fields);
            }
            if items.is_empty() {
                fields.insert(format!("{place}[]"));
            }
        }
        _ => {
            fields.insert(place.to_owned());
        }
    }
}
