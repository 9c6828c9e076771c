//! `curl` 8.10 to 8.20: its flags that matter here, its errors word for word.

use std::net::IpAddr;
use std::time::Duration;

use cluster::RequestKind;
use packet::dns::RecordData;
use packet::{Payload, Transport, tls};
use trace::{Journey, Outcome};

use super::{Seat, Url, address, answers, response, seconds, unsealed};
use crate::report::Output;

/// Flags that take a value.
const WITH_VALUE: &str = "HXdmowuAbeTFrK";

#[derive(Default)]
struct Options {
    urls: Vec<String>,
    method: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
    silent: bool,
    shows_errors: bool,
    head: bool,
    include: bool,
    verbose: bool,
    insecure: bool,
    fails: bool,
    discards: bool,
    write_out: Option<String>,
    max_time: Option<Duration>,
    connect_timeout: Option<Duration>,
}

pub(super) fn run(seat: &mut Seat<'_>, arguments: &[String]) -> Output {
    let options = match parse(arguments) {
        Ok(options) => options,
        Err(problem) => return Output::failed(problem, 2),
    };
    if options.urls.is_empty() {
        return Output::failed(
            "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
            2,
        );
    }
    let mut all = Output::default();
    for url in &options.urls {
        let output = fetch(seat, &options, url);
        all.stdout.push_str(&output.stdout);
        all.stderr.push_str(&output.stderr);
        all.code = output.code;
    }
    all
}

fn fetch(seat: &mut Seat<'_>, options: &Options, url: &str) -> Output {
    let parsed = Url::parse(url);
    let kind = RequestKind::Http {
        url: url.to_owned(),
        method: options.method.clone().unwrap_or_else(|| {
            if options.head {
                "HEAD"
            } else if options.body.is_empty() {
                "GET"
            } else {
                "POST"
            }
            .into()
        }),
        headers: options.headers.clone(),
        body: options.body.clone(),
        insecure: options.insecure,
    };
    let timeout = match (options.max_time, options.connect_timeout) {
        (Some(whole), Some(connect)) => Some(whole.min(connect)),
        (whole, connect) => whole.or(connect),
    };
    let journey = seat.send(kind, timeout);
    let waited = journey.duration().as_millis();
    let mut output = Output::default();
    if options.verbose {
        output.stderr.push_str(&beginning(&journey, &parsed));
    }
    let host = &parsed.host;
    let cannot_connect = |ms: u128| {
        format!(
            "(7) Failed to connect to {host} port {} after {ms} ms: Could not connect to server",
            parsed.port
        )
    };
    let error = match &journey.outcome {
        Outcome::Http { status, body, .. } => {
            let answer = response(&journey);
            if options.verbose {
                output.stderr.push_str(&exchange(&journey, &parsed.host));
            }
            if (options.head || options.include)
                && let Some(answer) = &answer
            {
                output.stdout.push_str(&head(answer, "", "\r\n"));
                output.stdout.push_str("\r\n");
            }
            let failed = options.fails && *status >= 400;
            if !options.head && !options.discards && !failed {
                output.stdout.push_str(body);
            }
            failed.then(|| format!("(22) The requested URL returned error: {status}"))
        }
        Outcome::Connected | Outcome::Resolved(_) | Outcome::Closed => {
            Some("(52) Empty reply from server".into())
        }
        Outcome::Refused => Some(cannot_connect(waited)),
        Outcome::Unreachable => Some(cannot_connect(waited)),
        Outcome::Unresolved { timed_out, .. } => Some(if *timed_out && timeout.is_some() {
            format!("(28) Resolving timed out after {waited} milliseconds")
        } else {
            format!("(6) Could not resolve host: {host}")
        }),
        Outcome::TimedOut => {
            Some(if options.connect_timeout.is_some_and(|it| Some(it) == timeout) {
                format!(
                    "(28) Failed to connect to {host} port {} after {waited} ms: Timeout was reached",
                    parsed.port
                )
            } else if timeout.is_some() {
                format!("(28) Connection timed out after {waited} milliseconds")
            } else {
                format!(
                    "(28) Failed to connect to {host} port {} after {waited} ms: Could not connect to server",
                    parsed.port
                )
            })
        }
        Outcome::TlsFailed { reason } => Some(tls_error(reason, parsed.https)),
        Outcome::Invalid { reason } => Some(format!("(3) URL rejected: {reason}")),
    };
    if let Some(format) = &options.write_out {
        let code = match &journey.outcome {
            Outcome::Http { status, .. } => *status,
            _ => 0,
        };
        let filled = format
            .replace("%{http_code}", &format!("{code:03}"))
            .replace("%{response_code}", &format!("{code:03}"))
            .replace(
                "%{remote_ip}",
                &address(&journey).map(|it| it.to_string()).unwrap_or_default(),
            )
            .replace("%{time_total}", &format!("{:.6}", journey.duration().as_secs_f64()))
            .replace("\\n", "\n");
        output.stdout.push_str(&filled);
    }
    if let Some(error) = error {
        let number = error[1..].split(')').next().unwrap_or_default();
        output.code = number.parse().unwrap_or(1);
        if !options.silent || options.shows_errors {
            output.stderr.push_str(&format!("curl: {error}\n"));
        }
    }
    output
}

/// What `-v` tells of looking the name up, connecting, and TLS.
fn beginning(journey: &Journey, url: &Url) -> String {
    let mut text = String::new();
    let (host, port) = (&url.host, url.port);
    let Some(address) = address(journey) else { return text };
    if host.parse::<IpAddr>().is_err() {
        let records = answers(journey).into_iter().flat_map(|(_, message)| message.answers);
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for record in records {
            match record.data {
                RecordData::A(address) => old.push(address.to_string()),
                RecordData::Aaaa(address) => new.push(address.to_string()),
                _ => {}
            }
        }
        let listed =
            |all: Vec<String>| if all.is_empty() { "(none)".into() } else { all.join(", ") };
        text.push_str(&format!("* Host {host}:{port} was resolved.\n"));
        text.push_str(&format!("* IPv6: {}\n* IPv4: {}\n", listed(new), listed(old)));
    }
    text.push_str(&format!("*   Trying {address}:{port}...\n"));
    let mut certificate = None;
    for payload in payloads(journey) {
        let Payload::Tls(record) = payload else { continue };
        match record {
            tls::Record::ClientHello { .. } => text.push_str(
                "* ALPN: curl offers h2,http/1.1\n* TLSv1.3 (OUT), TLS handshake, Client hello (1):\n",
            ),
            tls::Record::ServerHello { .. } => {
                text.push_str(SERVER_HELLO);
                certificate = Some(record);
            }
            tls::Record::Alert { description } => {
                let alert = match description.as_str() {
                    "unknown_ca" => "unknown CA (560)",
                    "certificate_expired" => "certificate expired (557)",
                    _ => "bad certificate (554)",
                };
                text.push_str(&format!("* TLSv1.3 (OUT), TLS alert, {alert}:\n"));
                if let Outcome::TlsFailed { reason } = &journey.outcome {
                    text.push_str(&format!("* {reason}\n"));
                }
                text.push_str("* closing connection #0\n");
            }
            tls::Record::Finished => text.push_str(FINISHED),
            tls::Record::ApplicationData(_) => {}
        }
    }
    if let (Some(tls::Record::ServerHello { common_name, subject_names, issuer }), true) =
        (certificate, journey.outcome.is_success())
    {
        text.push_str(&format!("* Server certificate:\n*  subject: CN={common_name}\n"));
        if let Some(name) = subject_names.iter().find(|name| *name == host) {
            text.push_str(&format!(
                "*  subjectAltName: host \"{host}\" matched cert's \"{name}\"\n"
            ));
        }
        text.push_str(&format!("*  issuer: CN={issuer}\n"));
    }
    text
}

const SERVER_HELLO: &str = "\
* TLSv1.3 (IN), TLS handshake, Server hello (2):
* TLSv1.3 (IN), TLS handshake, Encrypted Extensions (8):
* TLSv1.3 (IN), TLS handshake, Certificate (11):
";
const FINISHED: &str = "\
* TLSv1.3 (IN), TLS handshake, CERT verify (15):
* TLSv1.3 (IN), TLS handshake, Finished (20):
* TLSv1.3 (OUT), TLS handshake, Finished (20):
* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384
* ALPN: server accepted http/1.1
";

/// What `-v` tells of the request and the head of its answer, as they were sent.
fn exchange(journey: &Journey, host: &str) -> String {
    let mut text = String::new();
    if let Some(address) = address(journey) {
        let port = journey.exchanges.iter().find(|it| it.server_address == address);
        let port = port.map_or(0, |exchange| exchange.server_port);
        text.push_str(&format!("* Connected to {host} ({address}) port {port}\n"));
    }
    let asked = payloads(journey).find_map(|payload| match unsealed(payload) {
        Payload::HttpRequest(request) => Some(request),
        _ => None,
    });
    if let Some(request) = asked {
        text.push_str(&format!("> {} {} HTTP/1.1\n", request.method, request.target));
        for (name, value) in &request.headers {
            text.push_str(&format!("> {name}: {value}\n"));
        }
        text.push_str("> \n* Request completely sent off\n");
    }
    if let Some(answer) = response(journey) {
        text.push_str(&head(&answer, "< ", "\n"));
        text.push_str("< \n");
    }
    text.push_str(&format!("* Connection #0 to host {host} left intact\n"));
    text
}

/// What the asker's own packets carried, and those that came back to it.
fn payloads(journey: &Journey) -> impl Iterator<Item = &Payload> {
    let own = journey.packets.iter().filter(|flight| {
        let exchange = journey.exchanges.get(flight.exchange);
        exchange.is_some_and(|it| it.cause.is_none() && it.client == journey.question.from)
            && flight.trace.verdict().is_success()
    });
    own.filter_map(|flight| match &flight.trace.last_frame().packet()?.transport {
        Transport::Tcp(tcp) => Some(&tcp.payload),
        _ => None,
    })
}

fn tls_error(reason: &str, https: bool) -> String {
    if reason.starts_with('(') {
        reason.to_owned()
    } else if https && reason.contains("version") {
        "(35) OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number".into()
    } else {
        format!(
            "(60) {reason}\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the webpage mentioned above."
        )
    }
}

fn head(answer: &packet::http::Response, prefix: &str, end: &str) -> String {
    let mut text = format!("{prefix}HTTP/1.1 {} {}{end}", answer.status, answer.reason);
    for (name, value) in &answer.headers {
        text.push_str(&format!("{prefix}{name}: {value}{end}"));
    }
    text
}

fn parse(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if let Some(long) = argument.strip_prefix("--") {
            let mut value = || arguments.next().cloned().unwrap_or_default();
            match long {
                "silent" => options.silent = true,
                "show-error" => options.shows_errors = true,
                "head" => options.head = true,
                "include" => options.include = true,
                "verbose" => options.verbose = true,
                "insecure" => options.insecure = true,
                "fail" => options.fails = true,
                "max-time" => options.max_time = seconds(&value()),
                "connect-timeout" => options.connect_timeout = seconds(&value()),
                "request" => options.method = Some(value()),
                "header" => options.headers.extend(header(&value())),
                "data" | "data-raw" => options.body = value(),
                "write-out" => options.write_out = Some(value()),
                "output" => options.discards = value() == "/dev/null",
                "url" => options.urls.push(value()),
                "location" | "compressed" | "http1.1" | "no-progress-meter" | "ipv4" => {}
                "user-agent" | "retry" | "resolve" | "cacert" => {
                    value();
                }
                other => {
                    return Err(format!(
                        "curl: option --{other}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n"
                    ));
                }
            }
            continue;
        }
        let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            options.urls.push(argument.clone());
            continue;
        };
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            if WITH_VALUE.contains(letter) {
                let inline = rest.as_str();
                let value = if inline.is_empty() {
                    arguments.next().cloned().unwrap_or_default()
                } else {
                    inline.to_owned()
                };
                match letter {
                    'H' => options.headers.extend(header(&value)),
                    'X' => options.method = Some(value),
                    'd' => options.body = value,
                    'm' => options.max_time = seconds(&value),
                    'o' => options.discards = value == "/dev/null",
                    'w' => options.write_out = Some(value),
                    _ => {}
                }
                break;
            }
            match letter {
                's' => options.silent = true,
                'S' => options.shows_errors = true,
                'I' => options.head = true,
                'i' => options.include = true,
                'v' => options.verbose = true,
                'k' => options.insecure = true,
                'f' => options.fails = true,
                'L' | 'g' | 'N' | '4' | '6' => {}
                other => {
                    return Err(format!(
                        "curl: option -{other}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n"
                    ));
                }
            }
        }
    }
    Ok(options)
}

fn header(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once(':')?;
    Some((name.trim().to_owned(), value.trim().to_owned()))
}
