//! TLS 1.3 records, RFC 8446: the hellos in the clear, everything after them sealed.
//!
//! Nothing is encrypted here. What would be sealed is written as that many filler bytes, since no
//! capture could read it anyway.

use crate::tls::Record;

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const APPLICATION_DATA: u8 = 23;
const LEGACY_VERSION: [u8; 2] = [3, 3];
const TLS_1_3: [u8; 2] = [3, 4];
const AES_128_GCM: [u8; 2] = [0x13, 0x01];
const X25519: [u8; 2] = [0, 29];

/// Bytes that sealing adds to what is inside: the content type and the tag.
const SEAL: usize = 17;

/// A record's bytes.
pub(super) fn record(record: &Record) -> Vec<u8> {
    match record {
        Record::ClientHello { server_name } => {
            framed(HANDSHAKE, &handshake(1, &client_hello(server_name.as_deref())))
        }
        Record::ServerHello { common_name, subject_names, issuer } => {
            let certificate = common_name.len()
                + issuer.len()
                + subject_names.iter().map(String::len).sum::<usize>();
            [framed(HANDSHAKE, &handshake(2, &server_hello())), sealed(600 + certificate)].concat()
        }
        Record::Finished => sealed(36),
        Record::ApplicationData(inside) => sealed(inside.bytes().len()),
        Record::Alert { .. } => framed(ALERT, &[2, 40]),
    }
}

fn framed(content_type: u8, body: &[u8]) -> Vec<u8> {
    [&[content_type], LEGACY_VERSION.as_slice(), &length(body), body].concat()
}

fn sealed(inside: usize) -> Vec<u8> {
    framed(APPLICATION_DATA, &vec![0x5a; inside + SEAL])
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, high, middle, low] = (body.len() as u32).to_be_bytes();
    [&[kind, high, middle, low], body].concat()
}

fn client_hello(server_name: Option<&str>) -> Vec<u8> {
    let mut extensions = Vec::new();
    if let Some(name) = server_name {
        let entry = [&[0], length(name.as_bytes()).as_slice(), name.as_bytes()].concat();
        extensions.extend(extension(0, &[length(&entry).as_slice(), &entry].concat()));
    }
    extensions.extend(extension(10, &[&[0, 2], X25519.as_slice()].concat()));
    extensions.extend(extension(13, &[0, 2, 4, 3]));
    extensions.extend(extension(43, &[&[2], TLS_1_3.as_slice()].concat()));
    let share = key_share();
    extensions.extend(extension(51, &[length(&share).as_slice(), &share].concat()));
    let mut body = hello_start();
    body.extend([&[0, 2], AES_128_GCM.as_slice(), &[1, 0]].concat());
    body.extend(length(&extensions));
    body.extend(extensions);
    body
}

fn server_hello() -> Vec<u8> {
    let extensions = [extension(43, &TLS_1_3), extension(51, &key_share())].concat();
    let mut body = hello_start();
    body.extend([AES_128_GCM.as_slice(), &[0]].concat());
    body.extend(length(&extensions));
    body.extend(extensions);
    body
}

/// Version, 32 bytes of random, an empty session id.
fn hello_start() -> Vec<u8> {
    [LEGACY_VERSION.as_slice(), &[0x42; 32], &[0]].concat()
}

fn key_share() -> Vec<u8> {
    [X25519.as_slice(), &[0, 32], &[0x17; 32]].concat()
}

fn extension(number: u16, body: &[u8]) -> Vec<u8> {
    [number.to_be_bytes().as_slice(), &length(body), body].concat()
}

fn length(body: &[u8]) -> [u8; 2] {
    (body.len() as u16).to_be_bytes()
}
