//! Amounts of resources: `500m`, `1.5Gi`, `1e3`.
//!
//! Models `k8s.io/apimachinery/pkg/api/resource/quantity.go`: what parses, what is refused with
//! which sentence, and the canonical form the API server keeps (`0.5` is `500m`, `1024Mi` is `1Gi`).

use std::cmp::Ordering;
use std::fmt;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

/// Billionths in one.
const NANO: i128 = 1_000_000_000;

/// An amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Billionths; less is rounded up, as upstream does.
    nanos: i128,
    format: Format,
    /// The canonical form.
    text: String,
}

/// How an amount is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// `12M`.
    Decimal,
    /// `12e6`.
    Exponent,
    /// `12Mi`.
    Binary,
}

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// It has not the form of one.
    Form,
    /// Its suffix is none.
    Suffix,
}

/// Writes upstream's sentence.
impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuantityError::Form => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            QuantityError::Suffix => "unable to parse quantity's suffix",
        })
    }
}

impl std::error::Error for QuantityError {}

impl Quantity {
    /// Reads an amount.
    ///
    /// # Errors
    /// Upstream's, if the text is none.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let parts = Parts::of(text)?;
        let (base, exponent, format) = interpret(parts.suffix)?;
        let mut digits = String::from(parts.whole);
        digits.push_str(parts.fraction);
        let mantissa: i128 = digits.parse().unwrap_or(i128::MAX / NANO);
        let places = i32::try_from(parts.fraction.len()).unwrap_or(i32::MAX);
        let nanos = match base {
            Base::Ten => scale_ten(mantissa, exponent.saturating_sub(places).saturating_add(9)),
            Base::Two => {
                let factor = 1_i128.checked_shl(exponent.unsigned_abs()).unwrap_or(i128::MAX);
                scale_ten(mantissa.saturating_mul(factor), 9_i32.saturating_sub(places))
            }
        };
        let nanos = if parts.negative { -nanos } else { nanos };
        let text = if reuses_text(&parts, exponent, format, &digits, mantissa) {
            text.to_owned()
        } else {
            canonical(nanos, format)
        };
        Ok(Self { nanos, format, text })
    }

    /// The amount of a field, nothing if it is none.
    pub fn of(written: &Written) -> Self {
        Self::parse(&written.0).unwrap_or_else(|_| Self::from_nanos(0, Format::Decimal))
    }

    /// So many thousandths, as CPU is counted.
    pub fn from_millis(millis: i64) -> Self {
        Self::from_nanos(i128::from(millis) * 1_000_000, Format::Decimal)
    }

    /// So many bytes, written in powers of 1024 where that is exact.
    pub fn from_bytes(bytes: i64) -> Self {
        Self::from_nanos(i128::from(bytes) * NANO, Format::Binary)
    }

    /// Thousandths, rounded up.
    pub fn millis(&self) -> i64 {
        clamp(divide_up(self.nanos, 1_000_000))
    }

    /// Whole units, rounded up.
    pub fn value(&self) -> i64 {
        clamp(divide_up(self.nanos, NANO))
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.nanos == 0
    }

    /// Whether it is less than nothing.
    pub fn is_negative(&self) -> bool {
        self.nanos < 0
    }

    /// The sum, written as the first summand is unless that is nothing.
    pub fn plus(&self, other: &Quantity) -> Self {
        let format = if self.is_zero() { other.format } else { self.format };
        Self::from_nanos(self.nanos.saturating_add(other.nanos), format)
    }

    /// The difference, written as the first amount is unless that is nothing.
    pub fn minus(&self, other: &Quantity) -> Self {
        let format = if self.is_zero() { other.format } else { self.format };
        Self::from_nanos(self.nanos.saturating_sub(other.nanos), format)
    }

    /// The amount as a field holds it.
    pub fn written(&self) -> Written {
        Written(self.text.clone())
    }

    fn from_nanos(nanos: i128, format: Format) -> Self {
        Self { nanos, format, text: canonical(nanos, format) }
    }
}

/// By size, whatever the form.
impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Writes the canonical form.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

struct Parts<'t> {
    negative: bool,
    /// Without leading zeros, `0` if nothing is left.
    whole: &'t str,
    fraction: &'t str,
    suffix: &'t str,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Result<Self, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Form);
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let number = unsigned.trim_start_matches('0');
        let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (whole, rest) = number.split_at(digits);
        let whole = if whole.is_empty() { "0" } else { whole };
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => {
                let digits =
                    rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                rest.split_at(digits)
            }
            None => ("", rest),
        };
        let tail = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
        let tail = tail.strip_prefix(['-', '+']).unwrap_or(tail);
        if !tail.bytes().all(|b| b.is_ascii_digit()) {
            return Err(QuantityError::Form);
        }
        Ok(Self { negative: text.starts_with('-'), whole, fraction, suffix })
    }
}

enum Base {
    Ten,
    Two,
}

fn interpret(suffix: &str) -> Result<(Base, i32, Format), QuantityError> {
    let decimal = |exponent| Ok((Base::Ten, exponent, Format::Decimal));
    let binary = |exponent| Ok((Base::Two, exponent, Format::Binary));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => match suffix.strip_prefix(['e', 'E']).and_then(|exponent| exponent.parse().ok()) {
            Some(exponent) => Ok((Base::Ten, exponent, Format::Exponent)),
            None => Err(QuantityError::Suffix),
        },
    }
}

/// Whether upstream takes the text for canonical as it is.
fn reuses_text(
    parts: &Parts<'_>,
    exponent: i32,
    format: Format,
    digits: &str,
    mantissa: i128,
) -> bool {
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    match format {
        Format::Binary => {
            let room = 15 - length - exponent * 3 / 10 - 1;
            parts.fraction.is_empty() && room >= 0 && mantissa & 7 != 0
        }
        Format::Decimal | Format::Exponent => {
            let scale =
                exponent.saturating_sub(i32::try_from(parts.fraction.len()).unwrap_or(i32::MAX));
            length <= 18
                && scale >= -9
                && scale % 3 == 0
                && !digits.ends_with("000")
                && !digits.starts_with('0')
        }
    }
}

/// `mantissa` · 10^`power`, rounded up, within bounds.
fn scale_ten(mantissa: i128, power: i32) -> i128 {
    match u32::try_from(power) {
        Ok(power) => {
            let factor = 10_i128.checked_pow(power).unwrap_or(i128::MAX);
            mantissa.saturating_mul(factor).min(i128::MAX / 2)
        }
        Err(_) => {
            let divisor = 10_i128.checked_pow(power.unsigned_abs()).unwrap_or(i128::MAX);
            divide_up(mantissa, divisor)
        }
    }
}

fn divide_up(value: i128, divisor: i128) -> i128 {
    let quotient = value / divisor;
    let rest = value % divisor;
    if rest == 0 { quotient } else { quotient + rest.signum() }
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

fn canonical(nanos: i128, format: Format) -> String {
    if nanos == 0 {
        return "0".into();
    }
    if format == Format::Binary && nanos % NANO == 0 && nanos.abs() >= 1024 * NANO {
        let mut value = nanos / NANO;
        let mut power = 0;
        while value % 1024 == 0 && power < 6 {
            value /= 1024;
            power += 1;
        }
        return format!("{value}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power]);
    }
    let mut value = nanos;
    let mut exponent = -9;
    while value % 1000 == 0 && exponent < 18 {
        value /= 1000;
        exponent += 3;
    }
    match format {
        Format::Exponent if exponent == 0 => value.to_string(),
        Format::Exponent => format!("{value}e{exponent}"),
        Format::Decimal | Format::Binary => {
            let suffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
            let place = usize::try_from((exponent + 9) / 3).unwrap_or_default();
            format!("{value}{}", suffixes[place.min(9)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_form_is_upstreams() {
        for (text, canonical) in [
            ("0.5", "500m"),
            ("0.1", "100m"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("128Mi", "128Mi"),
            ("1000Mi", "1000Mi"),
            ("50M", "50M"),
            ("1e3", "1e3"),
            ("1000000", "1M"),
            ("0", "0"),
            ("0.0", "0"),
            ("512Ki", "512Ki"),
            ("100", "100"),
            ("1.25", "1250m"),
            ("0.5Gi", "512Mi"),
            ("2E", "2E"),
            ("1Ei", "1Ei"),
            ("3000Ki", "3000Ki"),
            ("1e6", "1e6"),
            ("10e5", "1e6"),
            ("0.0000000001", "1n"),
            ("-5", "-5"),
        ] {
            assert_eq!(Quantity::parse(text).unwrap().to_string(), canonical, "{text}");
        }
    }

    #[test]
    fn refuses_what_upstream_refuses() {
        for text in ["", "1 Gi", "abc", "1.2.3", "1GiB", "12x", "0,5"] {
            assert_eq!(Quantity::parse(text), Err(QuantityError::Form), "{text}");
        }
        for text in ["1mi", "1Gi5", "1K", "1e", "10MiM"] {
            assert_eq!(Quantity::parse(text), Err(QuantityError::Suffix), "{text}");
        }
    }

    #[test]
    fn compares_and_adds_across_forms() {
        let parse = |text| Quantity::parse(text).unwrap();
        assert!(parse("1Gi") > parse("1G"));
        assert_eq!(parse("500m").plus(&parse("1")).to_string(), "1500m");
        assert_eq!(parse("2Gi").minus(&parse("512Mi")).to_string(), "1536Mi");
        assert_eq!(parse("1500m").value(), 2);
        assert_eq!(parse("0.25").millis(), 250);
    }
}
