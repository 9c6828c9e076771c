//! The types without fields: text, numbers, amounts, moments.

use k8s_openapi::ByteString;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{FieldsV1, MicroTime, Time};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::{Mismatch, Reflect};

/// Implements `Reflect` for a type by a function to JSON and one from it; `null` is the default.
macro_rules! leaf {
    ($type:ty, $expected:literal, $to:expr, $from:expr) => {
        leaf!($type, $expected, <$type>::default(), $to, $from);
    };
    ($type:ty, $expected:literal, $blank:expr, $to:expr, $from:expr) => {
        impl Reflect for $type {
            fn blank() -> Self {
                $blank
            }

            fn to_json(&self) -> Option<Value> {
                let to: fn(&$type) -> Value = $to;
                Some(to(self))
            }

            fn read_json(&mut self, json: Value) -> Result<(), Mismatch> {
                let from: fn(Value) -> Option<$type> = $from;
                if !json.is_null() {
                    *self = from(json).ok_or(Mismatch::new($expected))?;
                }
                Ok(())
            }
        }
    };
}

leaf!(String, "a string", |text| Value::String(text.clone()), |json| match json {
    Value::String(text) => Some(text),
    _ => None,
});
leaf!(bool, "true or false", |bool| Value::Bool(*bool), |json| json.as_bool());
leaf!(i32, "an integer", |number| (*number).into(), |json| i32::try_from(json.as_i64()?).ok());
leaf!(i64, "an integer", |number| (*number).into(), |json| json.as_i64());
leaf!(
    IntOrString,
    "an integer or a string",
    |value| match value {
        IntOrString::Int(number) => (*number).into(),
        IntOrString::String(text) => text.clone().into(),
    },
    |json| match json {
        Value::String(text) => Some(IntOrString::String(text)),
        other => Some(IntOrString::Int(i32::try_from(other.as_i64()?).ok()?)),
    }
);
leaf!(Quantity, "an amount", |quantity| quantity.0.clone().into(), |json| match json {
    Value::String(text) => Some(Quantity(text)),
    Value::Number(number) => Some(Quantity(number.to_string())),
    _ => None,
});
leaf!(ByteString, "base64", to_serde, from_serde);
leaf!(Time, "a timestamp", Time(Timestamp::UNIX_EPOCH), to_serde, from_serde);
leaf!(MicroTime, "a timestamp", MicroTime(Timestamp::UNIX_EPOCH), to_serde, from_serde);
leaf!(FieldsV1, "an object", |fields| fields.0.clone(), |json| Some(FieldsV1(json)));

fn to_serde<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn from_serde<T: serde::de::DeserializeOwned>(json: Value) -> Option<T> {
    serde_json::from_value(json).ok()
}
