//! Makes two texts comparable that differ only in what no two clusters share: ages, ids, random names, chosen addresses.
//!
//! What may be normalised, and nothing more, is listed in the README of the reference data.

use std::sync::LazyLock;

use regex_lite::Regex;
use similar::TextDiff;

/// Every replacement in order: a later one sees what an earlier one left.
static REPLACEMENTS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>"),
        (r#"(resourceVersion"?: )"?[0-9]+"?"#, "${1}<id>"),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{8,}(Z| [+][0-9]{4})", "<time>"),
        (r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} [+][0-9]{4}", "<time>"),
        // A ReplicaSet's hash and its Pod's suffix use the letters that cannot spell a word.
        (r"-[bcdf-hj-np-tv-z2456789]{8,10}-[bcdf-hj-np-tv-z2456789]{5}\b", "-<hash>-<suffix>"),
        (r"(pod-template-hash[=:] ?)[bcdf-hj-np-tv-z2456789]{8,10}\b", "${1}<hash>"),
        (r"-[bcdf-hj-np-tv-z2456789]{8,10}\b", "-<hash>"),
        (r"(^|[\s(])([0-9]+[dhms]){1,3}([\s)]|$)", "${1}<age>${3}"),
        (r"<unknown> ago|<age> ago", "<age>"),
    ]
    .map(|(pattern, with)| (Regex::new(pattern).expect("the pattern is a constant"), with))
    .into()
});

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(10\.244|10\.96)(\.[0-9]{1,3}){2}\b").expect("the pattern is a constant")
});
static NODE_PORT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(3[01][0-9]{3}|32[0-6][0-9]{2}|327[0-5][0-9]|3276[0-7])\b")
        .expect("the pattern is a constant")
});

/// The text with everything replaced that a cluster chooses for itself. What `fixed` holds (the case's own YAML and
/// command) was chosen by the case and stays: addresses and node ports that occur there are compared.
#[must_use]
pub fn text(text: &str, fixed: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in REPLACEMENTS.iter() {
        // Neighbouring matches share the space between them, so one pass may leave every second one.
        for _ in 0..2 {
            text = pattern.replace_all(&text, *with).into_owned();
        }
    }
    let unless_fixed = |found: &str, with: &str| {
        if fixed.contains(found) { found.to_owned() } else { with.to_owned() }
    };
    text = ADDRESS
        .replace_all(&text, |found: &regex_lite::Captures<'_>| unless_fixed(&found[0], "<ip>"))
        .into_owned();
    text = NODE_PORT
        .replace_all(&text, |found: &regex_lite::Captures<'_>| unless_fixed(&found[0], "<port>"))
        .into_owned();
    text.lines().map(single_spaces).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// The unified difference of two texts, or nothing when they are equal. `-` is what Kubernetes says, `+` the engine.
#[must_use]
pub fn difference(expected: &str, actual: &str) -> Option<String> {
    (expected != actual).then(|| {
        TextDiff::from_lines(expected, actual)
            .unified_diff()
            .header("kubernetes", "podhop")
            .to_string()
    })
}

/// Runs of spaces become one, but not the indentation, which means something in YAML.
fn single_spaces(line: &str) -> String {
    let (indentation, rest) = line.split_at(line.len() - line.trim_start().len());
    let words: Vec<_> = rest.split(' ').filter(|word| !word.is_empty()).collect();
    format!("{indentation}{}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cluster_chooses_is_replaced() {
        assert_eq!(
            text("pod/shop-78d7f58fff-8twkb   1/1   Running   0   8s   10.244.1.6\n", ""),
            "pod/shop-<hash>-<suffix> 1/1 Running 0 <age> <ip>"
        );
        assert_eq!(
            text("replicaset.apps/shop-78d7f58fff   4   4   6m31s", ""),
            "replicaset.apps/shop-<hash> 4 4 <age>"
        );
        assert_eq!(text("  uid: 682db739-4cf2-4799-8e75-500a98965f66", ""), "  uid: <id>");
        assert_eq!(text("resourceVersion: \"883\"", ""), "resourceVersion: <id>");
        assert_eq!(
            text("creationTimestamp: \"2026-11-21T05:20:59Z\"", ""),
            "creationTimestamp: \"<time>\""
        );
        assert_eq!(text("Start Time:  Sat, 21 Nov 2026 05:21:10 +0000", ""), "Start Time: <time>");
        assert_eq!(text("1s 2s 3s", ""), "<age> <age> <age>");
    }

    #[test]
    fn what_the_case_chose_is_compared() {
        let fixed = "clusterIP: 10.96.0.53\nnodePort: 30080";
        assert_eq!(text("10.96.0.53 80:30080/TCP", fixed), "10.96.0.53 80:30080/TCP");
        assert_eq!(text("10.96.0.54 80:30081/TCP", fixed), "<ip> 80:<port>/TCP");
    }

    #[test]
    fn names_of_people_stay() {
        for name in ["web-service", "deployment.apps/web-app", "node-1", "kube-dns", "v1.36.2"] {
            assert_eq!(text(name, ""), name);
        }
    }

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(difference("a\n", "a\n"), None);
        let found = difference("a\nb\n", "a\nc\n").expect("they differ");
        assert!(found.contains("-b\n+c\n"), "{found}");
    }
}
