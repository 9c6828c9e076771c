//! Files that hold an object as `kubectl edit` opened it.
//!
//! The real `kubectl edit` sends the difference between the text it opened and the text that was
//! saved (`k8s.io/kubectl/pkg/cmd/util/editor`). So what was opened is remembered by the file's name,
//! and applying that file changes what was changed in it and nothing else.

use apiserver::{ApiServer, Refusal, WriteOptions, Written};
use imbl::OrdMap;
use manifest::{Object, ObjectRef};
use serde_json::Value;

use crate::Cluster;

/// What stood in each opened file when it was opened or applied last.
#[derive(Clone, Default)]
pub(crate) struct Edits(OrdMap<String, (ObjectRef, Value)>);

impl Edits {
    fn opened(&self, file: &str, object: &ObjectRef) -> Option<&Value> {
        let (opened, text) = self.0.get(file)?;
        (opened == object).then_some(text)
    }

    /// Applies an object of a file: as an edit if it was opened to be edited and still stands.
    pub fn apply(
        &self,
        api: &mut ApiServer,
        file: &str,
        (object, json): (Object, Value),
        options: &WriteOptions,
    ) -> Result<Written, Refusal> {
        let reference = object.reference();
        match self.opened(file, &reference) {
            Some(opened) if api.snapshot().get(&reference).is_some() => {
                api.edit(object, opened, &json, options)
            }
            _ => api.apply(object, json, options),
        }
    }

    /// From now on the difference to this text counts, if the file is one that was opened.
    pub fn saved(&mut self, file: &str, object: &ObjectRef, json: Value) {
        if self.opened(file, object).is_some() {
            self.0.insert(file.to_owned(), (object.clone(), json));
        }
    }
}

impl Cluster {
    /// Remembers that a file was opened to edit the object whose text stands in it.
    pub fn open_to_edit(&mut self, file: &str, text: &str) {
        let document = manifest::read(text).documents.into_iter().next();
        let Some(document) = document else { return };
        let Some(object) = &document.object else { return };
        let opened = (object.reference(), document.as_json());
        self.state.edits.0.insert(file.to_owned(), opened);
    }

    /// Whether applying the object of this file edits what stands.
    pub fn is_edit(&self, file: &str, object: &ObjectRef) -> bool {
        self.state.edits.opened(file, object).is_some() && self.snapshot().get(object).is_some()
    }

    /// Applies one object of a file, as [`Cluster::write`] does.
    ///
    /// # Errors
    /// As the API server's.
    pub fn apply_object(
        &mut self,
        file: &str,
        (object, json): (Object, Value),
        options: impl FnOnce(&WriteOptions) -> WriteOptions,
    ) -> Result<Written, Refusal> {
        let edits = self.state.edits.clone();
        let reference = object.reference();
        let text = json.clone();
        let mut is_dry = false;
        let written = self.write(|api, write| {
            let options = options(write);
            is_dry = options.dry_run;
            edits.apply(api, file, (object, json), &options)
        })?;
        if !is_dry {
            self.state.edits.saved(file, &reference, text);
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use manifest::Kind;

    use crate::{Scenario, SourceFile};

    use super::*;

    #[test]
    fn the_editor_applies_what_was_changed_in_an_opened_file() {
        let mut cluster = Cluster::new(Scenario::opening());
        let service = ObjectRef::new(Kind::Service, "default", "web-service");
        let text = |cluster: &Cluster, label: &str| {
            let stored = cluster.snapshot().get(&service).cloned().expect("it stands");
            let spec = &stored.to_json()["spec"];
            format!(
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: web-service\n  namespace: default\n{label}spec: {spec}\n"
            )
        };
        let labelled = text(&cluster, "  labels:\n    tier: front\n");
        let file = |text: String| SourceFile { name: "opened.yaml".into(), text };
        cluster.open_to_edit("opened.yaml", &text(&cluster, ""));
        assert!(cluster.is_edit("opened.yaml", &service));
        let labels = |cluster: &Cluster| {
            let stored = cluster.snapshot().get(&service).cloned().expect("it stands");
            stored.metadata().labels.clone()
        };
        cluster.apply(&[file(labelled)]);
        assert_eq!(labels(&cluster).map(|labels| labels.len()), Some(1));
        cluster.apply(&[file(text(&cluster, ""))]);
        assert_eq!(labels(&cluster), None);
    }
}
