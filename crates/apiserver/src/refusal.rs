//! Why a write was refused: `metav1.Status` as far as a learner and `kubectl` see it.
//!
//! Models `k8s.io/apimachinery/pkg/api/errors`.

use std::fmt;

use manifest::structural::{NOT_CHECKED, Violation};
use manifest::{FieldPath, Kind, ObjectRef, Resource};

/// The machine's word for the refusal, `Status.reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// 400: the request makes no sense.
    BadRequest,
    /// 403: an admission plugin says no.
    Forbidden,
    /// 404: there is no such object.
    NotFound,
    /// 409: there already is such an object.
    AlreadyExists,
    /// 409: somebody else changed the object meanwhile.
    Conflict,
    /// 422: the object breaks rules, one cause each.
    Invalid,
    /// 405: this cannot be done to this kind.
    MethodNotAllowed,
    /// 500: the server could not do it, such as when no address is left.
    InternalError,
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The field that breaks it.
    pub path: FieldPath,
    /// `Invalid value: 0: must be between 1 and 65535, inclusive`, without the path.
    pub message: String,
}

/// Writes `spec.ports[0].port: Invalid value: …`, as `kubectl` lists it.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// The answer to a refused write; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The machine's word.
    pub reason: Reason,
    /// `Status.message`.
    pub message: String,
    /// Each broken rule, in the order they were found; only for [`Reason::Invalid`].
    pub causes: Vec<Cause>,
    /// The object that was refused, as far as it was known.
    pub object: Option<ObjectRef>,
    /// The texts of the answer's `Warning` headers, in order; a refused write warns too.
    pub warnings: Vec<String>,
}

impl Refusal {
    /// A refusal with a message only.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            causes: Vec::new(),
            object: None,
            warnings: Vec::new(),
        }
    }

    /// `Service "web" is invalid: …`: one cause as it is, several in brackets, repetitions once.
    pub fn invalid(object: ObjectRef, causes: Vec<Cause>) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for cause in &causes {
            let text = cause.to_string();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let list = match texts.as_slice() {
            [only] => only.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let message =
            format!("{} {:?} is invalid: {list}", qualified_kind(object.kind), object.name);
        Self { causes, object: Some(object), ..Self::new(Reason::Invalid, message) }
    }

    /// What is wrong with a custom resource by its schema; rules in CEL are then not looked at.
    pub fn of_schema(object: ObjectRef, violations: &[Violation]) -> Self {
        let found = violations
            .iter()
            .map(|violation| Cause {
                path: violation.path.clone(),
                message: violation.message.clone(),
            })
            .chain([Cause { path: FieldPath::of("<nil>"), message: NOT_CHECKED.to_owned() }]);
        Self::invalid(object, found.collect())
    }

    /// `deployments.apps "web" not found`.
    pub fn not_found(object: ObjectRef) -> Self {
        let message = format!("{} not found", resource_and_name(&object));
        Self { object: Some(object), ..Self::new(Reason::NotFound, message) }
    }

    /// `deployments.apps "web" already exists`.
    pub fn already_exists(object: ObjectRef) -> Self {
        let message = format!("{} already exists", resource_and_name(&object));
        Self { object: Some(object), ..Self::new(Reason::AlreadyExists, message) }
    }

    /// `pods "web" is forbidden: …`.
    pub fn forbidden(object: ObjectRef, why: impl fmt::Display) -> Self {
        let message = format!("{} is forbidden: {why}", resource_and_name(&object));
        Self { object: Some(object), ..Self::new(Reason::Forbidden, message) }
    }

    /// `Operation cannot be fulfilled on deployments.apps "web": …`.
    pub fn conflict(object: ObjectRef, why: impl fmt::Display) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {}: {why}", resource_and_name(&object));
        Self { object: Some(object), ..Self::new(Reason::Conflict, message) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

/// `Deployment.apps`, or `Pod` for the core group.
fn qualified_kind(kind: Kind) -> String {
    let Resource { group, kind, .. } = kind.resource();
    if group.is_empty() { (*kind).to_owned() } else { format!("{kind}.{group}") }
}

fn resource_and_name(object: &ObjectRef) -> String {
    format!("{} {:?}", object.kind.resource().qualified_plural(), object.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_causes_stand_in_brackets() {
        let object = ObjectRef::new(Kind::Service, "default", "web");
        let cause =
            |path: &str| Cause { path: FieldPath::of(path), message: "Required value".into() };
        assert_eq!(
            Refusal::invalid(object.clone(), vec![cause("a")]).message,
            r#"Service "web" is invalid: a: Required value"#
        );
        assert_eq!(
            Refusal::invalid(object, vec![cause("a"), cause("b"), cause("a")]).message,
            r#"Service "web" is invalid: [a: Required value, b: Required value]"#
        );
    }
}
