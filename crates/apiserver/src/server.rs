//! The API server: the order in which a write is defaulted, admitted, allocated, validated and stored.
//!
//! Models `k8s.io/apiserver/pkg/registry/generic/registry/store.go` (`Create`, `Update`, `Delete`) and
//! `pkg/registry/rest` (`BeforeCreate`, `BeforeUpdate`, `BeforeDelete`). Each write works on a copy that
//! replaces the server only when everything succeeded, so a refusal or a dry run changes nothing.

use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Kind, Object, ObjectRef};
use serde_json::Value;

use crate::omit_empty::omit_empty;
use crate::options::{DeleteOptions, Deleted, Effect, Propagation, WriteOptions, Written};
use crate::random::Random;
use crate::refusal::{Cause, Reason, Refusal};
use crate::{
    Config, Snapshot, Time, Timestamps, admission, allocator, apply, bootstrap, defaults, status,
    validation, warnings,
};

/// The API server of one cluster. Cloning is cheap: snapshots share structure.
#[derive(Clone, Debug)]
pub struct ApiServer {
    pub(crate) config: Arc<Config>,
    pub(crate) objects: Snapshot,
    pub(crate) random: Random,
    /// ClusterIPs handed out before any is drawn, each once, in order.
    pub(crate) next_cluster_ips: Vec<IpAddr>,
}

impl ApiServer {
    /// A server with the objects that every cluster has from the start: the namespaces `default`,
    /// `kube-system`, `kube-public` and `kube-node-lease`, each with ServiceAccount `default` and
    /// ConfigMap `kube-root-ca.crt`, and Service `default/kubernetes`.
    pub fn new(config: Config) -> Self {
        let mut server = Self {
            random: Random::new(config.seed),
            config: Arc::new(config),
            objects: Snapshot::default(),
            next_cluster_ips: Vec::new(),
        };
        bootstrap::populate(&mut server);
        server
    }

    /// The server's settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Hands these ClusterIPs out before any is drawn, each once, in order; those taken are skipped.
    pub fn hand_out_next(&mut self, addresses: &[IpAddr]) {
        self.next_cluster_ips = addresses.to_vec();
    }

    /// The present moment.
    pub fn snapshot(&self) -> Snapshot {
        self.objects.clone()
    }

    /// The same server with the objects of another moment.
    pub fn at(&self, moment: &Snapshot) -> Self {
        Self { objects: moment.clone(), ..self.clone() }
    }

    /// Creates an object.
    ///
    /// # Errors
    /// `Invalid` with every broken rule, `AlreadyExists`, `NotFound` for a missing namespace, `Forbidden`
    /// by admission.
    pub fn create(&mut self, object: Object, options: &WriteOptions) -> Result<Written, Refusal> {
        self.transact(options.dry_run, |server| server.store_new(object, options))
    }

    /// Replaces an object's metadata and spec; its status stays as it is.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` if `metadata.resourceVersion` is set and not the present one, `Invalid`.
    pub fn update(&mut self, object: Object, options: &WriteOptions) -> Result<Written, Refusal> {
        self.transact(options.dry_run, |server| server.store_changed(object, options))
    }

    /// Replaces an object's status; its spec and metadata stay as they are.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` if `metadata.resourceVersion` is set and not the present one.
    pub fn update_status(
        &mut self,
        object: Object,
        options: &WriteOptions,
    ) -> Result<Written, Refusal> {
        self.transact(options.dry_run, |server| {
            let before = server.stored(&object)?;
            let mut after = Object::clone(&before);
            status::copy(&object, &mut after);
            Ok(server.store_if_different(&before, after))
        })
    }

    /// Applies an object as `kubectl apply` does on the client's side: creates it, or merges three ways
    /// what was applied last, what is now applied and what is stored. `last_applied` is the manifest as
    /// kubectl would send it; it becomes annotation `kubectl.kubernetes.io/last-applied-configuration`.
    ///
    /// # Errors
    /// As [`ApiServer::create`] and [`ApiServer::update`].
    pub fn apply(
        &mut self,
        object: Object,
        last_applied: Value,
        options: &WriteOptions,
    ) -> Result<Written, Refusal> {
        apply::apply(self, object, last_applied, options)
    }

    /// Changes an object that stands by the difference between two texts of it, as `kubectl edit`
    /// does: what both say alike stays as it is stored.
    ///
    /// # Errors
    /// As [`ApiServer::update`]; `NotFound` if there is no such object.
    pub fn edit(
        &mut self,
        object: Object,
        opened: &Value,
        saved: &Value,
        options: &WriteOptions,
    ) -> Result<Written, Refusal> {
        apply::edit(self, &object, opened, saved, options)
    }

    /// Assigns a Pod to a node, as the scheduler does through `pods/binding`.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the Pod is already on a node or being deleted.
    pub fn bind(
        &mut self,
        pod: &ObjectRef,
        node: &str,
        options: &WriteOptions,
    ) -> Result<Written, Refusal> {
        self.transact(options.dry_run, |server| {
            let before =
                server.objects.get(pod).cloned().ok_or_else(|| Refusal::not_found(pod.clone()))?;
            let mut after = Object::clone(&before);
            let Object::Pod(bound) = &mut after else {
                return Err(Refusal::new(Reason::BadRequest, "only Pods can be bound"));
            };
            if bound.metadata.deletion_timestamp.is_some() {
                return Err(Refusal::conflict(
                    pod.clone(),
                    format!("pod {} is being deleted, cannot be assigned to a host", pod.name),
                ));
            }
            let spec = bound.spec.get_or_insert_default();
            if let Some(node) = spec.node_name.as_deref().filter(|node| !node.is_empty()) {
                return Err(Refusal::conflict(
                    pod.clone(),
                    format!("pod {} is already assigned to node {node:?}", pod.name),
                ));
            }
            spec.node_name = Some(node.to_owned());
            Ok(server.store_if_different(&before, after))
        })
    }

    /// Deletes an object, or marks it as being deleted if a grace period or a finalizer keeps it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if another object now has the name; `Forbidden` for the namespaces that
    /// cannot go.
    pub fn delete(
        &mut self,
        reference: &ObjectRef,
        options: &DeleteOptions,
    ) -> Result<Deleted, Refusal> {
        self.transact(options.dry_run, |server| server.remove_stored(reference, options))
    }

    /// Takes `kubernetes` off a Namespace's `spec.finalizers` once it is empty, as the namespace
    /// controller does through `namespaces/finalize`; the Namespace is then gone.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the Namespace is not being deleted.
    pub fn finalize_namespace(&mut self, name: &str) -> Result<Deleted, Refusal> {
        let reference = ObjectRef::cluster(Kind::Namespace, name);
        self.transact(false, |server| {
            let before = server
                .objects
                .get(&reference)
                .cloned()
                .ok_or_else(|| Refusal::not_found(reference.clone()))?;
            let mut after = Object::clone(&before);
            if let Object::Namespace(namespace) = &mut after {
                if namespace.metadata.deletion_timestamp.is_none() {
                    return Err(Refusal::conflict(
                        reference.clone(),
                        "the namespace is not being deleted",
                    ));
                }
                namespace.spec.get_or_insert_default().finalizers = None;
            }
            let written = server.store_if_different(&before, after);
            let gone = server.objects.get(&reference).is_none();
            Ok(Deleted { object: written.object, gone, warnings: Vec::new() })
        })
    }

    /// Runs a write on a copy; keeps the copy if the write succeeded and is no dry run.
    fn transact<T>(
        &mut self,
        dry_run: bool,
        write: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut draft = self.clone();
        let outcome = write(&mut draft)?;
        if !dry_run {
            *self = draft;
        }
        Ok(outcome)
    }

    fn store_new(&mut self, object: Object, options: &WriteOptions) -> Result<Written, Refusal> {
        let mut object = omit_empty(object);
        place(&mut object);
        status::clear(&mut object);
        defaults::fill(&mut object);
        let metadata = object.metadata_mut();
        let uid = self.random.uid();
        begin(metadata, uid, options.now);
        if metadata.name.as_deref().unwrap_or_default().is_empty()
            && let Some(prefix) = metadata.generate_name.clone().filter(|prefix| !prefix.is_empty())
        {
            metadata.name = Some(format!("{prefix}{}", self.random.suffix()));
        }
        admission::admit(self, &mut object)?;
        admission::prepare(&mut object);
        if status::counts_generations(object.kind()) {
            object.metadata_mut().generation = Some(1);
        }
        if let Object::Service(service) = &mut object {
            allocator::normalize(None, service);
            allocator::allocate(self, None, service, options.dry_run)?;
        }
        let reference = object.reference();
        refuse_broken(&object, validation::create(&object))?;
        let warnings = warnings::create(&object);
        if self.objects.get(&reference).is_some() {
            return Err(Refusal::already_exists(reference));
        }
        let object = self.objects.put(object);
        Ok(Written { object, effect: Effect::Created, warnings })
    }

    fn store_changed(
        &mut self,
        object: Object,
        options: &WriteOptions,
    ) -> Result<Written, Refusal> {
        let mut object = omit_empty(object);
        place(&mut object);
        let before = self.stored(&object)?;
        status::copy(&before, &mut object);
        keep(before.metadata(), object.metadata_mut());
        defaults::fill(&mut object);
        admission::keep(&before, &mut object);
        if let (Object::Service(before), Object::Service(service)) = (&*before, &mut object) {
            allocator::normalize(Some(before), service);
            allocator::adopt(before, service);
            allocator::drop_dependent(before, service);
            allocator::allocate(self, Some(before), service, options.dry_run)?;
        }
        refuse_broken(&object, validation::update(&before, &object))?;
        if status::counts_generations(object.kind()) && status::spec_differs(&before, &object) {
            object.metadata_mut().generation = Some(before.metadata().generation.unwrap_or(0) + 1);
        }
        let warnings = warnings::update(&before, &object);
        Ok(Written { warnings, ..self.store_if_different(&before, object) })
    }

    fn remove_stored(
        &mut self,
        reference: &ObjectRef,
        options: &DeleteOptions,
    ) -> Result<Deleted, Refusal> {
        let before = self
            .objects
            .get(reference)
            .cloned()
            .ok_or_else(|| Refusal::not_found(reference.clone()))?;
        if let (Some(wanted), Some(uid)) = (&options.uid, &before.metadata().uid)
            && wanted != uid
        {
            return Err(Refusal::conflict(
                reference.clone(),
                format!(
                    "Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}"
                ),
            ));
        }
        if reference.kind == Kind::Namespace
            && ["default", "kube-system", "kube-public"].contains(&reference.name.as_str())
        {
            return Err(Refusal::forbidden(reference.clone(), "this namespace may not be deleted"));
        }
        let mut after = Object::clone(&before);
        let grace = grace_period(&before, options);
        let metadata = after.metadata_mut();
        add_propagation_finalizer(metadata, options.propagation);
        let sooner = metadata.deletion_grace_period_seconds.is_none_or(|left| grace < left);
        if metadata.deletion_timestamp.is_none() || sooner {
            let started =
                match (&metadata.deletion_timestamp, metadata.deletion_grace_period_seconds) {
                    (Some(end), Some(left)) => Time(
                        Time::from_timestamp(end).0.saturating_sub(left.unsigned_abs() * 1_000_000),
                    ),
                    _ => options.now,
                };
            metadata.deletion_timestamp =
                Some(Time(started.0 + grace.unsigned_abs() * 1_000_000).timestamp());
            metadata.deletion_grace_period_seconds = Some(grace);
        }
        if let Object::Namespace(namespace) = &mut after {
            namespace.status.get_or_insert_default().phase = Some("Terminating".into());
        }
        let written = self.store_if_different(&before, after);
        let gone = self.objects.get(reference).is_none();
        Ok(Deleted { object: written.object, gone, warnings: Vec::new() })
    }

    /// The stored object that a write addresses, if the write knows its present version.
    fn stored(&self, object: &Object) -> Result<Arc<Object>, Refusal> {
        let reference = addressed(object);
        let before = self
            .objects
            .get(&reference)
            .cloned()
            .ok_or_else(|| Refusal::not_found(reference.clone()))?;
        let known = object.metadata().resource_version.as_deref().unwrap_or_default();
        if !known.is_empty() && Some(known) != before.metadata().resource_version.as_deref() {
            return Err(Refusal::conflict(
                reference,
                "the object has been modified; please apply your changes to the latest version and try again",
            ));
        }
        Ok(before)
    }

    /// Stores the object, or removes it if it was only kept by what the write took away.
    fn store_if_different(&mut self, before: &Arc<Object>, after: Object) -> Written {
        if is_finished(&after) {
            self.objects.remove(&after.reference());
            return Written {
                object: Arc::new(after),
                effect: Effect::Configured,
                warnings: Vec::new(),
            };
        }
        let (object, effect) = if **before == after {
            (before.clone(), Effect::Unchanged)
        } else {
            (self.objects.put(after), Effect::Configured)
        };
        Written { object, effect, warnings: Vec::new() }
    }
}

/// Refuses an object that breaks rules; that its kind is deprecated is said all the same.
fn refuse_broken(object: &Object, causes: Vec<Cause>) -> Result<(), Refusal> {
    if causes.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::invalid(object.reference(), causes);
    Err(Refusal { warnings: warnings::deprecation(object.kind()), ..refusal })
}

/// The reference under which the object is stored: namespace `default` where none is written.
pub(crate) fn addressed(object: &Object) -> ObjectRef {
    let mut reference = object.reference();
    if !reference.kind.resource().namespaced {
        reference.namespace.clear();
    } else if reference.namespace.is_empty() {
        reference.namespace = "default".into();
    }
    reference
}

fn place(object: &mut Object) {
    let namespace = addressed(object).namespace;
    object.metadata_mut().namespace = (!namespace.is_empty()).then_some(namespace);
}

/// Fills what the system owns in a new object's metadata.
fn begin(metadata: &mut ObjectMeta, uid: String, now: Time) {
    metadata.uid = Some(uid);
    metadata.creation_timestamp = Some(now.timestamp());
    metadata.deletion_timestamp = None;
    metadata.deletion_grace_period_seconds = None;
    metadata.resource_version = None;
    metadata.self_link = None;
    metadata.managed_fields = None;
    metadata.generation = None;
}

/// Keeps what the system owns in the metadata of an object that is written again.
fn keep(before: &ObjectMeta, after: &mut ObjectMeta) {
    after.uid.clone_from(&before.uid);
    after.creation_timestamp.clone_from(&before.creation_timestamp);
    after.deletion_timestamp.clone_from(&before.deletion_timestamp);
    after.deletion_grace_period_seconds = before.deletion_grace_period_seconds;
    after.generate_name.clone_from(&before.generate_name);
    after.resource_version.clone_from(&before.resource_version);
    after.self_link = None;
    after.managed_fields = None;
    after.generation = before.generation;
}

/// How long the object may stay once its deletion begins, in seconds: only Pods on a node have time.
fn grace_period(object: &Object, options: &DeleteOptions) -> i64 {
    let Object::Pod(pod) = object else { return 0 };
    let spec = pod.spec.as_ref();
    let on_node =
        spec.and_then(|spec| spec.node_name.as_deref()).is_some_and(|node| !node.is_empty());
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    if !on_node || matches!(phase, Some("Succeeded" | "Failed")) {
        return 0;
    }
    let own = spec.and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(30);
    options.grace_period_seconds.unwrap_or(own).max(0)
}

fn add_propagation_finalizer(metadata: &mut ObjectMeta, propagation: Option<Propagation>) {
    let Some(propagation) = propagation else { return };
    let finalizers = metadata.finalizers.get_or_insert_default();
    finalizers.retain(|finalizer| finalizer != "orphan" && finalizer != "foregroundDeletion");
    match propagation {
        Propagation::Background => {}
        Propagation::Foreground => finalizers.push("foregroundDeletion".into()),
        Propagation::Orphan => finalizers.push("orphan".into()),
    }
    if finalizers.is_empty() {
        metadata.finalizers = None;
    }
}

/// Whether nothing keeps an object that is being deleted.
fn is_finished(object: &Object) -> bool {
    let metadata = object.metadata();
    let kept_by_namespace = match object {
        Object::Namespace(namespace) => namespace
            .spec
            .as_ref()
            .and_then(|spec| spec.finalizers.as_ref())
            .is_some_and(|finalizers| !finalizers.is_empty()),
        _ => false,
    };
    metadata.deletion_timestamp.is_some()
        && metadata.deletion_grace_period_seconds.unwrap_or(0) == 0
        && metadata.finalizers.as_ref().is_none_or(Vec::is_empty)
        && !kept_by_namespace
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(kind: Kind, json: Value) -> Object {
        Object::from_json(kind, json).expect("the test's object is well formed")
    }

    fn server() -> ApiServer {
        let mut server = ApiServer::new(Config::default());
        server.hand_out_next(&["10.96.42.1".parse().unwrap()]);
        server
    }

    fn at(seconds: u64) -> WriteOptions {
        WriteOptions::new(Time::from_seconds(seconds), "test")
    }

    fn pod() -> Object {
        object(
            Kind::Pod,
            json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}),
        )
    }

    #[test]
    fn a_pod_gets_its_defaults_and_its_token() {
        let mut server = server();
        let written = server.create(pod(), &at(1)).unwrap();
        let json = written.object.to_json();
        assert_eq!(json["metadata"]["creationTimestamp"], "2026-04-22T09:00:01Z");
        assert_eq!(json["spec"]["containers"][0]["imagePullPolicy"], "Always");
        assert_eq!(json["spec"]["serviceAccountName"], "default");
        assert_eq!(json["spec"]["tolerations"].as_array().map(Vec::len), Some(2));
        assert_eq!(json["status"], json!({"phase": "Pending", "qosClass": "BestEffort"}));
        assert_eq!(server.create(pod(), &at(2)).unwrap_err().reason, Reason::AlreadyExists);
    }

    #[test]
    fn a_service_gets_an_address_and_keeps_it() {
        let mut server = server();
        let service = |kind: &str| {
            object(
                Kind::Service,
                json!({"metadata": {"name": "s"}, "spec": {"type": kind, "ports": [{"port": 80}]}}),
            )
        };
        let written = server.create(service("NodePort"), &at(1)).unwrap();
        let json = written.object.to_json();
        assert_eq!(json["spec"]["clusterIPs"], json!(["10.96.42.1"]));
        assert!(json["spec"]["ports"][0]["nodePort"].as_i64().unwrap() >= 30086);
        let again = server.update(service("NodePort"), &at(2)).unwrap();
        assert_eq!(again.effect, Effect::Unchanged);
        let changed = server.update(service("ClusterIP"), &at(3)).unwrap().object.to_json();
        assert_eq!(changed["spec"]["clusterIP"], "10.96.42.1");
        assert_eq!(changed["spec"]["ports"][0].get("nodePort"), None);
    }

    #[test]
    fn a_dry_run_and_a_refusal_change_nothing() {
        let mut server = server();
        let version = server.snapshot().resource_version();
        let options = WriteOptions { dry_run: true, ..at(1) };
        assert_eq!(server.create(pod(), &options).unwrap().effect, Effect::Created);
        let mut elsewhere = pod();
        elsewhere.metadata_mut().namespace = Some("nope".into());
        let refusal = server.create(elsewhere, &at(1)).unwrap_err();
        assert_eq!(refusal.message, "namespaces \"nope\" not found");
        assert_eq!(server.snapshot().resource_version(), version);
    }

    #[test]
    fn a_pod_on_a_node_is_deleted_with_grace() {
        let mut server = server();
        let reference = server.create(pod(), &at(1)).unwrap().object.reference();
        server.bind(&reference, "node-1", &at(2)).unwrap();
        let deleted =
            server.delete(&reference, &DeleteOptions::background(Time::from_seconds(10))).unwrap();
        assert!(!deleted.gone);
        assert_eq!(
            deleted.object.to_json()["metadata"]["deletionTimestamp"],
            "2026-04-22T09:00:40Z"
        );
        assert!(
            server
                .delete(&reference, &DeleteOptions::immediate(Time::from_seconds(11)))
                .unwrap()
                .gone
        );
        assert!(server.snapshot().get(&reference).is_none());
    }

    #[test]
    fn a_namespace_goes_when_its_finalizer_does() {
        let mut server = server();
        let namespace = object(Kind::Namespace, json!({"metadata": {"name": "n"}}));
        let reference = server.create(namespace, &at(1)).unwrap().object.reference();
        assert!(!server.delete(&reference, &DeleteOptions::background(Time(0))).unwrap().gone);
        let mut inside = pod();
        inside.metadata_mut().namespace = Some("n".into());
        assert_eq!(server.create(inside, &at(2)).unwrap_err().reason, Reason::Forbidden);
        assert!(server.finalize_namespace("n").unwrap().gone);
    }

    #[test]
    fn a_stale_write_is_a_conflict() {
        let mut server = server();
        let first = server.create(pod(), &at(1)).unwrap().object;
        server.bind(&first.reference(), "node-1", &at(2)).unwrap();
        let refusal = server.update(Object::clone(&first), &at(3)).unwrap_err();
        assert_eq!(refusal.reason, Reason::Conflict);
    }
}
