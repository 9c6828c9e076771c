//! Points, boxes and lines in abstract units; y grows downwards, as on a screen.

use serde::{Deserialize, Serialize};

/// A place on the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
}

impl Point {
    /// The point `x` from the left and `y` from the top.
    pub fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The straight distance to another point.
    pub fn distance(self, other: Point) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    fn towards(self, other: Point, share: f32) -> Point {
        Point::new(self.x + (other.x - self.x) * share, self.y + (other.y - self.y) * share)
    }
}

/// An upright box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Its left edge.
    pub x: f32,
    /// Its top edge.
    pub y: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl Rect {
    /// The box with that corner and size.
    pub fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// Its middle.
    pub fn center(self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Its right edge.
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    /// Its bottom edge.
    pub fn bottom(self) -> f32 {
        self.y + self.height
    }

    /// The box so many times as large, with one point where it was.
    pub fn scaled(self, share: f32, fixed: Point) -> Self {
        let at = |from: f32, fixed: f32| fixed - (fixed - from) * share;
        let (x, y) = (at(self.x, fixed.x), at(self.y, fixed.y));
        Self::new(x, y, self.width * share, self.height * share)
    }

    /// Whether a point lies inside or on the edge.
    pub fn contains(self, point: Point) -> bool {
        (self.x..=self.right()).contains(&point.x) && (self.y..=self.bottom()).contains(&point.y)
    }

    /// Whether two boxes share more than an edge.
    pub fn overlaps(self, other: Rect) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }
}

/// A line through points.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Polyline(pub Vec<Point>);

impl Polyline {
    /// How long it is.
    pub fn length(&self) -> f32 {
        self.0.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
    }

    /// The point at a share of its length, from 0 to 1; nothing for a line without points.
    pub fn at(&self, share: f32) -> Option<Point> {
        let mut rest = self.length() * share.clamp(0.0, 1.0);
        for pair in self.0.windows(2) {
            let length = pair[0].distance(pair[1]);
            if rest <= length && length > 0.0 {
                return Some(pair[0].towards(pair[1], rest / length));
            }
            rest -= length;
        }
        self.0.last().copied()
    }

    /// The same line walked from its other end.
    pub fn reversed(&self) -> Self {
        Self(self.0.iter().rev().copied().collect())
    }

    /// This line and then another; a shared point stands once.
    pub fn join(&mut self, other: &Polyline) {
        let skip = usize::from(self.0.last().is_some() && self.0.last() == other.0.first());
        self.0.extend(other.0.iter().skip(skip));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_length_is_a_point_on_the_line() {
        let corner = Polyline(vec![Point::new(0., 0.), Point::new(10., 0.), Point::new(10., 30.)]);
        assert_eq!(corner.length(), 40.0);
        assert_eq!(corner.at(0.0), Some(Point::new(0., 0.)));
        assert_eq!(corner.at(0.5), Some(Point::new(10., 10.)));
        assert_eq!(corner.at(7.0), Some(Point::new(10., 30.)));
        assert_eq!(Polyline::default().at(0.5), None);
    }
}
