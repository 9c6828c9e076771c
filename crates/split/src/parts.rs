//! One module as two that share memory, tables and globals.
//!
//! A function that goes into the later part can still be called from the first: a stub stands in its place, which asks
//! for the later part if it is not there yet, and calls through a table that the later part fills. Which functions go
//! is a matter of size alone; every choice computes the same.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ops::Range;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, ImportSection,
    MemorySection, RefType, Section, StartSection, TableSection, TableType, TypeSection,
};

use crate::data::{self, Halves, Segment};
use crate::linked::{Linked, Thing};
use crate::module::Module;

/// The function of the module that loads the later part; the page's `load_later`.
const LOAD: &str = "loadLater";
/// The name under which the later part imports what the first exports.
const FROM_FIRST: &str = "first";
/// A stub costs about this many bytes, and two more for each parameter.
const STUB: u32 = 11;

type Result<T, E = Error<Infallible>> = std::result::Result<T, E>;

/// The two modules.
pub struct Parts {
    pub first: Vec<u8>,
    pub later: Vec<u8>,
}

/// Splits `module` as it was planned, and its data as it was halved.
pub fn parts(
    module: &Module,
    plan: &Plan,
    data: &Halves,
) -> Result<Parts, Box<dyn std::error::Error>> {
    Ok(Parts { first: first(module, plan, &data.first)?, later: later(module, plan, &data.later)? })
}

/// The file name of a later part. It follows from the bytes, so that parts of two builds never meet.
pub fn name_of(later: &[u8]) -> String {
    format!("later-{:016x}.wasm", digest(later))
}

/// The first part, with the file name of the later one in a section of its own.
pub fn named(first: &[u8], name_of_later: &str) -> Vec<u8> {
    let mut named = first.to_vec();
    CustomSection { name: "later".into(), data: name_of_later.as_bytes().into() }
        .append_to(&mut named);
    named
}

/// The functions that put the later part in its place, which cannot wait for it themselves: the one that loads it, at
/// the front, and all that it calls.
pub fn loading(module: &Module) -> Result<Vec<u32>, Box<dyn std::error::Error>> {
    let load = module.exported().find(|(name, _)| *name == LOAD).map(|(_, function)| function);
    let mut loading = vec![load.ok_or_else(|| format!("the module exports no `{LOAD}`"))?];
    let calls = module.calls()?;
    let mut next = 0;
    while let Some(function) = loading.get(next) {
        let called = calls.get(function).into_iter().flatten();
        let new: Vec<u32> = called.filter(|called| !loading.contains(called)).copied().collect();
        loading.extend(new);
        next += 1;
    }
    Ok(loading)
}

/// Which function goes where.
pub struct Plan {
    /// The functions of the later part, in order.
    later: BTreeSet<u32>,
    /// Those of them that the first part can call, in the order of their slots in the table between the parts.
    stubs: Vec<u32>,
    /// The functions of the first part, in order; a stub stands there under the index of its function.
    first: Vec<u32>,
    /// The functions of the first part that the later one calls, in the order of the first part.
    shared: Vec<u32>,
    /// The new indices in the first part.
    in_first: BTreeMap<u32, u32>,
    /// What loads the later part, by its old index.
    load: u32,
    /// The things that the first part refers to.
    pub needed: BTreeSet<Thing>,
    /// The slots of the first table that the later part fills, for only that refers to them; each with its function.
    slots: BTreeMap<u32, u32>,
}

impl Plan {
    /// Plans for the functions in `called` to stay in the first part.
    pub fn of(
        module: &Module,
        called: &BTreeSet<u32>,
        linked: &Linked,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let loading = loading(module)?;
        let calls = module.calls()?;
        let table = module.table()?;
        let pinned: BTreeSet<u32> =
            module.exported().map(|(_, function)| function).chain(module.start).collect();
        let pinned = &pinned | &loading.iter().copied().collect();
        let mut later: BTreeSet<u32> = module
            .defined()
            .filter(|function| !called.contains(function))
            .filter(|function| !pinned.contains(function))
            .collect();
        // A function no larger than the stub in its place stays, unless that would need stubs for what it calls.
        let (needed, seen) = loop {
            let stay = || module.defined().filter(|function| !later.contains(function));
            let needed = data::needed(module, linked, stay())?;
            let in_slots = table.iter().filter(|(slot, _)| is_needed(linked, &needed, **slot));
            let mut seen: BTreeSet<u32> = in_slots.map(|(_, function)| *function).collect();
            seen.extend(stay().flat_map(|function| &calls[&function]));
            seen.extend(module.in_other_tables()?);
            let small: Vec<u32> = later
                .intersection(&seen)
                .copied()
                .filter(|function| {
                    let range = module.body(*function).range();
                    (range.end - range.start) as u32 <= STUB + 2 * module.parameters(*function)
                })
                .filter(|function| calls[function].is_disjoint(&later))
                .collect();
            if small.is_empty() {
                break (needed, seen);
            }
            later.retain(|function| !small.contains(function));
        };

        // In the order of the table, neighbours there are neighbours in the modules, too, which packs better.
        let mut place = BTreeMap::new();
        for (slot, function) in &table {
            place.entry(*function).or_insert(*slot);
        }
        let in_place = |function: &u32| place.get(function).copied().unwrap_or(u32::MAX);
        let mut stubs: Vec<u32> = later.intersection(&seen).copied().collect();
        stubs.sort_by_key(in_place);
        let mut first: Vec<u32> =
            module.defined().filter(|function| !later.contains(function)).collect();
        first.sort_by_key(in_place);
        first.extend(&stubs);

        let imported = 0..module.imported;
        let in_first: BTreeMap<u32, u32> = imported.chain(first.iter().copied()).zip(0..).collect();
        let wanted: BTreeSet<u32> =
            later.iter().flat_map(|function| &calls[function]).copied().collect();
        let mut shared: Vec<u32> = wanted.difference(&later).copied().collect();
        shared.sort_unstable_by_key(|function| in_first[function]);
        let mut slots = table;
        slots.retain(|slot, function| {
            later.contains(function) && !is_needed(linked, &needed, *slot)
        });
        Ok(Self { later, stubs, first, shared, in_first, load: loading[0], needed, slots })
    }

    /// The functions whose code stays in the first part.
    pub fn stay(&self) -> impl Iterator<Item = u32> {
        self.first.iter().copied().filter(|function| !self.later.contains(function))
    }

    /// The table that the later part fills.
    fn between(&self) -> TableType {
        let size = self.stubs.len() as u64;
        TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: size,
            maximum: Some(size),
            shared: false,
        }
    }
}

/// Whether the first part may call through a slot of the table; one that the linker did not fill counts as such.
fn is_needed(linked: &Linked, needed: &BTreeSet<Thing>, slot: u32) -> bool {
    needed.contains(&Thing::Slot(slot)) || !linked.slots.contains(&slot)
}

/// Gives functions their new indices in one of the parts.
struct Renumber<'p>(&'p BTreeMap<u32, u32>);

impl Reencode for Renumber<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32> {
        Ok(self.0[&function])
    }
}

fn first(
    module: &Module,
    plan: &Plan,
    data: &[Segment],
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut renumber = Renumber(&plan.in_first);
    let mut part = wasm_encoder::Module::new();

    // The function that asks for the later part stands after all others, its type after all other types.
    let ask = module.imported + plan.first.len() as u32;
    let mut types = types(module)?;
    types.ty().function([], []);
    part.section(&types);

    let mut imports = ImportSection::new();
    for import in &module.imports {
        renumber.parse_import(&mut imports, *import)?;
    }
    part.section(&imports);

    let mut functions = FunctionSection::new();
    for function in &plan.first {
        functions.function(module.functions[*function as usize]);
    }
    functions.function(module.types.len() as u32);
    part.section(&functions);

    let mut tables = TableSection::new();
    for table in &module.tables {
        renumber.parse_table(&mut tables, table.clone())?;
    }
    let between = module.tables.len() as u32;
    tables.table(plan.between());
    part.section(&tables);

    let mut memories = MemorySection::new();
    for memory in &module.memories {
        memories.memory(renumber.memory_type(*memory)?);
    }
    part.section(&memories);

    let mut globals = GlobalSection::new();
    for global in &module.globals {
        renumber.parse_global(&mut globals, global.clone())?;
    }
    part.section(&globals);

    let mut exports = ExportSection::new();
    for export in &module.exports {
        renumber.parse_export(&mut exports, *export)?;
    }
    for (name, shared) in shared(module, plan) {
        match shared {
            Shared::Memory(memory) => exports.export(&name, ExportKind::Memory, memory),
            Shared::Table(table) => exports.export(&name, ExportKind::Table, table),
            Shared::Global(global) => exports.export(&name, ExportKind::Global, global),
            Shared::Function(function) => {
                exports.export(&name, ExportKind::Func, plan.in_first[&function])
            }
        };
    }
    part.section(&exports);

    if let Some(start) = module.start {
        part.section(&StartSection { function_index: plan.in_first[&start] });
    }
    let mut elements = ElementSection::new();
    for element in &module.elements {
        match module.slots(element)? {
            // Until the later part fills a slot that only that calls through, any function may stand there.
            Some((start, functions)) => {
                let functions: Vec<u32> = (start..)
                    .zip(&functions)
                    .map(|(slot, function)| match plan.slots.contains_key(&slot) {
                        true => ask,
                        false => plan.in_first[function],
                    })
                    .collect();
                let start = ConstExpr::i32_const(start as i32);
                elements.active(None, &start, Elements::Functions(functions.into()));
            }
            None => {
                renumber.parse_element(&mut elements, element.clone())?;
            }
        }
    }
    part.section(&elements);

    let mut code = CodeSection::new();
    for function in plan.stay() {
        renumber.parse_function_body(&mut code, module.body(function).clone())?;
    }
    for (slot, function) in (0..).zip(&plan.stubs) {
        let mut stub = Function::new([]);
        let mut instructions = stub.instructions();
        instructions.call(ask);
        for parameter in 0..module.parameters(*function) {
            instructions.local_get(parameter);
        }
        let signature = module.functions[*function as usize];
        instructions.i32_const(slot).call_indirect(between, signature).end();
        code.function(&stub);
    }
    let mut asks = Function::new([]);
    asks.instructions()
        .i32_const(0)
        .table_get(between)
        .ref_is_null()
        .if_(BlockType::Empty)
        .call(plan.in_first[&plan.load])
        .end()
        .end();
    code.function(&asks);
    part.section(&code);

    part.section(&section(data));
    Ok(part.finish())
}

fn later(module: &Module, plan: &Plan, data: &[Segment]) -> Result<Vec<u8>> {
    let indices: BTreeMap<u32, u32> =
        plan.shared.iter().chain(&plan.later).copied().zip(0..).collect();
    let mut renumber = Renumber(&indices);
    let mut part = wasm_encoder::Module::new();
    part.section(&types(module)?);

    let mut imports = ImportSection::new();
    for (name, shared) in shared(module, plan) {
        let entity: EntityType = match shared {
            Shared::Memory(memory) => {
                renumber.memory_type(module.memories[memory as usize])?.into()
            }
            Shared::Table(table) => match module.tables.get(table as usize) {
                Some(table) => renumber.table_type(table.ty)?.into(),
                None => plan.between().into(),
            },
            Shared::Global(global) => {
                renumber.global_type(module.globals[global as usize].ty)?.into()
            }
            Shared::Function(function) => EntityType::Function(module.functions[function as usize]),
        };
        imports.import(FROM_FIRST, &name, entity);
    }
    part.section(&imports);

    let mut functions = FunctionSection::new();
    for function in &plan.later {
        functions.function(module.functions[*function as usize]);
    }
    part.section(&functions);

    let slots: Vec<u32> = plan.stubs.iter().map(|function| indices[function]).collect();
    let mut elements = ElementSection::new();
    elements.active(
        Some(module.tables.len() as u32),
        &ConstExpr::i32_const(0),
        Elements::Functions(slots.into()),
    );
    for run in runs(&plan.slots) {
        let start = ConstExpr::i32_const(run.start as i32);
        let functions: Vec<u32> = run.map(|slot| indices[&plan.slots[&slot]]).collect();
        elements.active(None, &start, Elements::Functions(functions.into()));
    }
    part.section(&elements);

    let mut code = CodeSection::new();
    for function in &plan.later {
        renumber.parse_function_body(&mut code, module.body(*function).clone())?;
    }
    part.section(&code);
    part.section(&section(data));
    Ok(part.finish())
}

/// The slots as ranges.
fn runs(slots: &BTreeMap<u32, u32>) -> Vec<Range<u32>> {
    let mut runs: Vec<Range<u32>> = Vec::new();
    for slot in slots.keys().copied() {
        match runs.last_mut() {
            Some(run) if run.end == slot => run.end += 1,
            _ => runs.push(slot..slot + 1),
        }
    }
    runs
}

fn section(segments: &[Segment]) -> DataSection {
    let mut section = DataSection::new();
    for segment in segments {
        let address = ConstExpr::i32_const(segment.address as i32);
        section.active(0, &address, segment.bytes.iter().copied());
    }
    section
}

fn types(module: &Module) -> Result<TypeSection> {
    let mut types = TypeSection::new();
    for signature in &module.types {
        types.ty().func_type(&Renumber(&BTreeMap::new()).func_type(signature.clone())?);
    }
    Ok(types)
}

/// What the later part takes from the first, by the index it has there; a function by its index in the whole.
enum Shared {
    Memory(u32),
    Table(u32),
    Global(u32),
    Function(u32),
}

/// All of it, each under a short name that no export has yet.
fn shared(module: &Module, plan: &Plan) -> Vec<(String, Shared)> {
    let memories = (0..module.memories.len() as u32).map(Shared::Memory);
    let tables = (0..=module.tables.len() as u32).map(Shared::Table);
    let globals = (0..module.globals.len() as u32).map(Shared::Global);
    let functions = plan.shared.iter().copied().map(Shared::Function);
    let names = (0..).map(short).filter(|name| module.exports.iter().all(|x| x.name != name));
    names.zip(memories.chain(tables).chain(globals).chain(functions)).collect()
}

/// The `number`th of all names, the shorter ones first.
fn short(number: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";
    let mut name = String::new();
    let mut rest = number;
    loop {
        name.insert(0, char::from(LETTERS[rest % LETTERS.len()]));
        rest /= LETTERS.len();
        if rest == 0 {
            return name;
        }
    }
}

/// FNV-1a; nobody gains by a collision.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `opening` is called, `other` and what it alone calls are not; `other` stands in the table, too.
    const WHOLE: &str = r#"(module
        (import "page" "load" (func $load))
        (table 1 funcref)
        (memory 1)
        (global $stack (mut i32) (i32.const 0))
        (elem (i32.const 0) $other)
        (func $small (result i32) i32.const 7)
        (func $opening (param i32) (result i32)
            local.get 0 if (result i32) local.get 0 call $other else call $common end call $small i32.add)
        (func $common (result i32) global.get $stack i32.load offset=16 i32.const 3 i32.mul i32.const 5 i32.add)
        (func $other (param i32) (result i32)
            call $only call $common i32.add call $small i32.add local.get 0 i32.add i32.const 1000 i32.add)
        (func $only (result i32) global.get $stack i32.load offset=32 i32.const 3 i32.mul i32.const 6 i32.add)
        (func $unused (result i32) i32.const 1 i32.const 2 i32.add i32.const 3 i32.add i32.const 4 i32.add)
        (func $loadLater i32.const 4 call $writes call $load)
        (func $writes (param i32)
            local.get 0 i32.const 11 i32.mul i32.const 12 i32.add i32.const 13 i32.add global.set $stack)
        (export "opening" (func $opening))
        (export "loadLater" (func $loadLater)))"#;

    fn split(called: &[u32]) -> Parts {
        let whole = wat::parse_str(WHOLE).expect("the text is a module");
        let module = Module::read(&whole).expect("the module reads");
        let called = called.iter().map(|number| number + module.imported).collect();
        let plan = Plan::of(&module, &called, &Linked::default()).expect("it can be planned");
        let segment = |address| Segment { address, bytes: vec![1, 2, 3] };
        let data = Halves { first: vec![segment(16)], later: vec![segment(32), segment(64)] };
        parts(&module, &plan, &data).expect("it splits")
    }

    fn names_of_exports(part: &[u8]) -> Vec<String> {
        let module = Module::read(part).expect("the part reads");
        module.exports.iter().map(|export| export.name.to_owned()).collect()
    }

    #[test]
    fn both_parts_are_valid_and_the_later_takes_only_what_the_first_gives() {
        for called in [&[][..], &[1, 2], &[0, 1, 2, 3, 4, 5, 6, 7]] {
            let parts = split(called);
            for part in [&parts.first, &parts.later] {
                wasmparser::validate(part).expect("a part is a valid module");
            }
            let given = names_of_exports(&parts.first);
            let later = Module::read(&parts.later).expect("the part reads");
            for import in &later.imports {
                assert!(given.iter().any(|name| name == import.name), "{} is missing", import.name);
            }
        }
    }

    #[test]
    fn what_is_not_called_goes_and_what_is_exported_or_small_stays() {
        let parts = split(&[1, 2]);
        // `$other`, `$only` and `$unused` went.
        assert_eq!(Module::read(&parts.later).expect("the part reads").defined().count(), 3);
        // `$small`, `$opening`, `$common`, `$loadLater` and what that calls, the stub of `$other`, and what asks for the
        // later part.
        assert_eq!(Module::read(&parts.first).expect("the part reads").defined().count(), 7);
        assert!(names_of_exports(&parts.first).contains(&"opening".to_owned()));
    }

    #[test]
    fn the_data_goes_where_it_was_planned() {
        let parts = split(&[1, 2]);
        for (part, count) in [(&parts.first, 1), (&parts.later, 2)] {
            assert_eq!(Module::read(part).expect("the part reads").data.len(), count);
        }
    }

    #[test]
    fn the_first_part_names_the_later_by_its_bytes() {
        let (one, other) = (split(&[1, 2]), split(&[1, 2, 3]));
        let (name, other) = (name_of(&one.later), name_of(&other.later));
        assert_ne!(name, other);
        let named = named(&one.first, &name);
        wasmparser::validate(&named).expect("it stays a valid module");
        assert!(named.windows(name.len()).any(|part| part == name.as_bytes()));
    }

    #[test]
    fn short_names_never_repeat() {
        let names: BTreeSet<String> = (0..10_000).map(short).collect();
        assert_eq!(names.len(), 10_000);
        assert_eq!(short(0), "a");
    }
}
