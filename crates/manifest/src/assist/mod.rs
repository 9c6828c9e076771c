//! What may stand at a place of a text, and what the field at a place is: for completion and for
//! documentation while somebody writes.
//!
//! The document around the place decides the kind. The text is most often unfinished, so this reads
//! lines and brackets, never a whole tree. Descriptions are not here; [`Choice::owner`] and
//! [`Choice::field`] name them in `www/schema/`.

mod place;
mod scan;
mod values;

use crate::schema::{self, FieldType, Struct};
use crate::{Kind, Span};
use place::{Place, Position, Step};

/// What may stand at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// What a choice takes the place of.
    pub span: Span,
    /// The choices that the schema knows.
    pub choices: Vec<Choice>,
    /// Names of the cluster that may stand there.
    pub wanted: Option<Wanted>,
}

/// One thing that may stand at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// `containerPort`.
    pub label: String,
    /// Its type, and whether it is required: `[]ContainerPort`, `integer, required`.
    pub detail: String,
    /// What is written: `containerPort: `.
    pub text: String,
    /// The struct that describes it: `api.core.v1.ContainerPort`; empty if none does.
    pub owner: &'static str,
    /// The field that is described; empty for the struct itself.
    pub field: &'static str,
}

/// Names of the cluster that may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Names of objects of a kind.
    Name(Kind),
    /// Keys of labels that Pods have.
    LabelKey,
}

/// What may stand at a place of a text.
pub fn complete(text: &str, at: usize) -> Completion {
    let Some(place) = place::find(text, at) else { return Completion::default() };
    let span = place.span;
    let (choices, wanted) = match &place.position {
        Position::Key { taken, indent } => keys(&place, taken, *indent),
        Position::Value => values(&place),
    };
    let typed = text.get(span.start..at).unwrap_or_default().to_ascii_lowercase();
    // A longer part of a word finds it too: `policy` in `NetworkPolicy`.
    let fits = |choice: &Choice| {
        let label = choice.label.to_ascii_lowercase();
        label.starts_with(&typed) || (typed.len() > 2 && label.contains(&typed))
    };
    Completion { span, choices: choices.into_iter().filter(fits).collect(), wanted }
}

/// The field at a place of a text, and where its key stands.
pub fn field_at(text: &str, at: usize) -> Option<(Span, Choice)> {
    let (place, name, span) = place::key_at(text, at)?;
    let owner = owner_of(&place)?;
    let (name, field) = owner.fields.get_key_value(name.as_str())?;
    Some((span, described(owner, name, field, &place, None)))
}

/// The words that a field of text accepts, where there is a list of them.
pub fn words_of(owner: &'static Struct, field: &str) -> &'static [&'static str] {
    match owner.fields.get(field).map(|field| &field.holds) {
        Some(FieldType::String(Some(name))) => values::of(name, "", ""),
        _ => &[],
    }
}

fn keys(place: &Place, taken: &[String], indent: Option<usize>) -> (Vec<Choice>, Option<Wanted>) {
    if place.kind().is_none() && place.path.is_empty() {
        return (beginnings(place, taken, indent), None);
    }
    match field_type(place) {
        // A list whose first dash is not there yet, or the dash itself.
        Some(FieldType::List(item)) if item.inner_struct().is_some() => {
            let inside = indent.map(|indent| indent + 2);
            let owner = item.inner_struct().into_iter();
            let choices = owner.flat_map(|owner| fields(owner, place, &[], inside));
            let dashed =
                choices.map(|choice| Choice { text: format!("- {}", choice.text), ..choice });
            (dashed.collect(), None)
        }
        Some(FieldType::Map(_, _)) => {
            (Vec::new(), labels_wanted(place).then_some(Wanted::LabelKey))
        }
        _ => match owner_of(place) {
            Some(owner) => (fields(owner, place, taken, indent), None),
            None => values(place),
        },
    }
}

fn fields(
    owner: &'static Struct,
    place: &Place,
    taken: &[String],
    indent: Option<usize>,
) -> Vec<Choice> {
    // Nobody writes what the cluster tells.
    let told = |name: &str| {
        (name == "status" && place.path.is_empty())
            || (owner.go_name() == "ObjectMeta" && METADATA_TOLD.contains(&name))
    };
    let free = owner
        .fields
        .iter()
        .filter(|(name, _)| !told(name) && !taken.iter().any(|taken| taken == *name));
    let mut choices: Vec<(bool, Choice)> = free
        .map(|(name, field)| (!field.required, described(owner, name, field, place, Some(indent))))
        .collect();
    choices.sort_by_key(|(optional, _)| *optional);
    choices.into_iter().map(|(_, choice)| choice).collect()
}

/// Fields of `ObjectMeta` that the API server writes.
const METADATA_TOLD: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

fn described(
    owner: &'static Struct,
    name: &'static str,
    field: &'static schema::Field,
    place: &Place,
    indent: Option<Option<usize>>,
) -> Choice {
    let mut detail = field.holds.open_api_type();
    if field.required {
        detail.push_str(", required");
    }
    let text = match (indent, place.flow) {
        (None, _) => name.to_owned(),
        (Some(_), true) => format!("\"{name}\": "),
        (Some(indent), false) => {
            let below = " ".repeat(indent.unwrap_or_default() + 2);
            match &field.holds {
                FieldType::Struct(_) | FieldType::Map(_, _) => format!("{name}:\n{below}"),
                FieldType::List(_) => format!("{name}:\n{below}- "),
                _ => format!("{name}: "),
            }
        }
    };
    Choice { label: name.to_owned(), detail, text, owner: owner.name, field: name }
}

/// An empty document begins with what every object has, or with a whole head.
fn beginnings(place: &Place, taken: &[String], indent: Option<usize>) -> Vec<Choice> {
    let meta = schema::of(Kind::Pod, "v1").into_iter();
    let mut choices: Vec<Choice> =
        meta.flat_map(|owner| fields(owner, place, taken, indent)).collect();
    if taken.is_empty() && !place.flow {
        let simulated = Kind::ALL.iter().filter(|kind| kind.resource().simulated);
        choices.extend(simulated.filter(|kind| !matches!(kind, Kind::Event)).map(|kind| {
            let version = kind.resource().api_version();
            let owner = schema::of(*kind, &version).map_or("", |owner| owner.name);
            Choice {
                label: kind.to_string(),
                text: format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: "),
                detail: version,
                owner,
                field: "",
            }
        }));
    }
    choices
}

fn values(place: &Place) -> (Vec<Choice>, Option<Wanted>) {
    if let [Step::Field(name)] = place.path.as_slice() {
        match name.as_str() {
            "kind" => return (kinds(place), None),
            "apiVersion" => return (versions(place), None),
            _ => {}
        }
    }
    let Some(holds) = field_type(place) else { return (Vec::new(), None) };
    let (owner, field) = place.owner_and_field();
    let known = match holds {
        FieldType::Bool => &["true", "false"][..],
        FieldType::String(name) => values::of(name.unwrap_or_default(), owner, field),
        FieldType::IntOrString if field == "protocol" => &["TCP", "UDP", "SCTP"][..],
        _ => &[],
    };
    let choices = known.iter().map(|value| {
        let text = if place.flow && !matches!(holds, FieldType::Bool) && !place.quoted {
            format!("\"{value}\"")
        } else {
            (*value).to_owned()
        };
        Choice { label: (*value).to_owned(), text, owner, field, ..Choice::default() }
    });
    let wanted = values::named(owner, field).map(Wanted::Name);
    (choices.collect(), wanted)
}

fn kinds(place: &Place) -> Vec<Choice> {
    let fits =
        |kind: &&Kind| place.api_version.as_ref().is_none_or(|version| serves(**kind, version));
    let mut kinds: Vec<&Kind> = Kind::ALL.iter().filter(fits).collect();
    kinds.sort_by_key(|kind| !kind.resource().simulated);
    let choices = kinds.into_iter().map(|kind| {
        let version = kind.resource().api_version();
        let owner = schema::of(*kind, &version).map_or("", |owner| owner.name);
        Choice {
            label: kind.to_string(),
            text: place.quote(&kind.to_string()),
            detail: version,
            owner,
            field: "",
        }
    });
    choices.collect()
}

fn versions(place: &Place) -> Vec<Choice> {
    let mut all: Vec<String> = match place.kind() {
        Some(kind) => vec![kind.resource().api_version()],
        None => Kind::ALL.iter().map(|kind| kind.resource().api_version()).collect(),
    };
    all.sort_unstable();
    all.dedup();
    let choice = |version: String| Choice {
        text: place.quote(&version),
        label: version,
        ..Choice::default()
    };
    all.into_iter().map(choice).collect()
}

fn serves(kind: Kind, api_version: &str) -> bool {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    kind.resource().group == group && kind.resource().versions.contains(&version)
}

/// What the place's path leads to; `None` at the top and where the schema knows nothing.
fn field_type(place: &Place) -> Option<&'static FieldType> {
    let mut holds: Option<&'static FieldType> = None;
    let mut owner =
        Some(schema::of(place.kind()?, place.api_version.as_deref().unwrap_or_default())?);
    for step in &place.path {
        holds = Some(match (step, owner, holds) {
            (Step::Field(name), Some(owner), _) => &owner.fields.get(name.as_str())?.holds,
            (Step::Field(_), None, Some(FieldType::Map(_, value))) => value,
            (Step::Item, _, Some(FieldType::List(item))) => item,
            _ => return None,
        });
        owner = match holds {
            Some(FieldType::Struct(name)) => schema::definition(name),
            _ => None,
        };
    }
    holds
}

/// The struct whose fields stand at the place.
fn owner_of(place: &Place) -> Option<&'static Struct> {
    if place.path.is_empty() {
        let kind = place.kind().unwrap_or(Kind::Pod);
        return schema::of(kind, place.api_version.as_deref().unwrap_or_default());
    }
    match field_type(place)? {
        FieldType::Struct(name) => schema::definition(name),
        _ => None,
    }
}

fn labels_wanted(place: &Place) -> bool {
    let last = place.path.iter().rev().find_map(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Item => None,
    });
    matches!(last, Some("matchLabels" | "selector"))
}

impl Place {
    fn kind(&self) -> Option<Kind> {
        let name = self.kind.as_deref()?;
        Kind::ALL.iter().copied().find(|kind| kind.resource().kind == name)
    }

    /// The struct and the field that the last name of the path stands for.
    fn owner_and_field(&self) -> (&'static str, &'static str) {
        let named = self.path.iter().rposition(|step| matches!(step, Step::Field(_)));
        let Some((named, Step::Field(name))) = named.map(|at| (at, &self.path[at])) else {
            return ("", "");
        };
        let above = Place { path: self.path[..named].to_vec(), ..self.clone() };
        let owner = owner_of(&above);
        let field =
            owner.and_then(|owner| Some((owner, owner.fields.get_key_value(name.as_str())?)));
        field.map_or(("", ""), |(owner, (name, _))| (owner.name, name))
    }

    fn quote(&self, value: &str) -> String {
        if self.flow && !self.quoted { format!("\"{value}\"") } else { value.to_owned() }
    }
}

#[cfg(test)]
mod tests;
