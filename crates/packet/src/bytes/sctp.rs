//! SCTP packets, RFC 9260, with the one chunk that Podhop shows.

use crate::{Sctp, SctpChunk};

/// A packet's bytes.
pub(super) fn bytes(sctp: &Sctp) -> Vec<u8> {
    let verification_tag: u32 = if sctp.chunk == SctpChunk::Init { 0 } else { 0x5eed_0001 };
    let mut bytes = Vec::new();
    bytes.extend(sctp.source_port.to_be_bytes());
    bytes.extend(sctp.destination_port.to_be_bytes());
    bytes.extend(verification_tag.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(chunk(sctp.chunk));
    let checksum = crc32c(&bytes);
    bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

fn chunk(chunk: SctpChunk) -> Vec<u8> {
    let (kind, value): (u8, Vec<u8>) = match chunk {
        SctpChunk::Data => (0, [&[0; 12], b"data".as_slice()].concat()),
        SctpChunk::Init => (1, init()),
        // An INIT ACK carries a state cookie: parameter 7, eight bytes long.
        SctpChunk::InitAck => (2, [init(), vec![0, 7, 0, 8, 1, 2, 3, 4]].concat()),
        SctpChunk::Abort => (6, Vec::new()),
        SctpChunk::CookieEcho => (10, vec![1, 2, 3, 4]),
        SctpChunk::CookieAck => (11, Vec::new()),
    };
    let first_and_last_fragment = 3;
    let flags = if kind == 0 { first_and_last_fragment } else { 0 };
    let length = (4 + value.len()) as u16;
    [&[kind, flags], length.to_be_bytes().as_slice(), &value].concat()
}

/// Initiate tag, window, streams out and in, first transmission number.
fn init() -> Vec<u8> {
    let mut value = Vec::new();
    value.extend(0x5eed_0001_u32.to_be_bytes());
    value.extend(106_496_u32.to_be_bytes());
    value.extend(10_u16.to_be_bytes());
    value.extend(10_u16.to_be_bytes());
    value.extend(1_u32.to_be_bytes());
    value
}

/// The Castagnoli checksum, bit by bit: packets here are small.
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_castagnolis() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
