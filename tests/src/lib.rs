//! The runner of the Markdown cases in `tests/suite`.
//!
//! A file holds cases; a case is a heading of the second level, some prose that says why, and fenced
//! blocks, which run in order on one cluster. A block's first word says what it is:
//!
//! * `yaml cluster [file=NAME]` is applied; `yaml file=NAME` is only put among the shell's files;
//! * `diagnostics` holds the findings about the last `yaml` block, one to a line;
//! * `console` holds lines `$ command`, each with what it prints below, and `[exit 7]` if it fails;
//! * `trace from=pod/NS/NAME to=URL` holds the whole journey as `podhop trace` prints it;
//! * `table port=80` holds who reaches whom: `.` yes, `X` silence, `R` refused, `N` no such name.
//!
//! A line `…` stands for any lines, `…` within a line for any text. Front matter may name the
//! `scenario` that a file's cases begin with as it is, a `seed`, a `cni`, a `load-balancer` and an
//! `ingress`; otherwise they begin with the bare opening scenario, which runs the system's own Pods only.
//! It tests behaviour through the facade of `cluster` and `kubectl`; units test themselves.

mod block;
mod document;
mod report;
mod run;

pub use report::Report;

/// Runs a file's cases.
///
/// # Errors
/// A sentence with a line if the file itself is wrong: a case that expects nothing, a heading twice,
/// a block of no known kind, an expectation that belongs to nothing.
pub fn check(text: &str) -> Result<Report, String> {
    let document = document::read(text)?;
    let mut report = Report::default();
    for case in &document.cases {
        run::case(&document.settings, case, &mut report);
    }
    Ok(report)
}

/// The headings of a file's cases.
pub fn headings(text: &str) -> Vec<String> {
    let document = document::read(text);
    document
        .map(|document| document.cases.into_iter().map(|case| case.heading).collect())
        .unwrap_or_default()
}
