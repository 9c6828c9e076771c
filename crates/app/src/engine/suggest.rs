//! Completion in the editor: what the schema allows, and the names that the cluster has.

use std::collections::BTreeSet;

use cluster::Cluster;
use manifest::assist::{self, Choice, Wanted};
use manifest::{Kind, Span};

use crate::protocol::{Suggestion, Suggestions};

/// What may stand at a place, in UTF-16 units.
pub fn at(cluster: &Cluster, text: &str, at: usize) -> Suggestions {
    let found = assist::complete(text, byte(text, at));
    let mut choices: Vec<Suggestion> = found.choices.into_iter().map(suggestion).collect();
    let named = found.wanted.map(|wanted| names(cluster, wanted)).unwrap_or_default();
    choices.extend(named.into_iter().map(|(name, detail)| {
        let text = match found.wanted {
            Some(Wanted::LabelKey) => name.replace('=', ": "),
            Some(Wanted::Name(_)) | None => name.clone(),
        };
        Suggestion { label: name, detail, text, ..Suggestion::default() }
    }));
    suggestions(text, found.span, choices)
}

/// What the field at a place is; no choice if there is none.
pub fn field_at(text: &str, at: usize) -> Suggestions {
    let found = assist::field_at(text, byte(text, at));
    found.map_or_else(Suggestions::default, |(span, choice)| {
        suggestions(text, span, vec![suggestion(choice)])
    })
}

fn names(cluster: &Cluster, wanted: Wanted) -> BTreeSet<(String, String)> {
    let snapshot = cluster.snapshot();
    match wanted {
        Wanted::Name(kind) => snapshot
            .objects_of(kind)
            .map(|object| (object.name().to_owned(), object.namespace().to_owned()))
            .collect(),
        Wanted::LabelKey => snapshot
            .objects_of(Kind::Pod)
            .filter(|pod| pod.namespace() != "kube-system")
            .filter_map(|pod| pod.metadata().labels.clone())
            .flatten()
            .filter(|(key, _)| key != "pod-template-hash")
            .map(|(key, value)| (format!("{key}={value}"), "label of a Pod".to_owned()))
            .collect(),
    }
}

fn suggestion(choice: Choice) -> Suggestion {
    Suggestion {
        label: choice.label,
        detail: choice.detail,
        text: choice.text,
        owner: choice.owner.to_owned(),
        field: choice.field.to_owned(),
    }
}

fn suggestions(text: &str, span: Span, choices: Vec<Suggestion>) -> Suggestions {
    let units = |byte: usize| text.get(..byte).unwrap_or(text).encode_utf16().count();
    Suggestions { from: units(span.start), to: units(span.end), choices }
}

/// The byte at a place that counts UTF-16 units.
fn byte(text: &str, units: usize) -> usize {
    let mut passed = 0;
    let found = text.char_indices().find(|(_, letter)| {
        passed += letter.len_utf16();
        passed > units
    });
    found.map_or(text.len(), |(byte, _)| byte)
}
