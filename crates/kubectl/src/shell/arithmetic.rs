//! `$(( … ))` and `(( … ))`: whole numbers, variables, and what is done to them.

use std::collections::BTreeMap;

/// What an expression comes to; variables may be set by it.
///
/// # Errors
/// A shell's words for what is wrong.
pub fn evaluate(text: &str, variables: &mut BTreeMap<String, String>) -> Result<i64, String> {
    if text.trim().is_empty() {
        return Ok(1);
    }
    let mut reader = Reader { rest: text.trim(), variables };
    let value = reader.level(0)?;
    match reader.rest.trim() {
        "" => Ok(value),
        rest => Err(format!("{text}: syntax error in expression (error token is \"{rest}\")")),
    }
}

/// The operators of two sides, the loosest first.
const LEVELS: &[&[&str]] =
    &[&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

struct Reader<'a> {
    rest: &'a str,
    variables: &'a mut BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn level(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.value() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.take(operator)) {
            let right = self.level(level + 1)?;
            left = match *operator {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                _ if right == 0 => return Err("division by 0".into()),
                "/" => left.wrapping_div(right),
                _ => left.wrapping_rem(right),
            };
        }
        Ok(left)
    }

    fn value(&mut self) -> Result<i64, String> {
        if self.take("(") {
            let value = self.level(0)?;
            return match self.take(")") {
                true => Ok(value),
                false => Err("missing `)'".into()),
            };
        }
        if self.take("!") {
            return Ok(i64::from(self.value()? == 0));
        }
        if self.take("++") {
            let name = self.name();
            return self.change(name, 1, true);
        }
        if self.take("--") {
            let name = self.name();
            return self.change(name, -1, true);
        }
        if self.take("-") {
            return Ok(self.value()?.wrapping_neg());
        }
        self.take("$");
        let name = self.name();
        if name.is_empty() {
            return Err("syntax error: operand expected".into());
        }
        if let Ok(number) = name.parse() {
            return Ok(number);
        }
        if self.take("++") {
            return self.change(name, 1, false);
        }
        if self.take("--") {
            return self.change(name, -1, false);
        }
        for (operator, sign) in [("+=", 1), ("-=", -1)] {
            if self.take(operator) {
                let by = self.level(0)?;
                return self.change(name, by.wrapping_mul(sign), true);
            }
        }
        if !self.rest.trim_start().starts_with("==") && self.take("=") {
            let value = self.level(0)?;
            self.variables.insert(name.to_owned(), value.to_string());
            return Ok(value);
        }
        Ok(self.number(name))
    }

    fn name(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
        self.rest = rest;
        name
    }

    fn number(&self, name: &str) -> i64 {
        self.variables.get(name).and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    }

    /// Adds to a variable; hands back the new value, or the old one.
    fn change(&mut self, name: &str, by: i64, new: bool) -> Result<i64, String> {
        let before = self.number(name);
        let after = before.wrapping_add(by);
        self.variables.insert(name.to_owned(), after.to_string());
        Ok(if new { after } else { before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_variables() {
        let mut variables = BTreeMap::from([("i".to_owned(), "4".to_owned())]);
        let mut value = |text: &str| evaluate(text, &mut variables).unwrap();
        assert_eq!(value("1 + 2 * 3"), 7);
        assert_eq!(value("(1 + 2) * -3 % 4"), -1);
        assert_eq!(value("i++ + $i"), 9);
        assert_eq!(value("i == 5 && i < 10"), 1);
        assert_eq!(value("i += 2"), 7);
        assert_eq!(value("n = i - 3"), 4);
        assert_eq!(value("n"), 4);
        assert!(evaluate("1 /", &mut BTreeMap::new()).is_err());
        assert!(evaluate("1 / 0", &mut BTreeMap::new()).is_err());
    }
}
