//! Values that are a number or a string: a port or its name, a count or a percentage.
//!
//! Models `k8s.io/apimachinery/pkg/util/intstr`.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// The value as `kubectl` prints it.
pub fn text(value: &IntOrString) -> String {
    match value {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(text) => text.clone(),
    }
}

/// The value of a text: a number if it is one that fits 32 bits.
pub fn parse(text: &str) -> IntOrString {
    match text.parse() {
        Ok(number) => IntOrString::Int(number),
        Err(_) => IntOrString::String(text.to_owned()),
    }
}

/// The count that a number, or a percentage of `total`, stands for.
///
/// # Errors
/// Upstream's sentence, if the string is no percentage.
pub fn scaled(value: &IntOrString, total: i32, round_up: bool) -> Result<i32, String> {
    let text = match value {
        IntOrString::Int(number) => return Ok(*number),
        IntOrString::String(text) => text,
    };
    let Some(digits) = text.strip_suffix('%') else {
        return Err("invalid type: string is not a percentage".into());
    };
    let percent: i64 = digits.parse().map_err(|_| {
        format!("invalid value {text:?}: strconv.Atoi: parsing {digits:?}: invalid syntax")
    })?;
    let product = percent.saturating_mul(i64::from(total));
    let rounded =
        if round_up { product.saturating_add(99).div_euclid(100) } else { product.div_euclid(100) };
    Ok(i32::try_from(rounded).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_as_asked() {
        let quarter = IntOrString::String("25%".into());
        assert_eq!(scaled(&quarter, 3, true), Ok(1));
        assert_eq!(scaled(&quarter, 3, false), Ok(0));
        assert_eq!(scaled(&IntOrString::Int(2), 3, false), Ok(2));
        assert!(scaled(&IntOrString::String("two".into()), 3, false).is_err());
    }
}
