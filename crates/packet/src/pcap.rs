//! Captures as pcapng files, which tshark and Wireshark open.
//!
//! Models the blocks of draft-ietf-opsawg-pcapng: section header, one interface description for
//! each capture point, one enhanced packet for each frame.

use crate::{Frame, Time};

/// One frame as seen at one capture point.
#[derive(Clone, Debug)]
pub struct Captured {
    /// Position of the capture point in the list of interfaces.
    pub interface: usize,
    /// When it was seen.
    pub at: Time,
    /// The frame.
    pub frame: Frame,
}

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
const LINK_TYPE_ETHERNET: u16 = 1;
const OPTION_NAME: u16 = 2;

/// A pcapng file of frames seen at named interfaces (`node-1 cni0`), in the order given.
pub fn pcapng(interfaces: &[String], frames: &[Captured]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut section = Vec::new();
    section.extend(BYTE_ORDER_MAGIC.to_le_bytes());
    section.extend(1_u16.to_le_bytes());
    section.extend(0_u16.to_le_bytes());
    section.extend(u64::MAX.to_le_bytes());
    block(SECTION_HEADER, &section, &mut file);
    for name in interfaces {
        let mut body = Vec::new();
        body.extend(LINK_TYPE_ETHERNET.to_le_bytes());
        body.extend(0_u16.to_le_bytes());
        body.extend(0_u32.to_le_bytes());
        body.extend(OPTION_NAME.to_le_bytes());
        body.extend((name.len() as u16).to_le_bytes());
        padded(name.as_bytes(), &mut body);
        body.extend(0_u32.to_le_bytes());
        block(INTERFACE_DESCRIPTION, &body, &mut file);
    }
    for captured in frames {
        let bytes = captured.frame.bytes();
        let micros =
            captured.at.unix_seconds() * 1_000_000 + u64::from(captured.at.subsecond_micros());
        let mut body = Vec::new();
        body.extend((captured.interface as u32).to_le_bytes());
        body.extend(((micros >> 32) as u32).to_le_bytes());
        body.extend((micros as u32).to_le_bytes());
        body.extend((bytes.len() as u32).to_le_bytes());
        body.extend((bytes.len() as u32).to_le_bytes());
        padded(&bytes, &mut body);
        block(ENHANCED_PACKET, &body, &mut file);
    }
    file
}

/// Type, length, body, length again.
fn block(kind: u32, body: &[u8], file: &mut Vec<u8>) {
    let length = (body.len() + 12) as u32;
    file.extend(kind.to_le_bytes());
    file.extend(length.to_le_bytes());
    file.extend(body);
    file.extend(length.to_le_bytes());
}

/// The bytes, filled up to a multiple of four.
fn padded(bytes: &[u8], body: &mut Vec<u8>) {
    body.extend(bytes);
    body.extend(std::iter::repeat_n(0, bytes.len().next_multiple_of(4) - bytes.len()));
}
