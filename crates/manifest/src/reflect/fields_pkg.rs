//! Fields of the types of `pkg`, as `k8s-openapi` has them. Written by example `reflect`.

use super::reflect;

reflect! { apimachinery::pkg::apis::meta::v1::Condition:
    last_transition_time "lastTransitionTime", message "message",
    observed_generation "observedGeneration", reason "reason", status "status", type_ "type",
}

reflect! { apimachinery::pkg::apis::meta::v1::LabelSelector:
    match_expressions "matchExpressions", match_labels "matchLabels",
}

reflect! { apimachinery::pkg::apis::meta::v1::LabelSelectorRequirement:
    key "key", operator "operator", values "values",
}

reflect! { apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry:
    api_version "apiVersion", fields_type "fieldsType", fields_v1 "fieldsV1", manager "manager",
    operation "operation", subresource "subresource", time "time",
}

reflect! { apimachinery::pkg::apis::meta::v1::ObjectMeta:
    annotations "annotations", creation_timestamp "creationTimestamp",
    deletion_grace_period_seconds "deletionGracePeriodSeconds",
    deletion_timestamp "deletionTimestamp", finalizers "finalizers", generate_name "generateName",
    generation "generation", labels "labels", managed_fields "managedFields", name "name",
    namespace "namespace", owner_references "ownerReferences", resource_version "resourceVersion",
    self_link "selfLink", uid "uid",
}

reflect! { apimachinery::pkg::apis::meta::v1::OwnerReference:
    api_version "apiVersion", block_owner_deletion "blockOwnerDeletion", controller "controller",
    kind "kind", name "name", uid "uid",
}
