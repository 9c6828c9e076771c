//! `kubectl get cronjobs`, `printCronJob`.

use k8s_openapi::api::batch::v1::CronJob;

use super::{Column, View, column, text, wide};
use crate::{age, labels};

pub(super) const COLUMNS: &[Column] = &[
    column("NAME"),
    column("SCHEDULE"),
    column("TIMEZONE"),
    column("SUSPEND"),
    column("ACTIVE"),
    column("LAST SCHEDULE"),
    column("AGE"),
    wide("CONTAINERS"),
    wide("IMAGES"),
    wide("SELECTOR"),
];

pub(super) fn row(job: &CronJob, view: &View) -> Vec<String> {
    let spec = &job.spec;
    let status = job.status.as_ref();
    let last = status.and_then(|status| status.last_schedule_time.as_ref());
    let suspend = match spec.suspend {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    let mut cells = vec![
        text(job.metadata.name.as_ref()),
        spec.schedule.clone(),
        spec.time_zone.clone().unwrap_or("<none>".into()),
        suspend.into(),
        status.and_then(|status| status.active.as_ref()).map_or(0, Vec::len).to_string(),
        last.map_or_else(|| "<none>".into(), |last| age::since(Some(last), view.now)),
        super::age(&job.metadata, view),
    ];
    if view.wide {
        let job = spec.job_template.spec.as_ref();
        cells.extend(super::template_containers(job.map(|job| &job.template)));
        cells.push(labels::format_selector(job.and_then(|job| job.selector.as_ref())));
    }
    cells
}
