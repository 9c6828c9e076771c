//! HTTP/1.1 messages, RFC 9112.

use crate::http::{Request, Response};

/// A request's bytes.
pub(super) fn request(request: &Request) -> Vec<u8> {
    message(
        &format!("{} {} HTTP/1.1", request.method, request.target),
        &request.headers,
        &request.body,
    )
}

/// A response's bytes.
pub(super) fn response(response: &Response) -> Vec<u8> {
    message(
        &format!("HTTP/1.1 {} {}", response.status, response.reason),
        &response.headers,
        &response.body,
    )
}

/// Start line, headers and body; a body without a length gets its `Content-Length`.
fn message(start: &str, headers: &[(String, String)], body: &str) -> Vec<u8> {
    let mut text = format!("{start}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let has_length = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if !body.is_empty() && !has_length {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}
