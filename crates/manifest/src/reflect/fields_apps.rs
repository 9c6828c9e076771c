//! Fields of the types of `apps`, as `k8s-openapi` has them. Written by example `reflect`.

use super::reflect;

reflect! { api::apps::v1::DaemonSet:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::apps::v1::DaemonSetCondition:
    last_transition_time "lastTransitionTime", message "message", reason "reason", status "status",
    type_ "type",
}

reflect! { api::apps::v1::DaemonSetSpec:
    min_ready_seconds "minReadySeconds", revision_history_limit "revisionHistoryLimit",
    selector "selector", template "template", update_strategy "updateStrategy",
}

reflect! { api::apps::v1::DaemonSetStatus:
    collision_count "collisionCount", conditions "conditions",
    current_number_scheduled "currentNumberScheduled",
    desired_number_scheduled "desiredNumberScheduled", number_available "numberAvailable",
    number_misscheduled "numberMisscheduled", number_ready "numberReady",
    number_unavailable "numberUnavailable", observed_generation "observedGeneration",
    updated_number_scheduled "updatedNumberScheduled",
}

reflect! { api::apps::v1::DaemonSetUpdateStrategy:
    rolling_update "rollingUpdate", type_ "type",
}

reflect! { api::apps::v1::Deployment:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::apps::v1::DeploymentCondition:
    last_transition_time "lastTransitionTime", last_update_time "lastUpdateTime",
    message "message", reason "reason", status "status", type_ "type",
}

reflect! { api::apps::v1::DeploymentSpec:
    min_ready_seconds "minReadySeconds", paused "paused",
    progress_deadline_seconds "progressDeadlineSeconds", replicas "replicas",
    revision_history_limit "revisionHistoryLimit", selector "selector", strategy "strategy",
    template "template",
}

reflect! { api::apps::v1::DeploymentStatus:
    available_replicas "availableReplicas", collision_count "collisionCount",
    conditions "conditions", observed_generation "observedGeneration",
    ready_replicas "readyReplicas", replicas "replicas",
    terminating_replicas "terminatingReplicas", unavailable_replicas "unavailableReplicas",
    updated_replicas "updatedReplicas",
}

reflect! { api::apps::v1::DeploymentStrategy:
    rolling_update "rollingUpdate", type_ "type",
}

reflect! { api::apps::v1::ReplicaSet:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::apps::v1::ReplicaSetCondition:
    last_transition_time "lastTransitionTime", message "message", reason "reason", status "status",
    type_ "type",
}

reflect! { api::apps::v1::ReplicaSetSpec:
    min_ready_seconds "minReadySeconds", replicas "replicas", selector "selector",
    template "template",
}

reflect! { api::apps::v1::ReplicaSetStatus:
    available_replicas "availableReplicas", conditions "conditions",
    fully_labeled_replicas "fullyLabeledReplicas", observed_generation "observedGeneration",
    ready_replicas "readyReplicas", replicas "replicas",
    terminating_replicas "terminatingReplicas",
}

reflect! { api::apps::v1::RollingUpdateDaemonSet:
    max_surge "maxSurge", max_unavailable "maxUnavailable",
}

reflect! { api::apps::v1::RollingUpdateDeployment:
    max_surge "maxSurge", max_unavailable "maxUnavailable",
}

reflect! { api::apps::v1::RollingUpdateStatefulSetStrategy:
    max_unavailable "maxUnavailable", partition "partition",
}

reflect! { api::apps::v1::StatefulSet:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::apps::v1::StatefulSetCondition:
    last_transition_time "lastTransitionTime", message "message", reason "reason", status "status",
    type_ "type",
}

reflect! { api::apps::v1::StatefulSetOrdinals:
    start "start",
}

reflect! { api::apps::v1::StatefulSetPersistentVolumeClaimRetentionPolicy:
    when_deleted "whenDeleted", when_scaled "whenScaled",
}

reflect! { api::apps::v1::StatefulSetSpec:
    min_ready_seconds "minReadySeconds", ordinals "ordinals",
    persistent_volume_claim_retention_policy "persistentVolumeClaimRetentionPolicy",
    pod_management_policy "podManagementPolicy", replicas "replicas",
    revision_history_limit "revisionHistoryLimit", selector "selector", service_name "serviceName",
    template "template", update_strategy "updateStrategy",
    volume_claim_templates "volumeClaimTemplates",
}

reflect! { api::apps::v1::StatefulSetStatus:
    available_replicas "availableReplicas", collision_count "collisionCount",
    conditions "conditions", current_replicas "currentReplicas",
    current_revision "currentRevision", observed_generation "observedGeneration",
    ready_replicas "readyReplicas", replicas "replicas", update_revision "updateRevision",
    updated_replicas "updatedReplicas",
}

reflect! { api::apps::v1::StatefulSetUpdateStrategy:
    rolling_update "rollingUpdate", type_ "type",
}
