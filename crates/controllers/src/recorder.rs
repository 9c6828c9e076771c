//! Writes events, counting and combining them as the API client does.
//!
//! Models `client-go/tools/record` (`EventCorrelator`): the same event again is counted, ten alike
//! within ten minutes are combined, and more than 25 about one object in a row are dropped.

use std::time::Duration;

use apiserver::{ApiServer, Time, Timestamps, WriteOptions};
use imbl::OrdMap;
use k8s_openapi::api::core::v1::{Event as ApiEvent, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Kind, Object, ObjectRef};

use crate::outcome::{Event, Source};

const MAX_ALIKE: usize = 10;
const ALIKE_WINDOW: Duration = Duration::from_secs(600);
const BURST: f64 = 25.0;
const REFILL_SECONDS: f64 = 300.0;

/// What has been recorded, as far as later events depend on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    written: OrdMap<String, ObjectRef>,
    alike: OrdMap<String, (Time, Vec<String>)>,
    tokens: OrdMap<(Source, ObjectRef), (Time, f64)>,
    count: u64,
}

impl Recorder {
    /// Writes one event, or counts it up.
    pub(crate) fn record(&mut self, api: &mut ApiServer, event: Event, now: Time) {
        match event.source.clone() {
            Source::Core { component, host } => self.record_core(api, &event, component, host, now),
            Source::Series { controller, action } => {
                let stored = ApiEvent {
                    action: Some(action.to_owned()),
                    event_time: Some(now.micro_time()),
                    reporting_component: Some(controller.to_owned()),
                    reporting_instance: Some(format!("{controller}-controlplane")),
                    ..self.event(&event, now)
                };
                self.create(api, stored, now);
            }
        }
    }

    fn record_core(
        &mut self,
        api: &mut ApiServer,
        event: &Event,
        component: &'static str,
        host: Option<String>,
        now: Time,
    ) {
        let subject = format!(
            "{:?}/{}/{}/{}/{}",
            event.source, event.about, event.uid, event.warning, event.reason
        );
        let (since, mut messages) = self.alike.get(&subject).cloned().unwrap_or((now, Vec::new()));
        if now.since(since) > ALIKE_WINDOW {
            messages.clear();
        }
        if !messages.contains(&event.message) {
            messages.push(event.message.clone());
        }
        // The tenth different message is combined and forgotten, so that the next one is the tenth.
        let combined = messages.len() >= MAX_ALIKE;
        messages.truncate(MAX_ALIKE - 1);
        self.alike.insert(subject.clone(), (now, messages));
        if !self.may_record(event, now) {
            return;
        }
        let field = event.field_path.as_deref().unwrap_or_default();
        let (key, message) = if combined {
            (subject, format!("(combined from similar events): {}", event.message))
        } else {
            (format!("{subject}/{field}/{}", event.message), event.message.clone())
        };
        if let Some(known) = self.written.get(&key)
            && let Some(stored) = api.snapshot().get(known)
            && let Object::Event(stored) = &**stored
        {
            let mut again = stored.clone();
            again.count = Some(again.count.unwrap_or(1) + 1);
            again.last_timestamp = Some(now.timestamp());
            again.message = Some(message);
            again.metadata.resource_version = None;
            // An event that cannot be counted up is lost, as it is with the real recorder.
            let _ = api.update(Object::Event(again), &WriteOptions::new(now, component));
            return;
        }
        let stored = ApiEvent {
            message: Some(message),
            count: Some(1),
            first_timestamp: Some(now.timestamp()),
            last_timestamp: Some(now.timestamp()),
            source: Some(EventSource { component: Some(component.to_owned()), host: host.clone() }),
            reporting_component: Some(component.to_owned()),
            reporting_instance: host,
            ..self.event(event, now)
        };
        if let Some(reference) = self.create(api, stored, now) {
            self.written.insert(key, reference);
        }
    }

    /// The spam filter: a bucket of 25 for each source and object, one more every five minutes.
    fn may_record(&mut self, event: &Event, now: Time) -> bool {
        let key = (event.source.clone(), event.about.clone());
        let (at, left) = self.tokens.get(&key).copied().unwrap_or((now, BURST));
        let left = (left + now.since(at).as_secs_f64() / REFILL_SECONDS).min(BURST);
        let allowed = left >= 1.0;
        self.tokens.insert(key, (now, if allowed { left - 1.0 } else { left }));
        allowed
    }

    fn event(&mut self, event: &Event, now: Time) -> ApiEvent {
        self.count += 1;
        let about = &event.about;
        let namespace = if about.namespace.is_empty() { "default" } else { &about.namespace };
        ApiEvent {
            metadata: ObjectMeta {
                name: Some(format!("{}.{:016x}", about.name, now.0 * 1_000 + self.count)),
                namespace: Some(namespace.to_owned()),
                ..ObjectMeta::default()
            },
            involved_object: ObjectReference {
                api_version: Some(about.kind.resource().api_version()),
                kind: Some(about.kind.resource().kind.to_owned()),
                name: Some(about.name.clone()),
                namespace: (!about.namespace.is_empty()).then(|| about.namespace.clone()),
                uid: Some(event.uid.clone()),
                field_path: event.field_path.clone(),
                resource_version: None,
            },
            reason: Some(event.reason.to_owned()),
            message: Some(event.message.clone()),
            type_: Some(if event.warning { "Warning" } else { "Normal" }.to_owned()),
            ..ApiEvent::default()
        }
    }

    fn create(&mut self, api: &mut ApiServer, event: ApiEvent, now: Time) -> Option<ObjectRef> {
        let manager = event.reporting_component.clone().unwrap_or_default();
        let reference = ObjectRef::new(
            Kind::Event,
            event.metadata.namespace.as_deref().unwrap_or_default(),
            event.metadata.name.as_deref().unwrap_or_default(),
        );
        // Refused only while the namespace is going away; then nobody will read it.
        api.create(Object::Event(event), &WriteOptions::new(now, manager)).ok().map(|_| reference)
    }
}
