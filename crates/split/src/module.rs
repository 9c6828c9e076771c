//! A wasm module, read into its sections. It must be one that Rust and wasm-bindgen write: no garbage-collected types,
//! no tags, one memory.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use wasmparser::{
    BinaryReaderError, Data, Element, ElementItems, ElementKind, Export, ExternalKind, FuncType,
    FunctionBody, Global, Import, KnownCustom, MemoryType, Name, Operator, Parser, Payload, Table,
    TypeRef,
};

use crate::linked::constant;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// The sections of a module.
#[derive(Default)]
pub struct Module<'a> {
    pub types: Vec<FuncType>,
    pub imports: Vec<Import<'a>>,
    /// The type of every function, by its index; the imported ones come first.
    pub functions: Vec<u32>,
    /// How many functions are imported.
    pub imported: u32,
    pub tables: Vec<Table<'a>>,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<Global<'a>>,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub elements: Vec<Element<'a>>,
    pub data: Vec<Data<'a>>,
    /// The names of functions, as far as they are told.
    pub names: BTreeMap<u32, &'a str>,
    bodies: Vec<FunctionBody<'a>>,
}

impl<'a> Module<'a> {
    /// Reads `bytes`; of custom sections only the names.
    pub fn read(bytes: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    module.types = section.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if let TypeRef::Func(signature) = import.ty {
                            module.functions.push(signature);
                            module.imported += 1;
                        }
                        module.imports.push(import);
                    }
                }
                Payload::FunctionSection(section) => {
                    for signature in section {
                        module.functions.push(signature?);
                    }
                }
                Payload::TableSection(section) => {
                    module.tables = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::MemorySection(section) => {
                    module.memories = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::GlobalSection(section) => {
                    module.globals = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::ExportSection(section) => {
                    module.exports = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::StartSection { func, .. } => module.start = Some(func),
                Payload::ElementSection(section) => {
                    module.elements = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::DataSection(section) => {
                    module.data = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(sections) = section.as_known() {
                        for section in sections {
                            if let Name::Function(names) = section? {
                                for name in names {
                                    let name = name?;
                                    module.names.insert(name.index, name.name);
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(module)
    }

    /// The indices of the functions that have a body.
    pub fn defined(&self) -> impl Iterator<Item = u32> + use<> {
        (self.imported..).take(self.bodies.len())
    }

    /// The body of a function that has one.
    pub fn body(&self, function: u32) -> &FunctionBody<'a> {
        &self.bodies[(function - self.imported) as usize]
    }

    /// How many parameters a function takes.
    pub fn parameters(&self, function: u32) -> u32 {
        self.types[self.functions[function as usize] as usize].params().len() as u32
    }

    /// The functions that JavaScript may call.
    pub fn exported(&self) -> impl Iterator<Item = (&'a str, u32)> {
        self.exports
            .iter()
            .filter(|export| export.kind == ExternalKind::Func)
            .map(|export| (export.name, export.index))
    }

    /// The functions that each defined function names.
    pub fn calls(&self) -> Result<BTreeMap<u32, BTreeSet<u32>>, BinaryReaderError> {
        self.defined().map(|function| Ok((function, named(self.body(function))?))).collect()
    }

    /// The function in every slot of the first table.
    pub fn table(&self) -> Result<BTreeMap<u32, u32>> {
        let mut table = BTreeMap::new();
        for element in &self.elements {
            if let Some((start, functions)) = self.slots(element)? {
                table.extend((start..).zip(functions));
            }
        }
        Ok(table)
    }

    /// The slots of the first table that an element fills: from which on, and with which functions.
    pub fn slots(&self, element: &Element) -> Result<Option<(u32, Vec<u32>)>> {
        let ElementKind::Active { table_index: None | Some(0), offset_expr } = &element.kind else {
            return Ok(None);
        };
        let ElementItems::Functions(functions) = &element.items else { return Ok(None) };
        let functions = functions.clone().into_iter().collect::<Result<_, _>>()?;
        Ok(Some((constant(offset_expr)?, functions)))
    }

    /// The functions in other tables, and in elements that are no plain lists.
    pub fn in_other_tables(&self) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        for element in &self.elements {
            if self.slots(element)?.is_some() {
                continue;
            }
            match &element.items {
                ElementItems::Functions(functions) => {
                    for function in functions.clone() {
                        found.push(function?);
                    }
                }
                ElementItems::Expressions(_, expressions) => {
                    for expression in expressions.clone() {
                        for operator in expression?.get_operators_reader() {
                            if let Operator::RefFunc { function_index } = operator? {
                                found.push(function_index);
                            }
                        }
                    }
                }
            }
        }
        Ok(found)
    }
}

fn named(body: &FunctionBody) -> Result<BTreeSet<u32>, BinaryReaderError> {
    let mut found = BTreeSet::new();
    for operator in body.get_operators_reader()? {
        if let Operator::Call { function_index }
        | Operator::ReturnCall { function_index }
        | Operator::RefFunc { function_index } = operator?
        {
            found.insert(function_index);
        }
    }
    Ok(found)
}
