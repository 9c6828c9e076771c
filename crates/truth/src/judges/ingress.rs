//! `ingress_conformance.json` and `ingress_path_table.json`: which Service a request gets.

use std::path::Path;

use apiserver::Snapshot;
use dataplane::directory::Directory;
use dataplane::http::Url;
use dataplane::ingress::{Asked, Controller, Flavour, Routed, route};
use manifest::Object;
use serde::Deserialize;

use crate::judge::{CaseResult, guarded, read_json};
use crate::normalise::difference;

/// The class that every Ingress without one is given here.
const CLASS: &str = "conformance";

#[derive(Deserialize)]
struct Case {
    scenario: String,
    manifests: Vec<String>,
    url: Option<String>,
    status: Option<u16>,
    service: Option<String>,
}

/// Judges the conformance suite's requests.
pub fn conformance(path: &Path) -> Result<Vec<CaseResult>, String> {
    let cases: Vec<Case> = read_json(path)?;
    Ok(cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            let url = case.url.as_deref().unwrap_or("no request");
            guarded(format!("{number} {}: {url}", case.scenario), || judge(case))
        })
        .collect())
}

fn judge(case: &Case) -> Option<String> {
    let snapshot = cluster(&case.manifests.join("\n---\n"));
    let controller = controller();
    let Some(url) = &case.url else {
        // Only asked whether the controller takes the Ingress at all.
        let mut all = snapshot.list::<k8s_openapi::api::networking::v1::Ingress>();
        let taken = all.any(|ingress| controller.serves(&snapshot, ingress));
        return taken.then(|| "the controller takes an Ingress of another class".to_owned());
    };
    let url = Url::parse(url).expect("the suite's URLs are right");
    let asked = Asked { host: &url.host, target: &url.target, tls: url.tls };
    let (status, service) = match route(&Directory::of(&snapshot), &controller, &asked) {
        Routed::Backend { to, .. } => (200, Some(to.service.name)),
        Routed::Redirect { status, .. } | Routed::Fixed { status, .. } => (status, None),
        Routed::NoRule => (404, None),
    };
    difference(
        &format!("{:?} {:?}\n", case.status, case.service),
        &format!("{:?} {service:?}\n", Some(status)),
    )
}

#[derive(Deserialize)]
struct Row {
    kind: String,
    paths: Vec<String>,
    requests: Vec<String>,
    r#match: bool,
    #[serde(default)]
    note: String,
}

/// Judges the documentation's table of path types.
pub fn path_table(path: &Path) -> Result<Vec<CaseResult>, String> {
    let rows: Vec<Row> = read_json(path)?;
    Ok(rows
        .iter()
        .map(|row| {
            let name = format!("{} {:?} {:?}", row.kind, row.paths, row.requests);
            guarded(name, || judge_row(row))
        })
        .collect())
}

fn judge_row(row: &Row) -> Option<String> {
    let mut text = String::from(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: table, namespace: default}\n\
         spec:\n  rules:\n  - http:\n      paths:\n",
    );
    for (number, written) in row.paths.iter().enumerate() {
        let (path, kind) = match written.split_once(" (") {
            Some((path, kind)) => (path, kind.trim_end_matches(')')),
            None => (written.as_str(), row.kind.as_str()),
        };
        text.push_str(&format!(
            "      - path: {path}\n        pathType: {kind}\n        backend: {{service: {{name: s{number}, port: {{number: 80}}}}}}\n"
        ));
    }
    let snapshot = cluster(&text);
    let everything = ["/", "/any", "/any/path/"];
    let requests: Vec<&str> = match row.requests.as_slice() {
        [all] if all.starts_with('(') => everything.to_vec(),
        requests => requests.iter().map(String::as_str).collect(),
    };
    // The remark names the path that wins where several would fit.
    let wanted = row.note.strip_prefix("matches ").and_then(|rest| rest.strip_suffix(" prefix"));
    let wanted = wanted.and_then(|path| row.paths.iter().position(|written| written == path));
    let wanted = if row.note == "prefers Exact" {
        row.paths.iter().position(|written| written.ends_with("(Exact)"))
    } else {
        wanted
    };
    requests.iter().find_map(|request| {
        let asked = Asked { host: "table.test", target: request, tls: false };
        let found = match route(&Directory::of(&snapshot), &controller(), &asked) {
            Routed::Backend { to, .. } => Some(to.service.name),
            Routed::Redirect { .. } | Routed::Fixed { .. } | Routed::NoRule => None,
        };
        let is_right = match (&found, wanted) {
            (Some(found), Some(wanted)) => *found == format!("s{wanted}"),
            (found, _) => found.is_some() == row.r#match,
        };
        (!is_right).then(|| format!("`{request}` goes to {found:?}"))
    })
}

fn controller() -> Controller {
    Controller { class: CLASS.to_owned(), flavour: Flavour::Plain, only: None }
}

/// A cluster with these objects, where the class is the default one.
fn cluster(text: &str) -> Snapshot {
    let documents = manifest::read(text).documents;
    let objects = documents.into_iter().filter_map(|found| found.object).map(|mut object| {
        if object.namespace().is_empty() {
            object.metadata_mut().namespace = Some("default".to_owned());
        }
        if let Object::Ingress(ingress) = &mut object
            && let Some(spec) = &mut ingress.spec
            && spec.ingress_class_name.is_none()
        {
            spec.ingress_class_name = Some(CLASS.to_owned());
        }
        object
    });
    objects.collect()
}
