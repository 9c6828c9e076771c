//! Fields of the types of `core`, as `k8s-openapi` has them. Written by example `reflect`.

use super::reflect;

reflect! { api::core::v1::NFSVolumeSource:
    path "path", read_only "readOnly", server "server",
}

reflect! { api::core::v1::Namespace:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::core::v1::NamespaceCondition:
    last_transition_time "lastTransitionTime", message "message", reason "reason", status "status",
    type_ "type",
}

reflect! { api::core::v1::NamespaceSpec:
    finalizers "finalizers",
}

reflect! { api::core::v1::NamespaceStatus:
    conditions "conditions", phase "phase",
}

reflect! { api::core::v1::Node:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::core::v1::NodeAddress:
    address "address", type_ "type",
}

reflect! { api::core::v1::NodeAffinity:

    preferred_during_scheduling_ignored_during_execution "preferredDuringSchedulingIgnoredDuringExecution",
    required_during_scheduling_ignored_during_execution "requiredDuringSchedulingIgnoredDuringExecution",
}

reflect! { api::core::v1::NodeAllocatableResourceClaimStatus:
    containers "containers", resource_claim_name "resourceClaimName", resources "resources",
}

reflect! { api::core::v1::NodeCondition:
    last_heartbeat_time "lastHeartbeatTime", last_transition_time "lastTransitionTime",
    message "message", reason "reason", status "status", type_ "type",
}

reflect! { api::core::v1::NodeConfigSource:
    config_map "configMap",
}

reflect! { api::core::v1::NodeConfigStatus:
    active "active", assigned "assigned", error "error", last_known_good "lastKnownGood",
}

reflect! { api::core::v1::NodeDaemonEndpoints:
    kubelet_endpoint "kubeletEndpoint",
}

reflect! { api::core::v1::NodeFeatures:
    supplemental_groups_policy "supplementalGroupsPolicy",
}

reflect! { api::core::v1::NodeRuntimeHandler:
    features "features", name "name",
}

reflect! { api::core::v1::NodeRuntimeHandlerFeatures:
    recursive_read_only_mounts "recursiveReadOnlyMounts", user_namespaces "userNamespaces",
}

reflect! { api::core::v1::NodeSelector:
    node_selector_terms "nodeSelectorTerms",
}

reflect! { api::core::v1::NodeSelectorRequirement:
    key "key", operator "operator", values "values",
}

reflect! { api::core::v1::NodeSelectorTerm:
    match_expressions "matchExpressions", match_fields "matchFields",
}

reflect! { api::core::v1::NodeSpec:
    config_source "configSource", external_id "externalID", pod_cidr "podCIDR",
    pod_cidrs "podCIDRs", provider_id "providerID", taints "taints", unschedulable "unschedulable",
}

reflect! { api::core::v1::NodeStatus:
    addresses "addresses", allocatable "allocatable", capacity "capacity", conditions "conditions",
    config "config", daemon_endpoints "daemonEndpoints", declared_features "declaredFeatures",
    features "features", images "images", node_info "nodeInfo", phase "phase",
    runtime_handlers "runtimeHandlers", volumes_attached "volumesAttached",
    volumes_in_use "volumesInUse",
}

reflect! { api::core::v1::NodeSwapStatus:
    capacity "capacity",
}

reflect! { api::core::v1::NodeSystemInfo:
    architecture "architecture", boot_id "bootID",
    container_runtime_version "containerRuntimeVersion", kernel_version "kernelVersion",
    kube_proxy_version "kubeProxyVersion", kubelet_version "kubeletVersion",
    machine_id "machineID", operating_system "operatingSystem", os_image "osImage", swap "swap",
    system_uuid "systemUUID",
}

reflect! { api::core::v1::ObjectFieldSelector:
    api_version "apiVersion", field_path "fieldPath",
}

reflect! { api::core::v1::ObjectReference:
    api_version "apiVersion", field_path "fieldPath", kind "kind", name "name",
    namespace "namespace", resource_version "resourceVersion", uid "uid",
}

reflect! { api::core::v1::PersistentVolumeClaim:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::core::v1::PersistentVolumeClaimCondition:
    last_probe_time "lastProbeTime", last_transition_time "lastTransitionTime", message "message",
    reason "reason", status "status", type_ "type",
}

reflect! { api::core::v1::PersistentVolumeClaimSpec:
    access_modes "accessModes", data_source "dataSource", data_source_ref "dataSourceRef",
    resources "resources", selector "selector", storage_class_name "storageClassName",
    volume_attributes_class_name "volumeAttributesClassName", volume_mode "volumeMode",
    volume_name "volumeName",
}

reflect! { api::core::v1::PersistentVolumeClaimStatus:
    access_modes "accessModes", allocated_resource_statuses "allocatedResourceStatuses",
    allocated_resources "allocatedResources", capacity "capacity", conditions "conditions",
    current_volume_attributes_class_name "currentVolumeAttributesClassName",
    modify_volume_status "modifyVolumeStatus", phase "phase",
}

reflect! { api::core::v1::PersistentVolumeClaimTemplate:
    metadata "metadata", spec "spec",
}

reflect! { api::core::v1::PersistentVolumeClaimVolumeSource:
    claim_name "claimName", read_only "readOnly",
}

reflect! { api::core::v1::PhotonPersistentDiskVolumeSource:
    fs_type "fsType", pd_id "pdID",
}

reflect! { api::core::v1::Pod:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::core::v1::PodAffinity:

    preferred_during_scheduling_ignored_during_execution "preferredDuringSchedulingIgnoredDuringExecution",
    required_during_scheduling_ignored_during_execution "requiredDuringSchedulingIgnoredDuringExecution",
}

reflect! { api::core::v1::PodAffinityTerm:
    label_selector "labelSelector", match_label_keys "matchLabelKeys",
    mismatch_label_keys "mismatchLabelKeys", namespace_selector "namespaceSelector",
    namespaces "namespaces", topology_key "topologyKey",
}

reflect! { api::core::v1::PodAntiAffinity:

    preferred_during_scheduling_ignored_during_execution "preferredDuringSchedulingIgnoredDuringExecution",
    required_during_scheduling_ignored_during_execution "requiredDuringSchedulingIgnoredDuringExecution",
}

reflect! { api::core::v1::PodCertificateProjection:
    certificate_chain_path "certificateChainPath", credential_bundle_path "credentialBundlePath",
    key_path "keyPath", key_type "keyType", max_expiration_seconds "maxExpirationSeconds",
    signer_name "signerName", user_annotations "userAnnotations",
}

reflect! { api::core::v1::PodCondition:
    last_probe_time "lastProbeTime", last_transition_time "lastTransitionTime", message "message",
    observed_generation "observedGeneration", reason "reason", status "status", type_ "type",
}

reflect! { api::core::v1::PodDNSConfig:
    nameservers "nameservers", options "options", searches "searches",
}

reflect! { api::core::v1::PodDNSConfigOption:
    name "name", value "value",
}

reflect! { api::core::v1::PodExtendedResourceClaimStatus:
    request_mappings "requestMappings", resource_claim_name "resourceClaimName",
}

reflect! { api::core::v1::PodIP:
    ip "ip",
}

reflect! { api::core::v1::PodOS:
    name "name",
}

reflect! { api::core::v1::PodReadinessGate:
    condition_type "conditionType",
}

reflect! { api::core::v1::PodResourceClaim:
    name "name", resource_claim_name "resourceClaimName",
    resource_claim_template_name "resourceClaimTemplateName",
}

reflect! { api::core::v1::PodResourceClaimStatus:
    name "name", resource_claim_name "resourceClaimName",
}

reflect! { api::core::v1::PodSchedulingGate:
    name "name",
}

reflect! { api::core::v1::PodSchedulingGroup:
    pod_group_name "podGroupName",
}

reflect! { api::core::v1::PodSecurityContext:
    app_armor_profile "appArmorProfile", fs_group "fsGroup",
    fs_group_change_policy "fsGroupChangePolicy", run_as_group "runAsGroup",
    run_as_non_root "runAsNonRoot", run_as_user "runAsUser",
    se_linux_change_policy "seLinuxChangePolicy", se_linux_options "seLinuxOptions",
    seccomp_profile "seccompProfile", supplemental_groups "supplementalGroups",
    supplemental_groups_policy "supplementalGroupsPolicy", sysctls "sysctls",
    windows_options "windowsOptions",
}

reflect! { api::core::v1::PodSpec:
    active_deadline_seconds "activeDeadlineSeconds", affinity "affinity",
    automount_service_account_token "automountServiceAccountToken", containers "containers",
    dns_config "dnsConfig", dns_policy "dnsPolicy", enable_service_links "enableServiceLinks",
    ephemeral_containers "ephemeralContainers", host_aliases "hostAliases", host_ipc "hostIPC",
    host_network "hostNetwork", host_pid "hostPID", host_users "hostUsers", hostname "hostname",
    hostname_override "hostnameOverride", image_pull_secrets "imagePullSecrets",
    init_containers "initContainers", node_name "nodeName", node_selector "nodeSelector", os "os",
    overhead "overhead", preemption_policy "preemptionPolicy", priority "priority",
    priority_class_name "priorityClassName", readiness_gates "readinessGates",
    resource_claims "resourceClaims", resources "resources", restart_policy "restartPolicy",
    runtime_class_name "runtimeClassName", scheduler_name "schedulerName",
    scheduling_gates "schedulingGates", scheduling_group "schedulingGroup",
    security_context "securityContext", service_account "serviceAccount",
    service_account_name "serviceAccountName", set_hostname_as_fqdn "setHostnameAsFQDN",
    share_process_namespace "shareProcessNamespace", subdomain "subdomain",
    termination_grace_period_seconds "terminationGracePeriodSeconds", tolerations "tolerations",
    topology_spread_constraints "topologySpreadConstraints", volumes "volumes",
}

reflect! { api::core::v1::PodStatus:
    allocated_resources "allocatedResources", conditions "conditions",
    container_statuses "containerStatuses",
    ephemeral_container_statuses "ephemeralContainerStatuses",
    extended_resource_claim_status "extendedResourceClaimStatus", host_ip "hostIP",
    host_ips "hostIPs", init_container_statuses "initContainerStatuses", message "message",
    node_allocatable_resource_claim_statuses "nodeAllocatableResourceClaimStatuses",
    nominated_node_name "nominatedNodeName", observed_generation "observedGeneration",
    phase "phase", pod_ip "podIP", pod_ips "podIPs", qos_class "qosClass", reason "reason",
    resize "resize", resource_claim_statuses "resourceClaimStatuses", resources "resources",
    start_time "startTime",
}

reflect! { api::core::v1::PodTemplateSpec:
    metadata "metadata", spec "spec",
}

reflect! { api::core::v1::PortStatus:
    error "error", port "port", protocol "protocol",
}

reflect! { api::core::v1::PortworxVolumeSource:
    fs_type "fsType", read_only "readOnly", volume_id "volumeID",
}

reflect! { api::core::v1::PreferredSchedulingTerm:
    preference "preference", weight "weight",
}

reflect! { api::core::v1::Probe:
    exec "exec", failure_threshold "failureThreshold", grpc "grpc", http_get "httpGet",
    initial_delay_seconds "initialDelaySeconds", period_seconds "periodSeconds",
    success_threshold "successThreshold", tcp_socket "tcpSocket",
    termination_grace_period_seconds "terminationGracePeriodSeconds",
    timeout_seconds "timeoutSeconds",
}

reflect! { api::core::v1::ProjectedVolumeSource:
    default_mode "defaultMode", sources "sources",
}

reflect! { api::core::v1::QuobyteVolumeSource:
    group "group", read_only "readOnly", registry "registry", tenant "tenant", user "user",
    volume "volume",
}

reflect! { api::core::v1::RBDVolumeSource:
    fs_type "fsType", image "image", keyring "keyring", monitors "monitors", pool "pool",
    read_only "readOnly", secret_ref "secretRef", user "user",
}

reflect! { api::core::v1::ReplicationControllerSpec:
    min_ready_seconds "minReadySeconds", replicas "replicas", selector "selector",
    template "template",
}

reflect! { api::core::v1::ResourceClaim:
    name "name", request "request",
}

reflect! { api::core::v1::ResourceFieldSelector:
    container_name "containerName", divisor "divisor", resource "resource",
}

reflect! { api::core::v1::ResourceHealth:
    health "health", message "message", resource_id "resourceID",
}

reflect! { api::core::v1::ResourceRequirements:
    claims "claims", limits "limits", requests "requests",
}

reflect! { api::core::v1::ResourceStatus:
    name "name", resources "resources",
}

reflect! { api::core::v1::SELinuxOptions:
    level "level", role "role", type_ "type", user "user",
}

reflect! { api::core::v1::ScaleIOVolumeSource:
    fs_type "fsType", gateway "gateway", protection_domain "protectionDomain",
    read_only "readOnly", secret_ref "secretRef", ssl_enabled "sslEnabled",
    storage_mode "storageMode", storage_pool "storagePool", system "system",
    volume_name "volumeName",
}

reflect! { api::core::v1::SeccompProfile:
    localhost_profile "localhostProfile", type_ "type",
}

reflect! { api::core::v1::Secret:
    data "data", immutable "immutable", metadata "metadata", string_data "stringData",
    type_ "type",
}

reflect! { api::core::v1::SecretEnvSource:
    name "name", optional "optional",
}

reflect! { api::core::v1::SecretKeySelector:
    key "key", name "name", optional "optional",
}

reflect! { api::core::v1::SecretProjection:
    items "items", name "name", optional "optional",
}

reflect! { api::core::v1::SecretVolumeSource:
    default_mode "defaultMode", items "items", optional "optional", secret_name "secretName",
}

reflect! { api::core::v1::SecurityContext:
    allow_privilege_escalation "allowPrivilegeEscalation", app_armor_profile "appArmorProfile",
    capabilities "capabilities", privileged "privileged", proc_mount "procMount",
    read_only_root_filesystem "readOnlyRootFilesystem", run_as_group "runAsGroup",
    run_as_non_root "runAsNonRoot", run_as_user "runAsUser", se_linux_options "seLinuxOptions",
    seccomp_profile "seccompProfile", windows_options "windowsOptions",
}

reflect! { api::core::v1::Service:
    metadata "metadata", spec "spec", status "status",
}

reflect! { api::core::v1::ServiceAccount:
    automount_service_account_token "automountServiceAccountToken",
    image_pull_secrets "imagePullSecrets", metadata "metadata", secrets "secrets",
}

reflect! { api::core::v1::ServiceAccountTokenProjection:
    audience "audience", expiration_seconds "expirationSeconds", path "path",
}

reflect! { api::core::v1::ServicePort:
    app_protocol "appProtocol", name "name", node_port "nodePort", port "port",
    protocol "protocol", target_port "targetPort",
}

reflect! { api::core::v1::ServiceSpec:
    allocate_load_balancer_node_ports "allocateLoadBalancerNodePorts", cluster_ip "clusterIP",
    cluster_ips "clusterIPs", external_ips "externalIPs", external_name "externalName",
    external_traffic_policy "externalTrafficPolicy", health_check_node_port "healthCheckNodePort",
    internal_traffic_policy "internalTrafficPolicy", ip_families "ipFamilies",
    ip_family_policy "ipFamilyPolicy", load_balancer_class "loadBalancerClass",
    load_balancer_ip "loadBalancerIP", load_balancer_source_ranges "loadBalancerSourceRanges",
    ports "ports", publish_not_ready_addresses "publishNotReadyAddresses", selector "selector",
    session_affinity "sessionAffinity", session_affinity_config "sessionAffinityConfig",
    traffic_distribution "trafficDistribution", type_ "type",
}

reflect! { api::core::v1::ServiceStatus:
    conditions "conditions", load_balancer "loadBalancer",
}

reflect! { api::core::v1::SessionAffinityConfig:
    client_ip "clientIP",
}

reflect! { api::core::v1::SleepAction:
    seconds "seconds",
}

reflect! { api::core::v1::StorageOSVolumeSource:
    fs_type "fsType", read_only "readOnly", secret_ref "secretRef", volume_name "volumeName",
    volume_namespace "volumeNamespace",
}

reflect! { api::core::v1::Sysctl:
    name "name", value "value",
}

reflect! { api::core::v1::TCPSocketAction:
    host "host", port "port",
}

reflect! { api::core::v1::Taint:
    effect "effect", key "key", time_added "timeAdded", value "value",
}

reflect! { api::core::v1::Toleration:
    effect "effect", key "key", operator "operator", toleration_seconds "tolerationSeconds",
    value "value",
}

reflect! { api::core::v1::TopologySpreadConstraint:
    label_selector "labelSelector", match_label_keys "matchLabelKeys", max_skew "maxSkew",
    min_domains "minDomains", node_affinity_policy "nodeAffinityPolicy",
    node_taints_policy "nodeTaintsPolicy", topology_key "topologyKey",
    when_unsatisfiable "whenUnsatisfiable",
}

reflect! { api::core::v1::TypedLocalObjectReference:
    api_group "apiGroup", kind "kind", name "name",
}

reflect! { api::core::v1::TypedObjectReference:
    api_group "apiGroup", kind "kind", name "name", namespace "namespace",
}

reflect! { api::core::v1::Volume:
    aws_elastic_block_store "awsElasticBlockStore", azure_disk "azureDisk", azure_file "azureFile",
    cephfs "cephfs", cinder "cinder", config_map "configMap", csi "csi",
    downward_api "downwardAPI", empty_dir "emptyDir", ephemeral "ephemeral", fc "fc",
    flex_volume "flexVolume", flocker "flocker", gce_persistent_disk "gcePersistentDisk",
    git_repo "gitRepo", glusterfs "glusterfs", host_path "hostPath", image "image", iscsi "iscsi",
    name "name", nfs "nfs", persistent_volume_claim "persistentVolumeClaim",
    photon_persistent_disk "photonPersistentDisk", portworx_volume "portworxVolume",
    projected "projected", quobyte "quobyte", rbd "rbd", scale_io "scaleIO", secret "secret",
    storageos "storageos", vsphere_volume "vsphereVolume",
}

reflect! { api::core::v1::VolumeDevice:
    device_path "devicePath", name "name",
}

reflect! { api::core::v1::VolumeMount:
    mount_path "mountPath", mount_propagation "mountPropagation", name "name",
    read_only "readOnly", recursive_read_only "recursiveReadOnly", sub_path "subPath",
    sub_path_expr "subPathExpr",
}

reflect! { api::core::v1::VolumeMountStatus:
    mount_path "mountPath", name "name", read_only "readOnly",
    recursive_read_only "recursiveReadOnly", volume_status "volumeStatus",
}

reflect! { api::core::v1::VolumeProjection:
    cluster_trust_bundle "clusterTrustBundle", config_map "configMap", downward_api "downwardAPI",
    pod_certificate "podCertificate", secret "secret", service_account_token "serviceAccountToken",
}

reflect! { api::core::v1::VolumeResourceRequirements:
    limits "limits", requests "requests",
}

reflect! { api::core::v1::VolumeStatus:
    image "image",
}

reflect! { api::core::v1::VsphereVirtualDiskVolumeSource:
    fs_type "fsType", storage_policy_id "storagePolicyID", storage_policy_name "storagePolicyName",
    volume_path "volumePath",
}

reflect! { api::core::v1::WeightedPodAffinityTerm:
    pod_affinity_term "podAffinityTerm", weight "weight",
}

reflect! { api::core::v1::WindowsSecurityContextOptions:
    gmsa_credential_spec "gmsaCredentialSpec", gmsa_credential_spec_name "gmsaCredentialSpecName",
    host_process "hostProcess", run_as_user_name "runAsUserName",
}
