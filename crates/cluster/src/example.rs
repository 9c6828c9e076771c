//! Texts for the examples menu: each shows one thing, and some of them are refused on purpose.

use crate::SourceFile;

/// One entry of the examples menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What the menu says.
    pub title: &'static str,
    /// One sentence about what to look for.
    pub summary: &'static str,
    files: &'static [(&'static str, &'static str)],
}

impl Example {
    /// The files to put into the editor.
    pub fn files(&self) -> Vec<SourceFile> {
        self.files
            .iter()
            .map(|(name, text)| SourceFile { name: (*name).into(), text: (*text).into() })
            .collect()
    }
}

/// The examples, in the order of the menu.
pub const EXAMPLES: &[Example] = &[
    Example {
        title: "A web app behind a Service",
        summary: "Three Pods, one address in front of them. Send a request and follow it.",
        files: &[
            ("deployment.yaml", include_str!("../examples/web-app/deployment.yaml")),
            ("service.yaml", include_str!("../examples/web-app/service.yaml")),
        ],
    },
    Example {
        title: "Four types of Service",
        summary: "ClusterIP, NodePort, LoadBalancer and ExternalName in front of the same Pods.",
        files: &[
            ("shop.yaml", include_str!("../examples/service-types/shop.yaml")),
            ("services.yaml", include_str!("../examples/service-types/services.yaml")),
        ],
    },
    Example {
        title: "An Ingress for two Services",
        summary: "One name outside, two paths. Choose the NGINX ingress controller, or nobody answers.",
        files: &[
            ("ingress.yaml", include_str!("../examples/ingress/ingress.yaml")),
            ("apps.yaml", include_str!("../examples/ingress/apps.yaml")),
        ],
    },
    Example {
        title: "https://shop.example.com",
        summary: "From public DNS by TLS to a Pod and back. Choose a cloud load balancer and the NGINX ingress controller.",
        files: &[
            ("ingress.yaml", include_str!("../examples/shop/ingress.yaml")),
            ("secret.yaml", include_str!("../examples/shop/secret.yaml")),
            ("shop.yaml", include_str!("../examples/shop/shop.yaml")),
        ],
    },
    Example {
        title: "Policies: frontend, backend, database",
        summary: "Who may reach whom. Flannel enforces none of it; choose Calico or Cilium to see it work.",
        files: &[
            ("policies.yaml", include_str!("../examples/policies/policies.yaml")),
            ("pods.yaml", include_str!("../examples/policies/pods.yaml")),
        ],
    },
    Example {
        title: "A headless StatefulSet",
        summary: "No address in front: DNS answers with the Pods, and each has a name of its own.",
        files: &[
            ("stateful-set.yaml", include_str!("../examples/stateful-set/stateful-set.yaml")),
            ("service.yaml", include_str!("../examples/stateful-set/service.yaml")),
        ],
    },
    Example {
        title: "Names across namespaces",
        summary: "Ask for catalog.shop from three Pods whose resolvers are set differently.",
        files: &[
            ("clients.yaml", include_str!("../examples/names/clients.yaml")),
            ("catalog.yaml", include_str!("../examples/names/catalog.yaml")),
        ],
    },
    Example {
        title: "Gateway API",
        summary: "A GatewayClass, a Gateway and an HTTPRoute. They wait for a controller, which is not here.",
        files: &[("gateway.yaml", include_str!("../examples/gateway/gateway.yaml"))],
    },
    Example {
        title: "A rollout that gets stuck",
        summary: "The new image does not exist. The old Pods go on answering.",
        files: &[
            ("deployment.yaml", include_str!("../examples/rollout/deployment.yaml")),
            ("service.yaml", include_str!("../examples/rollout/service.yaml")),
        ],
    },
    Example {
        title: "A Service that finds no Pods",
        summary: "One letter is missing in the selector. Nothing complains until you send a request.",
        files: &[
            ("service.yaml", include_str!("../examples/selector/service.yaml")),
            ("deployment.yaml", include_str!("../examples/selector/deployment.yaml")),
        ],
    },
    Example {
        title: "As articles abbreviate it",
        summary: "Good on a slide, refused by a real API server. Apply it and read what it says.",
        files: &[
            ("deployment.yaml", include_str!("../examples/article/deployment.yaml")),
            ("service.yaml", include_str!("../examples/article/service.yaml")),
        ],
    },
];
