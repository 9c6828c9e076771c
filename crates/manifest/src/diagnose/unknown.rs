//! Fields that do not exist: the one that was meant, or the place where it belongs.

use crate::decode::UnknownField;
use crate::document::Document;
use crate::schema;
use crate::{Diagnostic, Segment};

/// The finding about a field the kind does not have.
pub fn diagnostic(document: &Document, field: &UnknownField) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("unknown field {:?}", field.path.to_string()))
        .at(field.path.clone())
        .span(field.span);
    let Some(Segment::Field(name)) = field.path.0.last() else { return diagnostic };
    let owner = schema::definition(field.owner);
    let fields = owner.into_iter().flat_map(|owner| owner.fields.keys().copied());
    match nearest(name, fields) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None => match elsewhere(document, field, name) {
            Some(place) => diagnostic.hint(format!("`{name}` belongs under `{place}`")),
            None => diagnostic,
        },
    }
}

/// The word that was most probably meant, if one is near enough.
pub fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let lower = word.to_lowercase();
    let near = |candidate: &&str| {
        let distance = distance(&lower, &candidate.to_lowercase());
        let allowed = 1 + word.len() / 4;
        (distance <= allowed).then_some(distance)
    };
    words
        .filter_map(|candidate| near(&candidate).map(|distance| (distance, candidate)))
        .min()
        .map(|(_, word)| word)
}

/// Letters to insert, remove, change or swap until one word is the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) =
        (from.chars().take(64).collect(), to.chars().take(64).collect());
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for j in 0..=to.len() {
        rows[0][j] = j;
    }
    for i in 1..=from.len() {
        for j in 1..=to.len() {
            let change = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[from.len()][to.len()]
}

/// The nearest place in the kind where there is a field of that name.
fn elsewhere(document: &Document, field: &UnknownField, name: &str) -> Option<String> {
    let root = schema::of(document.kind?, &document.api_version)?;
    let written = field.path.parent().to_string();
    let mut level = vec![(root, String::new())];
    let mut found: Vec<String> = Vec::new();
    for _ in 0..7 {
        let mut below = Vec::new();
        for (owner, path) in level {
            if owner.fields.contains_key(name) && !path.is_empty() && path != written {
                found.push(path.clone());
            }
            for (child, field) in &owner.fields {
                // A status is written by controllers, and a schema may hold itself.
                if matches!(*child, "status" | "managedFields")
                    || owner.name.contains("JSONSchemaProps")
                {
                    continue;
                }
                if let Some(inner) = field.holds.inner_struct() {
                    let path = if path.is_empty() {
                        (*child).to_owned()
                    } else {
                        format!("{path}.{child}")
                    };
                    below.push((inner, path));
                }
            }
        }
        level = below;
    }
    // The place that shares most of the way, and then the shortest.
    let plain = without_indexes(&written);
    found.into_iter().min_by_key(|path| {
        let shared = path.split('.').zip(plain.split('.')).take_while(|(a, b)| a == b).count();
        (std::cmp::Reverse(shared), path.matches('.').count(), path.clone())
    })
}

/// The path without `[0]`.
fn without_indexes(path: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            _ if !inside => plain.push(letter),
            _ => {}
        }
    }
    plain
}
