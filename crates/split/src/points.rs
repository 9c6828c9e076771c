//! The points of all functions of a module, numbered, and which of them the opening has reached.

use std::collections::BTreeSet;

use wasmparser::BinaryReaderError;

use crate::body::Body;
use crate::module::Module;

/// The points of a module in their order; each a function and the operator before which the point is.
pub fn points(module: &Module) -> Result<Vec<(u32, usize)>, BinaryReaderError> {
    let mut points = Vec::new();
    for function in module.defined() {
        let body = Body::read(module.body(function), &[])?;
        points.extend(body.points().into_iter().map(|at| (function, at)));
    }
    Ok(points)
}

/// The points that were reached.
pub struct Reached(BTreeSet<(u32, usize)>);

impl Reached {
    /// Of the points of `module` those with these `numbers`.
    pub fn read(module: &Module, numbers: &BTreeSet<usize>) -> Result<Self, BinaryReaderError> {
        let points = points(module)?;
        Ok(Self(numbers.iter().filter_map(|number| points.get(*number)).copied().collect()))
    }

    /// Whether the point before an operator of a function was reached.
    pub fn contains(&self, function: u32, at: usize) -> bool {
        self.0.contains(&(function, at))
    }

    /// Whether a function was called at all.
    pub fn entered(&self, function: u32) -> bool {
        self.contains(function, 0)
    }
}

/// The comparisons that the opening makes, and those that these make when they come further. How far they come depends
/// on what has changed since the page was last drawn, and so on how fast a machine is: no walk sees all of it.
pub fn comparisons(module: &Module, reached: &Reached) -> Result<BTreeSet<u32>, BinaryReaderError> {
    let calls = module.calls()?;
    let compares = |function: &u32| {
        let name = module.names.get(function).copied().unwrap_or_default();
        name.contains("PartialEq") && name.contains("2eq")
    };
    let entered = module.defined().filter(|function| reached.entered(*function));
    let mut new: Vec<u32> = entered.filter(compares).collect();
    let mut found = BTreeSet::new();
    while let Some(function) = new.pop() {
        if found.insert(function) {
            let further = calls.get(&function).into_iter().flatten();
            new.extend(further.filter(|called| compares(called)));
        }
    }
    Ok(found)
}
