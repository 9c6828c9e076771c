//! `kubectl explain`: what a kind's fields are and hold.
//!
//! The schema that decoding uses has no descriptions, so this says where to read them.

use manifest::schema::{self, FieldType, Struct};

use crate::arguments::{Arguments, Flag, switch, value};
use crate::report::{Failure, Output, Report};
use crate::{resource_arguments, tabwriter};

pub(super) fn run(words: &[String]) -> Result<Output, Failure> {
    const FLAGS: &[Flag] = &[switch("recursive"), value("api-version"), value("output")];
    let arguments = Arguments::parse("kubectl explain", words, FLAGS)?;
    let Some(path) = arguments.positional.first() else {
        return Err(Failure::local(
            "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    };
    let mut steps = path.split('.');
    let word = steps.next().unwrap_or_default();
    let Ok(kind) = resource_arguments::kind(word) else {
        let said = format!("the server doesn't have a resource type {word:?}\n");
        return Ok(Output::failed(said, 1));
    };
    let resource = kind.resource();
    let mut report = Report::new();
    if !resource.group.is_empty() {
        report.line(format!("GROUP:      {}", resource.group));
    }
    report.line(format!("KIND:       {kind}"));
    report.line(format!("VERSION:    {}", resource.versions[0]));
    report.line("");
    let mut owner = schema::of(kind, &resource.api_version());
    let mut field: Option<(&str, &FieldType)> = None;
    for step in steps {
        let Some(next) = owner.and_then(|owner| owner.fields.get(step)) else {
            report.fail(Failure::local(format!("field {step:?} does not exist")));
            return Ok(report.finish());
        };
        owner = next.holds.inner_struct();
        field = Some((step, &next.holds));
    }
    if let Some((name, holds)) = field {
        report.line(format!("FIELD: {name} <{}>", holds.open_api_type()));
        report.line("");
    }
    report.line("DESCRIPTION:");
    report.line("    Hover the field in the editor for its description.");
    report.line("");
    if let Some(owner) = owner {
        report.line("FIELDS:");
        report.print(&fields(owner));
    }
    Ok(report.finish())
}

fn fields(owner: &Struct) -> String {
    let lines = owner.fields.iter().map(|(name, field)| {
        let required = if field.required { " -required-" } else { "" };
        format!("  {name}\t<{}>{required}\n", field.holds.open_api_type())
    });
    tabwriter::description(&lines.collect::<String>())
}
