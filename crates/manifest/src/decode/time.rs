//! Points in time as the API reads them: RFC 3339, with Go's sentences for what is not.
//!
//! Models `time.Parse` of Go with the layouts of `metav1.Time` and `metav1.MicroTime`.

/// The text as it was, or Go's sentence.
///
/// # Errors
/// `parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`.
pub fn check(text: &str, micro: bool) -> Result<String, String> {
    let layout =
        if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let cannot = |rest: &str, element: &str| {
        Err(format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {element:?}"))
    };
    let mut rest = text;
    let mut numbers = [0_u32; 6];
    for (position, (element, width)) in
        [("2006", 4), ("01", 2), ("02", 2), ("15", 2), ("04", 2), ("05", 2)].into_iter().enumerate()
    {
        let separator = ["", "-", "-", "T", ":", ":"][position];
        match rest.strip_prefix(separator) {
            Some(after) => rest = after,
            None => return cannot(rest, separator),
        }
        let digits = rest.get(..width).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(number) => numbers[position] = number,
            None => return cannot(rest, element),
        }
        rest = &rest[width..];
        let range = match (position, numbers[position]) {
            (1, 1..=12) | (2, 1..=31) | (3, 0..=23) | (4 | 5, 0..=59) | (0, _) => None,
            (1, _) => Some("month"),
            (2, _) => Some("day"),
            (3, _) => Some("hour"),
            (4, _) => Some("minute"),
            (_, _) => Some("second"),
        };
        if let Some(name) = range {
            return Err(format!("parsing time {text:?}: {name} out of range"));
        }
    }
    if let Some(after) = rest.strip_prefix('.') {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || (micro && digits < 6) {
            return cannot(rest, if micro { ".000000" } else { "Z07:00" });
        }
        rest = &after[digits..];
    } else if micro {
        return cannot(rest, ".000000");
    }
    let zone = rest.as_bytes();
    let zone_end = match zone {
        [b'Z', ..] => 1,
        [b'+' | b'-', h1, h2, b':', m1, m2, ..]
            if [h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()) =>
        {
            6
        }
        _ => return cannot(rest, "Z07:00"),
    };
    if rest.len() > zone_end {
        return Err(format!("parsing time {text:?}: extra text: {:?}", &rest[zone_end..]));
    }
    let leap = numbers[0].is_multiple_of(4)
        && (!numbers[0].is_multiple_of(100) || numbers[0].is_multiple_of(400));
    let days = match numbers[1] {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if numbers[2] > days {
        return Err(format!("parsing time {text:?}: day out of range"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn refuses_in_the_words_of_go() {
        assert!(check("2024-02-29T12:00:00Z", false).is_ok());
        assert!(check("2024-02-29T12:00:00.5+02:00", false).is_ok());
        assert_eq!(
            check("yesterday", false).unwrap_err(),
            r#"parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006""#
        );
        assert_eq!(
            check("2024-01-01", false).unwrap_err(),
            r#"parsing time "2024-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#
        );
        assert_eq!(
            check("2023-02-29T00:00:00Z", false).unwrap_err(),
            r#"parsing time "2023-02-29T00:00:00Z": day out of range"#
        );
    }
}
