//! What each program answers to an HTTP request, word for word where the real one's words are known.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use packet::Time;
use packet::http::{Request, Response};

use super::App;
use crate::gateway;
use crate::http::{reply, status_page};

/// Where a program runs and who asks it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seat {
    /// The Pod's host name.
    pub hostname: String,
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's node.
    pub node: String,
    /// The Pod's address.
    pub address: IpAddr,
    /// The client, as the socket sees it.
    pub client: (IpAddr, u16),
    /// Whether the request came through TLS.
    pub tls: bool,
    /// When.
    pub now: Time,
}

/// httpbin waits no longer than this many seconds.
const LONGEST_PAUSE: u64 = 10;

/// The page nginx shows until it is given another.
const NGINX_WELCOME: &str = "\
<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href=\"http://nginx.org/\">nginx.org</a>.<br/>
Commercial support is available at
<a href=\"http://nginx.com/\">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
";

/// The answer to a request; none if the program hangs up on HTTP.
pub fn respond(app: &App, seat: &Seat, request: &Request) -> Option<Response> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let text = |body: String| reply(200, "text/plain; charset=utf-8", body);
    let response = match app {
        App::Nginx { version, files } => {
            let server = format!("nginx/{version}");
            let index = (NGINX_WELCOME, "/usr/share/nginx/html");
            with_server(page(files, path, index, &server, seat), &server)
        }
        App::Httpd { version, files } => {
            let server = format!("Apache/{version} (Unix)");
            let index = ("<html><body><h1>It works!</h1></body></html>\n", "htdocs");
            with_server(page(files, path, index, &server, seat), &server)
        }
        App::Caddy => with_server(
            reply(
                200,
                "text/html; charset=utf-8",
                "<!DOCTYPE html>\n<title>Caddy works!</title>\n<h1>Congratulations! Your web server is working.</h1>\n",
            ),
            "Caddy",
        ),
        App::FileListing { server } => {
            let body = "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Directory listing for /</title>\n</head>\n<body>\n<h1>Directory listing for /</h1>\n<hr>\n<ul>\n</ul>\n<hr>\n</body>\n</html>\n";
            let found = if path == "/" {
                reply(200, "text/html; charset=utf-8", body)
            } else {
                reply(404, "text/html;charset=utf-8", "Error code: 404\n")
            };
            with_server(found, server)
        }
        App::HelloApp { version } => {
            text(format!("Hello, world!\nVersion: {version}\nHostname: {}\n", seat.hostname))
        }
        App::Text { body, server } if server == "404" => {
            reply(404, "text/plain; charset=utf-8", body.clone())
        }
        App::Text { body, server } => with_server(text(body.clone()), server),
        App::Hostname => text(format!("{}\n", seat.hostname)),
        App::NetExec => netexec(seat, path, query),
        App::Whoami { name } => text(whoami(name.as_deref(), seat, request)),
        App::EchoServer => text(echo_server(seat, request)),
        App::Json => json(seat, request, path),
        App::Ok => text("OK".to_owned()),
        App::ProxyHealth => proxy_health(path, seat.now),
        App::ServiceHealth { namespace, name, local_endpoints } => {
            service_health(namespace, name, *local_endpoints)
        }
        App::KubeApi => kube_api(path),
        App::Assumed => text(format!("Hello from {}\n", seat.hostname)),
        // A controller is asked by the driver, which knows the routes.
        App::Controller { .. } => return None,
        App::CoreDns | App::Other { .. } => return None,
    };
    Some(response)
}

/// How long a program takes by its own will, where the request asks it to wait: httpbin's and podinfo's
/// `/delay/2`, the `?delay=2s` of Gateway API's own test server.
pub fn pause(app: &App, request: &Request) -> Duration {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let by_path = path.strip_prefix("/delay/").and_then(|seconds| seconds.parse().ok());
    let mut parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    let by_query = parameters.find(|(name, _)| *name == "delay");
    match (app, by_path, by_query) {
        (App::Json, Some(seconds), _) => Duration::from_secs(u64::min(seconds, LONGEST_PAUSE)),
        (App::Json, None, Some((_, text))) => gateway::duration(text).unwrap_or_default(),
        _ => Duration::ZERO,
    }
}

fn with_server(mut response: Response, server: &str) -> Response {
    if !server.is_empty() {
        response.headers.insert(0, ("Server".into(), server.into()));
    }
    response
}

/// A file of the server's, its welcome page, or 404.
fn page(
    files: &BTreeMap<String, String>,
    path: &str,
    (welcome, _root): (&str, &str),
    server: &str,
    seat: &Seat,
) -> Response {
    let name = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let fill = |text: &String| {
        text.replace("$(hostname)", &seat.hostname)
            .replace("$HOSTNAME", &seat.hostname)
            .replace("$hostname", &seat.hostname)
            .replace("$server_addr", &seat.address.to_string())
            .replace("$remote_addr", &seat.client.0.to_string())
    };
    match files.get(&name).or_else(|| files.get("*")) {
        Some(text) => reply(200, "text/html", fill(text)),
        None if name == "/index.html" => reply(200, "text/html", welcome),
        None => status_page(404, server),
    }
}

fn netexec(seat: &Seat, path: &str, query: &str) -> Response {
    let parameter =
        |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let text = |body: String| reply(200, "text/plain; charset=utf-8", body);
    match path.trim_end_matches('/') {
        "" => text(format!("NOW: {} UTC", seat.now.unix_seconds())),
        "/hostname" | "/hostName" => text(seat.hostname.clone()),
        "/clientip" => text(packet::socket(seat.client.0, seat.client.1)),
        "/echo" => {
            let mut response = text(parameter("msg").unwrap_or_default().to_owned());
            response.status = parameter("code").and_then(|code| code.parse().ok()).unwrap_or(200);
            response.reason = crate::http::reason(response.status).to_owned();
            response
        }
        "/healthz" => text(String::new()),
        _ => reply(404, "text/plain; charset=utf-8", "404 page not found\n"),
    }
}

fn whoami(name: Option<&str>, seat: &Seat, request: &Request) -> String {
    let mut body = String::new();
    if let Some(name) = name {
        body.push_str(&format!("Name: {name}\n"));
    }
    body.push_str(&format!("Hostname: {}\nIP: 127.0.0.1\nIP: ::1\n", seat.hostname));
    body.push_str(&format!("IP: {}\n", seat.address));
    body.push_str(&format!("RemoteAddr: {}\n", packet::socket(seat.client.0, seat.client.1)));
    body.push_str(&format!("{} {} HTTP/1.1\n", request.method, request.target));
    let host = request.header("host").unwrap_or_default();
    body.push_str(&format!("Host: {host}\n"));
    let mut others: Vec<&(String, String)> =
        request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")).collect();
    others.sort();
    for (name, value) in others {
        body.push_str(&format!("{name}: {value}\n"));
    }
    body + "\n"
}

fn echo_server(seat: &Seat, request: &Request) -> String {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let scheme = if seat.tls { "https" } else { "http" };
    let host = request.header("host").unwrap_or_default();
    let mut headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("\t{}={value}\n", name.to_ascii_lowercase()))
        .collect();
    headers.sort();
    format!(
        "\n\nHostname: {}\n\nPod Information:\n\t-no pod information available-\n\n\
         Server values:\n\tserver_version=nginx: 1.13.3 - lua: 10008\n\n\
         Request Information:\n\tclient_address={}\n\tmethod={}\n\treal path={}\n\tquery={query}\n\
         \trequest_version=1.1\n\trequest_scheme={scheme}\n\
         \trequest_uri={scheme}://{host}:8080{path}\n\nRequest Headers:\n{}\n\
         Request Body:\n\t-no body in request-\n\n",
        seat.hostname,
        seat.client.0,
        request.method,
        request.target,
        headers.concat()
    )
}

fn json(seat: &Seat, request: &Request, path: &str) -> Response {
    if let Some(code) = path.strip_prefix("/status/").and_then(|code| code.parse().ok()) {
        return reply(code, "text/html; charset=utf-8", "");
    }
    let quoted = |text: &str| format!("{text:?}");
    let mut headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("    {}: {}", quoted(name), quoted(value)))
        .collect();
    headers.sort();
    let host = request.header("host").unwrap_or_default();
    let scheme = if seat.tls { "https" } else { "http" };
    let url = quoted(&format!("{scheme}://{host}{}", request.target));
    let origin = quoted(&seat.client.0.to_string());
    let body = format!(
        "{{\n  \"args\": {{}}, \n  \"headers\": {{\n{}\n  }}, \n  \"hostname\": {}, \n  \
         \"origin\": {origin}, \n  \"url\": {url}\n}}\n",
        headers.join(", \n"),
        quoted(&seat.hostname)
    );
    reply(200, "application/json", body)
}

/// `pkg/proxy/healthcheck/proxy_health.go`; times as Go prints them, with its own clock's reading.
fn proxy_health(path: &str, now: Time) -> Response {
    let eligible = match path {
        "/healthz" => ", \"nodeEligible\": true",
        "/livez" => "",
        _ => return reply(404, "text/plain; charset=utf-8", "404 page not found\n"),
    };
    let seconds = i64::try_from(now.unix_seconds()).unwrap_or_default();
    let date = Timestamp::from_second(seconds).unwrap_or_default().to_string();
    let date = date.trim_end_matches('Z').replace('T', " ");
    let part = now.subsecond_micros();
    let moment = format!("{date}.{part:06} +0000 UTC m=+{}.{part:06}", now.seconds());
    let body = format!("{{\"lastUpdated\": \"{moment}\",\"currentTime\": \"{moment}\"{eligible}}}");
    let mut response = reply(200, "application/json", body);
    response.headers.push(("X-Content-Type-Options".into(), "nosniff".into()));
    response
}

/// `pkg/proxy/healthcheck/service_health.go`: 503 on a node without an endpoint, whatever the path.
fn service_health(namespace: &str, name: &str, local_endpoints: usize) -> Response {
    let status = if local_endpoints > 0 { 200 } else { 503 };
    let body = format!(
        "{{\n\t\"service\": {{\n\t\t\"namespace\": \"{namespace}\",\n\t\t\"name\": \"{name}\"\n\t}},\n\
         \t\"localEndpoints\": {local_endpoints},\n\t\"serviceProxyHealthy\": true\n}}"
    );
    let mut response = reply(status, "application/json", body);
    response.headers.push(("X-Content-Type-Options".into(), "nosniff".into()));
    let weight = local_endpoints.to_string();
    response.headers.push(("X-Load-Balancing-Endpoint-Weight".into(), weight));
    response
}

fn kube_api(path: &str) -> Response {
    match path {
        "/healthz" | "/livez" | "/readyz" => reply(200, "text/plain; charset=utf-8", "ok"),
        "/version" => reply(
            200,
            "application/json",
            "{\n  \"major\": \"1\",\n  \"minor\": \"36\",\n  \"gitVersion\": \"v1.36.2\"\n}\n",
        ),
        path => reply(
            403,
            "application/json",
            format!(
                "{{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {{}},\n  \
                 \"status\": \"Failure\",\n  \"message\": \"forbidden: User \\\"system:anonymous\\\" \
                 cannot get path \\\"{path}\\\"\",\n  \"reason\": \"Forbidden\",\n  \
                 \"details\": {{}},\n  \"code\": 403\n}}\n"
            ),
        ),
    }
}
