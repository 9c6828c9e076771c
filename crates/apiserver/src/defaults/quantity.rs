//! Amounts of a resource: `250m`, `1Gi`, `1e3`.
//!
//! Models `k8s.io/apimachinery/pkg/api/resource/quantity.go`: parsing, comparison, and the canonical form
//! in which every amount is shown. Exact to billionths, in 128 bits.

use std::cmp::Ordering;
use std::fmt;

const BILLION: i128 = 1_000_000_000;

/// Suffixes of powers of 1024, ascending from the first.
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/// Suffixes of powers of 1000 and the power.
const DECIMAL: [(&str, i32); 10] = [
    ("n", -3),
    ("u", -2),
    ("m", -1),
    ("", 0),
    ("k", 1),
    ("M", 2),
    ("G", 3),
    ("T", 4),
    ("P", 5),
    ("E", 6),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Binary,
    Decimal,
    Exponent,
}

/// A parsed amount. Two amounts are equal if they are as much, however written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    billionths: i128,
    format: Format,
}

impl Amount {
    /// Parses what the API server accepts as a quantity.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let digits =
            unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(digits);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let (multiplier, divisor, format) = scale(suffix)?;
        // Digits beyond the billionth's billionth cannot matter but for rounding up.
        let kept = &fraction[..fraction.len().min(18)];
        let mut mantissa: i128 = 0;
        for digit in whole.bytes().chain(kept.bytes()) {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let fraction_scale = 10_i128.pow(u32::try_from(kept.len()).ok()?);
        let numerator = mantissa.checked_mul(multiplier).and_then(|n| n.checked_mul(BILLION));
        let numerator = numerator.unwrap_or(i128::MAX);
        let denominator = fraction_scale.checked_mul(divisor)?;
        let billionths = round_up(numerator, denominator).min(i128::from(i64::MAX) * BILLION);
        Some(Self { billionths: if negative { -billionths } else { billionths }, format })
    }

    /// Whether there is any.
    pub(crate) fn is_positive(self) -> bool {
        self.billionths > 0
    }

    /// Whether it is less than nothing.
    pub(crate) fn is_negative(self) -> bool {
        self.billionths < 0
    }

    /// Whether it is a number of whole pieces.
    pub(crate) fn is_whole(self) -> bool {
        self.billionths % BILLION == 0
    }

    /// The same amount in thousandths, rounded away from zero.
    pub(crate) fn round_up_to_thousandths(self) -> Self {
        let step = BILLION / 1000;
        let rounded = round_up(self.billionths.abs(), step) * step;
        Self {
            billionths: if self.billionths < 0 { -rounded } else { rounded },
            format: self.format,
        }
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.billionths == other.billionths
    }
}

impl Eq for Amount {}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        self.billionths.cmp(&other.billionths)
    }
}

/// Writes the canonical form: no fraction, the largest suffix that keeps the amount exact.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let small = self.billionths.abs() < 1024 * BILLION;
        if self.format == Format::Binary && !small && self.billionths % BILLION == 0 {
            let mut mantissa = self.billionths / BILLION;
            let mut power = 0;
            while mantissa % 1024 == 0 && power < BINARY.len() {
                mantissa /= 1024;
                power += 1;
            }
            return match power.checked_sub(1) {
                Some(index) => write!(f, "{mantissa}{}", BINARY[index]),
                None => write!(f, "{mantissa}"),
            };
        }
        let mut mantissa = self.billionths;
        let mut power = -3;
        while mantissa != 0 && mantissa % 1000 == 0 && power < 6 {
            mantissa /= 1000;
            power += 1;
        }
        if mantissa == 0 {
            return f.write_str("0");
        }
        if self.format == Format::Exponent {
            return if power == 0 {
                write!(f, "{mantissa}")
            } else {
                write!(f, "{mantissa}e{}", power * 3)
            };
        }
        let suffix = DECIMAL.iter().find(|(_, of)| *of == power).map_or("", |(suffix, _)| suffix);
        write!(f, "{mantissa}{suffix}")
    }
}

/// Multiplier, divisor and format of a suffix.
fn scale(suffix: &str) -> Option<(i128, i128, Format)> {
    if let Some(index) = BINARY.iter().position(|binary| *binary == suffix) {
        return Some((1 << (10 * (index + 1)), 1, Format::Binary));
    }
    if let Some((_, power)) = DECIMAL.iter().find(|(decimal, _)| *decimal == suffix) {
        let factor = 1000_i128.pow(power.unsigned_abs());
        return Some(if *power < 0 {
            (1, factor, Format::Decimal)
        } else {
            (factor, 1, Format::Decimal)
        });
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let factor = 10_i128.checked_pow(exponent.unsigned_abs().min(30))?;
    Some(if exponent < 0 { (1, factor, Format::Exponent) } else { (factor, 1, Format::Exponent) })
}

fn round_up(numerator: i128, denominator: i128) -> i128 {
    numerator / denominator + i128::from(numerator % denominator != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms_are_upstreams() {
        for (written, shown) in [
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1500", "1500"),
            ("2000", "2k"),
            ("0.1", "100m"),
            ("100Ki", "100Ki"),
            ("512", "512"),
            ("1e3", "1e3"),
            ("12e6", "12e6"),
            ("0", "0"),
            ("-1", "-1"),
            ("1048576", "1048576"),
            ("128974848", "128974848"),
            ("129M", "129M"),
            ("0.3Ki", "307200m"),
        ] {
            assert_eq!(
                Amount::parse(written).map(|amount| amount.to_string()).as_deref(),
                Some(shown),
                "{written}"
            );
        }
        for nonsense in ["", "1.2.3", "1Mib", "cpu", "1 Gi", "."] {
            assert!(Amount::parse(nonsense).is_none(), "{nonsense}");
        }
        assert!(Amount::parse("1Gi") > Amount::parse("1G"));
    }
}
