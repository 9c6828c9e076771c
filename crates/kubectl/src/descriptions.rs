//! What fields mean, in upstream's words: too much text for the engine, so it is looked up when asked.

use manifest::schema::Struct;

/// Finds the text of a file of `www/schema/` by its package: `api.core.v1`.
pub type Descriptions = fn(&str) -> Option<String>;

/// The texts as files of the program itself; the page has a way of its own.
pub(crate) fn embedded(package: &str) -> Option<String> {
    #[cfg(not(target_arch = "wasm32"))]
    macro_rules! files {
        ($($name:literal,)+) => {
            match package {
                $($name => Some(include_str!(concat!("../../../www/schema/", $name, ".json"))),)+
                _ => None,
            }
        };
    }
    #[cfg(not(target_arch = "wasm32"))]
    let found = files![
        "api.admissionregistration.v1",
        "api.apps.v1",
        "api.autoscaling.v1",
        "api.autoscaling.v2",
        "api.batch.v1",
        "api.certificates.v1",
        "api.coordination.v1",
        "api.core.v1",
        "api.discovery.v1",
        "api.flowcontrol.v1",
        "api.networking.v1",
        "api.node.v1",
        "api.policy.v1",
        "api.rbac.v1",
        "api.resource.v1",
        "api.scheduling.v1",
        "api.storage.v1",
        "apiextensions-apiserver.pkg.apis.apiextensions.v1",
        "apimachinery.pkg.api.resource",
        "apimachinery.pkg.apis.meta.v1",
        "apimachinery.pkg.runtime",
        "apimachinery.pkg.util.intstr",
        "gateway",
        "kube-aggregator.pkg.apis.apiregistration.v1",
    ];
    #[cfg(target_arch = "wasm32")]
    let found = Some(package).filter(|package| package.is_empty());
    found.map(str::to_owned)
}

/// The file of a struct, read.
pub(crate) fn of(struct_: &Struct, descriptions: Descriptions) -> Option<serde_json::Value> {
    let (package, name) = struct_.name.rsplit_once('.')?;
    let mut file: serde_json::Value = serde_json::from_str(&descriptions(package)?).ok()?;
    Some(file.get_mut(name)?.take())
}

/// A description in lines of `kubectl explain`: 80 columns, indented.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = String::new();
    for paragraph in text.lines() {
        let mut line = margin.clone();
        for word in paragraph.split_whitespace() {
            if line.len() > indent && line.chars().count() + 1 + word.chars().count() > 80 {
                lines.push_str(&line);
                lines.push('\n');
                line.clone_from(&margin);
            }
            if line.len() > indent {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push_str(&line);
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_struct_with_fields_is_described() {
        let service = manifest::schema::definition("api.core.v1.ServiceSpec").expect("it is there");
        let text = of(service, embedded).expect("it is described");
        assert!(text["fields"]["clusterIP"].as_str().is_some_and(|text| text.len() > 100));
        assert_eq!(embedded("no.such.package"), None);
    }

    #[test]
    fn lines_end_before_column_80() {
        let text = wrapped(&"word ".repeat(40), 4);
        assert!(
            text.lines().all(|line| line.len() <= 80 && line.starts_with("    word")),
            "{text}"
        );
    }
}
