//! Hints about refusals of values: the word that was meant, the form that is wanted.
//!
//! They read upstream's sentence, so that one place serves the schemas here and the API server's
//! validation alike.

use super::nearest::nearest;

/// What to do about a refusal in upstream's words, if that can be said.
pub fn suggestion(sentence: &str) -> Option<String> {
    if let Some((found, allowed)) = unsupported(sentence) {
        let same = allowed.iter().find(|word| word.eq_ignore_ascii_case(found));
        return match same.copied().or_else(|| nearest(found, allowed.iter().copied())) {
            Some(meant) if meant.eq_ignore_ascii_case(found) => {
                Some(format!("write `{meant}`: capitals matter"))
            }
            Some(meant) => Some(format!("did you mean `{meant}`?")),
            // `Prefix` is a word of Ingress, `PathPrefix` of HTTPRoute.
            None => {
                let part = allowed.iter().find(|word| word.contains(found) && !found.is_empty());
                part.map(|meant| format!("did you mean `{meant}`?"))
            }
        };
    }
    let known = [
        ("must be no more than 63 characters", "names and labels have at most 63 characters"),
        ("must not be longer than 63", "names and labels have at most 63 characters"),
        (
            "lowercase RFC 1123",
            "use small letters, digits and dashes; begin and end with a letter or digit",
        ),
        ("DNS-1035 label", "use small letters, digits and dashes; begin with a letter"),
        (
            "`selector` does not match template `labels`",
            "every label under `spec.selector.matchLabels` must stand under `spec.template.metadata.labels` too",
        ),
        (
            "field is immutable",
            "this field cannot be changed: delete the object and create it anew",
        ),
        (
            "must be a valid CIDR value",
            "an address and the length of its prefix, such as 10.0.0.0/8",
        ),
        ("should match '^([0-9]{1,5}(h|m|s|ms)){1,4}$'", "a duration such as 10s or 1m30s"),
    ];
    known.iter().find(|(part, _)| sentence.contains(part)).map(|(_, hint)| (*hint).to_owned())
}

/// `Unsupported value: "found": supported values: "a", "b"`.
fn unsupported(sentence: &str) -> Option<(&str, Vec<&str>)> {
    let rest = sentence.split_once("Unsupported value: \"")?.1;
    let (found, allowed) = rest.split_once("\": supported values: ")?;
    Some((found, allowed.split(", ").map(|word| word.trim_matches('"')).collect()))
}

#[cfg(test)]
mod tests {
    use super::suggestion;

    #[test]
    fn finds_the_word_that_was_meant() {
        for (sentence, hint) in [
            (
                r#"Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP""#,
                Some("write `TCP`: capitals matter"),
            ),
            (
                r#"Unsupported value: "Prefix": supported values: "Exact", "PathPrefix""#,
                Some("did you mean `PathPrefix`?"),
            ),
            (
                r#"Unsupported value: "Equals": supported values: "Equal", "Exists""#,
                Some("did you mean `Equal`?"),
            ),
            (r#"Unsupported value: "HTTP": supported values: "SCTP", "UDP""#, None),
            (
                "Invalid value: \"x\": field is immutable",
                Some("this field cannot be changed: delete the object and create it anew"),
            ),
        ] {
            assert_eq!(suggestion(sentence).as_deref(), hint, "{sentence}");
        }
    }
}
