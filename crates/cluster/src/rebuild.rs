//! The same objects in another cluster: what people made is carried over as it is, what controllers
//! made is made again.
//!
//! What people made is the difference between the cluster as it came and as it is. So a Deployment
//! that was only ever scaled in the terminal stays scaled, a ConfigMap of the system that somebody
//! changed stays changed, and what somebody deleted stays deleted. An administrator does the same
//! with `kubectl get -o yaml` and `kubectl create -f` on the new cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use apiserver::{
    ApiServer, DeleteOptions, Refusal, Snapshot, Time, Timestamps, WriteOptions, Written,
};
use controllers::Controller;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node, Service, Taint};
use manifest::{Kind, Object, ObjectRef};
use serde_json::Value;

use crate::{Cluster, Settings, apply};

/// Kinds whose objects only ever tell what goes on.
const GENERATED: [Kind; 4] = [Kind::Event, Kind::Lease, Kind::ControllerRevision, Kind::IPAddress];

/// What controllers keep an object by until they have cleaned up outside of the cluster.
const CLEANUP_FINALIZERS: [&str; 2] =
    ["service.kubernetes.io/load-balancer-cleanup", "ingress.k8s.aws/resources"];

/// The labels by which a Job finds its Pods, made of its uid and name.
const JOB_LABELS: [&str; 4] = [
    "batch.kubernetes.io/controller-uid",
    "controller-uid",
    "batch.kubernetes.io/job-name",
    "job-name",
];

/// The taints that the node controllers set and take away.
const LIFECYCLE_TAINT: &str = "node.kubernetes.io/";

impl Cluster {
    /// Builds the cluster anew with another network plugin, proxy, load balancer or ingress
    /// controller, with every object that people made as it is; says what could not be carried over.
    pub fn configure(&mut self, settings: Settings) -> Vec<String> {
        let mut scenario = (*self.state.scenario).clone().with(settings);
        let files = std::mem::take(&mut scenario.files);
        let mut anew = Cluster::new(scenario);
        anew.state.world.images = self.state.world.images.clone();
        let refused = anew.carry_over(self);
        Arc::make_mut(&mut anew.state.scenario).files = files;
        anew.state.now = anew.state.now.max(self.state.now);
        anew.state.applied = self.state.applied.clone();
        anew.state.sources.take_over(&self.state.sources);
        let snapshot = anew.snapshot();
        let kept = |object: &&ObjectRef| snapshot.get(object).is_some();
        anew.state.unready = self.state.unready.iter().filter(kept).cloned().collect();
        let misspelt = self.state.misspelt.iter().filter(|(object, _)| kept(object));
        anew.state.misspelt =
            misspelt.map(|(object, image)| (object.clone(), image.clone())).collect();
        self.remember("another cluster set-up");
        self.state = anew.state;
        refused
    }

    /// Makes of this cluster, which has just started, what people made of the other one.
    fn carry_over(&mut self, other: &Cluster) -> Vec<String> {
        let (was, is) = (&other.state.base, &other.snapshot());
        let mut refused = Vec::new();
        for node in is.list::<Node>() {
            self.carry_node(node);
        }
        let gone = was.objects().map(|object| object.reference());
        let gone: Vec<_> = gone
            .filter(|it| is.get(it).is_none() && self.snapshot().get(it).is_some())
            .filter(|it| made_by_people(was, it))
            .collect();
        self.write_each(gone, &mut refused, |api, options, object| {
            api.delete(&object, &DeleteOptions::background(options.now)).map(|_| ())
        });
        for batch in other.made_in_order() {
            self.write_each(batch, &mut refused, |api, options, object| {
                let Some(object) = is.get(&object) else { return Ok(()) };
                carry(api, options, was, object, || other.fresh(object))
            });
        }
        refused
    }

    /// One write for each object of a batch, all before the controllers see any of it.
    fn write_each(
        &mut self,
        batch: Vec<ObjectRef>,
        refused: &mut Vec<String>,
        mut write: impl FnMut(&mut ApiServer, &WriteOptions, ObjectRef) -> Result<(), Refusal>,
    ) {
        let all = self.write(|api, options| {
            for object in batch {
                if let Err(refusal) = write(api, options, object) {
                    refused.push(refusal.message);
                }
            }
            Ok(())
        });
        debug_assert!(all.is_ok(), "a refused object does not hold up the others");
    }

    /// What a person made or may have changed, in the order in which it came into being.
    fn made_in_order(&self) -> impl Iterator<Item = Vec<ObjectRef>> + use<> {
        let snapshot = self.snapshot();
        let mut batches: BTreeMap<(bool, Time), BTreeSet<(usize, ObjectRef)>> = BTreeMap::new();
        for object in snapshot.objects() {
            let reference = object.reference();
            if made_by_people(&snapshot, &reference) {
                let created = object.metadata().creation_timestamp.as_ref();
                let created = created.map(Time::from_timestamp).unwrap_or_default();
                let place = self.state.sources.place(&reference).unwrap_or(usize::MAX);
                let later = reference.kind != Kind::Namespace;
                batches.entry((later, created)).or_default().insert((place, reference));
            }
        }
        batches.into_values().map(|batch| batch.into_iter().map(|(_, object)| object).collect())
    }

    /// The object as a person would write it for another cluster.
    fn fresh(&self, object: &Object) -> Object {
        let mut object = object.clone();
        let reference = object.reference();
        let metadata = object.metadata_mut();
        metadata.owner_references = None;
        if let Some(finalizers) = &mut metadata.finalizers {
            finalizers.retain(|it| !CLEANUP_FINALIZERS.contains(&it.as_str()));
        }
        match &mut object {
            Object::Pod(pod) => {
                if let Some(spec) = &mut pod.spec
                    && self.was_scheduled(&reference)
                {
                    spec.node_name = None;
                }
            }
            Object::Job(job) => without_generated_selector(job),
            _ => {}
        }
        object
    }

    /// Whether the scheduler chose the Pod's node, not whoever made the Pod.
    fn was_scheduled(&self, pod: &ObjectRef) -> bool {
        self.state.records.iter().any(|record| {
            record.controller == Controller::Scheduler
                && record.object == *pod
                && !record.writes.is_empty()
        })
    }

    /// Labels, taints and cordons of a node as people set them.
    fn carry_node(&mut self, theirs: &Node) {
        let name = theirs.metadata.name.as_deref().unwrap_or_default();
        let snapshot = self.snapshot();
        let Some(own) = snapshot.find::<Node>("", name) else { return };
        let mut node = own.clone();
        node.metadata.labels.clone_from(&theirs.metadata.labels);
        let (spec, others) = (node.spec.get_or_insert_default(), theirs.spec.as_ref());
        spec.unschedulable = others.and_then(|spec| spec.unschedulable);
        let is_of_lifecycle = |taint: &&Taint| taint.key.starts_with(LIFECYCLE_TAINT);
        let by_people = others.iter().flat_map(|spec| spec.taints.iter().flatten());
        let by_people = by_people.filter(|taint| !is_of_lifecycle(taint));
        let of_lifecycle = spec.taints.iter().flatten().filter(is_of_lifecycle);
        let taints: Vec<Taint> = by_people.chain(of_lifecycle).cloned().collect();
        spec.taints = (!taints.is_empty()).then_some(taints);
        if node != *own {
            let written = self.write(|api, options| api.update(node.into(), options));
            debug_assert!(written.is_ok(), "it was valid before: {written:?}");
        }
    }
}

/// Writes one object into another cluster than its own, where `was` is how its own one came.
fn carry(
    api: &mut ApiServer,
    options: &WriteOptions,
    was: &Snapshot,
    object: &Object,
    fresh: impl Fn() -> Object,
) -> Result<(), Refusal> {
    let reference = object.reference();
    let is_same = |other: &Object| content(other) == content(object);
    let came = was.get(&reference);
    match (came, api.snapshot().get(&reference)) {
        // What came with the former plugin or controller and not with this one.
        (Some(_), None) => Ok(()),
        (None, None) => {
            write(fresh(), |object| api.create(object, options))?;
            if reference.kind == Kind::Namespace {
                apply::give_defaults(api, &reference.name, options.now);
            }
            Ok(())
        }
        (Some(came), Some(_)) if is_same(came) => Ok(()),
        (_, Some(there)) if is_same(there) => Ok(()),
        // Next to nothing of a Pod can be changed once it is there.
        (_, Some(_)) if reference.kind == Kind::Pod => {
            api.delete(&reference, &DeleteOptions::immediate(options.now))?;
            write(fresh(), |object| api.create(object, options))
        }
        (_, Some(_)) => write(fresh(), |mut object| {
            object.metadata_mut().resource_version = None;
            api.update(object, options)
        }),
    }
}

/// Writes an object as it is or, where another has its addresses by now, with addresses of its own.
fn write(
    object: Object,
    mut write: impl FnMut(Object) -> Result<Written, Refusal>,
) -> Result<(), Refusal> {
    match (write(object.clone()), object) {
        (Err(_), Object::Service(service)) => write(without_addresses(service).into()).map(|_| ()),
        (written, _) => written.map(|_| ()),
    }
}

fn without_addresses(mut service: Service) -> Service {
    if let Some(spec) = &mut service.spec {
        if spec.cluster_ip.as_deref() != Some("None") {
            (spec.cluster_ip, spec.cluster_ips) = (None, None);
        }
        spec.health_check_node_port = None;
        spec.ports.iter_mut().flatten().for_each(|port| port.node_port = None);
    }
    service
}

fn without_generated_selector(job: &mut Job) {
    let Some(spec) = job.spec.as_mut().filter(|spec| spec.manual_selector != Some(true)) else {
        return;
    };
    spec.selector = None;
    let template = spec.template.metadata.iter_mut().filter_map(|it| it.labels.as_mut());
    for labels in template.chain(&mut job.metadata.labels) {
        labels.retain(|key, _| !JOB_LABELS.contains(&key.as_str()));
    }
}

/// Whether an object is there because somebody wants it, and not because of another object.
fn made_by_people(snapshot: &Snapshot, reference: &ObjectRef) -> bool {
    let Some(object) = snapshot.get(reference) else { return false };
    let metadata = object.metadata();
    let owners = metadata.owner_references.iter().flatten();
    let of_service = || {
        let service = snapshot.find::<Service>(&reference.namespace, &reference.name);
        let selector = service.and_then(|service| service.spec.as_ref()?.selector.as_ref());
        selector.is_some_and(|selector| !selector.is_empty())
    };
    let generated = GENERATED.contains(&reference.kind)
        || reference.kind == Kind::Node
        || reference.kind == Kind::Endpoints && of_service();
    !generated
        && metadata.deletion_timestamp.is_none()
        && owners.into_iter().all(|owner| owner.controller != Some(true))
}

/// What somebody wants of an object: all of it but what the API server and controllers write.
fn content(object: &Object) -> Value {
    let mut json = object.to_json();
    if let Some(fields) = json.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = json["metadata"].as_object_mut() {
        for key in ["uid", "resourceVersion", "creationTimestamp", "generation", "ownerReferences"]
        {
            metadata.remove(key);
        }
    }
    json
}
