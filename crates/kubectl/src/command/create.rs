//! `kubectl create`: from files, or from flags for a few kinds.

use manifest::{Kind, Object, decode_json};
use serde_json::{Map, Value, json};

use super::apply::print;
use super::files;
use super::get::shown;
use super::{Line, generators, options};
use crate::arguments::{Flag, optional, switch, value};
use crate::output::Format;
use crate::report::{DryRun, Failure, Output, Report, changed};
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("filename").short('f'),
    value("kustomize").short('k'),
    value("output").short('o'),
    optional("dry-run", "unchanged"),
    optional("validate", "strict"),
    switch("save-config"),
    switch("recursive").short('R'),
    value("image"),
    value("replicas").short('r'),
    value("port"),
    value("tcp"),
    value("node-port"),
    value("clusterip"),
    value("external-name"),
    value("rule"),
    value("class"),
    value("default-backend"),
    value("annotation"),
    value("from-literal"),
    value("from-file"),
    value("type"),
    value("cert"),
    value("key"),
    value("schedule"),
    value("field-manager"),
];

pub(super) fn run(shell: &mut Shell, words: &[String], stdin: &str) -> Result<Output, Failure> {
    let line = Line::parse(shell, "create", words, FLAGS)?;
    if line.arguments.value("filename").is_some() {
        return from_files(shell, &line, stdin);
    }
    let Some((what, rest)) = line.arguments.positional.split_first() else {
        return Err(Failure::local("must specify one of -f and -k"));
    };
    let (what, rest) = match (what.as_str(), rest) {
        ("service" | "svc", [type_, rest @ ..]) => (format!("service {type_}"), rest),
        ("secret", [type_, rest @ ..]) => (format!("secret {type_}"), rest),
        (what, rest) => (what.to_owned(), rest),
    };
    // A deployment says that its image is missing before it misses its name.
    let needs_name = || {
        Failure::local(format!(
            "exactly one NAME is required, got {}\nSee 'kubectl create {what} -h' for help and examples",
            rest.len()
        ))
    };
    let name = match (rest, what.as_str()) {
        ([name], _) => name.as_str(),
        ([], "deployment" | "deploy") => "",
        _ => return Err(needs_name()),
    };
    let arguments = &line.arguments;
    let mut json = match what.as_str() {
        "namespace" | "ns" => json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name },
            "spec": {}, "status": {},
        }),
        "deployment" | "deploy" => generators::deployment(name, arguments)?,
        "ingress" | "ing" => generators::ingress(name, arguments)?,
        "configmap" | "cm" => json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name },
            "data": literals(shell, &line)?,
        }),
        "serviceaccount" | "sa" => json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": name },
        }),
        "secret generic" => secret(name, "Opaque", literals(shell, &line)?),
        "secret tls" => secret(name, "kubernetes.io/tls", tls(shell, &line)?),
        other => match other.strip_prefix("service ") {
            Some(type_) => generators::service(type_, name, arguments)?,
            None => {
                return Err(Failure::local(format!(
                    "unknown command {other:?} for \"kubectl create\""
                )));
            }
        },
    };
    if what.starts_with("secret") && arguments.value("type").is_some() {
        json["type"] = json!(arguments.value("type"));
    }
    let shown_kind = match what.as_str() {
        "namespace" | "ns" => None,
        "deployment" | "deploy" => Some("deployment".to_owned()),
        "ingress" | "ing" => Some("ingress".into()),
        "configmap" | "cm" => Some("configmap".into()),
        "serviceaccount" | "sa" => Some("serviceaccount".into()),
        what if what.starts_with("secret") => Some("secret".into()),
        _ => json["spec"]["type"].as_str().map(|type_| format!("{type_} service")),
    };
    create(shell, &line, json, "created", shown_kind.as_deref())
}

/// Creates an object made from flags, or prints it. `noun` is named when it fails, as in `failed to
/// create deployment: …`; without one the server's refusal stands alone.
pub(super) fn create(
    shell: &mut Shell,
    line: &Line,
    mut json: Value,
    done: &str,
    noun: Option<&str>,
) -> Result<Output, Failure> {
    let format = Format::parse(line.arguments.value("output"))?;
    let kind = kind_of(&json);
    if let Some(namespace) = &line.given_namespace
        && kind.resource().namespaced
    {
        json["metadata"]["namespace"] = json!(namespace);
    }
    let mut report = Report::new();
    let as_table = matches!(format, Format::Table { .. });
    if line.dry_run == DryRun::Client {
        if as_table {
            let name = json["metadata"]["name"].as_str().unwrap_or_default();
            let reference = manifest::ObjectRef::new(kind, line.namespace.as_str(), name);
            report.line(changed(&reference, done, line.dry_run));
        } else {
            print(&mut report, &format, &json);
        }
        return Ok(report.finish());
    }
    let object = object(kind, &json, &line.namespace)?;
    match shell.cluster.write(|api, write| api.create(object, &options(write, line.dry_run))) {
        Ok(written) => {
            report.warnings(&written.warnings);
            if as_table {
                report.line(changed(&written.object.reference(), done, line.dry_run));
            } else {
                print(&mut report, &format, &shown(&written.object));
            }
            Ok(report.finish())
        }
        Err(refusal) => Err(match noun {
            Some(noun) if refusal.reason != apiserver::Reason::Invalid => {
                Failure::from(refusal).prefixed(&format!("failed to create {noun}"))
            }
            _ => refusal.into(),
        }),
    }
}

/// The typed object of JSON made by `kubectl` itself, in its namespace.
pub(super) fn object(kind: Kind, json: &Value, namespace: &str) -> Result<Object, Failure> {
    let version = json["apiVersion"].as_str().unwrap_or_default();
    let mut object =
        decode_json(kind, version, json).map_err(|error| Failure::local(error.said_of("STDIN")))?;
    if kind.resource().namespaced && object.namespace().is_empty() {
        object.metadata_mut().namespace = Some(namespace.to_owned());
    }
    Ok(object)
}

pub(super) fn kind_of(json: &Value) -> Kind {
    let version = json["apiVersion"].as_str().unwrap_or_default();
    let kind = json["kind"].as_str().unwrap_or_default();
    Kind::resolve(version, kind).expect("kubectl makes objects of served kinds only")
}

fn from_files(shell: &mut Shell, line: &Line, stdin: &str) -> Result<Output, Failure> {
    let format = Format::parse(line.arguments.value("output"))?;
    let sent = files::read(shell, &line.arguments, stdin, &line.namespace)?;
    if sent.is_empty() {
        return Err(Failure::local("no objects passed to create"));
    }
    let mut report = Report::new();
    for item in &sent {
        let Some(object) = item.object.clone() else {
            report.fail(item.failure());
            continue;
        };
        let as_table = matches!(format, Format::Table { .. });
        if line.dry_run == DryRun::Client {
            if as_table {
                report.line(changed(&object.reference(), "created", line.dry_run));
            } else {
                print(&mut report, &format, &shown(&object));
            }
            continue;
        }
        match shell.cluster.write(|api, write| api.create(object, &options(write, line.dry_run))) {
            Ok(written) => {
                report.warnings(&written.warnings);
                if as_table {
                    report.line(changed(&written.object.reference(), "created", line.dry_run));
                } else {
                    print(&mut report, &format, &shown(&written.object));
                }
            }
            Err(refusal) => report.fail(Failure::from(refusal).when("creating", &item.source)),
        }
    }
    Ok(report.finish())
}

fn literals(shell: &Shell, line: &Line) -> Result<Map<String, Value>, Failure> {
    let mut data = Map::new();
    for literal in line.arguments.all("from-literal") {
        let (key, value) = literal.split_once('=').ok_or_else(|| {
            Failure::local(format!("invalid literal source {literal}, expected key=value"))
        })?;
        data.insert(key.to_owned(), json!(value));
    }
    for given in line.arguments.all("from-file") {
        let (key, path) = given.split_once('=').unwrap_or((given, given));
        let text = shell.files.get(path).ok_or_else(|| {
            Failure::local(format!("error reading {path}: no such file or directory"))
        })?;
        data.insert(key.to_owned(), json!(text));
    }
    Ok(data)
}

fn tls(shell: &Shell, line: &Line) -> Result<Map<String, Value>, Failure> {
    let mut data = Map::new();
    for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
        let Some(path) = line.arguments.value(flag) else {
            return Err(Failure::local("key and cert must be specified"));
        };
        let text = shell
            .files
            .get(path)
            .cloned()
            .ok_or_else(|| Failure::local(format!("open {path}: no such file or directory")))?;
        data.insert(key.to_owned(), json!(text));
    }
    Ok(data)
}

/// A Secret with its data in base64.
fn secret(name: &str, type_: &str, data: Map<String, Value>) -> Value {
    let encoded: Map<String, Value> = data
        .into_iter()
        .map(|(key, value)| {
            let bytes = k8s_openapi::ByteString(value.as_str().unwrap_or_default().into());
            (key, serde_json::to_value(bytes).expect("bytes are written as text"))
        })
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "type": type_,
        "data": encoded,
    })
}
