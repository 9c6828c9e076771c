//! Which bytes of memory the first part needs, and which can come with the later one: those of things that no function
//! of the first part refers to, nor a thing that it needs. Until the later part is there, zeros stand in their place.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::error::Error;
use std::ops::Range;

use wasm_encoder::MemArg;
use wasm_encoder::reencode::{self, Reencode};
use wasmparser::{FunctionBody, Operator};

use crate::linked::{self, Linked, Thing};
use crate::module::Module;

/// Fewer bytes than this cost more as a segment of their own than they save.
const SEGMENT: u32 = 12;
/// So many zeros cost less in a segment than a new segment behind them.
const ZEROS: usize = 256;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Bytes with their address.
pub struct Segment {
    pub address: u32,
    pub bytes: Vec<u8>,
}

/// What a module starts with, in two parts.
pub struct Halves {
    pub first: Vec<Segment>,
    pub later: Vec<Segment>,
}

/// Takes the data of `module` apart, whose first part needs the things `needed`.
pub fn halves(module: &Module, linked: &Linked, needed: &BTreeSet<Thing>) -> Result<Halves> {
    let mut halves = Halves { first: Vec::new(), later: Vec::new() };
    for data in &module.data {
        let base = linked::base(data)?;
        let all = base..base + data.data.len() as u32;
        let mut bytes = data.data.to_vec();
        for range in not_needed(linked, needed, &all) {
            let own = (range.start - base) as usize..(range.end - base) as usize;
            let moved = data.data[own.clone()].to_vec();
            halves.later.push(Segment { address: range.start, bytes: moved });
            bytes[own].fill(0);
        }
        halves.first.extend(without_zeros(base, &bytes));
    }
    Ok(halves)
}

/// All things that `functions` refer to, and what these refer to.
pub fn needed(
    module: &Module,
    linked: &Linked,
    functions: impl Iterator<Item = u32>,
) -> Result<BTreeSet<Thing>> {
    let mut needed = BTreeSet::new();
    for function in functions {
        let name = linked.name(module, function);
        for number in Numbers::of(module.body(function))?.0 {
            match name {
                Some(name) => needed.extend(linked.referred(name, number)),
                None => needed.extend(linked.near(number)),
            }
        }
    }
    let mut new: Vec<Thing> = needed.iter().copied().collect();
    while let Some(thing) = new.pop() {
        for other in linked.refers.get(&thing).into_iter().flatten() {
            if needed.insert(*other) {
                new.push(*other);
            }
        }
    }
    Ok(needed)
}

/// The numbers in code that may be addresses: constants, and what loads and stores add to an address.
#[derive(Default)]
struct Numbers(BTreeSet<u32>);

impl Numbers {
    fn of(body: &FunctionBody) -> Result<Self> {
        let mut numbers = Self::default();
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::I32Const { value } => {
                    numbers.0.insert(value as u32);
                }
                operator => {
                    numbers.instruction(operator)?;
                }
            }
        }
        Ok(numbers)
    }
}

impl Reencode for Numbers {
    type Error = Infallible;

    fn mem_arg(&mut self, argument: wasmparser::MemArg) -> Result<MemArg, reencode::Error> {
        self.0.insert(argument.offset as u32);
        reencode::utils::mem_arg(self, argument)
    }
}

/// The ranges of bytes in `all` that no needed thing holds, but another one.
fn not_needed(linked: &Linked, needed: &BTreeSet<Thing>, all: &Range<u32>) -> Vec<Range<u32>> {
    let mut moves = vec![false; all.len()];
    let mut mark = |range: &Range<u32>, to: bool| {
        if range.start >= all.start && range.end <= all.end {
            moves[(range.start - all.start) as usize..(range.end - all.start) as usize].fill(to);
        }
    };
    linked.bytes.iter().for_each(|range| mark(range, true));
    for thing in needed {
        if let Thing::Bytes(place) = thing {
            mark(&linked.bytes[*place], false);
        }
    }
    let mut ranges: Vec<Range<u32>> = Vec::new();
    for (address, _) in (all.start..).zip(&moves).filter(|(_, moves)| **moves) {
        match ranges.last_mut() {
            Some(range) if range.end == address => range.end += 1,
            _ => ranges.push(address..address + 1),
        }
    }
    ranges.retain(|range| range.len() as u32 >= SEGMENT);
    ranges
}

/// `bytes` as segments without long runs of zeros, which memory starts with.
fn without_zeros(address: u32, bytes: &[u8]) -> Vec<Segment> {
    let mut segments = Vec::new();
    let (mut start, mut zeros) = (0, 0);
    for (at, byte) in bytes.iter().chain([&1]).enumerate() {
        if *byte == 0 {
            zeros += 1;
            continue;
        }
        if zeros > ZEROS || at == bytes.len() {
            let end = at - zeros;
            if start < end {
                segments.push(Segment {
                    address: address + start as u32,
                    bytes: bytes[start..end].to_vec(),
                });
            }
            start = at;
        }
        zeros = 0;
    }
    segments
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CustomSection, DataSymbolDefinition, Encode, LinkingSection, Section, SymbolTable,
    };
    use wasmparser::{Parser, Payload};

    use super::*;

    /// `$one` reads a thing by an address before it, as a loop that counts from one does; `$two` by an offset.
    const WHOLE: &str = r#"(module
        (memory 1)
        (func $one (param i32) (result i32) local.get 0 i32.const 96 i32.add i32.load)
        (func $two (param i32) (result i32) local.get 0 i32.load offset=160)
        (func $none (result i32) i32.const 160)
        (func $takes (result i32) i32.const 2)
        (table 4 funcref)
        (elem (i32.const 1) $one $two $none)
        (data (i32.const 100) "table of one\80\00\00\00")
        (data (i32.const 128) "what it points to")
        (data (i32.const 160) "what is read by offset")
        (data (i32.const 192) "nothing leads here but the other")
        )"#;
    /// The things of it: address and length.
    const THINGS: [Range<u32>; 4] = [100..116, 128..145, 160..182, 192..224];

    /// The module with what `--emit-relocs` writes: a symbol for each thing, and (section, offset, kind, symbol, addend)
    /// for each reference.
    fn linked(references: &[(u32, u32, u8, u32, i32)]) -> Vec<u8> {
        let mut bytes = wat::parse_str(WHOLE).expect("the text is a module");
        let mut symbols = SymbolTable::new();
        for (index, range) in (0..).zip(&THINGS) {
            let definition = DataSymbolDefinition { index, offset: 0, size: range.len() as u32 };
            symbols.data(0, &format!("thing{index}"), Some(definition));
        }
        for (index, name) in (0..).zip(["one", "two", "none", "takes"]) {
            symbols.function(0, index, Some(name));
        }
        LinkingSection::new().symbol_table(&symbols).append_to(&mut bytes);
        let sections: BTreeSet<u32> = references.iter().map(|(section, ..)| *section).collect();
        for section in sections {
            let own: Vec<_> = references.iter().filter(|(of, ..)| *of == section).collect();
            let mut data = Vec::new();
            section.encode(&mut data);
            own.len().encode(&mut data);
            for (_, offset, kind, symbol, addend) in own {
                data.push(*kind);
                offset.encode(&mut data);
                symbol.encode(&mut data);
                if ![SLOT_BY_CONSTANT, SLOT_IN_DATA].contains(kind) {
                    addend.encode(&mut data);
                }
            }
            CustomSection { name: format!("reloc.{section}").into(), data: data.into() }
                .append_to(&mut bytes);
        }
        bytes
    }

    /// Where the bodies of functions, or the data, begin, counted from the start of their section; and its number.
    fn places() -> (u32, Vec<u32>, u32, Vec<u32>) {
        let bytes = wat::parse_str(WHOLE).expect("the text is a module");
        let (mut code, mut data, mut next) = ((0, 0, Vec::new()), (0, Vec::new()), 0);
        for payload in Parser::new(0).parse_all(&bytes) {
            match payload.expect("the module reads") {
                Payload::Version { .. } | Payload::End(_) => continue,
                Payload::CodeSectionStart { unchecked_range, .. } => {
                    code = (next, unchecked_range.start, Vec::new());
                }
                Payload::CodeSectionEntry(body) => {
                    code.2.push((body.range().start - code.1) as u32);
                    continue;
                }
                Payload::DataSection(section) => {
                    let at = section.range().start;
                    let starts = section.into_iter().map(|each| {
                        let each = each.expect("the data reads");
                        (each.range.end - each.data.len() as u64 - at) as u32
                    });
                    data = (next, starts.collect());
                }
                _ => {}
            }
            next += 1;
        }
        (code.0, code.2, data.0, data.1)
    }

    const SLOT_BY_CONSTANT: u8 = 1;
    const SLOT_IN_DATA: u8 = 2;
    const BY_OFFSET: u8 = 3;
    const BY_CONSTANT: u8 = 4;
    const IN_DATA: u8 = 5;

    fn told() -> Vec<u8> {
        let (code, bodies, data, starts) = places();
        linked(&[
            (code, bodies[0] + 3, BY_CONSTANT, 0, -4),
            (code, bodies[1] + 3, BY_OFFSET, 2, 0),
            (code, bodies[3] + 3, SLOT_BY_CONSTANT, 5, 0),
            (data, starts[0] + 12, IN_DATA, 1, 0),
            (data, starts[1] + 2, SLOT_IN_DATA, 6, 0),
            (data, starts[3], IN_DATA, 0, 0),
        ])
    }

    /// The addresses of the data that is moved when these functions stay.
    fn moved(stay: &[&str]) -> Vec<u32> {
        let whole = told();
        let (module, linked) =
            (Module::read(&whole).expect("it reads"), Linked::read(&whole).expect("it reads"));
        let stay = module.defined().filter(|function| stay.contains(&module.names[function]));
        let needed = needed(&module, &linked, stay).expect("it can be told");
        let halves = halves(&module, &linked, &needed).expect("the data can be halved");
        for segment in &halves.first {
            assert!(segment.bytes.iter().any(|byte| *byte != 0));
        }
        halves.later.iter().map(|segment| segment.address).collect()
    }

    #[test]
    fn what_stays_keeps_what_it_refers_to_and_what_that_refers_to() {
        assert_eq!(moved(&["one"]), [160, 192]);
        assert_eq!(moved(&["two"]), [100, 128, 192]);
        assert_eq!(moved(&["one", "two"]), [192]);
    }

    #[test]
    fn a_number_is_an_address_only_where_the_linker_put_one() {
        assert_eq!(moved(&["none"]), [100, 128, 160, 192]);
    }

    #[test]
    fn a_function_that_the_linker_did_not_see_keeps_whatever_its_numbers_may_mean() {
        let whole = told();
        let mut module = Module::read(&whole).expect("it reads");
        module.names.clear();
        let linked = Linked::read(&whole).expect("it reads");
        let needed = needed(&module, &linked, [2].into_iter()).expect("it can be told");
        assert_eq!(needed, [Thing::Bytes(2)].into());
    }

    #[test]
    fn slots_are_needed_by_who_takes_a_function_and_by_tables_of_methods() {
        let whole = told();
        let module = Module::read(&whole).expect("it reads");
        let linked = Linked::read(&whole).expect("it reads");
        assert_eq!(linked.slots, [1, 2, 3].into());
        let by = |function: u32| {
            needed(&module, &linked, [function].into_iter()).expect("it can be told")
        };
        assert_eq!(by(3), [Thing::Slot(2)].into());
        assert_eq!(by(0), [Thing::Bytes(0), Thing::Bytes(1), Thing::Slot(3)].into());
    }

    #[test]
    fn a_module_that_tells_nothing_is_refused() {
        assert!(Linked::read(&linked(&[])).is_err());
    }

    #[test]
    fn long_runs_of_zeros_are_left_out_and_short_ones_kept() {
        let mut bytes = vec![7; 10];
        bytes.extend([0; ZEROS / 2]);
        bytes.extend([8; 10]);
        bytes.extend([0; ZEROS * 2]);
        bytes.extend([9; 10]);
        bytes.extend([0; 4]);
        let segments = without_zeros(1000, &bytes);
        let ends: Vec<(u32, usize)> =
            segments.iter().map(|segment| (segment.address, segment.bytes.len())).collect();
        let second = 1000 + 20 + ZEROS as u32 / 2 + 2 * ZEROS as u32;
        assert_eq!(ends, [(1000, 20 + ZEROS / 2), (second, 10)]);
    }
}
