//! Who asks, as the command line, the terminal and lessons write it, found in the cluster.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use manifest::selector::{self, Selector};
use manifest::{Kind, ObjectRef, Typed};
use trace::Place;

use crate::Cluster;

impl Cluster {
    /// The place that a text names: `pod/default/frontend` or only `frontend`, `pod/default/app=web`
    /// (the first ready Pod with these labels), `deployment/default/web-app` (its first ready Pod),
    /// `node/node-1`, `internet/laptop`.
    ///
    /// # Errors
    /// A sentence about what there is not.
    pub fn place(&self, text: &str) -> Result<Place, String> {
        self.found(text, &is_ready)
    }

    /// As [`Cluster::place`], but of several Pods the first whose readiness probes were made to fail.
    ///
    /// # Errors
    /// A sentence about what there is not.
    pub fn place_of_failing_probes(&self, text: &str) -> Result<Place, String> {
        self.found(text, &|pod| {
            let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
            let name = pod.metadata.name.as_deref().unwrap_or_default();
            self.state.unready.contains(&ObjectRef::new(Pod::KIND, namespace, name))
        })
    }

    fn found(&self, text: &str, is_wanted: &dyn Fn(&Pod) -> bool) -> Result<Place, String> {
        match text.split('/').collect::<Vec<_>>().as_slice() {
            ["internet", name] => Ok(Place::Internet((*name).to_owned())),
            ["node", name] => {
                let node = ObjectRef::cluster(Kind::Node, *name);
                match self.snapshot().get(&node) {
                    Some(_) => Ok(Place::Node(node.name)),
                    None => Err(format!("there is no node `{name}`")),
                }
            }
            ["deployment" | "deploy", namespace, name] => self.pod_of(namespace, name, is_wanted),
            ["deployment" | "deploy", name] => self.pod_of("default", name, is_wanted),
            ["pod", namespace, name] => self.pod(namespace, name, is_wanted),
            ["pod", name] | [name] => self.pod("default", name, is_wanted),
            _ => Err(format!(
                "`{text}` is nobody: `pod/NAMESPACE/NAME`, `deployment/NAMESPACE/NAME`, `node/NAME` or `internet/NAME` is expected"
            )),
        }
    }

    fn pod(
        &self,
        namespace: &str,
        name: &str,
        is_wanted: &dyn Fn(&Pod) -> bool,
    ) -> Result<Place, String> {
        if name.contains('=') {
            let selector = Selector::parse(name)?;
            return self.first(namespace, &selector, is_wanted).ok_or_else(|| {
                format!("there is no Pod with `{name}` in namespace `{namespace}`")
            });
        }
        let pod = ObjectRef::new(Kind::Pod, namespace, name);
        match self.snapshot().get(&pod) {
            Some(_) => Ok(Place::Pod(pod)),
            None => Err(format!("there is no pod `{}`", pod.namespaced_name())),
        }
    }

    fn pod_of(
        &self,
        namespace: &str,
        name: &str,
        is_wanted: &dyn Fn(&Pod) -> bool,
    ) -> Result<Place, String> {
        let snapshot = self.snapshot();
        let deployment: Option<&Deployment> = snapshot.find(namespace, name);
        let spec = deployment.and_then(|deployment| deployment.spec.as_ref());
        let spec = spec.ok_or_else(|| format!("there is no deployment `{namespace}/{name}`"))?;
        let selector = Selector::of(&spec.selector);
        self.first(namespace, &selector, is_wanted)
            .ok_or_else(|| format!("deployment `{namespace}/{name}` has no Pod"))
    }

    /// The first Pod by name that is wanted; if none is, the first of all.
    fn first(
        &self,
        namespace: &str,
        selector: &Selector,
        is_wanted: &dyn Fn(&Pod) -> bool,
    ) -> Option<Place> {
        let snapshot = self.snapshot();
        let none = selector::Labels::new();
        let pods: Vec<&Pod> = snapshot
            .list_in::<Pod>(namespace)
            .filter(|pod| selector.matches(pod.metadata.labels.as_ref().unwrap_or(&none)))
            .collect();
        let chosen = pods.iter().find(|pod| is_wanted(pod)).or(pods.first())?;
        let name = chosen.metadata.name.as_deref().unwrap_or_default();
        Some(Place::Pod(ObjectRef::new(Pod::KIND, namespace, name)))
    }
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    pod.metadata.deletion_timestamp.is_none()
        && conditions.into_iter().any(|each| each.type_ == "Ready" && each.status == "True")
}

#[cfg(test)]
mod tests {
    use crate::Scenario;

    use super::*;

    #[test]
    fn finds_who_is_named() {
        let cluster = Cluster::new(Scenario::opening());
        let name = |text: &str| cluster.place(text).map(|place| place.to_string());
        assert_eq!(name("frontend").as_deref(), Ok("frontend"));
        assert_eq!(name("node/node-2").as_deref(), Ok("node-2"));
        assert_eq!(name("internet/laptop").as_deref(), Ok("laptop"));
        assert!(name("deployment/default/web-app").unwrap().starts_with("web-app-"));
        assert!(name("pod/default/app=web-app").unwrap().starts_with("web-app-"));
        assert!(name("pod/default/app=none").is_err());
        assert!(name("deployment/default/none").is_err());
        assert!(name("a/b/c/d").unwrap_err().contains("nobody"));
    }
}
