//! Small programs made to be looked at: they answer with their name, or with what they were asked.

use super::{App, Image, Invocation, Listener, Started};
use crate::dns::Flavour;

pub(super) const IMAGES: &[Image] = &[
    Image {
        names: &[
            "gcr.io/google-samples/hello-app",
            "us-docker.pkg.dev/google-samples/containers/gke/hello-app",
        ],
        libc: Flavour::Musl,
        starts: hello_app,
        takes_options: true,
    },
    Image {
        names: &["hashicorp/http-echo"],
        libc: Flavour::Musl,
        starts: http_echo,
        takes_options: true,
    },
    Image {
        names: &["registry.k8s.io/e2e-test-images/agnhost", "k8s.gcr.io/e2e-test-images/agnhost"],
        libc: Flavour::Musl,
        starts: agnhost,
        takes_options: true,
    },
    Image {
        names: &["registry.k8s.io/serve_hostname", "k8s.gcr.io/serve_hostname"],
        libc: Flavour::Musl,
        starts: |invocation| Started::listens(port(invocation, "port", 9376), App::Hostname),
        takes_options: true,
    },
    Image {
        names: &["traefik/whoami", "containous/whoami", "jwilder/whoami"],
        libc: Flavour::Musl,
        starts: whoami,
        takes_options: true,
    },
    Image {
        names: &[
            "registry.k8s.io/echoserver",
            "k8s.gcr.io/echoserver",
            "gcr.io/google_containers/echoserver",
        ],
        libc: Flavour::Musl,
        starts: |_| Started::listens(8080, App::EchoServer),
        takes_options: false,
    },
    Image {
        names: &["kennethreitz/httpbin", "mccutchen/go-httpbin", "kong/httpbin"],
        libc: Flavour::Glibc,
        starts: |invocation| {
            let own = if invocation.image.repository.starts_with("mccutchen") { 8080 } else { 80 };
            Started::listens(env_port(invocation, own), App::Json)
        },
        takes_options: false,
    },
    Image {
        names: &[
            "registry.k8s.io/gateway-api/conformance/echo-basic",
            "gcr.io/k8s-staging-gateway-api/echo-basic",
        ],
        libc: Flavour::Glibc,
        starts: |invocation| {
            let port = invocation.env("HTTP_PORT").and_then(|port| port.parse().ok());
            Started::listens(port.unwrap_or(3000), App::Json)
        },
        takes_options: true,
    },
    Image {
        names: &["stefanprodan/podinfo", "ghcr.io/stefanprodan/podinfo"],
        libc: Flavour::Musl,
        starts: |invocation| {
            let http = port(invocation, "port", 9898);
            Started::Listens(vec![
                Listener::tcp(http, App::Json),
                Listener::tcp(9999, App::Other { name: "grpc".into() }),
            ])
        },
        takes_options: true,
    },
    Image {
        names: &["ealen/echo-server", "mendhak/http-https-echo", "jmalloc/echo-server"],
        libc: Flavour::Musl,
        starts: |invocation| {
            let own = if invocation.image.repository.starts_with("ealen") { 80 } else { 8080 };
            Started::listens(env_port(invocation, own), App::Json)
        },
        takes_options: false,
    },
    Image {
        names: &["nginxdemos/hello"],
        libc: Flavour::Musl,
        starts: |_| Started::listens(80, App::Whoami { name: None }),
        takes_options: false,
    },
    Image {
        names: &["paulbouwer/hello-kubernetes"],
        libc: Flavour::Musl,
        starts: |invocation| {
            let body = invocation.env("MESSAGE").unwrap_or("Hello world!").to_owned() + "\n";
            let server = "Express".to_owned();
            Started::listens(env_port(invocation, 8080), App::Text { body, server })
        },
        takes_options: false,
    },
];

fn hello_app(invocation: &Invocation<'_>) -> Started {
    let version = match invocation.image.tag {
        Some(tag) if tag.starts_with('2') => "2.0.0",
        _ => "1.0.0",
    };
    let app = App::HelloApp { version: version.to_owned() };
    Started::listens(env_port(invocation, 8080), app)
}

fn http_echo(invocation: &Invocation<'_>) -> Started {
    let port = invocation.option("listen").and_then(|at| at.rsplit(':').next()?.parse().ok());
    let text = invocation.option("text").or_else(|| invocation.env("ECHO_TEXT"));
    // Without a text there is nothing to serve, and the program says so and ends.
    let body = text.unwrap_or("hello-world").to_owned() + "\n";
    let app = App::Text { body, server: "http-echo".into() };
    Started::listens(port.unwrap_or(5678), app)
}

fn agnhost(invocation: &Invocation<'_>) -> Started {
    match invocation.args.first().map(String::as_str) {
        Some("netexec") => {
            let mut listeners =
                vec![Listener::tcp(port(invocation, "http-port", 8080), App::NetExec)];
            match invocation.option("udp-port") {
                Some("-1") => {}
                udp => {
                    let udp = udp.and_then(|port| port.parse().ok()).unwrap_or(8081);
                    listeners.push(Listener::udp(udp, App::NetExec));
                }
            }
            Started::Listens(listeners)
        }
        Some("serve-hostname") => Started::listens(port(invocation, "port", 9376), App::Hostname),
        Some("porter" | "liveness" | "test-webserver") => Started::listens(80, App::Ok),
        _ => Started::Waits,
    }
}

fn whoami(invocation: &Invocation<'_>) -> Started {
    let own = if invocation.image.repository.starts_with("jwilder") { 8000 } else { 80 };
    let from_env = invocation.env("WHOAMI_PORT_NUMBER").and_then(|port| port.parse().ok());
    let at = invocation.option("port").and_then(|port| port.parse().ok()).or(from_env);
    let name = invocation.option("name").or_else(|| invocation.env("WHOAMI_NAME"));
    Started::listens(at.unwrap_or(own), App::Whoami { name: name.map(str::to_owned) })
}

fn env_port(invocation: &Invocation<'_>, own: u16) -> u16 {
    let named = invocation.env("PORT").or_else(|| invocation.env("HTTP_PORT"));
    named.and_then(|port| port.parse().ok()).unwrap_or(own)
}

fn port(invocation: &Invocation<'_>, option: &str, own: u16) -> u16 {
    invocation.option(option).and_then(|port| port.parse().ok()).unwrap_or(own)
}
