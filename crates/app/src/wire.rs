//! Messages between page and engine as bytes: `postcard`, which needs no field names and so a third
//! of the code that JSON would.

use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// A message as the bytes to post.
pub fn pack(message: &impl Serialize) -> JsValue {
    let bytes = postcard::to_allocvec(message).expect("messages are plain data");
    Uint8Array::from(bytes.as_slice()).into()
}

/// A message from the bytes that came; nothing if they are none of ours.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Option<T> {
    let bytes = data.dyn_ref::<Uint8Array>()?.to_vec();
    postcard::from_bytes(&bytes).ok()
}
