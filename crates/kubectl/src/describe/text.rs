//! Lines of a description, with tabs where columns are.

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Subject;
use crate::print::event::{Times, source};
use crate::{labels, tabwriter};

/// A description under construction.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    /// `Name:\tvalue`.
    pub fn field(&mut self, name: &str, value: impl std::fmt::Display) {
        self.line(format!("{name}:\t{value}"));
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
        events.sort_by_key(|event| event.last_timestamp.as_ref().map(|time| time.0));
        if events.is_empty() {
            self.field("Events", "<none>");
            return;
        }
        self.line("Events:");
        self.line("  Type\tReason\tAge\tFrom\tMessage");
        self.line("  ----\t------\t----\t----\t-------");
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
