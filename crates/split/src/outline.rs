//! Makes functions of those pieces of functions that the opening does not reach, so that they can go into the later
//! part although the function around them is needed at once. What the module computes stays the same.
//!
//! A piece is the rest of a block from a point on that was not reached. It becomes a function that takes the locals
//! that the piece reads, and gives back those it has written that still matter, and by which way it was left.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ops::Range;

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder, utils};
use wasm_encoder::{BlockType, CodeSection, Function, FunctionSection, Instruction, TypeSection};
use wasmparser::{
    CodeSectionReader, FuncType, FunctionBody, FunctionSectionReader, Operator, Parser,
    TypeSectionReader, ValType,
};

use crate::body::{Body, Node};
use crate::live::{self, Live, Locals};
use crate::module::Module;
use crate::points::Reached;

/// A call of a piece costs about this many bytes where the piece was, besides its locals and the ways out of it.
const CALL: u64 = 12;
/// What each way out costs behind the call, and each local.
const EXIT: u64 = 6;
const LOCAL: u64 = 2;
/// What a piece must save besides. Smaller ones would save another twentieth of the first part, but an opening that takes
/// one turn less or more than the walk would wait for the later part.
pub const WORTH: u64 = 96;

type Result<T, E = Error<Infallible>> = std::result::Result<T, E>;

/// A module with pieces of functions as functions of their own, behind all others.
pub struct Outlined {
    pub bytes: Vec<u8>,
    /// From which function each of them was taken, in order.
    pub origins: Vec<u32>,
}

/// Outlines what was not `reached` in the functions of `whole` that `may` lose pieces, where that saves what it is
/// `worth`. They must be LLVM's: it leaves nothing on the stack where a block begins or ends or a branch may be taken.
pub fn outline(
    whole: &[u8],
    module: &Module,
    reached: &Reached,
    may: impl Fn(u32) -> bool,
    worth: u64,
) -> Result<Outlined> {
    let mut outliner = Outliner {
        module,
        types: module.types.clone(),
        bodies: BTreeMap::new(),
        pieces: Vec::new(),
        next: module.imported,
    };
    let mut origins = Vec::new();
    for function in module.defined() {
        if !reached.entered(function) || !may(function) {
            continue;
        }
        let signature = &module.types[module.functions[function as usize] as usize];
        let body = Body::read(module.body(function), signature.params())?;
        let pieces =
            Search::of(module, &body, signature, worth, |at| reached.contains(function, at));
        if !pieces.is_empty() {
            origins.extend(pieces.iter().map(|_| function));
            outliner.take_out(function, &body, signature, &pieces)?;
        }
    }
    let mut outlined = wasm_encoder::Module::new();
    outliner.parse_core_module(&mut outlined, Parser::new(0), whole)?;
    Ok(Outlined { bytes: outlined.finish(), origins })
}

/// A piece of a function.
struct Piece {
    /// Its operators.
    span: Range<usize>,
    parameters: Vec<u32>,
    /// The locals that it gives back.
    written: Vec<u32>,
    exits: Vec<Exit>,
    /// The types of the value that it leaves with, where a way out of it takes one.
    value: Vec<ValType>,
}

/// A way out of a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Exit {
    to: To,
    /// Whether it takes the value of the function.
    with_value: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    /// Behind its last operator.
    Through,
    /// To a label outside, counted from the block that the piece is in.
    Label(u32),
    Return,
}

/// Looks for pieces in one function.
struct Search<'s, 'a> {
    module: &'s Module<'a>,
    body: &'s Body<'a>,
    signature: &'s FuncType,
    points: BTreeSet<usize>,
    /// What a piece must save.
    worth: u64,
    reached: &'s dyn Fn(usize) -> bool,
    live: Live,
    /// The blocks that are open around what is looked at.
    open: Vec<usize>,
    found: Vec<Piece>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn of(
        module: &'s Module<'a>,
        body: &'s Body<'a>,
        signature: &'s FuncType,
        worth: u64,
        reached: impl Fn(usize) -> bool,
    ) -> Vec<Piece> {
        let points = body.points();
        if points.iter().all(|at| reached(*at)) {
            return Vec::new();
        }
        let mut search = Search {
            module,
            body,
            signature,
            points,
            worth,
            reached: &reached,
            live: Live::of(body),
            open: Vec::new(),
            found: Vec::new(),
        };
        search.list(&body.list, body.operators.len() - 1);
        search.found
    }

    /// Looks through a list that was reached; `end` is the operator behind it.
    fn list(&mut self, list: &[Node], end: usize) {
        for (place, node) in list.iter().enumerate() {
            let at = node.at();
            if self.points.contains(&at) && !(self.reached)(at) {
                // What follows a point is reached through it alone.
                return self.cold(&list[place..], end);
            }
            self.inside(node, Self::list);
        }
    }

    /// Takes a list that was not reached, or what is possible of it.
    fn cold(&mut self, list: &[Node], end: usize) {
        match self.piece(list, end) {
            Some(piece) => self.found.push(piece),
            None => list.iter().for_each(|node| self.inside(node, Self::cold)),
        }
    }

    fn inside(&mut self, node: &Node, look: fn(&mut Self, &[Node], usize)) {
        if let Node::Nest(nest) = node {
            self.open.push(nest.at);
            for arm in &nest.arms {
                look(self, &arm.list, arm.end);
            }
            self.open.pop();
        }
    }

    fn piece(&self, list: &[Node], end: usize) -> Option<Piece> {
        let span = list.first()?.at()..end;
        let bytes = self.body.offsets[span.end] - self.body.offsets[span.start];
        if bytes < CALL + self.worth {
            return None;
        }
        let exits = self.exits(list, &span)?;
        let mut written = Locals::new();
        for operator in &self.body.operators[span.clone()] {
            if let Operator::LocalSet { local_index } | Operator::LocalTee { local_index } =
                operator
            {
                written.insert(*local_index);
            }
        }
        let mut matters = Locals::new();
        for exit in &exits {
            matters.extend(self.behind(exit.to));
        }
        written.retain(|local| matters.contains(local));
        let kept = |live: Locals| -> Locals { live.intersection(&written).copied().collect() };
        let mut labels: Vec<Locals> = (0..=self.open.len() as u32)
            .rev()
            .map(|outward| kept(self.behind(To::Label(outward))))
            .collect();
        let after = kept(self.behind(To::Through));
        let parameters = live::before(self.body, list, after, &mut labels, &mut |_, _, _| {});
        let cost = CALL
            + LOCAL * (parameters.len() + written.len()) as u64
            + EXIT * (exits.len() as u64).saturating_sub(1);
        let with_value = exits.iter().any(|exit| exit.with_value);
        (bytes >= cost + self.worth).then(|| Piece {
            span,
            parameters: parameters.into_iter().collect(),
            written: written.into_iter().collect(),
            exits,
            value: if with_value { self.signature.results().to_vec() } else { Vec::new() },
        })
    }

    /// What matters where an exit leads.
    fn behind(&self, to: To) -> Locals {
        match to {
            To::Return => Locals::new(),
            To::Through => match self.open.last() {
                Some(block) => self.live.behind(*block).clone(),
                None => Locals::new(),
            },
            To::Label(outward) => match self.block(outward) {
                Some(block) => self.live.at_label(self.body, block).clone(),
                None => Locals::new(),
            },
        }
    }

    /// The block that a label outside of a piece stands for; none is the function itself.
    fn block(&self, outward: u32) -> Option<usize> {
        let place = self.open.len().checked_sub(1 + outward as usize)?;
        Some(self.open[place])
    }

    /// All ways out of a piece, or nothing if one of them takes what a piece cannot give.
    fn exits(&self, list: &[Node], span: &Range<usize>) -> Option<Vec<Exit>> {
        let mut exits = Vec::new();
        let mut add = |to: To, types: Option<Vec<ValType>>| {
            let with_value = match types?.as_slice() {
                [] => false,
                value if value == self.signature.results() => true,
                _ => return None,
            };
            let exit = Exit { to, with_value };
            if !exits.contains(&exit) {
                exits.push(exit);
            }
            Some(())
        };
        let leaves = |node: &Node| {
            matches!(node, Node::Plain(at) if matches!(
                self.body.operators[*at],
                Operator::Br { .. } | Operator::BrTable { .. } | Operator::Return | Operator::Unreachable
            ))
        };
        let mut depth = 0;
        for operator in &self.body.operators[span.clone()] {
            let mut branch = |to: u32| match to.checked_sub(depth) {
                Some(outward) => add(To::Label(outward), self.label(outward)),
                None => Some(()),
            };
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
                Operator::End => depth -= 1,
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                    branch(*relative_depth)?;
                }
                Operator::BrTable { targets } => {
                    branch(targets.default())?;
                    for target in targets.targets() {
                        branch(target.ok()?)?;
                    }
                }
                Operator::Return => add(To::Return, self.results(None))?,
                Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } => return None,
                _ => {}
            }
        }
        // The last way out is taken where no other is: there the code goes on.
        if !list.last().is_some_and(leaves) {
            add(To::Through, self.results(self.open.last().copied()))?;
        }
        let defaults = |kind: &ValType| {
            matches!(kind, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64)
        };
        self.signature.results().iter().all(defaults).then_some(exits)
    }

    /// What a branch to a label takes.
    fn label(&self, outward: u32) -> Option<Vec<ValType>> {
        match self.block(outward) {
            Some(block) if matches!(self.body.operators[block], Operator::Loop { .. }) => {
                Some(Vec::new())
            }
            block => self.results(block),
        }
    }

    /// What a block leaves behind, or the function.
    fn results(&self, block: Option<usize>) -> Option<Vec<ValType>> {
        let Some(block) = block else { return Some(self.signature.results().to_vec()) };
        let (Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty }) =
            self.body.operators[block]
        else {
            return None;
        };
        match blockty {
            wasmparser::BlockType::Empty => Some(Vec::new()),
            wasmparser::BlockType::Type(kind) => Some(vec![kind]),
            wasmparser::BlockType::FuncType(signature) => {
                let signature = &self.module.types[signature as usize];
                signature.params().is_empty().then(|| signature.results().to_vec())
            }
        }
    }
}

/// Writes the module with its pieces.
struct Outliner<'s, 'a> {
    module: &'s Module<'a>,
    /// The types of the module, and those of the pieces.
    types: Vec<FuncType>,
    /// The functions that lost pieces.
    bodies: BTreeMap<u32, Function>,
    /// The pieces, each with its type.
    pieces: Vec<(u32, Function)>,
    /// Which function comes next.
    next: u32,
}

impl Outliner<'_, '_> {
    fn take_out(
        &mut self,
        function: u32,
        body: &Body,
        signature: &FuncType,
        pieces: &[Piece],
    ) -> Result<()> {
        // Behind the function's own locals: the way that a piece was left, and its value.
        let way = body.locals.len() as u32;
        let own = &body.locals[signature.params().len()..];
        let locals = own.iter().chain([&ValType::I32]).chain(signature.results());
        let mut rest = Function::new_with_locals_types(val_types(locals)?);
        let mut at = 0;
        for piece in pieces {
            for operator in &body.operators[at..piece.span.start] {
                rest.instruction(&same(operator)?);
            }
            let index = self.module.functions.len() as u32 + self.pieces.len() as u32;
            call(&mut rest, piece, index, way);
            let written = outlined(body, piece)?;
            let signature = self.signature(body, piece);
            self.pieces.push((signature, written));
            at = piece.span.end;
        }
        for operator in &body.operators[at..] {
            rest.instruction(&same(operator)?);
        }
        self.bodies.insert(function, rest);
        Ok(())
    }

    fn signature(&mut self, body: &Body, piece: &Piece) -> u32 {
        let kind = |local: &u32| body.locals[*local as usize];
        let way = (piece.exits.len() > 1).then_some(ValType::I32);
        let results = piece.value.iter().copied().chain(piece.written.iter().map(kind)).chain(way);
        let signature = FuncType::new(piece.parameters.iter().map(kind), results);
        let known = self.types.iter().position(|other| *other == signature);
        known.unwrap_or_else(|| {
            self.types.push(signature);
            self.types.len() - 1
        }) as u32
    }
}

/// Calls a piece where it was, and goes on as it says.
fn call(rest: &mut Function, piece: &Piece, index: u32, way: u32) {
    let mut code = rest.instructions();
    for local in &piece.parameters {
        code.local_get(*local);
    }
    code.call(index);
    if piece.exits.len() > 1 {
        code.local_set(way);
    }
    for local in piece.written.iter().rev() {
        code.local_set(*local);
    }
    let value = way + 1..way + 1 + piece.value.len() as u32;
    for local in value.clone().rev() {
        code.local_set(local);
    }
    let Some((last, others)) = piece.exits.split_last() else {
        code.unreachable();
        return;
    };
    for (number, exit) in (0..).zip(others) {
        code.local_get(way).i32_const(number).i32_eq().if_(BlockType::Empty);
        leave(&mut code, *exit, value.clone(), 1);
        code.end();
    }
    leave(&mut code, *last, value, 0);
}

fn leave(code: &mut wasm_encoder::InstructionSink, exit: Exit, value: Range<u32>, depth: u32) {
    if exit.with_value {
        for local in value {
            code.local_get(local);
        }
    }
    match exit.to {
        To::Through => {}
        To::Label(outward) => {
            code.br(outward + depth);
        }
        To::Return => {
            code.return_();
        }
    }
}

/// The function that a piece becomes.
fn outlined(body: &Body, piece: &Piece) -> Result<Function> {
    let operators = &body.operators[piece.span.clone()];
    let mut places: BTreeMap<u32, u32> = piece.parameters.iter().copied().zip(0..).collect();
    let mut locals = Vec::new();
    for operator in operators {
        if let Operator::LocalGet { local_index }
        | Operator::LocalSet { local_index }
        | Operator::LocalTee { local_index } = operator
        {
            let next = places.len() as u32;
            places.entry(*local_index).or_insert_with(|| {
                locals.push(body.locals[*local_index as usize]);
                next
            });
        }
    }
    let mut function = Function::new_with_locals_types(val_types(&locals)?);
    // Around the piece stands a block for each label outside, so that branches stay branches.
    let outside: Vec<&Exit> =
        piece.exits.iter().filter(|exit| matches!(exit.to, To::Label(_))).collect();
    for exit in outside.iter().rev() {
        let kind = match (exit.with_value, piece.value.as_slice()) {
            (false, _) => BlockType::Empty,
            (true, [one]) => BlockType::Result(RoundtripReencoder.val_type(*one)?),
            (true, _) => unreachable!("a function that Rust compiles to has at most one result"),
        };
        function.instruction(&Instruction::Block(kind));
    }
    let mut depth = 0;
    let label = |to: u32, depth: u32| match to.checked_sub(depth) {
        None => to,
        Some(outward) => {
            let place = outside.iter().position(|exit| exit.to == To::Label(outward));
            depth + place.expect("every way out was found") as u32
        }
    };
    for operator in operators {
        let instruction = match operator {
            Operator::LocalGet { local_index } => Instruction::LocalGet(places[local_index]),
            Operator::LocalSet { local_index } => Instruction::LocalSet(places[local_index]),
            Operator::LocalTee { local_index } => Instruction::LocalTee(places[local_index]),
            Operator::Br { relative_depth } => Instruction::Br(label(*relative_depth, depth)),
            Operator::BrIf { relative_depth } => Instruction::BrIf(label(*relative_depth, depth)),
            Operator::BrTable { targets } => {
                let mut others = Vec::new();
                for target in targets.targets() {
                    others.push(label(target?, depth));
                }
                Instruction::BrTable(others.into(), label(targets.default(), depth))
            }
            Operator::Return => {
                give_back(&mut function, piece, &places, To::Return);
                continue;
            }
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                depth += 1;
                same(operator)?
            }
            Operator::End => {
                depth -= 1;
                same(operator)?
            }
            _ => same(operator)?,
        };
        function.instruction(&instruction);
    }
    if piece.exits.iter().any(|exit| exit.to == To::Through) {
        give_back(&mut function, piece, &places, To::Through);
    }
    for exit in outside {
        function.instruction(&Instruction::End);
        give_back(&mut function, piece, &places, exit.to);
    }
    function.instruction(&Instruction::End);
    Ok(function)
}

/// Ends the function of a piece: on the stack may stand its value; what it has written follows, and the way out.
fn give_back(function: &mut Function, piece: &Piece, places: &BTreeMap<u32, u32>, to: To) {
    let number =
        piece.exits.iter().position(|exit| exit.to == to).expect("every way out was found");
    let mut code = function.instructions();
    if !piece.exits[number].with_value {
        for kind in &piece.value {
            match kind {
                ValType::I64 => code.i64_const(0),
                ValType::F32 => code.f32_const(0.0.into()),
                ValType::F64 => code.f64_const(0.0.into()),
                _ => code.i32_const(0),
            };
        }
    }
    for local in &piece.written {
        code.local_get(places[local]);
    }
    if piece.exits.len() > 1 {
        code.i32_const(number as i32);
    }
    code.return_();
}

fn same<'a>(operator: &Operator<'a>) -> Result<Instruction<'a>> {
    RoundtripReencoder.instruction(operator.clone())
}

fn val_types<'t>(
    types: impl IntoIterator<Item = &'t ValType>,
) -> Result<Vec<wasm_encoder::ValType>> {
    types.into_iter().map(|kind| RoundtripReencoder.val_type(*kind)).collect()
}

impl Reencode for Outliner<'_, '_> {
    type Error = Infallible;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader<'_>,
    ) -> Result<()> {
        utils::parse_type_section(self, types, section)?;
        for signature in &self.types[self.module.types.len()..] {
            types.ty().func_type(&RoundtripReencoder.func_type(signature.clone())?);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<()> {
        utils::parse_function_section(self, functions, section)?;
        for (signature, _) in &self.pieces {
            functions.function(*signature);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<()> {
        utils::parse_code_section(self, code, section)?;
        for (_, piece) in &self.pieces {
            code.function(piece);
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<()> {
        let function = self.next;
        self.next += 1;
        match self.bodies.get(&function) {
            Some(rest) => {
                code.function(rest);
                Ok(())
            }
            None => utils::parse_function_body(self, code, body),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmi::{Engine, Instance, Linker, Store};

    use super::*;

    /// A loop with the ways that there are: a jump table, out of the function with its value, on and back, and through.
    const WHOLE: &str = r#"(module
        (memory 1)
        (func $steps (export "steps") (param $input i32) (result i32)
            (local $sum i32) (local $wide i64) (local $left i32)
            local.get $input i32.const 15 i32.and local.set $left
            block $out
            loop $again
                local.get $left i32.eqz br_if $out
                local.get $left i32.const 1 i32.sub local.set $left
                block $third
                block $second
                block $first
                    local.get $input i32.const 3 i32.and br_table $first $second $third $out
                end
                    local.get $sum i32.const 7 i32.mul i32.const 11 i32.add local.set $sum
                    local.get $input i32.const 1 i32.shr_u local.set $input
                    local.get $sum i64.extend_i32_u i64.const 5 i64.mul i64.const 9 i64.add local.set $wide
                    local.get $left i32.const 5 i32.eq br_if $again
                    local.get $sum i32.const 3 i32.xor i32.const 12345 i32.add local.set $sum
                    br $again
                end
                    local.get $sum i32.const 2 i32.shl local.get $wide i32.wrap_i64 i32.xor local.set $sum
                    local.get $input i32.const 2 i32.shr_u i32.const 1000 i32.xor local.set $input
                    local.get $sum i32.const 9000 i32.gt_s if
                        local.get $sum i32.const 3 i32.mul local.get $left i32.sub i32.const 77 i32.xor return
                    else
                        local.get $sum i32.const 10 i32.add local.get $left i32.add i32.const 4096 i32.xor local.set $sum
                    end
                    local.get $input i32.const 2 i32.and br_if $out
                    br $again
                end
                local.get $sum local.get $input i32.add i32.const 31 i32.mul i32.const 17 i32.add local.set $sum
                local.get $input i32.const 3 i32.div_u i32.const 999 i32.add local.set $input
                local.get $sum i32.const 64 i32.and br_if $again
                local.get $sum i32.const 5 i32.sub i32.const 12 i32.mul i32.const 99 i32.add local.set $sum
            end
            end
            local.get $wide i32.wrap_i64 local.get $sum i32.add local.get $input i32.sub))"#;

    fn run(bytes: &[u8]) -> Vec<i32> {
        let engine = Engine::default();
        let module = wasmi::Module::new(&engine, bytes).expect("the module is valid");
        let mut store = Store::new(&engine, ());
        let instance: Instance = Linker::new(&engine)
            .instantiate_and_start(&mut store, &module)
            .expect("the module starts");
        let steps =
            instance.get_typed_func::<i32, i32>(&store, "steps").expect("it exports `steps`");
        (0..100)
            .map(|input| steps.call(&mut store, input * 7919).expect("it does not trap"))
            .collect()
    }

    fn outlined(whole: &[u8], numbers: BTreeSet<usize>) -> Outlined {
        let module = Module::read(whole).expect("the module reads");
        let reached = Reached::read(&module, &numbers).expect("it has points");
        outline(whole, &module, &reached, |_| true, 16).expect("it is outlined")
    }

    #[test]
    fn whatever_was_reached_the_module_computes_the_same() {
        let whole = wat::parse_str(WHOLE).expect("the text is a module");
        let expected = run(&whole);
        let points =
            crate::points::points(&Module::read(&whole).expect("it reads")).expect("it has points");
        let mut pieces = BTreeSet::new();
        for which in (0..1 << (points.len() - 1)).step_by(5) {
            let reached =
                (0..points.len()).filter(|number| *number == 0 || which >> (number - 1) & 1 == 1);
            let outlined = outlined(&whole, reached.collect());
            pieces.insert(outlined.origins.len());
            assert_eq!(run(&outlined.bytes), expected, "with the points {which:b}");
        }
        assert!(pieces.contains(&0) && pieces.iter().any(|count| *count > 2), "{pieces:?}");
    }

    #[test]
    fn what_was_not_called_or_may_not_lose_pieces_stays_whole() {
        let whole = wat::parse_str(WHOLE).expect("the text is a module");
        assert_eq!(outlined(&whole, BTreeSet::new()).origins, []);
        let module = Module::read(&whole).expect("the module reads");
        let reached = Reached::read(&module, &[0].into()).expect("it has points");
        let strange = outline(&whole, &module, &reached, |_| false, 16).expect("it is outlined");
        assert_eq!(strange.origins, []);
    }
}
