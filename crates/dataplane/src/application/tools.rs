//! Images with tools in them: without a command they end at once, and nothing listens.

use super::{Image, Invocation, Started};
use crate::dns::Flavour;

pub(super) const IMAGES: &[Image] = &[
    Image {
        names: &["busybox", "registry.k8s.io/busybox", "gcr.io/google-containers/busybox"],
        libc: Flavour::Glibc,
        starts: shell,
        takes_options: false,
    },
    Image {
        names: &[
            "alpine",
            "nicolaka/netshoot",
            "praqma/network-multitool",
            "wbitt/network-multitool",
        ],
        libc: Flavour::Musl,
        starts: shell,
        takes_options: false,
    },
    Image {
        names: &["ubuntu", "debian", "fedora", "python", "node", "golang", "openjdk", "perl"],
        libc: Flavour::Glibc,
        starts: shell,
        takes_options: false,
    },
    Image {
        names: &["curlimages/curl", "quay.io/curl/curl", "alpine/curl", "radial/busyboxplus"],
        libc: Flavour::Musl,
        // `curl: try 'curl --help' for more information`
        starts: |_| Started::exits(2),
        takes_options: false,
    },
    Image {
        names: &[
            "registry.k8s.io/e2e-test-images/jessie-dnsutils",
            "registry.k8s.io/e2e-test-images/dnsutils",
            "tutum/dnsutils",
        ],
        libc: Flavour::Glibc,
        starts: shell,
        takes_options: false,
    },
];

/// A shell with nothing to read ends; with `stdin` or `tty` it waits.
fn shell(invocation: &Invocation<'_>) -> Started {
    let container = invocation.container;
    if container.tty == Some(true) || container.stdin == Some(true) {
        Started::Waits
    } else {
        Started::exits(0)
    }
}
