//! Image references, as `distribution/reference` reads them: registry, repository, tag, digest.

/// An image reference, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The registry's host; none for Docker Hub.
    pub registry: Option<&'a str>,
    /// The repository, without `library/`.
    pub repository: &'a str,
    /// The tag, if written.
    pub tag: Option<&'a str>,
}

/// Docker Hub's highest minor version of nginx 1, which the documentation's famous mistake exceeds.
const NEWEST_NGINX_MINOR: u32 = 31;

/// Tags without a number that official images are published under.
const WORDS_IN_TAGS: [&str; 16] = [
    "latest", "stable", "mainline", "alpine", "bookworm", "bullseye", "trixie", "slim", "perl",
    "lts", "edge", "unstable", "glibc", "musl", "uclibc", "main",
];

impl<'a> Reference<'a> {
    /// Takes a reference apart; none if it is not one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (text, _digest) = text.split_once('@').map_or((text, None), |(t, d)| (t, Some(d)));
        let (path, tag) = match text.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (text, None),
        };
        let (registry, repository) = match path.split_once('/') {
            Some((host, rest))
                if host.contains('.') || host.contains(':') || host == "localhost" =>
            {
                (Some(host), rest)
            }
            _ => (None, path),
        };
        let registry = registry.filter(|host| *host != "docker.io" && *host != "index.docker.io");
        let repository = match registry {
            None => repository.strip_prefix("library/").unwrap_or(repository),
            Some(_) => repository,
        };
        let is_right = |part: &str| {
            !part.is_empty()
                && part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
        };
        let tag_is_right = tag.is_none_or(|tag| {
            !tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        });
        (tag_is_right && repository.split('/').all(is_right)).then_some(Self {
            registry,
            repository,
            tag,
        })
    }

    /// Whether it names this repository, written with its registry unless that is Docker Hub.
    pub fn is(&self, name: &str) -> bool {
        match self.registry {
            None => self.repository == name,
            Some(registry) => name
                .strip_prefix(registry)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|rest| rest == self.repository),
        }
    }

    /// What was probably meant, if an official image has no such tag.
    pub fn misspelt_tag(&self) -> Option<String> {
        let tag = self.tag?;
        if self.registry.is_some() || self.repository.contains('/') {
            return None;
        }
        if self.repository == "nginx"
            && let Some(minor) = tag.strip_prefix("1.")
        {
            let digits: String = minor.chars().take_while(char::is_ascii_digit).collect();
            let too_new = digits.parse().is_ok_and(|minor: u32| minor > NEWEST_NGINX_MINOR);
            return too_new.then(|| format!("nginx:1.{}", &digits[..digits.len().min(2)]));
        }
        let begins_well = tag.starts_with(|c: char| c.is_ascii_digit())
            || tag.starts_with('v')
            || WORDS_IN_TAGS.iter().any(|word| tag.split('-').next() == Some(*word));
        let close = WORDS_IN_TAGS.iter().find(|word| distance(tag, word) <= 2);
        close.filter(|_| !begins_well).map(|word| format!("{}:{word}", self.repository))
    }

    /// The known repository that this one differs from by a slip of the finger.
    pub fn close_to(&self, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
        let written = match self.registry {
            Some(registry) => format!("{registry}/{}", self.repository),
            None => self.repository.to_owned(),
        };
        let allowed = if written.len() > 5 { 2 } else { 1 };
        known
            .filter(|name| name.len() > 3)
            .map(|name| (distance(&written, name), name))
            .filter(|(distance, _)| *distance <= allowed)
            .min()
            .map(|(_, name)| name)
    }
}

/// How many letters to insert, leave out, replace or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_references_apart() {
        let parts = |text| {
            let found = Reference::parse(text).expect(text);
            (found.registry, found.repository, found.tag)
        };
        assert_eq!(parts("nginx"), (None, "nginx", None));
        assert_eq!(parts("docker.io/library/nginx:1.27"), (None, "nginx", Some("1.27")));
        assert_eq!(parts("localhost:5000/app:v1"), (Some("localhost:5000"), "app", Some("v1")));
        assert_eq!(parts("curlimages/curl@sha256:00"), (None, "curlimages/curl", None));
        assert_eq!(Reference::parse("my image"), None);
    }
}
