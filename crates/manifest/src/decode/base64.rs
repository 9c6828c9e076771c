//! Base64 as Go reads it.
//!
//! Models `encoding/base64.StdEncoding`: line breaks are skipped, padding is needed, and an error
//! names the byte at which the text went wrong.

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;

/// The text without line breaks, or the offset Go names for what is wrong.
///
/// # Errors
/// The byte `n` of `illegal base64 data at input byte n`.
pub fn canonical(text: &str) -> Result<String, usize> {
    let bytes = decode(text.as_bytes())?;
    Ok(STANDARD.encode(bytes))
}

fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    loop {
        // Four characters make three bytes.
        let mut quantum = [0_u8; 4];
        let mut filled = 0;
        while filled < 4 {
            let Some(character) = next(text, &mut at) else {
                return if filled == 0 { Ok(bytes) } else { Err(at - filled) };
            };
            match value(character) {
                Some(value) => quantum[filled] = value,
                None if character != b'=' || filled < 2 => return Err(at - 1),
                None => {
                    if filled == 2 {
                        match next(text, &mut at) {
                            None => return Err(text.len()),
                            Some(b'=') => {}
                            Some(_) => return Err(at - 1),
                        }
                    }
                    if next(text, &mut at).is_some() {
                        return Err(at - 1);
                    }
                    push(&mut bytes, quantum, filled);
                    return Ok(bytes);
                }
            }
            filled += 1;
        }
        push(&mut bytes, quantum, 4);
    }
}

fn next(text: &[u8], at: &mut usize) -> Option<u8> {
    while let Some(character) = text.get(*at).copied() {
        *at += 1;
        if !matches!(character, b'\n' | b'\r') {
            return Some(character);
        }
    }
    None
}

fn value(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

fn push(bytes: &mut Vec<u8>, quantum: [u8; 4], filled: usize) {
    let [a, b, c, d] = quantum;
    let triple = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    bytes.extend_from_slice(&triple[..filled - 1]);
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn names_the_byte_go_names() {
        for (text, result) in [
            ("", Ok("")),
            ("cGFzcw==", Ok("cGFzcw==")),
            ("cGFz\ncw==\n", Ok("cGFzcw==")),
            ("%%%", Err(0)),
            ("cGFzcw", Err(4)),
            ("cGFzcw=", Err(7)),
            ("hello", Err(4)),
            ("pass word", Err(4)),
            ("cGFzcw==x", Err(8)),
        ] {
            assert_eq!(canonical(text), result.map(str::to_owned), "{text}");
        }
    }
}
