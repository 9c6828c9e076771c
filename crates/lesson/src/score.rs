//! Points: what the checks of a task earn together, and whether an exam is passed.

use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::check::Checked;
use crate::lesson::Lesson;

/// What passes where an exam says nothing, in per cent.
const PASS: u32 = 66;

/// Points reached, of those there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Reached.
    pub points: u32,
    /// Of so many.
    pub of: u32,
}

impl Score {
    /// What the checks of a task earn. What held from the start earns nothing by itself: controls
    /// count only beside something that came true. A failed control costs its points; one without
    /// points costs the whole task, since what had to be left alone was broken.
    pub fn of(checked: &[Checked]) -> Self {
        let broke = checked.iter().any(|it| it.control && !it.passed && it.points == 0);
        let worked = !broke && checked.iter().any(|check| check.passed && !check.control);
        let earned = checked.iter().filter(|check| check.passed && worked);
        Self {
            points: earned.map(|check| check.points).sum(),
            of: checked.iter().map(|check| check.points).sum(),
        }
    }

    /// What somebody earns who has not begun a task.
    pub fn nothing_of(task: &Lesson) -> Self {
        let checks = task.steps.iter().flat_map(|step| &step.checks);
        Self { points: 0, of: checks.map(|check| check.points).sum() }
    }

    /// The part reached, in whole per cent.
    pub fn percent(self) -> u32 {
        (self.points * 100).checked_div(self.of).unwrap_or(0)
    }

    /// Whether that passes, by a line in per cent.
    pub fn passes(self, line: Option<u32>) -> bool {
        self.percent() >= line.unwrap_or(PASS)
    }
}

impl Add for Score {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { points: self.points + other.points, of: self.of + other.of }
    }
}

impl Sum for Score {
    fn sum<I: Iterator<Item = Self>>(scores: I) -> Self {
        scores.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(passed: bool, control: bool, points: u32) -> Checked {
        Checked { passed, control, points, ..Checked::default() }
    }

    #[test]
    fn what_held_from_the_start_earns_nothing_by_itself() {
        let untouched = [checked(true, true, 2), checked(false, false, 5)];
        assert_eq!(Score::of(&untouched), Score { points: 0, of: 7 });
        let half = [checked(true, true, 2), checked(true, false, 5), checked(false, false, 3)];
        assert_eq!(Score::of(&half), Score { points: 7, of: 10 });
        let broken = [checked(false, true, 2), checked(true, false, 5)];
        assert_eq!(Score::of(&broken), Score { points: 5, of: 7 });
        let forbidden = [checked(false, true, 0), checked(true, false, 5)];
        assert_eq!(Score::of(&forbidden), Score { points: 0, of: 5 });
    }

    #[test]
    fn a_line_in_per_cent_is_reached_or_not() {
        let score: Score =
            [Score { points: 7, of: 10 }, Score { points: 6, of: 10 }].into_iter().sum();
        assert_eq!(score.percent(), 65);
        assert!(score.passes(Some(65)) && !score.passes(None));
    }
}
