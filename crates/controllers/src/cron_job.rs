//! Makes Jobs on a schedule.
//!
//! Watches CronJobs and Jobs. Owns the Jobs it makes and the CronJob's status. Schedules are read in
//! UTC; time zones other than `Etc/UTC` are not simulated. Models `pkg/controller/cronjob`.

use std::time::Duration;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use manifest::{Kind, Object, ObjectRef};

use crate::job::finished;
use crate::outcome::{Deletion, Event, Outcome, Waiting, Why, Write};
use crate::pods;
use crate::view::View;

const COMPONENT: &str = "cronjob-controller";
/// A schedule that matches no minute in this many is taken to match none (29 February comes round
/// within eight years; this is four, as far as a session goes).
const SEARCH_MINUTES: u32 = 4 * 366 * 24 * 60;

/// Makes what is due, and clears away what is old.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(cron) = view.find::<CronJob>(key) else { return outcome };
    let spec = cron.spec.clone();
    let owner = Object::from(cron.clone());
    let mut jobs: Vec<&Job> = view.owned::<Job>(pods::uid(&cron.metadata));
    jobs.sort_by_key(|job| (pods::created(&job.metadata), pods::name(&job.metadata).to_owned()));
    let mut status = cron.status.clone().unwrap_or_default();
    let is_active = |name: Option<&str>| {
        jobs.iter().any(|job| job.metadata.name.as_deref() == name && finished(job).is_none())
    };
    let before = status.active.clone().unwrap_or_default();
    for entry in before.iter().filter(|entry| !is_active(entry.name.as_deref())) {
        let name = entry.name.clone().unwrap_or_default();
        let ended =
            jobs.iter().find(|job| job.metadata.name == entry.name).and_then(|job| finished(job));
        if let Some(condition) = ended {
            let message = format!("Saw completed job: {name}, condition: {}", condition.type_);
            outcome.events.push(Event::normal(COMPONENT, &owner, "SawCompletedJob", message));
            if condition.type_ == "Complete" {
                status.last_successful_time = condition.last_transition_time.clone();
            }
        }
    }
    status.active =
        Some(before.into_iter().filter(|entry| is_active(entry.name.as_deref())).collect());
    clear(&jobs, "Complete", spec.successful_jobs_history_limit.unwrap_or(3), &owner, &mut outcome);
    clear(&jobs, "Failed", spec.failed_jobs_history_limit.unwrap_or(1), &owner, &mut outcome);
    let schedule = Schedule::parse(&spec.schedule);
    if let Some(schedule) = schedule
        .filter(|_| spec.suspend != Some(true) && cron.metadata.deletion_timestamp.is_none())
    {
        let earliest = status
            .last_schedule_time
            .as_ref()
            .map_or(pods::created(&cron.metadata), Time::from_timestamp);
        if let Some(due) = schedule.last_between(earliest, now) {
            let running = status.active.as_ref().is_some_and(|active| !active.is_empty());
            let late = spec
                .starting_deadline_seconds
                .is_some_and(|seconds| now.since(due).as_secs() as i64 > seconds);
            let policy = spec.concurrency_policy.as_deref().unwrap_or("Allow");
            if policy == "Forbid" && running {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                outcome.events.push(Event::normal(COMPONENT, &owner, "JobAlreadyActive", message));
            } else if late {
                let message =
                    format!("Missed scheduled time to start a job: {}", due.timestamp().0);
                outcome.events.push(Event::warning(COMPONENT, &owner, "MissSchedule", message));
            } else {
                if policy == "Replace" {
                    for entry in status.active.iter().flatten() {
                        let name = entry.name.clone().unwrap_or_default();
                        let reference = ObjectRef::new(Kind::Job, owner.namespace(), &name);
                        outcome
                            .write(Write::Delete(reference, Deletion::default()), Why::ScheduleDue);
                        outcome.events.push(Event::normal(
                            COMPONENT,
                            &owner,
                            "SuccessfulDelete",
                            format!("Deleted job {name}"),
                        ));
                    }
                    status.active = Some(Vec::new());
                }
                let job = job(&owner, &spec.job_template, due);
                let name = pods::name(&job.metadata).to_owned();
                outcome.events.push(Event::normal(
                    COMPONENT,
                    &owner,
                    "SuccessfulCreate",
                    format!("Created job {name}"),
                ));
                outcome.write(Write::Create(job.into()), Why::ScheduleDue);
                status.active.get_or_insert_default().push(ObjectReference {
                    api_version: Some("batch/v1".into()),
                    kind: Some("Job".into()),
                    name: Some(name),
                    namespace: Some(owner.namespace().to_owned()),
                    ..ObjectReference::default()
                });
            }
            status.last_schedule_time = Some(due.timestamp());
        }
        if let Some(next) = schedule.next_after(now) {
            outcome.requeue(next.since(now).max(Duration::from_secs(1)), Waiting::Periodic);
        }
    }
    if status.active.as_ref().is_some_and(Vec::is_empty) {
        status.active = None;
    }
    if cron.status.clone().unwrap_or_default() != status {
        let updated = CronJob { status: Some(status), ..cron.clone() };
        outcome.write(Write::UpdateStatus(updated.into()), Why::StatusOutdated);
    }
    outcome
}

fn job(owner: &Object, template: &k8s_openapi::api::batch::v1::JobTemplateSpec, due: Time) -> Job {
    let source = template.metadata.clone().unwrap_or_default();
    let minutes = due.timestamp().0.as_second() / 60;
    let mut annotations = source.annotations.unwrap_or_default();
    annotations.insert(
        "batch.kubernetes.io/cronjob-scheduled-timestamp".into(),
        due.timestamp().0.to_string(),
    );
    Job {
        metadata: ObjectMeta {
            name: Some(format!("{}-{minutes}", owner.name())),
            namespace: Some(owner.namespace().to_owned()),
            labels: source.labels,
            annotations: Some(annotations),
            owner_references: Some(vec![pods::controller_reference(owner)]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

/// Deletes the oldest Jobs that ended in this way, beyond the limit.
fn clear(jobs: &[&Job], condition: &str, limit: i32, owner: &Object, outcome: &mut Outcome) {
    let ended: Vec<&&Job> = jobs
        .iter()
        .filter(|job| finished(job).is_some_and(|found| found.type_ == condition))
        .collect();
    for job in ended.iter().take(ended.len().saturating_sub(usize::try_from(limit).unwrap_or(0))) {
        let name = pods::name(&job.metadata);
        let reference = ObjectRef::new(Kind::Job, owner.namespace(), name);
        outcome.write(Write::Delete(reference, Deletion::default()), Why::HistoryLimit);
        outcome.events.push(Event::normal(
            COMPONENT,
            owner,
            "SuccessfulDelete",
            format!("Deleted job {name}"),
        ));
    }
}

/// A cron schedule: which minutes, hours, days, months and weekdays.
struct Schedule {
    fields: [Vec<u32>; 5],
    any_day: bool,
    any_weekday: bool,
}

impl Schedule {
    fn parse(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = words.as_slice() else { return None };
        let months =
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        Some(Self {
            fields: [
                field(minute, 0, 59, &[], 0)?,
                field(hour, 0, 23, &[], 0)?,
                field(day, 1, 31, &[], 0)?,
                field(month, 1, 12, &months, 1)?,
                field(weekday, 0, 7, &weekdays, 0)?.into_iter().map(|day| day % 7).collect(),
            ],
            any_day: day.starts_with('*') || *day == "?",
            any_weekday: weekday.starts_with('*') || *weekday == "?",
        })
    }

    fn matches(&self, at: DateTime) -> bool {
        let [minutes, hours, days, months, weekdays] = &self.fields;
        let has =
            |list: &[u32], value: i8| u32::try_from(value).is_ok_and(|value| list.contains(&value));
        let day = has(days, at.day());
        let weekday = has(weekdays, at.weekday().to_sunday_zero_offset());
        let on_day = if self.any_day || self.any_weekday { day && weekday } else { day || weekday };
        has(minutes, at.minute()) && has(hours, at.hour()) && has(months, at.month()) && on_day
    }

    fn next_after(&self, after: Time) -> Option<Time> {
        let start = after.timestamp().0.as_second().div_euclid(60) + 1;
        (0..i64::from(SEARCH_MINUTES)).map(|minute| (start + minute) * 60).find_map(|second| {
            let at = Timestamp::from_second(second).ok()?;
            let matches = self.matches(at.to_zoned(TimeZone::UTC).datetime());
            matches.then(|| {
                Time::from_timestamp(&k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(at))
            })
        })
    }

    /// The last time that is later than `after` and not later than `until`.
    fn last_between(&self, after: Time, until: Time) -> Option<Time> {
        let mut last = None;
        let mut from = after;
        // Upstream gives up after a hundred missed times, too.
        for _ in 0..100 {
            match self.next_after(from).filter(|next| *next <= until) {
                Some(next) => {
                    last = Some(next);
                    from = next;
                }
                None => break,
            }
        }
        last
    }
}

/// One field of a schedule: `*`, `*/5`, `1-5`, `mon,wed`, `10-20/2`.
fn field(text: &str, least: u32, most: u32, names: &[&str], first: u32) -> Option<Vec<u32>> {
    let number = |word: &str| -> Option<u32> {
        let lower = word.to_ascii_lowercase();
        match names.iter().position(|name| *name == lower) {
            Some(position) => Some(position as u32 + first),
            None => word.parse().ok(),
        }
    };
    let mut values = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (start, end) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (least, most),
            Some((start, end)) => (number(start)?, number(end)?),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if start < least || end > most || start > end {
            return None;
        }
        values.extend((start..=end).step_by(step));
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_next_minute() {
        // The epoch is a Wednesday, 09:00 UTC.
        let next = |text: &str| {
            Schedule::parse(text)
                .and_then(|schedule| schedule.next_after(Time(0)))
                .map(|at| at.timestamp().0.to_string())
        };
        assert_eq!(next("*/5 * * * *").as_deref(), Some("2026-04-22T09:05:00Z"));
        assert_eq!(next("0 8 * * mon").as_deref(), Some("2026-04-27T08:00:00Z"));
        assert_eq!(next("@monthly").as_deref(), Some("2026-05-01T00:00:00Z"));
        assert_eq!(next("61 * * * *"), None);
    }
}
