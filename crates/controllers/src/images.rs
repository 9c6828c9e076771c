//! What a container does, as far as the kubelet sees it: whether its image can be pulled, whether
//! its process ends, how it takes SIGTERM.
//!
//! What listens where is the data plane's business; the whole catalogue is given by a higher floor.

use std::time::Duration;

use k8s_openapi::api::core::v1::Container;

/// Knows what each image does.
pub trait Images: Send + Sync {
    /// How this container behaves: by its image, and by its command where that changes it.
    fn behaviour(&self, container: &Container) -> Behaviour;
}

/// How a container behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Whether and how fast the image comes.
    pub pull: Pull,
    /// What the process does once started.
    pub process: Process,
    /// Whether a running container without a readiness probe counts as ready. Real ones do; the
    /// recordings of a stand-in kubelet know images that never get ready.
    pub ready: bool,
    /// How long the process takes to end after SIGTERM; beyond the grace period it is killed.
    pub stops_in: Duration,
}

/// What pulling an image comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pull {
    /// It is pulled.
    Comes {
        /// In how long.
        takes: Duration,
        /// Its compressed size in bytes, for the event.
        size: u64,
    },
    /// It cannot be pulled; the text is what the container runtime says.
    Fails(String),
    /// The reference is no image reference (`InvalidImageName`).
    Invalid,
}

/// What a process does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Process {
    /// It runs until it is stopped.
    Runs,
    /// It ends by itself.
    Exits {
        /// After how long.
        after: Duration,
        /// With which code; 0 is success.
        code: i32,
    },
}

/// How long an ordinary image takes to pull in the simulation.
pub const PULL_TIME: Duration = Duration::from_millis(300);

/// How long an ordinary server takes to end after SIGTERM.
pub const STOP_TIME: Duration = Duration::from_millis(200);

/// The catalogue of a world that was given none: every image is pulled and runs for ever, except
/// one whose name contains `doesnotexist`.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyImage;

impl Images for AnyImage {
    fn behaviour(&self, container: &Container) -> Behaviour {
        let image = container.image.as_deref().unwrap_or_default();
        let pull = if image.contains("doesnotexist") {
            Pull::Fails(not_found(image))
        } else {
            Pull::Comes { takes: PULL_TIME, size: 59_000_000 }
        };
        Behaviour { pull, process: Process::Runs, ready: true, stops_in: STOP_TIME }
    }
}

/// What containerd says of an image that a registry does not have or does not show.
pub fn not_found(image: &str) -> String {
    let full = full_reference(image);
    format!(
        "failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": pull access denied, \
         repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
    )
}

/// What containerd says of a tag that a repository does not have.
pub fn no_such_tag(image: &str) -> String {
    let full = full_reference(image);
    format!(
        "failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": {full}: not found"
    )
}

/// The reference with registry, repository and tag written out, as containerd prints it.
pub fn full_reference(image: &str) -> String {
    let first = image.split('/').next().unwrap_or_default();
    let has_registry =
        image.contains('/') && (first.contains('.') || first.contains(':') || first == "localhost");
    let mut full = match (has_registry, image.contains('/')) {
        (true, _) => image.to_owned(),
        (false, true) => format!("docker.io/{image}"),
        (false, false) => format!("docker.io/library/{image}"),
    };
    let last = full.rsplit('/').next().unwrap_or_default();
    if !last.contains(':') && !last.contains('@') {
        full.push_str(":latest");
    }
    full
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_references_out() {
        assert_eq!(full_reference("nginx"), "docker.io/library/nginx:latest");
        assert_eq!(full_reference("curlimages/curl:8"), "docker.io/curlimages/curl:8");
        assert_eq!(full_reference("localhost:5000/app"), "localhost:5000/app:latest");
    }
}
