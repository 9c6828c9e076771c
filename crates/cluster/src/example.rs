//! Texts for the examples menu: each shows one thing, and some of them are refused on purpose.

use crate::SourceFile;

/// One entry of the examples menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What the menu says.
    pub title: &'static str,
    /// One sentence about what to look for.
    pub summary: &'static str,
    files: &'static [(&'static str, &'static str)],
}

impl Example {
    /// The files to put into the editor.
    pub fn files(&self) -> Vec<SourceFile> {
        self.files
            .iter()
            .map(|(name, text)| SourceFile { name: (*name).into(), text: (*text).into() })
            .collect()
    }
}

/// The examples, in the order of the menu.
pub const EXAMPLES: &[Example] = &[
    Example {
        title: "A web app behind a Service",
        summary: "Three Pods, one address in front of them. Send a request and follow it.",
        files: &[
            ("deployment.yaml", include_str!("../examples/web-app/deployment.yaml")),
            ("service.yaml", include_str!("../examples/web-app/service.yaml")),
        ],
    },
    Example {
        title: "As articles abbreviate it",
        summary: "Good on a slide, refused by a real API server. Apply it and read what it says.",
        files: &[
            ("deployment.yaml", include_str!("../examples/article/deployment.yaml")),
            ("service.yaml", include_str!("../examples/article/service.yaml")),
        ],
    },
];
