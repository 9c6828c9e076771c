//! What images do, for the kubelet: the data plane's catalogue in the controllers' words.

use std::collections::BTreeMap;
use std::time::Duration;

use controllers::images::{
    Behaviour, Images, PULL_TIME, Process, Pull, STOP_TIME, no_such_tag, not_found,
};
use dataplane::application::{ImageVerdict, Reference, Started, image, started};
use k8s_openapi::api::core::v1::Container;

/// What a small image weighs, in bytes, for the kubelet's event.
const IMAGE_SIZE: u64 = 59_000_000;

/// How long CoreDNS goes on answering when it is told to stop: `lameduck` of its plugin `health`, as
/// kubeadm writes it.
const LAME_DUCK: Duration = Duration::from_secs(5);

/// The images that Podhop knows.
pub(crate) struct Catalogue;

impl Images for Catalogue {
    fn behaviour(&self, container: &Container) -> Behaviour {
        let name = container.image.as_deref().unwrap_or_default();
        let pull = match image(name) {
            ImageVerdict::Known | ImageVerdict::Unknown => {
                Pull::Comes { takes: PULL_TIME, size: IMAGE_SIZE }
            }
            ImageVerdict::NoSuchTag { .. } => Pull::Fails(no_such_tag(name)),
            ImageVerdict::NeverPulls { .. } => Pull::Fails(not_found(name)),
            ImageVerdict::Invalid => Pull::Invalid,
        };
        let process = match started(container, BTreeMap::new()) {
            Started::Listens(_) | Started::Waits => Process::Runs,
            Started::Exits { after, code } => Process::Exits { after, code },
        };
        Behaviour { pull, process, ready: true, stops_in: stops_in(container) }
    }
}

/// A shell that sleeps as process 1 does not hear SIGTERM and is killed when its grace ends.
fn stops_in(container: &Container) -> Duration {
    let first = container.command.iter().flatten().next().map(String::as_str);
    let image = container.image.as_deref().and_then(Reference::parse);
    if image.is_some_and(|image| image.repository.rsplit('/').next() == Some("coredns")) {
        return LAME_DUCK;
    }
    match first {
        Some("sleep" | "tail") => Duration::from_secs(60 * 60),
        _ => STOP_TIME,
    }
}
