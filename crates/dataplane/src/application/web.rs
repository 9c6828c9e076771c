//! Web servers: nginx, httpd, Caddy.

use std::collections::BTreeMap;

use super::{App, Image, Invocation, Listener, Started};
use crate::dns::Flavour;

pub(super) const IMAGES: &[Image] = &[
    Image { names: &["nginx"], libc: Flavour::Glibc, starts: nginx, takes_options: false },
    Image {
        names: &["nginxinc/nginx-unprivileged", "bitnami/nginx", "bitnamilegacy/nginx"],
        libc: Flavour::Glibc,
        starts: |invocation| nginx_on(invocation, 8080),
        takes_options: false,
    },
    Image { names: &["httpd"], libc: Flavour::Glibc, starts: httpd, takes_options: false },
    Image {
        names: &["caddy"],
        libc: Flavour::Musl,
        starts: |_| Started::listens(80, App::Caddy),
        takes_options: false,
    },
];

/// What the newest nginx calls itself.
const NEWEST_NGINX: &str = "1.29.3";

fn nginx(invocation: &Invocation<'_>) -> Started {
    nginx_on(invocation, 80)
}

/// nginx listens where its mounted configuration says, else on its own port.
fn nginx_on(invocation: &Invocation<'_>, port: u16) -> Started {
    let tag = invocation.image.tag.unwrap_or_default();
    let number: String = tag.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let version = match number.matches('.').count() {
        2 => number,
        1 => format!("{number}.0"),
        _ => NEWEST_NGINX.to_owned(),
    };
    let mut files = pages(invocation, "/usr/share/nginx/html/");
    let configured = invocation
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("/etc/nginx/"))
        .map(|(_, text)| text.as_str());
    let mut ports = Vec::new();
    for text in configured {
        ports.extend(text.split(';').filter_map(|line| {
            let (_, after) = line.rsplit_once("listen ")?;
            after.split_whitespace().next()?.rsplit(':').next()?.parse::<u16>().ok()
        }));
        if let Some((_, after)) = text.split_once("return 200 ") {
            let body = after.split(';').next().unwrap_or_default().trim();
            let body = body.trim_matches(['"', '\'']).replace("\\n", "\n");
            files.insert("*".into(), body);
        }
    }
    if ports.is_empty() {
        ports.push(port);
    }
    ports.dedup();
    let listener =
        |port| Listener::tcp(port, App::Nginx { version: version.clone(), files: files.clone() });
    Started::Listens(ports.into_iter().map(listener).collect())
}

fn httpd(invocation: &Invocation<'_>) -> Started {
    let files = pages(invocation, "/usr/local/apache2/htdocs/");
    Started::listens(80, App::Httpd { version: "2.4.65".into(), files })
}

/// The pages a manifest gives a server: mounted files, or what its command writes there.
fn pages(invocation: &Invocation<'_>, root: &str) -> BTreeMap<String, String> {
    let mut pages: BTreeMap<String, String> = invocation
        .files
        .iter()
        .filter_map(|(path, text)| Some((format!("/{}", path.strip_prefix(root)?), text.clone())))
        .collect();
    let script = invocation.container.command.iter().chain(&invocation.container.args).flatten();
    for line in script.flat_map(|text| text.split(['\n', ';', '&'])) {
        let Some((before, after)) = line.split_once('>') else { continue };
        let Some(path) = after.trim_start_matches('>').trim().strip_prefix(root) else { continue };
        let Some((_, said)) = before.split_once("echo ") else { continue };
        let said = said.trim().trim_start_matches("-e ").trim_matches(['"', '\'']);
        pages.insert(format!("/{path}"), format!("{said}\n"));
    }
    pages
}
