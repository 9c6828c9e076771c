//! What a command in a manifest starts, as far as it starts a server known here.
//!
//! It reads words, not shell: `sh -c "echo hi; nc -lk -p 8080"` is a list of words among which
//! `nc -l` is found. That is enough for the commands people write in manifests.

use std::time::Duration;

use super::{App, Invocation, Listener, Started};

/// What a command comes to.
#[derive(Debug, PartialEq)]
pub enum Reading {
    /// It starts this.
    Started(Started),
    /// It starts the image's own process, with these options.
    ItsOwn(Vec<String>),
    /// It starts something that is not known here.
    Unknown,
}

/// Programs that are the image's own process.
const OWN: [&str; 25] = [
    "nginx",
    "nginx-debug",
    "httpd-foreground",
    "apache2-foreground",
    "caddy",
    "agnhost",
    "hello-app",
    "http-echo",
    "whoami",
    "redis-server",
    "postgres",
    "mysqld",
    "mariadbd",
    "mongod",
    "memcached",
    "rabbitmq-server",
    "coredns",
    "traefik",
    "haproxy",
    "envoy",
    "podinfo",
    "gunicorn",
    "docker-entrypoint.sh",
    "nginx-ingress-controller",
    "kube-proxy",
];

/// Reads a command.
pub fn read(words: &[String], invocation: &Invocation<'_>) -> Reading {
    let text = words.join(" ");
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || ";&|()\"'".contains(c))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let program = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let number_after = |from: usize| {
        words[from..].iter().find_map(|word| word.trim_start_matches(':').parse::<u16>().ok())
    };
    for (place, word) in words.iter().enumerate() {
        let rest = &words[place + 1..];
        match program(word).as_str() {
            "http.server" | "SimpleHTTPServer" => {
                let port = rest.first().and_then(|word| word.parse().ok()).unwrap_or(8000);
                let server = "SimpleHTTP/0.6 Python/3".to_owned();
                return listens(Listener::tcp(port, App::FileListing { server }));
            }
            "nc" | "ncat" | "netcat" => {
                let flags: Vec<&String> = rest.iter().take_while(|w| !is_program(w)).collect();
                let has = |letter: char| {
                    flags.iter().any(|flag| {
                        flag.starts_with('-') && !flag.starts_with("--") && flag.contains(letter)
                    })
                };
                if let Some(port) = number_after(place + 1).filter(|_| has('l')) {
                    let app = App::Other { name: "nc".into() };
                    let app = body_of_a_loop(&text).unwrap_or(app);
                    return listens(if has('u') {
                        Listener::udp(port, app)
                    } else {
                        Listener::tcp(port, app)
                    });
                }
            }
            "socat" => {
                let port = rest.iter().find_map(|word| {
                    let (_, after) = word
                        .to_ascii_uppercase()
                        .split_once("LISTEN:")
                        .map(|(before, after)| (before.to_owned(), after.to_owned()))?;
                    after.split(',').next()?.parse().ok()
                });
                if let Some(port) = port {
                    return listens(Listener::tcp(port, App::Other { name: "socat".into() }));
                }
            }
            "httpd" if rest.iter().any(|word| word == "-f" || word == "-p") => {
                let port = option(rest, "p").and_then(|port| port.rsplit(':').next()?.parse().ok());
                let server = "busybox httpd".to_owned();
                return listens(Listener::tcp(port.unwrap_or(80), App::FileListing { server }));
            }
            own if OWN.contains(&own) || own == "httpd" => return Reading::ItsOwn(rest.to_vec()),
            _ => {}
        }
    }
    let repeats = words.iter().any(|word| word == "while" || word == "until");
    for (place, word) in words.iter().enumerate() {
        match program(word).as_str() {
            "sleep" if !repeats => {
                let last = words.get(place + 1).and_then(|word| seconds(word));
                let Some(after) = last else { return Reading::Started(Started::Waits) };
                return Reading::Started(Started::Exits { after, code: 0 });
            }
            "sleep" | "tail" | "pause" | "top" | "cat" | "wait" => {
                return Reading::Started(Started::Waits);
            }
            "false" => return Reading::Started(Started::exits(1)),
            "exit" => {
                let code = words.get(place + 1).and_then(|code| code.parse().ok()).unwrap_or(0);
                return Reading::Started(Started::exits(code));
            }
            _ => {}
        }
    }
    match words.first().map(|word| program(word)).as_deref() {
        Some("echo" | "true" | "date" | "env" | "ls" | "printenv" | "hostname" | "id") => {
            Reading::Started(Started::exits(0))
        }
        Some("sh" | "bash" | "ash") if words.len() == 1 => {
            let keeps_open =
                invocation.container.tty == Some(true) || invocation.container.stdin == Some(true);
            Reading::Started(if keeps_open { Started::Waits } else { Started::exits(0) })
        }
        _ => Reading::Unknown,
    }
}

/// The value of an option, written `-name=value`, `--name=value` or as two words.
pub fn option<'a>(words: &'a [String], name: &str) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(place, word)| {
        let bare = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
        match bare.strip_prefix(name)? {
            "" => words.get(place + 1).map(String::as_str),
            rest => rest.strip_prefix('='),
        }
    })
}

fn listens(listener: Listener) -> Reading {
    Reading::Started(Started::Listens(vec![listener]))
}

fn is_program(word: &str) -> bool {
    matches!(word, "done" | "do" | "echo" | "sleep" | "while" | "sh")
}

/// `while true; do echo -e 'HTTP/1.1 200 OK\n\nhello' | nc -l -p 80; done` answers with that text.
fn body_of_a_loop(text: &str) -> Option<App> {
    let (_, after) = text.split_once("HTTP/1.")?;
    let (_, after) = after.split_once("\\n\\n").or_else(|| after.split_once("\\r\\n\\r\\n"))?;
    let body = after.split(['"', '\'', '|']).next()?.replace("\\n", "\n");
    Some(App::Text { body: body.trim_end().to_owned() + "\n", server: String::new() })
}

/// `3600`, `1h`, `5m`; none for `infinity` and for so long that it does not matter.
fn seconds(word: &str) -> Option<Duration> {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    let number: u64 = digits.parse().ok()?;
    let unit = match &word[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return None,
    };
    number.checked_mul(unit).map(Duration::from_secs)
}
