//! Which objects a command line means: `pods`, `po,svc`, `pod web`, `pod/web deploy/web`, `-l app=web`.
//!
//! Models `k8s.io/cli-runtime/pkg/resource.Builder`.

use std::sync::Arc;

use apiserver::{Reason, Refusal, Snapshot};
use manifest::selector::Selector;
use manifest::{Kind, Object, ObjectRef};
use serde_json::Value;

use crate::report::Failure;

/// Kinds and names as given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Each kind, with a name if one object is meant.
    pub items: Vec<(Kind, Option<String>)>,
    /// Whether more than one kind was named, so that output says which is which.
    pub several_kinds: bool,
}

/// What `all` stands for.
const ALL: &[Kind] = &[
    Kind::Pod,
    Kind::ReplicationController,
    Kind::Service,
    Kind::DaemonSet,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::HorizontalPodAutoscaler,
    Kind::CronJob,
    Kind::Job,
];

/// The kind that a word means.
///
/// # Errors
/// If the server has no such kind.
pub fn kind(word: &str) -> Result<Kind, Failure> {
    Kind::from_argument(word)
        .ok_or_else(|| Failure::local(format!("the server doesn't have a resource type {word:?}")))
}

impl Targets {
    /// Reads the arguments of a command.
    ///
    /// # Errors
    /// `kubectl`'s sentences about an unknown kind or forms that do not go together.
    pub fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let Some((first, rest)) = arguments.split_first() else { return Ok(Self::default()) };
        let separate = || {
            Failure::local(
                "there is no need to specify a resource type as a separate argument when passing \
                 arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' \
                 instead of 'kubectl get resource resource/<resource_name>'",
            )
        };
        if arguments.iter().any(|argument| argument.contains('/')) {
            let mut items = Vec::new();
            for argument in arguments {
                let Some((word, name)) = argument.split_once('/') else { return Err(separate()) };
                if name.contains('/') || name.is_empty() || word.contains(',') || name.contains(',')
                {
                    return Err(Failure::local(
                        "arguments in resource/name form must have a single resource and name",
                    ));
                }
                items.push((kind(word)?, Some(name.to_owned())));
            }
            let several_kinds = items.iter().any(|(kind, _)| *kind != items[0].0);
            return Ok(Self { items, several_kinds });
        }
        let mut kinds = Vec::new();
        for word in first.split(',').filter(|word| !word.is_empty()) {
            if word == "all" {
                kinds.extend(ALL);
            } else {
                kinds.push(kind(word)?);
            }
        }
        let several_kinds = kinds.len() > 1;
        let items = if rest.is_empty() {
            kinds.into_iter().map(|kind| (kind, None)).collect()
        } else {
            let named = |kind: Kind| rest.iter().map(move |name| (kind, Some(name.clone())));
            kinds.into_iter().flat_map(named).collect()
        };
        Ok(Self { items, several_kinds })
    }

    /// Whether single objects are named.
    pub fn are_named(&self) -> bool {
        self.items.iter().any(|(_, name)| name.is_some())
    }
}

/// Which of a kind's objects are wanted.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The namespace; none for all of them.
    pub namespace: Option<String>,
    /// `-l`.
    pub labels: Option<Selector>,
    /// `--field-selector`, as field, whether equal, and value.
    pub fields: Vec<(String, bool, String)>,
}

impl Scope {
    /// The scope of `-n`, `-A`, `-l` and `--field-selector`.
    ///
    /// # Errors
    /// The API server's refusal of a selector.
    pub fn new(
        namespace: Option<String>,
        labels: Option<&str>,
        fields: Option<&str>,
        kind: Kind,
    ) -> Result<Self, Failure> {
        let parsed = labels.map(Selector::parse).transpose().map_err(|problem| {
            // What is wrong within one requirement is said to be so.
            let within = problem.contains("expected: in, notin");
            let problem =
                if within { format!("unable to parse requirement: {problem}") } else { problem };
            let resource = kind.resource();
            Failure::Refused(Refusal::new(
                Reason::BadRequest,
                format!(
                    "Unable to find \"{}, Resource={}\" that match label selector {:?}, field \
                     selector {:?}: {problem}",
                    if resource.group.is_empty() { "/v1".into() } else { resource.api_version() },
                    resource.plural,
                    labels.unwrap_or_default(),
                    fields.unwrap_or_default(),
                ),
            ))
        })?;
        let fields = fields.into_iter().flat_map(|fields| fields.split(',')).filter_map(|term| {
            let (field, equal, value) = term
                .split_once("!=")
                .map(|(field, value)| (field, false, value))
                .or(term.split_once("==").map(|(field, value)| (field, true, value)))
                .or(term.split_once('=').map(|(field, value)| (field, true, value)))?;
            Some((field.trim().to_owned(), equal, value.trim().to_owned()))
        });
        Ok(Self { namespace, labels: parsed, fields: fields.collect() })
    }

    /// The objects of a kind within the scope, by namespace, then name.
    pub fn objects(&self, snapshot: &Snapshot, kind: Kind) -> Vec<Arc<Object>> {
        let all: Vec<Arc<Object>> = match &self.namespace {
            Some(namespace) if kind.resource().namespaced => {
                snapshot.objects_in(kind, namespace).cloned().collect()
            }
            _ => snapshot.objects_of(kind).cloned().collect(),
        };
        all.into_iter().filter(|object| self.wants(object)).collect()
    }

    fn wants(&self, object: &Object) -> bool {
        let none = manifest::selector::Labels::new();
        let labels = object.metadata().labels.as_ref().unwrap_or(&none);
        self.labels.as_ref().is_none_or(|selector| selector.matches(labels))
            && (self.fields.is_empty() || self.fields_fit(&object.to_json()))
    }

    fn fields_fit(&self, object: &Value) -> bool {
        self.fields.iter().all(|(field, equal, value)| {
            let found = object.pointer(&format!("/{}", field.replace('.', "/")));
            let text = found.map(crate::output::json_path::text).unwrap_or_default();
            (text == *value) == *equal
        })
    }
}

/// The object of that name.
///
/// # Errors
/// That it, or its namespace, does not exist.
pub fn find(
    snapshot: &Snapshot,
    kind: Kind,
    namespace: &str,
    name: &str,
) -> Result<Arc<Object>, Failure> {
    let reference = if kind.resource().namespaced {
        let space = ObjectRef::cluster(Kind::Namespace, namespace);
        if snapshot.get(&space).is_none() {
            return Err(Refusal::not_found(space).into());
        }
        ObjectRef::new(kind, namespace, name)
    } else {
        ObjectRef::cluster(kind, name)
    };
    let found = snapshot.get(&reference).cloned();
    found.ok_or_else(|| Refusal::not_found(reference).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Targets, Failure> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Targets::parse(&words)
    }

    #[test]
    fn understands_the_forms() {
        assert_eq!(parse("po,svc").unwrap().items, [(Kind::Pod, None), (Kind::Service, None)]);
        assert_eq!(parse("deploy web").unwrap().items, [(Kind::Deployment, Some("web".into()))]);
        assert!(parse("pod/a deploy/b").unwrap().several_kinds);
        assert!(!parse("pod/a pod/b").unwrap().several_kinds);
    }

    #[test]
    fn refuses_as_kubectl_does() {
        assert_eq!(
            parse("po,svc/shop").unwrap_err(),
            Failure::local("arguments in resource/name form must have a single resource and name")
        );
        assert_eq!(
            parse("foo").unwrap_err(),
            Failure::local("the server doesn't have a resource type \"foo\"")
        );
    }
}
