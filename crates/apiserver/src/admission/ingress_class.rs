//! An Ingress that names no class gets the default one, if there is one.
//!
//! Models the plugin `DefaultIngressClass` in `plugin/pkg/admission/network/defaultingressclass`.

use k8s_openapi::api::networking::v1::{Ingress, IngressClass};
use manifest::ObjectRef;

use crate::{Refusal, Snapshot};

const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";
/// The older way to name a class.
const CLASS: &str = "kubernetes.io/ingress.class";

pub(super) fn admit(
    objects: &Snapshot,
    ingress: &mut Ingress,
    _reference: &ObjectRef,
) -> Result<(), Refusal> {
    let annotated = ingress
        .metadata
        .annotations
        .as_ref()
        .is_some_and(|annotations| annotations.contains_key(CLASS));
    let spec = ingress.spec.get_or_insert_default();
    if spec.ingress_class_name.is_some() || annotated {
        return Ok(());
    }
    let newest = objects
        .list::<IngressClass>()
        .filter(|class| {
            class.metadata.annotations.as_ref().and_then(|annotations| annotations.get(DEFAULT))
                == Some(&"true".to_owned())
        })
        .max_by(|one, two| {
            let created = |class: &IngressClass| {
                class.metadata.creation_timestamp.as_ref().map(|created| created.0)
            };
            // Of two made at once, the one whose name comes first wins.
            created(one).cmp(&created(two)).then(two.metadata.name.cmp(&one.metadata.name))
        });
    spec.ingress_class_name = newest.and_then(|class| class.metadata.name.clone());
    Ok(())
}
