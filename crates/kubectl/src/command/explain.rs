//! `kubectl explain`: what a kind's fields are and hold.
//!
//! The schema that decoding uses has no descriptions; they come from `descriptions`.

use manifest::assist;
use manifest::schema::{self, Struct};

use crate::arguments::{Arguments, Flag, switch, value};
use crate::report::{Failure, Output, Report};
use crate::shell::Shell;
use crate::{descriptions, resource_arguments};

pub(super) fn run(shell: &Shell, words: &[String]) -> Result<Output, Failure> {
    const FLAGS: &[Flag] = &[switch("recursive"), value("api-version"), value("output")];
    let arguments = Arguments::parse("kubectl explain", words, FLAGS)?;
    let Some(path) = arguments.positional.first() else {
        return Err(Failure::local(
            "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
        ));
    };
    let (word, steps) = path.split_once('.').unwrap_or((path, ""));
    let steps: Vec<&str> = steps.split('.').filter(|step| !step.is_empty()).collect();
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
    let mut described = owner.and_then(|owner| descriptions::of(owner, shell.descriptions));
    let mut text = described.as_ref().map(|it| it["description"].clone());
    for (depth, step) in steps.iter().enumerate() {
        let Some((held_by, field)) = owner.and_then(|owner| Some((owner, owner.fields.get(step)?)))
        else {
            report.fail(Failure::local(format!("field {step:?} does not exist")));
            return Ok(report.finish());
        };
        text = described.as_ref().map(|it| it["fields"][*step].clone());
        owner = field.holds.inner_struct();
        described = owner.and_then(|owner| descriptions::of(owner, shell.descriptions));
        if depth + 1 == steps.len() {
            report.line(format!("FIELD: {step} <{}>", field.holds.open_api_type()));
            let words = assist::words_of(held_by, step);
            if !words.is_empty() {
                report.line("ENUM:");
                let mut words = words.to_vec();
                words.sort_unstable();
                words.iter().for_each(|word| report.line(format!("    {word}")));
            }
            report.line("");
        }
    }
    report.line("DESCRIPTION:");
    let text = text.as_ref().and_then(|text| text.as_str()).unwrap_or("<empty>");
    report.print(&descriptions::wrapped(text, 4));
    // A struct is described below the field that holds it, in words of its own.
    let own = described.as_ref().and_then(|it| it["description"].as_str());
    if let Some(own) = own.filter(|own| !steps.is_empty() && *own != text) {
        report.print(&descriptions::wrapped(own, 4));
    }
    report.line("");
    if let Some(owner) = owner {
        report.line("FIELDS:");
        let recursive = arguments.is_set("recursive");
        report.print(&fields(owner, described.as_ref().filter(|_| !recursive)));
    }
    Ok(report.finish())
}

fn fields(owner: &Struct, described: Option<&serde_json::Value>) -> String {
    let lines = owner.fields.iter().map(|(name, field)| {
        let required = if field.required { " -required-" } else { "" };
        let text = described.and_then(|it| it["fields"][*name].as_str());
        let text = text.map(|text| format!("{}\n", descriptions::wrapped(text, 4)));
        let holds = field.holds.open_api_type();
        format!("  {name}\t<{holds}>{required}\n{}", text.unwrap_or_default())
    });
    lines.collect()
}
