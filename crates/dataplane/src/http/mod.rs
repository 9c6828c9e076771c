//! HTTP as clients and servers build it: URLs, requests, responses, and the pages of web servers.

mod url;

use packet::http::Response;

pub use url::Url;

/// The reason phrase of a status.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Request Entity Too Large",
        418 => "I'm a teapot",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// A response with its body's type and length.
pub fn reply(status: u16, content_type: &str, body: impl Into<String>) -> Response {
    let body = body.into();
    Response {
        status,
        reason: reason(status).to_owned(),
        headers: vec![
            ("Content-Type".into(), content_type.into()),
            ("Content-Length".into(), body.len().to_string()),
        ],
        body,
    }
}

/// The page that nginx and Apache make for a status, in their own words.
pub fn status_page(status: u16, server: &str) -> Response {
    if server.starts_with("Apache") {
        let title = format!("{status} {}", reason(status));
        let body = format!(
            "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>{title}</title>\n\
             </head><body>\n<h1>{}</h1>\n<p>The requested URL was not found on this server.</p>\n\
             </body></html>\n",
            reason(status)
        );
        return reply(status, "text/html; charset=iso-8859-1", body);
    }
    let words = match status {
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        400 => "Bad Request",
        other => reason(other),
    };
    let body = format!(
        "<html>\r\n<head><title>{status} {words}</title></head>\r\n<body>\r\n<center><h1>{status} \
         {words}</h1></center>\r\n<hr><center>{server}</center>\r\n</body>\r\n</html>\r\n"
    );
    let mut response = reply(status, "text/html", body);
    response.reason = words.to_owned();
    response
}
