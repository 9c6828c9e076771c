//! Objects live only in namespaces that exist and are not going away.
//!
//! Models the plugin `NamespaceLifecycle` in `k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle`.

use k8s_openapi::api::core::v1::Namespace;
use manifest::{Kind, Object, ObjectRef};

use crate::{Refusal, Snapshot};

pub(super) fn exists(objects: &Snapshot, object: &Object) -> Result<(), Refusal> {
    if !object.kind().resource().namespaced {
        return Ok(());
    }
    let reference = ObjectRef::cluster(Kind::Namespace, object.namespace());
    let Some(namespace) = objects.get(&reference) else {
        return Err(Refusal::not_found(reference));
    };
    if namespace.metadata().deletion_timestamp.is_some() {
        return Err(Refusal::forbidden(
            object.reference(),
            format!(
                "unable to create new content in namespace {} because it is being terminated",
                reference.name
            ),
        ));
    }
    Ok(())
}

/// A namespace stays until the namespace controller has emptied it.
pub(super) fn finalizer(namespace: &mut Namespace) {
    let finalizers = namespace.spec.get_or_insert_default().finalizers.get_or_insert_default();
    if !finalizers.iter().any(|finalizer| finalizer == "kubernetes") {
        finalizers.push("kubernetes".into());
    }
}
