//! `wget`: BusyBox's, and GNU's where an image has that.

use std::time::Duration;

use cluster::RequestKind;
use trace::Outcome;

use super::{Seat, Url, address, response, seconds};
use crate::report::Output;

#[derive(Default)]
struct Options {
    url: Option<String>,
    quiet: bool,
    to_stdout: bool,
    spider: bool,
    server_response: bool,
    timeout: Option<Duration>,
    headers: Vec<(String, String)>,
}

pub(super) fn run(seat: &mut Seat<'_>, arguments: &[String]) -> Output {
    let options = parse(arguments);
    let Some(url) = options.url.clone() else {
        return Output::failed(
            "BusyBox v1.37.0 multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] [-T SEC] URL...\n",
            1,
        );
    };
    let parsed = Url::parse(&url);
    let method = if options.spider { "HEAD" } else { "GET" };
    let kind = RequestKind::Http {
        url,
        method: method.into(),
        headers: options.headers.clone(),
        body: String::new(),
        insecure: false,
    };
    let journey = seat.send(kind, options.timeout);
    let target = address(&journey)
        .map_or_else(String::new, |address| format!("{} ({address}:{})", parsed.host, parsed.port));
    let at = address(&journey).map(|address| address.to_string()).unwrap_or_default();
    let mut output = Output::default();
    if !options.quiet && !target.is_empty() {
        output.stderr.push_str(&format!("Connecting to {target}\n"));
    }
    let error = match &journey.outcome {
        Outcome::Http { status, body, .. } if *status < 400 => {
            if options.server_response
                && let Some(answer) = response(&journey)
            {
                output
                    .stderr
                    .push_str(&format!("  HTTP/1.1 {} {}\n", answer.status, answer.reason));
                for (name, value) in &answer.headers {
                    output.stderr.push_str(&format!("  {name}: {value}\n"));
                }
            }
            if options.spider {
                output.stderr.push_str("remote file exists\n");
            } else if options.to_stdout {
                output.stdout.push_str(body);
                if !options.quiet {
                    output.stderr.push_str("writing to stdout\n");
                }
            } else if !options.quiet {
                let name = parsed.path.rsplit('/').next().filter(|name| !name.is_empty());
                let name = name.unwrap_or("index.html");
                output.stderr.push_str(&format!("saving to '{name}'\n'{name}' saved\n"));
            }
            return output;
        }
        Outcome::Http { status, .. } => {
            let reason = response(&journey).map(|answer| answer.reason).unwrap_or_default();
            format!("server returned error: HTTP/1.1 {status} {reason}")
        }
        Outcome::Unresolved { .. } => format!("bad address '{}'", parsed.host),
        Outcome::Refused => format!("can't connect to remote host ({at}): Connection refused"),
        Outcome::Unreachable => format!("can't connect to remote host ({at}): Host is unreachable"),
        Outcome::TimedOut if options.timeout.is_some() => "download timed out".into(),
        Outcome::TimedOut => format!("can't connect to remote host ({at}): Connection timed out"),
        Outcome::Connected | Outcome::Resolved(_) | Outcome::Closed => {
            "error getting response: Connection reset by peer".into()
        }
        Outcome::TlsFailed { reason } => format!("TLS error: {reason}"),
        Outcome::Invalid { reason } => format!("not an http or ftp url: {reason}"),
    };
    output.stderr.push_str(&format!("wget: {error}\n"));
    output.code = 1;
    output
}

fn parse(arguments: &[String]) -> Options {
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if let Some(long) = argument.strip_prefix("--") {
            let (name, value) = long.split_once('=').unwrap_or((long, ""));
            match name {
                "spider" => options.spider = true,
                "timeout" => options.timeout = seconds(value),
                "header" => {
                    let pair = value.split_once(':');
                    options.headers.extend(pair.map(|(k, v)| (k.trim().into(), v.trim().into())));
                }
                "server-response" => options.server_response = true,
                "output-document" => options.to_stdout = value == "-",
                "quiet" => options.quiet = true,
                _ => {}
            }
            continue;
        }
        let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            options.url = Some(argument.clone());
            continue;
        };
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            match letter {
                'q' => options.quiet = true,
                'S' => options.server_response = true,
                'O' | 'T' | 't' | 'U' | 'P' => {
                    let inline = rest.as_str();
                    let value = if inline.is_empty() {
                        arguments.next().cloned().unwrap_or_default()
                    } else {
                        inline.to_owned()
                    };
                    match letter {
                        'O' => options.to_stdout = value == "-" || value == "/dev/stdout",
                        'T' => options.timeout = seconds(&value),
                        _ => {}
                    }
                    break;
                }
                _ => {}
            }
        }
    }
    options
}
