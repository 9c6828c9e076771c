//! `validation.json` and `manifest_corpus.jsonl`: manifests given to `kubectl apply`, what it answers, and what
//! the accepted objects look like with their defaults.

use std::collections::BTreeSet;
use std::path::Path;

use cluster::{Cluster, Scenario};
use kubectl::Shell;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::kubectl_session::SCENARIO;
use crate::judge::{CaseResult, guarded, read_json, read_json_lines};
use crate::normalise::{difference, text};

/// A case of `validation.json`: one manifest, or several in turn.
#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    yaml: String,
    #[serde(flatten)]
    answer: Answer,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    results: Vec<Answer>,
    #[serde(default)]
    objects: Vec<Value>,
    #[serde(default)]
    objects_from: Option<String>,
    #[serde(default)]
    random_paths: Vec<String>,
}

/// A manifest among several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Step {
    Manifest(String),
    Command {
        yaml: String,
        #[serde(default)]
        args: Vec<String>,
    },
}

/// What `kubectl` answered.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    rc: i32,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
}

/// A file that somebody wrote.
#[derive(Deserialize)]
struct File {
    repo: String,
    file: String,
    yaml: String,
    rc: i32,
    #[serde(default)]
    stderr: String,
    #[serde(default)]
    objects: Vec<Value>,
}

/// Judges `validation.json`.
pub fn validation(path: &Path) -> Result<Vec<CaseResult>, String> {
    let cases: Vec<Case> = read_json(path)?;
    let cluster = Cluster::new(Scenario::parse(SCENARIO)?);
    Ok(cases
        .iter()
        .map(|case| {
            guarded(case.name.clone(), || {
                let mut shell = Shell::new(cluster.clone());
                let mut found = Vec::new();
                if case.steps.is_empty() {
                    found.extend(answers(&mut shell, &case.args, &case.yaml, &case.answer));
                }
                for (step, answer) in case.steps.iter().zip(&case.results) {
                    let (yaml, args) = match step {
                        Step::Manifest(yaml) => (yaml, &case.args),
                        Step::Command { yaml, args } if args.is_empty() => (yaml, &case.args),
                        Step::Command { yaml, args } => (yaml, args),
                    };
                    found.extend(answers(&mut shell, args, yaml, answer));
                }
                if !case.objects.is_empty() {
                    let actual = if case.objects_from.as_deref() == Some("get") {
                        case.objects.iter().map(|object| get(&mut shell, object)).collect()
                    } else {
                        let mut fresh = Shell::new(cluster.clone());
                        fresh.files.insert("manifest.yaml".into(), case.yaml.clone());
                        dry_run(&mut fresh, "manifest.yaml").1
                    };
                    found.extend(objects(&case.objects, &actual, &case.random_paths));
                }
                (!found.is_empty()).then(|| found.join("\n"))
            })
        })
        .collect())
}

/// Judges `manifest_corpus.jsonl`.
pub fn corpus(path: &Path) -> Result<Vec<CaseResult>, String> {
    let files: Vec<File> = read_json_lines(path)?;
    let mut prepared = Shell::new(Cluster::new(Scenario::parse(SCENARIO)?));
    make_namespaces(&mut prepared, &files);
    let cluster = prepared.cluster;
    Ok(files
        .iter()
        .map(|file| {
            guarded(format!("{} {}", file.repo, file.file), || {
                let mut shell = Shell::new(cluster.clone());
                make_accounts(&mut shell, &file.yaml);
                shell.files.insert(file.file.clone(), file.yaml.clone());
                let (output, actual) = dry_run(&mut shell, &file.file);
                let mut found = Vec::new();
                let shown = |code: i32, stderr: &str| {
                    format!("exit {code}\n{}\n", text(stderr, &file.yaml))
                };
                found.extend(difference(
                    &shown(file.rc, &file.stderr),
                    &shown(output.code, &output.stderr),
                ));
                found.extend(objects(&file.objects, &actual, &[]));
                (!found.is_empty()).then(|| found.join("\n"))
            })
        })
        .collect())
}

/// Makes the namespaces that any of the files refers to: the recording's cluster had them all.
fn make_namespaces(shell: &mut Shell, files: &[File]) {
    let documents = files.iter().flat_map(|file| manifest::read(&file.yaml).documents);
    let namespaces: BTreeSet<String> =
        documents.map(|document| document.namespace().to_owned()).collect();
    for namespace in namespaces.iter().filter(|namespace| !namespace.is_empty()) {
        shell.run(&format!("kubectl create namespace {namespace}"), None);
    }
}

/// Makes the service accounts that a file's Pods run as.
fn make_accounts(shell: &mut Shell, yaml: &str) {
    let mut accounts = BTreeSet::new();
    for document in manifest::read(yaml).documents {
        let json = document.as_json();
        let named =
            json.pointer("/spec/serviceAccountName").or(json.pointer("/spec/serviceAccount"));
        if let Some(account) = named.and_then(Value::as_str) {
            let namespace = json["metadata"]["namespace"].as_str().unwrap_or("default");
            accounts.insert((namespace.to_owned(), account.to_owned()));
        }
    }
    for (namespace, account) in accounts {
        shell.run(&format!("kubectl create serviceaccount {account} -n {namespace}"), None);
    }
}

fn answers(shell: &mut Shell, args: &[String], yaml: &str, answer: &Answer) -> Option<String> {
    let line = if args.is_empty() { "apply -f -".to_owned() } else { args.join(" ") };
    let output = shell.run(&format!("kubectl {line}"), Some(yaml)).output;
    let shown = |code: i32, stdout: &str, stderr: &str| {
        let (stdout, stderr) = (text(stdout, yaml), text(stderr, yaml));
        format!("exit {code}\n{stdout}\n-- standard error\n{stderr}\n")
    };
    difference(
        &shown(answer.rc, &answer.stdout, &answer.stderr),
        &shown(output.code, &output.stdout, &output.stderr),
    )
}

/// What a server's dry run says of a file, and the objects it shows.
fn dry_run(shell: &mut Shell, file: &str) -> (kubectl::report::Output, Vec<Value>) {
    let line = format!("kubectl apply -f '{file}' --dry-run=server -o json");
    let output = shell.run(&line, None).output;
    let mut objects = Vec::new();
    for value in serde_json::Deserializer::from_str(&output.stdout).into_iter::<Value>().flatten() {
        match value.get("items").and_then(Value::as_array) {
            Some(items) if value["kind"] == "List" => objects.extend(items.iter().cloned()),
            _ => objects.push(value),
        }
    }
    (output, objects)
}

/// The stored object that a recorded one names.
fn get(shell: &mut Shell, object: &Value) -> Value {
    let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
    let output =
        shell.run(&format!("kubectl get {kind} {name} -n {namespace} -o json"), None).output;
    serde_json::from_str(&output.stdout).unwrap_or_default()
}

/// The recorded objects that the engine's differ from.
fn objects(expected: &[Value], actual: &[Value], random: &[String]) -> Vec<String> {
    let identity = |object: &Value| {
        let metadata = &object["metadata"];
        (object["kind"].clone(), metadata["namespace"].clone(), metadata["name"].clone())
    };
    let mut left: Vec<&Value> = actual.iter().collect();
    let mut found = Vec::new();
    for (index, object) in expected.iter().filter(|object| !object.is_null()).enumerate() {
        let position = left.iter().position(|other| identity(other) == identity(object));
        let Some(other) = position.map(|position| left.remove(position)) else {
            found.push(format!("missing: {} {}", object["kind"], object["metadata"]["name"]));
            continue;
        };
        let shown = |object: &Value| {
            let mut object = object.clone();
            for pointer in random {
                forget(&mut object, pointer);
                forget(&mut object, pointer.strip_prefix(&format!("/{index}")).unwrap_or(""));
            }
            let comparable = comparable(&object, "");
            serde_json::to_string_pretty(&comparable).unwrap_or_default()
        };
        found.extend(difference(&shown(object), &shown(other)));
    }
    found
}

/// Removes what a JSON pointer names.
fn forget(object: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    let last = last.replace("~1", "/").replace("~0", "~");
    match object.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.remove(&last);
        }
        Some(Value::Array(items)) => {
            if let Some(item) = last.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                *item = Value::Null;
            }
        }
        _ => {}
    }
}

/// An object without what no two clusters share: ids, times, addresses and ports that were given out, and the
/// artefacts of the recording.
fn comparable(value: &Value, path: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (name, value) in fields {
                let here = format!("{path}/{name}");
                let own =
                    ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"];
                if (path == "/metadata" && own.contains(&name.as_str()))
                    || here
                        .ends_with("annotations/kubectl.kubernetes.io/last-applied-configuration")
                {
                    continue;
                }
                let value = match name.as_str() {
                    "clusterIP" if value != "None" => "<ip>".into(),
                    "clusterIPs" if value != &serde_json::json!(["None"]) => "<ip>".into(),
                    "nodePort" | "healthCheckNodePort" => "<port>".into(),
                    "batch.kubernetes.io/controller-uid" | "controller-uid" => "<id>".into(),
                    "name" if is_token(value) => "kube-api-access-<suffix>".into(),
                    _ => comparable(value, &here),
                };
                let empty = value.as_object().is_some_and(Map::is_empty);
                if !(here == "/metadata/annotations" && empty) {
                    kept.insert(name.clone(), value);
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => {
            let own = |item: &&Value| {
                item.pointer("/configMap/name").and_then(Value::as_str)
                    != Some("openshift-service-ca.crt")
            };
            Value::Array(items.iter().filter(own).map(|item| comparable(item, path)).collect())
        }
        other => other.clone(),
    }
}

fn is_token(name: &Value) -> bool {
    name.as_str().is_some_and(|name| name.starts_with("kube-api-access-"))
}
