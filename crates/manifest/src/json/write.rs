//! The one serializer.

use serde::ser::{self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::{Map, Value};

use super::Unfit;

/// The JSON of a value; `null` for what JSON cannot hold, which no type of the API is.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Value {
    value.serialize(ToJson).unwrap_or_default()
}

impl ser::Error for Unfit {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Unfit
    }
}

struct ToJson;

macro_rules! numbers {
    ($($method:ident $number:ty)+) => {
        $(fn $method(self, value: $number) -> Result<Value, Unfit> { Ok(Value::from(value)) })+
    };
}

impl Serializer for ToJson {
    type Ok = Value;
    type Error = Unfit;
    type SerializeSeq = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeTuple = ser::Impossible<Value, Unfit>;
    type SerializeTupleStruct = ser::Impossible<Value, Unfit>;
    type SerializeTupleVariant = ser::Impossible<Value, Unfit>;
    type SerializeStructVariant = ser::Impossible<Value, Unfit>;

    numbers! {
        serialize_bool bool serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64 serialize_f32 f32
        serialize_f64 f64 serialize_str &str
    }

    fn serialize_char(self, value: char) -> Result<Value, Unfit> {
        Ok(Value::from(value.to_string()))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value, Unfit> {
        Err(Unfit)
    }

    fn serialize_none(self) -> Result<Value, Unfit> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Unfit> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Unfit> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Unfit> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, Unfit> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Unfit> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Unfit> {
        Err(Unfit)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Unfit> {
        Ok(Items(Vec::new()))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Unfit> {
        Ok(Entries { entries: Map::new(), key: String::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries, Unfit> {
        self.serialize_map(None)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Unfit> {
        Err(Unfit)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Unfit> {
        Err(Unfit)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unfit> {
        Err(Unfit)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unfit> {
        Err(Unfit)
    }
}

struct Items(Vec<Value>);

impl SerializeSeq for Items {
    type Ok = Value;
    type Error = Unfit;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.0.push(value.serialize(ToJson)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Unfit> {
        Ok(Value::Array(self.0))
    }
}

struct Entries {
    entries: Map<String, Value>,
    key: String,
}

impl Entries {
    /// Apart from the types, so that it is compiled once.
    fn insert(&mut self, key: &str, value: Value) {
        self.entries.insert(key.to_owned(), value);
    }
}

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = Unfit;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unfit> {
        match key.serialize(ToJson)? {
            Value::String(key) => {
                self.key = key;
                Ok(())
            }
            _ => Err(Unfit),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        let key = std::mem::take(&mut self.key);
        self.entries.insert(key, value.serialize(ToJson)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Unfit> {
        Ok(Value::Object(self.entries))
    }
}

impl SerializeStruct for Entries {
    type Ok = Value;
    type Error = Unfit;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        let value = value.serialize(ToJson)?;
        self.insert(key, value);
        Ok(())
    }

    fn end(self) -> Result<Value, Unfit> {
        Ok(Value::Object(self.entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_serde_json_writes() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, creationTimestamp: 2026-01-01T00:00:00Z}\nspec: {containers: [{name: c, ports: [{containerPort: 80}], resources: {limits: {cpu: 1}}, livenessProbe: {httpGet: {port: http}}}]}\n";
        let Some(crate::Object::Pod(pod)) = crate::read(text).documents.remove(0).object else {
            panic!("the text is a Pod")
        };
        assert_eq!(to_json(&pod), serde_json::to_value(&pod).unwrap());
    }
}
