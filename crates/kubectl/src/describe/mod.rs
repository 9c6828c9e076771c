//! What `kubectl describe` prints, as v1.31 and later do.
//!
//! One file for each kind, all of one shape: `text`. Models `k8s.io/kubectl/pkg/describe`.

use std::fmt::Write;

use apiserver::Snapshot;
use k8s_openapi::api::core::v1::{Event, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use manifest::Object;

use crate::print::event::{Times, source};
use crate::{labels, tabwriter};

/// An object to describe, and what it is described by.
pub(crate) struct Subject<'a> {
    pub object: &'a Object,
    pub snapshot: &'a Snapshot,
    /// Seconds of Unix time.
    pub now: i64,
}

/// The description of an object.
pub(crate) fn describe(subject: &Subject<'_>) -> String {
    let mut text = Text::default();
    let metadata = subject.object.metadata();
    text.field("Name", metadata.name.as_deref().unwrap_or_default());
    if subject.object.kind().resource().namespaced {
        text.field("Namespace", subject.object.namespace());
    }
    text.labels(metadata);
    text.annotations(metadata);
    text.events(subject);
    text.aligned()
}

/// The description of a Pod template, as `rollout history` shows it.
pub(crate) fn pod_template(template: Option<&PodTemplateSpec>) -> String {
    let mut text = Text::default();
    let _ = template;
    text.line("Pod Template:");
    text.aligned()
}

/// Lines of a description, with tabs where columns are.
#[derive(Default)]
pub(crate) struct Text(String);

impl Text {
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    /// `Name:\tvalue`.
    pub fn field(&mut self, name: &str, value: impl std::fmt::Display) {
        writeln!(self.0, "{name}:\t{value}").expect("a String takes every write");
    }

    pub fn labels(&mut self, metadata: &ObjectMeta) {
        let pairs = metadata.labels.as_ref().map(|labels| labels::pairs(labels, "="));
        self.listed("Labels", pairs.unwrap_or_default());
    }

    pub fn annotations(&mut self, metadata: &ObjectMeta) {
        let shown = metadata
            .annotations
            .iter()
            .flatten()
            .filter(|(key, _)| *key != "kubectl.kubernetes.io/last-applied-configuration");
        let pairs = shown.map(|(key, value)| format!("{key}: {value}"));
        self.listed("Annotations", pairs.collect());
    }

    /// A field with a value on each line, `<none>` without any.
    pub fn listed(&mut self, name: &str, values: Vec<String>) {
        let mut values = values.into_iter();
        self.field(name, values.next().unwrap_or_else(|| "<none>".into()));
        for value in values {
            self.line(format!("\t{value}"));
        }
    }

    /// The events about the object, `<none>` without any.
    pub fn events(&mut self, subject: &Subject<'_>) {
        let metadata = subject.object.metadata();
        let namespace = subject.object.namespace();
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        let kind = subject.object.kind().resource().kind;
        let mut events: Vec<&Event> = subject
            .snapshot
            .list_in::<Event>(namespace)
            .filter(|event| {
                let involved = &event.involved_object;
                involved.name == metadata.name && involved.kind.as_deref() == Some(kind)
            })
            .collect();
        events
            .sort_by_key(|event| event.last_timestamp.clone().map(|time| time.0.as_microsecond()));
        if events.is_empty() {
            self.field("Events", "<none>");
            return;
        }
        self.line(
            "Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------",
        );
        for event in events {
            let times = Times::of(event, subject.now);
            let age = if times.count > 1 {
                format!("{} (x{} over {})", times.last, times.count, times.first)
            } else {
                times.first
            };
            self.line(format!(
                "  {}\t{}\t{age}\t{}\t{}",
                event.type_.as_deref().unwrap_or_default(),
                event.reason.as_deref().unwrap_or_default(),
                source(event).split(", ").next().unwrap_or_default(),
                event.message.as_deref().unwrap_or_default().trim(),
            ));
        }
    }

    /// The text with its columns aligned.
    pub fn aligned(&self) -> String {
        tabwriter::description(&self.0)
    }
}

/// `Sat, 21 Nov 2026 05:20:59 +0000`.
pub(crate) fn date(time: Option<&Time>) -> String {
    time.map_or_else(
        || "<unset>".into(),
        |time| time.0.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
    )
}
