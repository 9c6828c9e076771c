//! Aligning cells that tabs separate, as Go's `text/tabwriter` does for `kubectl`.
//!
//! A column is a run of consecutive lines that have a tab-terminated cell there; its width depends
//! on that run only. The last cell of a line belongs to no column.

/// Aligns with at least `minimum` columns for a cell and `padding` spaces after the widest.
pub fn align(text: &str, minimum: usize, padding: usize) -> String {
    let lines: Vec<Vec<&str>> = text
        .split_inclusive('\n')
        .map(|line| line.trim_end_matches('\n').split('\t').collect())
        .collect();
    let mut writer = Writer { lines, minimum, padding, widths: Vec::new(), out: String::new() };
    writer.format(0, writer.lines.len());
    if !text.ends_with('\n') {
        writer.out.pop();
    }
    writer.out
}

/// As `kubectl get` aligns: six columns at the least, three spaces between.
pub fn table(text: &str) -> String {
    align(text, 6, 3)
}

/// As `kubectl describe` aligns: two spaces between.
pub fn description(text: &str) -> String {
    align(text, 0, 2)
}

struct Writer<'a> {
    lines: Vec<Vec<&'a str>>,
    minimum: usize,
    padding: usize,
    widths: Vec<usize>,
    out: String,
}

impl Writer<'_> {
    fn format(&mut self, mut first: usize, last: usize) {
        let column = self.widths.len();
        let mut this = first;
        while this < last {
            if column + 1 >= self.lines[this].len() {
                this += 1;
                continue;
            }
            self.write(first, this);
            first = this;
            let mut width = self.minimum;
            while this < last && column + 1 < self.lines[this].len() {
                width = width.max(self.lines[this][column].chars().count() + self.padding);
                this += 1;
            }
            self.widths.push(width);
            self.format(first, this);
            self.widths.pop();
            first = this;
        }
        self.write(first, last);
    }

    fn write(&mut self, first: usize, last: usize) {
        for line in &self.lines[first..last] {
            for (column, cell) in line.iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(column) {
                    let missing = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', missing));
                }
            }
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_a_table() {
        assert_eq!(
            table("NAME\tREADY\tAGE\nweb\t1/1\t8s\n"),
            "NAME   READY   AGE\nweb    1/1     8s\n"
        );
    }

    #[test]
    fn a_line_without_the_cell_ends_the_column() {
        assert_eq!(
            description("Name:\tx\nType:\ty\nPods:\n  Longer:\tz\n"),
            "Name:  x\nType:  y\nPods:\n  Longer:  z\n"
        );
    }
}
