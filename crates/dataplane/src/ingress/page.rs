//! What each controller says itself, when no Pod says anything.

use std::time::Duration;

use packet::http::Response;

use super::Flavour;
use crate::gateway::Timeouts;
use crate::http::{reply, status_page};

/// Why a controller has to answer by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No rule fits the request.
    NoRule,
    /// The rule names a Service, or a port of it, that does not exist.
    NoService,
    /// Nothing behind the Service is ready.
    NoEndpoints,
    /// The chosen Pod refused, or hung up.
    Refused,
    /// The chosen Pod did not answer.
    TimedOut,
}

/// How long a controller waits for a Pod's answer unless it is told otherwise: `proxy-read-timeout` of
/// ingress-nginx, `timeout server` of HAProxy, `read_timeout` of Kong.
pub fn patience(flavour: Flavour) -> Timeouts {
    let seconds = match flavour {
        Flavour::Plain | Flavour::Nginx | Flavour::Kong | Flavour::Aws => Some(60),
        Flavour::HaProxy => Some(50),
        Flavour::Traefik => None,
    };
    Timeouts { request: None, backend: seconds.map(Duration::from_secs) }
}

/// The controller's answer to a failure.
pub fn page(flavour: Flavour, failure: Failure) -> Response {
    let status = match (flavour, failure) {
        (_, Failure::NoRule) => 404,
        // Traefik leaves a rule out whose Service does not exist.
        (Flavour::Traefik, Failure::NoService) => 404,
        (_, Failure::NoService | Failure::NoEndpoints) => 503,
        (_, Failure::Refused) => 502,
        (_, Failure::TimedOut) => 504,
    };
    let plain = |text: &str| reply(status, "text/plain; charset=utf-8", text);
    match flavour {
        Flavour::Plain | Flavour::Nginx => status_page(status, "nginx"),
        Flavour::Traefik => plain(match failure {
            Failure::NoRule | Failure::NoService => "404 page not found\n",
            Failure::NoEndpoints => "no available server\n",
            Failure::Refused => "Bad Gateway",
            Failure::TimedOut => "Gateway Timeout",
        }),
        Flavour::HaProxy => match failure {
            Failure::NoRule => plain("default backend - 404"),
            Failure::NoService | Failure::NoEndpoints => {
                haproxy(status, "No server is available to handle this request.")
            }
            Failure::Refused => {
                haproxy(status, "The server returned an invalid or incomplete response.")
            }
            Failure::TimedOut => haproxy(status, "The server didn't respond in time."),
        },
        Flavour::Kong => {
            let message = match failure {
                Failure::NoRule => "no Route matched with those values",
                Failure::NoService | Failure::NoEndpoints => {
                    "failure to get a peer from the ring-balancer"
                }
                Failure::Refused => "An invalid response was received from the upstream server",
                Failure::TimedOut => "The upstream server is timing out",
            };
            let body = format!("{{\n  \"message\":\"{message}\"\n}}");
            reply(status, "application/json; charset=utf-8", body)
        }
        Flavour::Aws => match failure {
            Failure::NoRule => plain(""),
            Failure::NoService => plain("Backend service does not exist"),
            Failure::NoEndpoints | Failure::Refused | Failure::TimedOut => {
                let mut page = status_page(status, "");
                page.body = page.body.replace("<hr><center></center>\r\n", "");
                page.headers.retain(|(name, _)| name != "Server");
                page.headers.push(("Server".to_owned(), "awselb/2.0".to_owned()));
                page
            }
        },
    }
}

fn haproxy(status: u16, sentence: &str) -> Response {
    let title = format!("{status} {}", crate::http::reason(status));
    let body = format!("<html><body><h1>{title}</h1>\n{sentence}\n</body></html>\n");
    reply(status, "text/html", body)
}
