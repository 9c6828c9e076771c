//! `kubectl get events`, `printEvent`.

use k8s_openapi::api::core::v1::Event;

use super::{Column, View, column, text, wide};
use crate::age;

pub(super) const COLUMNS: &[Column] = &[
    column("LAST SEEN"),
    column("TYPE"),
    column("REASON"),
    column("OBJECT"),
    wide("SUBOBJECT"),
    wide("SOURCE"),
    column("MESSAGE"),
    wide("FIRST SEEN"),
    wide("COUNT"),
    wide("NAME"),
];

pub(super) fn row(event: &Event, view: &View) -> Vec<String> {
    let times = Times::of(event, view.now);
    let involved = &event.involved_object;
    let kind = text(involved.kind.as_ref()).to_lowercase();
    let target = match involved.name.as_deref() {
        Some(name) if !name.is_empty() => format!("{kind}/{name}"),
        _ => kind,
    };
    let message = text(event.message.as_ref()).trim().to_owned();
    let (type_, reason) = (text(event.type_.as_ref()), text(event.reason.as_ref()));
    if !view.wide {
        return vec![times.last, type_, reason, target, message];
    }
    vec![
        times.last,
        type_,
        reason,
        target,
        text(involved.field_path.as_ref()),
        source(event),
        message,
        times.first,
        times.count.to_string(),
        text(event.metadata.name.as_ref()),
    ]
}

/// When an event was seen, and how often.
pub(crate) struct Times {
    pub first: String,
    pub last: String,
    pub count: i32,
}

impl Times {
    pub(crate) fn of(event: &Event, now: i64) -> Self {
        let first = match &event.first_timestamp {
            Some(first) => age::since(Some(first), now),
            None => age::since_micro(event.event_time.as_ref(), now),
        };
        let last = match &event.last_timestamp {
            Some(last) => age::since(Some(last), now),
            None => first.clone(),
        };
        match &event.series {
            Some(series) => Self {
                first,
                last: age::since_micro(series.last_observed_time.as_ref(), now),
                count: series.count.unwrap_or_default(),
            },
            None => {
                Self { first, last, count: event.count.filter(|count| *count > 0).unwrap_or(1) }
            }
        }
    }
}

/// `kubelet, node-1`.
pub(crate) fn source(event: &Event) -> String {
    let given = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    let source = event.source.as_ref();
    let component = given(source.and_then(|source| source.component.as_ref()))
        .or(given(event.reporting_component.as_ref()))
        .unwrap_or_default();
    let host = given(source.and_then(|source| source.host.as_ref()))
        .or(given(event.reporting_instance.as_ref()));
    match host {
        Some(host) => format!("{component}, {host}"),
        None => component,
    }
}
