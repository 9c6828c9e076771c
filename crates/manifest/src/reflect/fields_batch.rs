//! Fields of the types of `batch`, as `k8s-openapi` has them. Written by example `reflect`.

use super::reflect;

reflect! { api::batch::v1::CronJob:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::batch::v1::CronJobSpec:
    concurrency_policy "concurrencyPolicy", failed_jobs_history_limit "failedJobsHistoryLimit",
    job_template "jobTemplate", schedule "schedule",
    starting_deadline_seconds "startingDeadlineSeconds",
    successful_jobs_history_limit "successfulJobsHistoryLimit", suspend "suspend",
    time_zone "timeZone",
}

reflect! { api::batch::v1::CronJobStatus:
    active "active", last_schedule_time "lastScheduleTime",
    last_successful_time "lastSuccessfulTime",
}

reflect! { api::batch::v1::Job:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::batch::v1::JobCondition:
    last_probe_time "lastProbeTime", last_transition_time "lastTransitionTime", message "message",
    reason "reason", status "status", type_ "type",
}

reflect! { api::batch::v1::JobSpec:
    active_deadline_seconds "activeDeadlineSeconds", backoff_limit "backoffLimit",
    backoff_limit_per_index "backoffLimitPerIndex", completion_mode "completionMode",
    completions "completions", managed_by "managedBy", manual_selector "manualSelector",
    max_failed_indexes "maxFailedIndexes", parallelism "parallelism",
    pod_failure_policy "podFailurePolicy", pod_replacement_policy "podReplacementPolicy",
    selector "selector", success_policy "successPolicy", suspend "suspend", template "template",
    ttl_seconds_after_finished "ttlSecondsAfterFinished",
}

reflect! { api::batch::v1::JobStatus:
    active "active", completed_indexes "completedIndexes", completion_time "completionTime",
    conditions "conditions", failed "failed", failed_indexes "failedIndexes", ready "ready",
    start_time "startTime", succeeded "succeeded", terminating "terminating",
    uncounted_terminated_pods "uncountedTerminatedPods",
}

reflect! { api::batch::v1::JobTemplateSpec:
    metadata "metadata", spec "spec",
}

reflect! { api::batch::v1::PodFailurePolicy:
    rules "rules",
}

reflect! { api::batch::v1::PodFailurePolicyOnExitCodesRequirement:
    container_name "containerName", operator "operator", values "values",
}

reflect! { api::batch::v1::PodFailurePolicyOnPodConditionsPattern:
    status "status", type_ "type",
}

reflect! { api::batch::v1::PodFailurePolicyRule:
    action "action", on_exit_codes "onExitCodes", on_pod_conditions "onPodConditions",
}

reflect! { api::batch::v1::SuccessPolicy:
    rules "rules",
}

reflect! { api::batch::v1::SuccessPolicyRule:
    succeeded_count "succeededCount", succeeded_indexes "succeededIndexes",
}

reflect! { api::batch::v1::UncountedTerminatedPods:
    failed "failed", succeeded "succeeded",
}
