//! Fields of the types of `core`, as `k8s-openapi` has them. Written by example `reflect`.

use super::reflect;

reflect! { api::core::v1::AWSElasticBlockStoreVolumeSource:
    fs_type "fsType", partition "partition", read_only "readOnly", volume_id "volumeID",
}

reflect! { api::core::v1::Affinity:
    node_affinity "nodeAffinity", pod_affinity "podAffinity", pod_anti_affinity "podAntiAffinity",
}

reflect! { api::core::v1::AppArmorProfile:
    localhost_profile "localhostProfile", type_ "type",
}

reflect! { api::core::v1::AttachedVolume:
    device_path "devicePath", name "name",
}

reflect! { api::core::v1::AzureDiskVolumeSource:
    caching_mode "cachingMode", disk_name "diskName", disk_uri "diskURI", fs_type "fsType",
    kind "kind", read_only "readOnly",
}

reflect! { api::core::v1::AzureFileVolumeSource:
    read_only "readOnly", secret_name "secretName", share_name "shareName",
}

reflect! { api::core::v1::CSIVolumeSource:
    driver "driver", fs_type "fsType", node_publish_secret_ref "nodePublishSecretRef",
    read_only "readOnly", volume_attributes "volumeAttributes",
}

reflect! { api::core::v1::Capabilities:
    add "add", drop "drop",
}

reflect! { api::core::v1::CephFSVolumeSource:
    monitors "monitors", path "path", read_only "readOnly", secret_file "secretFile",
    secret_ref "secretRef", user "user",
}

reflect! { api::core::v1::CinderVolumeSource:
    fs_type "fsType", read_only "readOnly", secret_ref "secretRef", volume_id "volumeID",
}

reflect! { api::core::v1::ClientIPConfig:
    timeout_seconds "timeoutSeconds",
}

reflect! { api::core::v1::ClusterTrustBundleProjection:
    label_selector "labelSelector", name "name", optional "optional", path "path",
    signer_name "signerName",
}

reflect! { api::core::v1::ConfigMap:
    binary_data "binaryData", data "data", immutable "immutable", metadata "metadata",
}

reflect! { api::core::v1::ConfigMapEnvSource:
    name "name", optional "optional",
}

reflect! { api::core::v1::ConfigMapKeySelector:
    key "key", name "name", optional "optional",
}

reflect! { api::core::v1::ConfigMapNodeConfigSource:
    kubelet_config_key "kubeletConfigKey", name "name", namespace "namespace",
    resource_version "resourceVersion", uid "uid",
}

reflect! { api::core::v1::ConfigMapProjection:
    items "items", name "name", optional "optional",
}

reflect! { api::core::v1::ConfigMapVolumeSource:
    default_mode "defaultMode", items "items", name "name", optional "optional",
}

reflect! { api::core::v1::Container:
    args "args", command "command", env "env", env_from "envFrom", image "image",
    image_pull_policy "imagePullPolicy", lifecycle "lifecycle", liveness_probe "livenessProbe",
    name "name", ports "ports", readiness_probe "readinessProbe", resize_policy "resizePolicy",
    resources "resources", restart_policy "restartPolicy",
    restart_policy_rules "restartPolicyRules", security_context "securityContext",
    startup_probe "startupProbe", stdin "stdin", stdin_once "stdinOnce",
    termination_message_path "terminationMessagePath",
    termination_message_policy "terminationMessagePolicy", tty "tty",
    volume_devices "volumeDevices", volume_mounts "volumeMounts", working_dir "workingDir",
}

reflect! { api::core::v1::ContainerExtendedResourceRequest:
    container_name "containerName", request_name "requestName", resource_name "resourceName",
}

reflect! { api::core::v1::ContainerImage:
    names "names", size_bytes "sizeBytes",
}

reflect! { api::core::v1::ContainerPort:
    container_port "containerPort", host_ip "hostIP", host_port "hostPort", name "name",
    protocol "protocol",
}

reflect! { api::core::v1::ContainerResizePolicy:
    resource_name "resourceName", restart_policy "restartPolicy",
}

reflect! { api::core::v1::ContainerRestartRule:
    action "action", exit_codes "exitCodes",
}

reflect! { api::core::v1::ContainerRestartRuleOnExitCodes:
    operator "operator", values "values",
}

reflect! { api::core::v1::ContainerState:
    running "running", terminated "terminated", waiting "waiting",
}

reflect! { api::core::v1::ContainerStateRunning:
    started_at "startedAt",
}

reflect! { api::core::v1::ContainerStateTerminated:
    container_id "containerID", exit_code "exitCode", finished_at "finishedAt", message "message",
    reason "reason", signal "signal", started_at "startedAt",
}

reflect! { api::core::v1::ContainerStateWaiting:
    message "message", reason "reason",
}

reflect! { api::core::v1::ContainerStatus:
    allocated_resources "allocatedResources",
    allocated_resources_status "allocatedResourcesStatus", container_id "containerID",
    image "image", image_id "imageID", last_state "lastState", name "name", ready "ready",
    resources "resources", restart_count "restartCount", started "started", state "state",
    stop_signal "stopSignal", user "user", volume_mounts "volumeMounts",
}

reflect! { api::core::v1::ContainerUser:
    linux "linux",
}

reflect! { api::core::v1::DaemonEndpoint:
    port "Port",
}

reflect! { api::core::v1::DownwardAPIProjection:
    items "items",
}

reflect! { api::core::v1::DownwardAPIVolumeFile:
    field_ref "fieldRef", mode "mode", path "path", resource_field_ref "resourceFieldRef",
}

reflect! { api::core::v1::DownwardAPIVolumeSource:
    default_mode "defaultMode", items "items",
}

reflect! { api::core::v1::EmptyDirVolumeSource:
    medium "medium", size_limit "sizeLimit",
}

reflect! { api::core::v1::EndpointAddress:
    hostname "hostname", ip "ip", node_name "nodeName", target_ref "targetRef",
}

reflect! { api::core::v1::EndpointPort:
    app_protocol "appProtocol", name "name", port "port", protocol "protocol",
}

reflect! { api::core::v1::EndpointSubset:
    addresses "addresses", not_ready_addresses "notReadyAddresses", ports "ports",
}

reflect! { api::core::v1::Endpoints:
    metadata "metadata", subsets "subsets",
}

reflect! { api::core::v1::EnvFromSource:
    config_map_ref "configMapRef", prefix "prefix", secret_ref "secretRef",
}

reflect! { api::core::v1::EnvVar:
    name "name", value "value", value_from "valueFrom",
}

reflect! { api::core::v1::EnvVarSource:
    config_map_key_ref "configMapKeyRef", field_ref "fieldRef", file_key_ref "fileKeyRef",
    resource_field_ref "resourceFieldRef", secret_key_ref "secretKeyRef",
}

reflect! { api::core::v1::EphemeralContainer:
    args "args", command "command", env "env", env_from "envFrom", image "image",
    image_pull_policy "imagePullPolicy", lifecycle "lifecycle", liveness_probe "livenessProbe",
    name "name", ports "ports", readiness_probe "readinessProbe", resize_policy "resizePolicy",
    resources "resources", restart_policy "restartPolicy",
    restart_policy_rules "restartPolicyRules", security_context "securityContext",
    startup_probe "startupProbe", stdin "stdin", stdin_once "stdinOnce",
    target_container_name "targetContainerName", termination_message_path "terminationMessagePath",
    termination_message_policy "terminationMessagePolicy", tty "tty",
    volume_devices "volumeDevices", volume_mounts "volumeMounts", working_dir "workingDir",
}

reflect! { api::core::v1::EphemeralVolumeSource:
    volume_claim_template "volumeClaimTemplate",
}

reflect! { api::core::v1::Event:
    action "action", count "count", event_time "eventTime", first_timestamp "firstTimestamp",
    involved_object "involvedObject", last_timestamp "lastTimestamp", message "message",
    metadata "metadata", reason "reason", related "related",
    reporting_component "reportingComponent", reporting_instance "reportingInstance",
    series "series", source "source", type_ "type",
}

reflect! { api::core::v1::EventSeries:
    count "count", last_observed_time "lastObservedTime",
}

reflect! { api::core::v1::EventSource:
    component "component", host "host",
}

reflect! { api::core::v1::ExecAction:
    command "command",
}

reflect! { api::core::v1::FCVolumeSource:
    fs_type "fsType", lun "lun", read_only "readOnly", target_wwns "targetWWNs", wwids "wwids",
}

reflect! { api::core::v1::FileKeySelector:
    key "key", optional "optional", path "path", volume_name "volumeName",
}

reflect! { api::core::v1::FlexVolumeSource:
    driver "driver", fs_type "fsType", options "options", read_only "readOnly",
    secret_ref "secretRef",
}

reflect! { api::core::v1::FlockerVolumeSource:
    dataset_name "datasetName", dataset_uuid "datasetUUID",
}

reflect! { api::core::v1::GCEPersistentDiskVolumeSource:
    fs_type "fsType", partition "partition", pd_name "pdName", read_only "readOnly",
}

reflect! { api::core::v1::GRPCAction:
    port "port", service "service",
}

reflect! { api::core::v1::GitRepoVolumeSource:
    directory "directory", repository "repository", revision "revision",
}

reflect! { api::core::v1::GlusterfsVolumeSource:
    endpoints "endpoints", path "path", read_only "readOnly",
}

reflect! { api::core::v1::HTTPGetAction:
    host "host", http_headers "httpHeaders", path "path", port "port", scheme "scheme",
}

reflect! { api::core::v1::HTTPHeader:
    name "name", value "value",
}

reflect! { api::core::v1::HostAlias:
    hostnames "hostnames", ip "ip",
}

reflect! { api::core::v1::HostIP:
    ip "ip",
}

reflect! { api::core::v1::HostPathVolumeSource:
    path "path", type_ "type",
}

reflect! { api::core::v1::ISCSIVolumeSource:
    chap_auth_discovery "chapAuthDiscovery", chap_auth_session "chapAuthSession", fs_type "fsType",
    initiator_name "initiatorName", iqn "iqn", iscsi_interface "iscsiInterface", lun "lun",
    portals "portals", read_only "readOnly", secret_ref "secretRef", target_portal "targetPortal",
}

reflect! { api::core::v1::ImageVolumeSource:
    pull_policy "pullPolicy", reference "reference",
}

reflect! { api::core::v1::ImageVolumeStatus:
    image_ref "imageRef",
}

reflect! { api::core::v1::KeyToPath:
    key "key", mode "mode", path "path",
}

reflect! { api::core::v1::Lifecycle:
    post_start "postStart", pre_stop "preStop", stop_signal "stopSignal",
}

reflect! { api::core::v1::LifecycleHandler:
    exec "exec", http_get "httpGet", sleep "sleep", tcp_socket "tcpSocket",
}

reflect! { api::core::v1::LinuxContainerUser:
    gid "gid", supplemental_groups "supplementalGroups", uid "uid",
}

reflect! { api::core::v1::LoadBalancerIngress:
    hostname "hostname", ip "ip", ip_mode "ipMode", ports "ports",
}

reflect! { api::core::v1::LoadBalancerStatus:
    ingress "ingress",
}

reflect! { api::core::v1::LocalObjectReference:
    name "name",
}

reflect! { api::core::v1::ModifyVolumeStatus:
    status "status", target_volume_attributes_class_name "targetVolumeAttributesClassName",
}
