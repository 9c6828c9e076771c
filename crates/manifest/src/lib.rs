//! YAML text to typed Kubernetes objects, with spans and diagnostics.
