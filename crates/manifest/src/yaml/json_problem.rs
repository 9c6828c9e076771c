//! Why a text is no JSON, in the words of Go.
//!
//! Models the state machine of Go's `encoding/json` (`scanner.go`), which `kubectl` gives every text
//! that begins with `{`.

/// The first problem of a stream of JSON values: the bytes read, the offending one among them, and
/// Go's sentence; nothing if the text merely ends too early.
pub fn problem(text: &str) -> Option<(usize, String)> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    match scanner.values() {
        Ok(()) | Err(Stop::End) => None,
        Err(Stop::Wrong(place)) => {
            let found =
                text.get(scanner.at..).and_then(|rest| rest.chars().next()).unwrap_or('\u{fffd}');
            Some((scanner.at + 1, format!("invalid character {} {place}", quote(found))))
        }
    }
}

/// Why scanning stops.
enum Stop {
    /// The text ends.
    End,
    /// The byte at hand does not belong there.
    Wrong(&'static str),
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    fn values(&mut self) -> Result<(), Stop> {
        loop {
            self.space();
            if self.at >= self.bytes.len() {
                return Ok(());
            }
            self.value()?;
        }
    }

    /// One value; lists and maps are kept on a stack, so that depth costs no recursion.
    fn value(&mut self) -> Result<(), Stop> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.space();
            match self.byte()? {
                b'{' => {
                    self.at += 1;
                    self.space();
                    if self.byte()? == b'}' {
                        self.at += 1;
                    } else {
                        open.push(b'{');
                        self.key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    self.space();
                    if self.byte()? == b']' {
                        self.at += 1;
                    } else {
                        open.push(b'[');
                        continue;
                    }
                }
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.word(
                    b"true",
                    &[
                        "in literal true (expecting 'r')",
                        "in literal true (expecting 'u')",
                        "in literal true (expecting 'e')",
                    ],
                )?,
                b'f' => self.word(
                    b"false",
                    &[
                        "in literal false (expecting 'a')",
                        "in literal false (expecting 'l')",
                        "in literal false (expecting 's')",
                        "in literal false (expecting 'e')",
                    ],
                )?,
                b'n' => self.word(
                    b"null",
                    &[
                        "in literal null (expecting 'u')",
                        "in literal null (expecting 'l')",
                        "in literal null (expecting 'l')",
                    ],
                )?,
                _ => return Err(Stop::Wrong("looking for beginning of value")),
            }
            // What may follow a value.
            loop {
                let Some(bracket) = open.last().copied() else { return Ok(()) };
                self.space();
                match (bracket, self.byte()?) {
                    (b'{', b'}') | (b'[', b']') => {
                        self.at += 1;
                        open.pop();
                    }
                    (b'{', b',') => {
                        self.at += 1;
                        self.space();
                        self.byte()?;
                        self.key()?;
                        break;
                    }
                    (b'[', b',') => {
                        self.at += 1;
                        break;
                    }
                    (b'{', _) => return Err(Stop::Wrong("after object key:value pair")),
                    _ => return Err(Stop::Wrong("after array element")),
                }
            }
        }
    }

    fn key(&mut self) -> Result<(), Stop> {
        if self.byte()? != b'"' {
            return Err(Stop::Wrong("looking for beginning of object key string"));
        }
        self.string()?;
        self.space();
        if self.byte()? != b':' {
            return Err(Stop::Wrong("after object key"));
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Stop> {
        self.at += 1;
        loop {
            match self.byte()? {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    self.at += 1;
                    match self.byte()? {
                        b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => self.at += 1,
                        b'u' => {
                            self.at += 1;
                            for _ in 0..4 {
                                if !self.byte()?.is_ascii_hexdigit() {
                                    return Err(Stop::Wrong("in \\u hexadecimal character escape"));
                                }
                                self.at += 1;
                            }
                        }
                        _ => return Err(Stop::Wrong("in string escape code")),
                    }
                }
                0..=0x1f => return Err(Stop::Wrong("in string literal")),
                _ => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Result<(), Stop> {
        if self.byte()? == b'-' {
            self.at += 1;
        }
        match self.byte()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return Err(Stop::Wrong("in numeric literal")),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if !self.byte()?.is_ascii_digit() {
                return Err(Stop::Wrong("after decimal point in numeric literal"));
            }
            self.digits();
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte()?, b'+' | b'-') {
                self.at += 1;
            }
            if !self.byte()?.is_ascii_digit() {
                return Err(Stop::Wrong("in exponent of numeric literal"));
            }
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &[u8], wanted: &[&'static str]) -> Result<(), Stop> {
        self.at += 1;
        for (letter, sentence) in word[1..].iter().zip(wanted) {
            if self.byte()? != *letter {
                return Err(Stop::Wrong(sentence));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Result<u8, Stop> {
        self.bytes.get(self.at).copied().ok_or(Stop::End)
    }
}

/// A character as Go quotes it.
fn quote(character: char) -> String {
    match character {
        '\'' => r"'\''".into(),
        '"' => "'\"'".into(),
        _ => format!("{character:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn says_what_go_says() {
        for (text, found) in [
            (
                "{a: b}",
                Some((2, "invalid character 'a' looking for beginning of object key string")),
            ),
            (
                "{\"a\": 1,}",
                Some((9, "invalid character '}' looking for beginning of object key string")),
            ),
            ("{\"a\" 1}", Some((6, "invalid character '1' after object key"))),
            ("{\"a\": b}", Some((7, "invalid character 'b' looking for beginning of value"))),
            ("{\"a\": [1 2]}", Some((10, "invalid character '2' after array element"))),
            (
                "{\"a\": 1 \"b\": 2}",
                Some((9, "invalid character '\"' after object key:value pair")),
            ),
            ("{} x", Some((4, "invalid character 'x' looking for beginning of value"))),
            ("{\"a\": tru}", Some((10, "invalid character '}' in literal true (expecting 'e')"))),
            ("{\"a\": \"x\ny\"}", Some((9, "invalid character '\\n' in string literal"))),
            ("{\"a\": 1", None),
            ("{}", None),
        ] {
            assert_eq!(
                problem(text),
                found.map(|(at, sentence)| (at, sentence.to_owned())),
                "{text}"
            );
        }
    }
}
