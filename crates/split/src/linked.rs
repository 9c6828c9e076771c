//! What the linker knew and nobody after it: which bytes of memory are one thing, and who refers to it. It is asked to
//! tell by `--emit-relocs`; functions are found again by their names.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::ops::Range;

use wasmparser::{
    ConstExpr, Data, DataKind, ElementItems, ElementKind, KnownCustom, Linking, Name, Operator,
    Parser, Payload, RelocationEntry, RelocationType, SymbolInfo,
};

use crate::module::Module;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// What code and memory refer to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Thing {
    /// A static, a constant or a table of methods, by its place among all.
    Bytes(usize),
    /// A slot of the table through which functions are called that are values.
    Slot(u32),
}

/// The things of a linked module.
#[derive(Default)]
pub struct Linked {
    /// The addresses of every thing in memory.
    pub bytes: Vec<Range<u32>>,
    /// The slots that were filled.
    pub slots: BTreeSet<u32>,
    /// Which things a thing refers to.
    pub refers: BTreeMap<Thing, BTreeSet<Thing>>,
    /// For each function, by its name, what it refers to by a number in its code. Functions of one name stand as one.
    functions: BTreeMap<String, BTreeMap<u32, BTreeSet<Thing>>>,
}

impl Linked {
    /// Reads a module that was linked with `--emit-relocs`.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut sections = Sections::default();
        for payload in Parser::new(0).parse_all(bytes) {
            sections.take(payload?)?;
        }
        sections.linked()
    }

    /// The name of a function of `module`, if it came from the linker.
    pub fn name<'a>(&self, module: &Module<'a>, function: u32) -> Option<&'a str> {
        module.names.get(&function).copied().filter(|name| self.functions.contains_key(*name))
    }

    /// What a function refers to by a number in its code: an address is one only where the linker put it.
    pub fn referred(&self, function: &str, number: u32) -> BTreeSet<Thing> {
        let numbers = self.functions.get(function);
        numbers.and_then(|numbers| numbers.get(&number)).cloned().unwrap_or_default()
    }

    /// The things that may be meant by a number in the code of a function that the linker did not see.
    pub fn near(&self, number: u32) -> impl Iterator<Item = Thing> {
        let bytes = self.bytes.iter().enumerate();
        let near = bytes.filter(move |(_, range)| (range.start..=range.end).contains(&number));
        let slot = self.slots.get(&number).map(|slot| Thing::Slot(*slot));
        near.map(|(place, _)| Thing::Bytes(place)).chain(slot)
    }
}

/// The sections that tell of it, as far as they were read.
#[derive(Default)]
struct Sections<'a> {
    data: Vec<Data<'a>>,
    /// Where the content of the data section and of the code section begins.
    data_at: u64,
    code_at: u64,
    /// The bodies of functions, as bytes of the module; the imported functions have none.
    bodies: Vec<Range<u64>>,
    imported: u32,
    names: BTreeMap<u32, &'a str>,
    /// In which slot of the table each function stands.
    slots: BTreeMap<u32, u32>,
    symbols: Vec<SymbolInfo<'a>>,
    /// Relocations, by the section they are of.
    relocations: BTreeMap<u32, Vec<RelocationEntry>>,
    /// The numbers of these two sections.
    code: Option<u32>,
    datas: Option<u32>,
    next: u32,
}

impl<'a> Sections<'a> {
    fn take(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::Version { .. } | Payload::End(_) => return Ok(()),
            Payload::CodeSectionEntry(body) => {
                self.bodies.push(body.range());
                return Ok(());
            }
            Payload::CodeSectionStart { unchecked_range: range, .. } => {
                self.code = Some(self.next);
                self.code_at = range.start;
            }
            Payload::DataSection(section) => {
                self.datas = Some(self.next);
                self.data_at = section.range().start;
                self.data = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    let element = element?;
                    let ElementKind::Active { offset_expr, .. } = element.kind else { continue };
                    let ElementItems::Functions(functions) = element.items else { continue };
                    for (slot, function) in (constant(&offset_expr)?..).zip(functions) {
                        self.slots.insert(function?, slot);
                    }
                }
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Name(sections) => {
                    for section in sections {
                        if let Name::Function(names) = section? {
                            for name in names {
                                let name = name?;
                                self.names.insert(name.index, name.name);
                            }
                        }
                    }
                }
                KnownCustom::Linking(sections) => {
                    for section in sections {
                        if let Linking::SymbolTable(symbols) = section? {
                            self.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                        }
                    }
                }
                KnownCustom::Reloc(section) => {
                    let entries = section.entries().into_iter().collect::<Result<_, _>>()?;
                    self.relocations.insert(section.section_index(), entries);
                }
                _ => {}
            },
            _ => {}
        }
        self.next += 1;
        Ok(())
    }

    fn linked(self) -> Result<Linked> {
        let missing =
            |what| format!("the linked module has no {what}: link it with `--emit-relocs`");
        let code = self.code.ok_or_else(|| missing("code"))?;
        let in_code = self.relocations.get(&code).ok_or_else(|| missing("relocations of code"))?;
        let in_data = self.datas.and_then(|data| self.relocations.get(&data));
        let in_data = in_data.ok_or_else(|| missing("relocations of data"))?;

        let bases = self.data.iter().map(base).collect::<Result<Vec<u32>>>()?;
        // The things, and for each symbol the thing that it names.
        let (mut linked, mut named) = (Linked::default(), BTreeMap::new());
        linked.slots = self.slots.values().copied().collect();
        for (number, symbol) in (0..).zip(&self.symbols) {
            match symbol {
                SymbolInfo::Data { symbol: Some(defined), flags, .. } => {
                    let absolute = flags.contains(wasmparser::SymbolFlags::ABSOLUTE);
                    let base = if absolute { 0 } else { bases[defined.index as usize] };
                    let start = base + defined.offset;
                    named.insert(number, Thing::Bytes(linked.bytes.len()));
                    linked.bytes.push(start..start + defined.size);
                }
                SymbolInfo::Func { index, .. } => {
                    let slot = self.slots.get(index).map(|slot| (number, Thing::Slot(*slot)));
                    named.extend(slot);
                }
                _ => {}
            }
        }

        for index in self.imported..self.imported + self.bodies.len() as u32 {
            let name = self.names.get(&index).ok_or_else(|| missing("names"))?;
            linked.functions.entry((*name).to_owned()).or_default();
        }
        for entry in in_code.iter().filter(|entry| is_value(entry.ty)) {
            let Some(thing) = named.get(&entry.index).copied() else { continue };
            let at = self.code_at + u64::from(entry.offset);
            let body = self.bodies.partition_point(|body| body.end <= at);
            let name = self.names[&(self.imported + body as u32)];
            let number = linked.number(thing, entry);
            let numbers = linked.functions.entry(name.to_owned()).or_default();
            numbers.entry(number).or_default().insert(thing);
        }

        // Where each byte of the data section comes to lie in memory.
        let mut lies = Vec::new();
        for (data, base) in self.data.iter().zip(&bases) {
            lies.push((data.range.end - data.data.len() as u64, data.range.end, *base));
        }
        let places = Places::of(&linked.bytes);
        for entry in in_data.iter().filter(|entry| is_value(entry.ty)) {
            let Some(thing) = named.get(&entry.index).copied() else { continue };
            let at = self.data_at + u64::from(entry.offset);
            let (start, _, base) = lies
                .iter()
                .find(|(start, end, _)| (start..end).contains(&&at))
                .ok_or("a relocation of data lies in no data")?;
            let address = base + (at - start) as u32;
            for from in places.at(&linked.bytes, address) {
                linked.refers.entry(from).or_default().insert(thing);
            }
            if places.at(&linked.bytes, address).next().is_none() {
                return Err(format!("nothing known lies at the address {address:#x}").into());
            }
        }
        Ok(linked)
    }
}

/// The things in memory by their places. They may overlap, where one text ends as another.
struct Places {
    by_start: Vec<usize>,
    largest: u32,
}

impl Places {
    fn of(bytes: &[Range<u32>]) -> Self {
        let mut by_start: Vec<usize> = (0..bytes.len()).collect();
        by_start.sort_by_key(|at| bytes[*at].start);
        let largest = bytes.iter().map(|range| range.len() as u32).max().unwrap_or(0);
        Self { by_start, largest }
    }

    /// The things that hold an address.
    fn at(&self, bytes: &[Range<u32>], address: u32) -> impl Iterator<Item = Thing> {
        let first = self.by_start.partition_point(|at| bytes[*at].start + self.largest < address);
        let until = self.by_start.partition_point(|at| bytes[*at].start <= address);
        let near = self.by_start[first..until].iter().copied();
        near.filter(move |at| bytes[*at].contains(&address)).map(Thing::Bytes)
    }
}

impl Linked {
    /// The number that the linker wrote to refer to a thing.
    fn number(&self, thing: Thing, entry: &RelocationEntry) -> u32 {
        match thing {
            Thing::Bytes(place) => (i64::from(self.bytes[place].start) + entry.addend) as u32,
            Thing::Slot(slot) => slot,
        }
    }
}

/// Whether a relocation is a number that code can reckon with: an address, or a slot of the table. Any that is not known
/// counts as one.
fn is_value(kind: RelocationType) -> bool {
    use RelocationType::{
        FunctionIndexI32, FunctionIndexLeb, GlobalIndexI32, GlobalIndexLeb, TableNumberLeb,
        TypeIndexLeb,
    };
    !matches!(
        kind,
        FunctionIndexI32
            | FunctionIndexLeb
            | GlobalIndexI32
            | GlobalIndexLeb
            | TableNumberLeb
            | TypeIndexLeb
    )
}

/// The address of a data segment.
pub fn base(data: &Data) -> Result<u32> {
    match &data.kind {
        DataKind::Active { offset_expr, .. } => constant(offset_expr),
        DataKind::Passive => Err("a data segment has no address".into()),
    }
}

/// The number that an expression of one operator is.
pub fn constant(expression: &ConstExpr) -> Result<u32> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value as u32),
        _ => Err("the place of a segment is no number".into()),
    }
}
