//! Amounts of resources: `250m`, `64Mi`, `2`, `1e3`.
//!
//! Models as much of `k8s.io/apimachinery/pkg/api/resource` as adding up requests needs.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// An amount in thousandths of its unit; zero for what is no quantity (validation refuses it).
pub fn milli(quantity: &Quantity) -> i128 {
    parse(&quantity.0).unwrap_or(0)
}

/// The amount of one resource in thousandths.
pub fn of(amounts: Option<&BTreeMap<String, Quantity>>, resource: &str) -> i128 {
    amounts.and_then(|amounts| amounts.get(resource)).map_or(0, milli)
}

fn parse(text: &str) -> Option<i128> {
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && (*c == '-' || *c == '+'))))
        .map_or(text.len(), |(at, _)| at);
    let (number, suffix) = text.split_at(end);
    let (numerator, denominator): (i128, i128) = match suffix {
        "n" => (1, 1_000_000),
        "u" => (1, 1_000),
        "m" => (1, 1),
        "" => (1_000, 1),
        "k" => (1_000_000, 1),
        "M" => (1_000_000_000, 1),
        "G" => (1_000_000_000_000, 1),
        "T" => (1_000_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000_000, 1),
        "Ki" => (1_000 << 10, 1),
        "Mi" => (1_000 << 20, 1),
        "Gi" => (1_000 << 30, 1),
        "Ti" => (1_000 << 40, 1),
        "Pi" => (1_000 << 50, 1),
        "Ei" => (1_000 << 60, 1),
        exponent => {
            let power: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let scale = 10i128.checked_pow(power.unsigned_abs().min(18))?;
            if power >= 0 { (1_000 * scale, 1) } else { (1_000, scale) }
        }
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let negative = whole.starts_with('-');
    let whole: i128 = match whole.trim_start_matches(['-', '+']) {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let digits = &fraction[..fraction.len().min(9)];
    let part: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let scale = 10i128.pow(u32::try_from(digits.len()).ok()?);
    let total = whole.checked_mul(scale)?.checked_add(part)?.checked_mul(numerator)?;
    // Rounded up, as a request of half a thousandth is one.
    let divisor = scale * denominator;
    let value = (total + divisor - 1).div_euclid(divisor);
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, expected) in
            [("250m", 250), ("2", 2_000), ("0.5", 500), ("64Mi", 67_108_864_000), ("1e3", 1_000_000), ("1.5k", 1_500_000)]
        {
            assert_eq!(milli(&Quantity(text.into())), expected, "{text}");
        }
    }
}
