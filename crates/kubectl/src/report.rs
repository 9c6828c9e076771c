//! How `kubectl` words results, warnings and refusals.
//!
//! Every command ends in an [`Output`]: what it printed and its exit code. Lines appear as the
//! command proceeds; failures are collected and printed last, because one failure reads otherwise
//! than several. Models `k8s.io/kubectl/pkg/cmd/util/helpers.go` (`checkErr`, `MultilineError`,
//! `MultipleErrors`, `AddSourceToErr`).

use std::collections::BTreeSet;
use std::fmt::Write;

use apiserver::{Effect, Reason, Refusal, Timestamps};
use manifest::{Kind, ObjectRef};

/// What a command printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
}

impl Output {
    /// A command that printed this and succeeded.
    pub fn printed(stdout: impl Into<String>) -> Self {
        Self { stdout: stdout.into(), ..Self::default() }
    }

    /// A command that complained and failed with `code`.
    pub fn failed(stderr: impl Into<String>, code: i32) -> Self {
        Self { stderr: stderr.into(), code, ..Self::default() }
    }
}

/// Why a command, or one of the things it was told to do, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The API server said no.
    Refused(Refusal),
    /// `kubectl` itself said no; the text is without the `error: ` in front.
    Local(String),
}

impl Failure {
    /// A failure of `kubectl` itself.
    pub fn local(message: impl Into<String>) -> Self {
        Failure::Local(message.into())
    }

    /// The same failure, saying what was being done: `error when creating "STDIN": …`.
    pub fn when(mut self, doing: &str, source: &str) -> Self {
        let message = match &mut self {
            Failure::Refused(refusal) => &mut refusal.message,
            Failure::Local(message) => message,
        };
        *message = format!("error when {doing} {source:?}: {message}");
        self
    }

    /// The same failure, saying what was being done, as generators say it:
    /// `failed to create deployment: …`.
    pub fn prefixed(self, prefix: &str) -> Self {
        let message = match self {
            Failure::Refused(refusal) => refusal.message,
            Failure::Local(message) => message,
        };
        Failure::Local(format!("{prefix}: {message}"))
    }

    /// The line of one failure among several.
    fn line(&self) -> String {
        match self {
            Failure::Refused(refusal) => server_error(refusal),
            Failure::Local(message) => message.clone(),
        }
    }

    /// The text of the only failure.
    fn alone(&self) -> String {
        match self {
            Failure::Refused(refusal) if refusal.reason == Reason::Invalid => invalid(refusal),
            Failure::Refused(refusal) => server_error(refusal),
            Failure::Local(message)
                if message.starts_with("error: ") || message.starts_with("Error from server: ") =>
            {
                message.clone()
            }
            // What the items of a list fail with is an aggregate, and those are printed bare.
            Failure::Local(message) if message.starts_with("unable to recognize ") => {
                message.clone()
            }
            Failure::Local(message) => format!("error: {message}"),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

/// Collects what a command prints.
#[derive(Clone, Debug, Default)]
pub struct Report {
    output: Output,
    failures: Vec<Failure>,
    warned: BTreeSet<String>,
}

impl Report {
    /// A report with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Prints text as it is.
    pub fn print(&mut self, text: &str) {
        self.output.stdout.push_str(text);
    }

    /// Prints a line.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.output.stdout.push_str(line.as_ref());
        self.output.stdout.push('\n');
    }

    /// Prints a line to standard error.
    pub fn notice(&mut self, line: impl AsRef<str>) {
        self.output.stderr.push_str(line.as_ref());
        self.output.stderr.push('\n');
    }

    /// Prints `Warning: …` for each warning of the API server's answer that was not printed before.
    pub fn warnings<S: AsRef<str>>(&mut self, warnings: &[S]) {
        for warning in warnings {
            if self.warned.insert(warning.as_ref().to_owned()) {
                self.notice(format!("Warning: {}", warning.as_ref()));
            }
        }
    }

    /// Notes a failure, printed at the end. A refusal's warnings are printed now.
    pub fn fail(&mut self, failure: impl Into<Failure>) {
        let failure = failure.into();
        if let Failure::Refused(refusal) = &failure {
            let warnings = refusal.warnings.clone();
            self.warnings(&warnings);
        }
        self.failures.push(failure);
    }

    /// Whether something failed.
    pub fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// What was printed, failures last.
    pub fn finish(mut self) -> Output {
        self.output.stderr.push_str(&failures(&self.failures));
        if self.has_failed() {
            self.output.code = 1;
        }
        self.output
    }
}

/// The text of a command's failures, empty if there are none.
pub fn failures(failures: &[Failure]) -> String {
    match failures {
        [] => String::new(),
        [only] => ended(only.alone()),
        several => several.iter().map(|failure| ended(failure.line())).collect(),
    }
}

/// `deployment.apps/web`, the way commands name what they changed.
pub fn resource_name(kind: Kind, name: &str) -> String {
    let resource = kind.resource();
    if resource.group.is_empty() {
        format!("{}/{name}", resource.singular)
    } else {
        format!("{}.{}/{name}", resource.singular, resource.group)
    }
}

/// `deployment.apps/web created`, with what kind of dry run it was, if any.
pub fn changed(object: &ObjectRef, what: &str, dry_run: DryRun) -> String {
    format!("{} {what}{}", resource_name(object.kind, &object.name), dry_run.suffix())
}

/// `created`, `configured` or `unchanged`, as `kubectl apply` says it.
pub fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Created => "created",
        Effect::Configured => "configured",
        Effect::Unchanged => "unchanged",
    }
}

/// `--dry-run`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// Not given, or `none`.
    #[default]
    None,
    /// Nothing is sent.
    Client,
    /// The API server does everything but store.
    Server,
}

impl DryRun {
    /// What commands append to their lines.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

/// The machine's word for a refusal, as `kubectl` shows it.
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::BadRequest => "BadRequest",
        Reason::Forbidden => "Forbidden",
        Reason::NotFound => "NotFound",
        Reason::AlreadyExists => "AlreadyExists",
        Reason::Conflict => "Conflict",
        Reason::Invalid => "Invalid",
        Reason::MethodNotAllowed => "MethodNotAllowed",
        Reason::InternalError => "InternalError",
    }
}

/// The present moment, as annotations carry it.
pub(crate) fn time_text(cluster: &cluster::Cluster) -> String {
    cluster.now().timestamp().0.to_string()
}

fn server_error(refusal: &Refusal) -> String {
    format!("Error from server ({}): {}", reason(refusal.reason), refusal.message)
}

/// `The Service "web" is invalid: …`: one cause on the line, several below it, repetitions once.
fn invalid(refusal: &Refusal) -> String {
    let mut text = match &refusal.object {
        Some(object) => format!("The {} {:?} is invalid", object.kind, object.name),
        None if refusal.causes.is_empty() => {
            format!("The request is invalid: {}", refusal.message)
        }
        None => "The request is invalid".to_owned(),
    };
    let mut causes: Vec<String> = Vec::new();
    for cause in &refusal.causes {
        let cause = cause.to_string();
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    match causes.as_slice() {
        [] => {}
        [only] => text = format!("{text}: {only}"),
        several => {
            text.push_str(": \n");
            for cause in several {
                writeln!(text, "* {cause}").expect("a String takes every write");
            }
        }
    }
    text
}

fn ended(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use apiserver::Cause;
    use manifest::FieldPath;

    use super::*;

    fn service(causes: &[(&str, &str)]) -> Refusal {
        let cause = |(path, message): &(&str, &str)| Cause {
            path: FieldPath::of(path),
            message: (*message).to_owned(),
        };
        let object = ObjectRef::new(Kind::Service, "default", "web");
        Refusal::invalid(object, causes.iter().map(cause).collect())
    }

    #[test]
    fn one_cause_stands_on_the_line() {
        let mut report = Report::new();
        report.fail(service(&[("spec.ports", "Required value")]));
        let output = report.finish();
        assert_eq!(output.stderr, "The Service \"web\" is invalid: spec.ports: Required value\n");
        assert_eq!(output.code, 1);
    }

    #[test]
    fn several_causes_are_a_list() {
        let refusal = service(&[("a", "Required value"), ("b", "Required value")]);
        assert_eq!(
            failures(&[Failure::from(refusal).when("creating", "STDIN")]),
            "The Service \"web\" is invalid: \n* a: Required value\n* b: Required value\n"
        );
    }

    #[test]
    fn several_failures_are_a_line_each() {
        let refused = Failure::from(service(&[("spec.ports", "Required value")]));
        assert_eq!(
            failures(&[refused.when("creating", "STDIN"), Failure::local("no matches")]),
            "Error from server (Invalid): error when creating \"STDIN\": Service \"web\" is \
             invalid: spec.ports: Required value\nno matches\n"
        );
    }

    #[test]
    fn names_carry_the_group() {
        let object = ObjectRef::new(Kind::Deployment, "default", "web");
        assert_eq!(changed(&object, "created", DryRun::None), "deployment.apps/web created");
        assert_eq!(
            changed(&object, "created", DryRun::Server),
            "deployment.apps/web created (server dry run)"
        );
    }
}
