//! The code of a function as a tree of blocks, and the points in it at which control may part or come together. What
//! stands between one point and the next is done wholly or not at all.

use std::collections::BTreeSet;
use std::iter::repeat_n;

use wasmparser::{BinaryReaderError, FunctionBody, Operator, ValType};

/// The code of one function.
pub struct Body<'a> {
    /// The types of the locals; the parameters come first.
    pub locals: Vec<ValType>,
    pub operators: Vec<Operator<'a>>,
    /// How many bytes stand before each operator; one entry more for the end.
    pub offsets: Vec<u64>,
    /// All but the last operator, which ends the function.
    pub list: Vec<Node>,
}

/// An operator, by its place among all, or a block.
pub enum Node {
    Plain(usize),
    Nest(Nest),
}

/// A block, a loop, or an `if` with one arm or two.
pub struct Nest {
    /// The operator that opens it.
    pub at: usize,
    pub arms: Vec<Arm>,
}

/// What stands in a block.
#[derive(Default)]
pub struct Arm {
    pub list: Vec<Node>,
    /// The operator behind it: an `else` or an `end`.
    pub end: usize,
}

impl Node {
    /// Its first operator.
    pub fn at(&self) -> usize {
        match self {
            Self::Plain(at) => *at,
            Self::Nest(nest) => nest.at,
        }
    }
}

impl<'a> Body<'a> {
    /// Reads the body of a function with `parameters`.
    pub fn read(
        body: &FunctionBody<'a>,
        parameters: &[ValType],
    ) -> Result<Self, BinaryReaderError> {
        let mut locals = parameters.to_vec();
        for declared in body.get_locals_reader()? {
            let (count, kind) = declared?;
            locals.extend(repeat_n(kind, count as usize));
        }
        let (mut operators, mut offsets) = (Vec::new(), Vec::new());
        for each in body.get_operators_reader()?.into_iter_with_offsets() {
            let (operator, at) = each?;
            operators.push(operator);
            offsets.push(at);
        }
        offsets.push(body.range().end);
        let list = tree(&operators);
        Ok(Self { locals, operators, offsets, list })
    }

    /// The operators before which a point is, in order: the first one, and each that may be skipped, or jumped to,
    /// while the one before it is done.
    pub fn points(&self) -> BTreeSet<usize> {
        let parts = |at: &usize| {
            let (before, here) = (&self.operators[at - 1], &self.operators[*at]);
            matches!(
                before,
                Operator::BrIf { .. } | Operator::If { .. } | Operator::Else | Operator::End
            ) && !matches!(here, Operator::Else | Operator::End)
        };
        std::iter::once(0).chain((1..self.operators.len()).filter(parts)).collect()
    }
}

fn tree(operators: &[Operator]) -> Vec<Node> {
    let mut open = vec![Nest { at: 0, arms: vec![Arm::default()] }];
    for (at, operator) in operators.iter().enumerate() {
        let innermost = open.last_mut().expect("the function itself stays open");
        let arm = innermost.arms.last_mut().expect("a block has an arm");
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                open.push(Nest { at, arms: vec![Arm::default()] });
            }
            Operator::Else => {
                arm.end = at;
                innermost.arms.push(Arm::default());
            }
            Operator::End => {
                arm.end = at;
                if open.len() > 1 {
                    let nest = open.pop().expect("more than one is open");
                    let around = open.last_mut().expect("more than one was open");
                    let arm = around.arms.last_mut().expect("a block has an arm");
                    arm.list.push(Node::Nest(nest));
                }
            }
            _ => arm.list.push(Node::Plain(at)),
        }
    }
    open.swap_remove(0).arms.swap_remove(0).list
}
