//! `kubectl get ingressclasses`, `printIngressClass`.

use k8s_openapi::api::networking::v1::IngressClass;

use super::{Column, View, column, text};

pub(super) const COLUMNS: &[Column] =
    &[column("NAME"), column("CONTROLLER"), column("PARAMETERS"), column("AGE")];

pub(super) fn row(class: &IngressClass, view: &View) -> Vec<String> {
    let annotations = class.metadata.annotations.as_ref();
    let is_default = annotations
        .and_then(|annotations| annotations.get("ingressclass.kubernetes.io/is-default-class"))
        .is_some_and(|value| value == "true");
    let name = text(class.metadata.name.as_ref());
    let spec = class.spec.as_ref();
    let parameters = spec.and_then(|spec| spec.parameters.as_ref()).map(|parameters| {
        match parameters.api_group.as_deref() {
            Some(group) => format!("{}.{group}/{}", parameters.kind, parameters.name),
            None => format!("{}/{}", parameters.kind, parameters.name),
        }
    });
    vec![
        if is_default { format!("{name} (default)") } else { name },
        text(spec.and_then(|spec| spec.controller.as_ref())),
        parameters.unwrap_or("<none>".into()),
        super::age(&class.metadata, view),
    ]
}
