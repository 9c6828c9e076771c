//! Broken rules as they are collected, in the words of `field.Error`.
//!
//! Models `k8s.io/apimachinery/pkg/util/validation/field/errors.go`.

use manifest::FieldPath;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;
use serde_json::Value;

use crate::Cause;

/// The rules an object breaks, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Causes(Vec<Cause>);

impl Causes {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<Cause> {
        self.0
    }

    pub(crate) fn extend(&mut self, more: impl IntoIterator<Item = Cause>) {
        self.0.extend(more);
    }

    /// A cause in ready words.
    pub(crate) fn push(&mut self, path: &FieldPath, message: impl Into<String>) {
        self.0.push(Cause { path: path.clone(), message: message.into() });
    }

    /// `Invalid value: "x": detail`.
    pub(crate) fn invalid(&mut self, path: &FieldPath, value: impl Plain, detail: impl AsRef<str>) {
        self.invalid_shown(path, &show(value), detail);
    }

    /// `Invalid value: x: detail`, where the value is already written as Go would write it.
    pub(crate) fn invalid_shown(&mut self, path: &FieldPath, shown: &str, detail: impl AsRef<str>) {
        self.push(path, format!("Invalid value: {shown}: {}", detail.as_ref()));
    }

    /// `Required value`, or `Required value: detail`.
    pub(crate) fn required(&mut self, path: &FieldPath, detail: impl AsRef<str>) {
        let detail = detail.as_ref();
        self.push(
            path,
            if detail.is_empty() {
                "Required value".to_owned()
            } else {
                format!("Required value: {detail}")
            },
        );
    }

    /// `Forbidden: detail`.
    pub(crate) fn forbidden(&mut self, path: &FieldPath, detail: impl AsRef<str>) {
        self.push(path, format!("Forbidden: {}", detail.as_ref()));
    }

    /// `Duplicate value: "x"`.
    pub(crate) fn duplicate(&mut self, path: &FieldPath, value: impl Plain) {
        self.push(path, format!("Duplicate value: {}", show(value)));
    }

    /// `Not found: "x"`.
    pub(crate) fn not_found(&mut self, path: &FieldPath, value: impl Plain) {
        self.push(path, format!("Not found: {}", show(value)));
    }

    /// `Unsupported value: "x": supported values: "a", "b"`.
    pub(crate) fn unsupported(&mut self, path: &FieldPath, value: impl Plain, supported: &[&str]) {
        self.unsupported_shown(path, &show(value), supported);
    }

    /// As [`Causes::unsupported`], where the value is already written as Go would write it.
    pub(crate) fn unsupported_shown(&mut self, path: &FieldPath, shown: &str, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|value| quote(value)).collect();
        self.push(
            path,
            format!("Unsupported value: {shown}: supported values: {}", supported.join(", ")),
        );
    }

    /// `Too long: may not be more than 10 bytes`.
    pub(crate) fn too_long(&mut self, path: &FieldPath, bytes: usize) {
        self.push(path, format!("Too long: may not be more than {bytes} bytes"));
    }

    /// `Too many: 5: must have at most 4 items`.
    pub(crate) fn too_many(&mut self, path: &FieldPath, actual: usize, most: usize) {
        let items = if most == 1 { "item" } else { "items" };
        self.push(path, format!("Too many: {actual}: must have at most {most} {items}"));
    }

    /// One `Invalid value` for each message.
    pub(crate) fn invalid_each(
        &mut self,
        path: &FieldPath,
        value: impl Plain,
        messages: Vec<String>,
    ) {
        if messages.is_empty() {
            return;
        }
        let shown = show(value);
        for message in messages {
            self.invalid_shown(path, &shown, message);
        }
    }

    /// Refuses a value that is not one of those.
    pub(crate) fn one_of(&mut self, path: &FieldPath, value: &str, supported: &[&str]) {
        if !supported.contains(&value) {
            self.unsupported(path, value, supported);
        }
    }

    /// Refuses a number below zero.
    pub(crate) fn nonnegative(&mut self, path: &FieldPath, value: impl Into<i64>) {
        let value = value.into();
        if value < 0 {
            self.invalid(path, value, "must be greater than or equal to 0");
        }
    }
}

/// A value as Go's errors show it: texts quoted as Go quotes, anything else as JSON.
pub(crate) fn show(value: impl Plain) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => quote(&text),
        Ok(other) => escape_html(&other.to_string()),
        Err(_) => "null".to_owned(),
    }
}

/// A value that an error can show as it is. Kubernetes types are shown by their JSON, which
/// `manifest::to_json` makes, so that none of them is compiled for another serializer.
pub(crate) trait Plain: Serialize {}

impl Plain for str {}
impl Plain for String {}
impl Plain for bool {}
impl Plain for i32 {}
impl Plain for i64 {}
impl Plain for u16 {}
impl Plain for usize {}
impl Plain for Value {}
impl Plain for IntOrString {}
impl Plain for BTreeMap<String, String> {}
impl<T: Plain + ?Sized> Plain for &T {}
impl<T: Plain> Plain for Option<T> {}
impl<T: Plain> Plain for Vec<T> {}
impl<T: Plain> Plain for [T] {}

/// A text as Go's `%q` writes it.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            control if control.is_control() && (control as u32) < 0x80 => {
                quoted.push_str(&format!("\\x{:02x}", control as u32));
            }
            hidden
                if hidden.is_control()
                    || matches!(hidden, '\u{feff}' | '\u{200b}'..='\u{200f}') =>
            {
                quoted.push_str(&format!("\\u{:04x}", hidden as u32));
            }
            visible => quoted.push(visible),
        }
    }
    quoted.push('"');
    quoted
}

/// Go's JSON escapes what could be mistaken for HTML.
fn escape_html(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
