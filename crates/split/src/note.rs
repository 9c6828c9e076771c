//! A module that notes which of its functions are called: each sets a byte of its own, in memory behind all that the
//! module itself starts with. It exports where these bytes are, and how many.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, MemArg,
    MemArgTarget, MemoryType, ValType,
};
use wasmparser::{ExportSectionReader, FunctionBody, GlobalSectionReader, Parser};

use crate::body::Body;
use crate::module::Module;
use crate::points::points;

const PAGE: u64 = 65_536;

/// The module `whole`, noting.
pub fn note(whole: &[u8]) -> Result<Vec<u8>, Error<Infallible>> {
    let module = Module::read(whole)?;
    let count = points(&module)?.len();
    let mut noting = Noting {
        at: module.memories.iter().map(|memory| memory.initial * PAGE).sum(),
        count: count as u64,
        globals: module.globals.len() as u32,
        next: 0,
    };
    let mut noted = wasm_encoder::Module::new();
    noting.parse_core_module(&mut noted, Parser::new(0), whole)?;
    Ok(noted.finish())
}

struct Noting {
    at: u64,
    count: u64,
    globals: u32,
    /// Which point comes next.
    next: i32,
}

impl Reencode for Noting {
    type Error = Infallible;

    fn memory_type(
        &mut self,
        memory: wasmparser::MemoryType,
    ) -> Result<MemoryType, Error<Infallible>> {
        let mut memory = utils::memory_type(self, memory);
        memory.minimum += self.count.div_ceil(PAGE);
        Ok(memory)
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_global_section(self, globals, section)?;
        let constant = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
        for value in [self.at, self.count] {
            globals.global(constant, &ConstExpr::i32_const(value as i32));
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_export_section(self, exports, section)?;
        exports.export("notesAt", ExportKind::Global, self.globals);
        exports.export("noteCount", ExportKind::Global, self.globals + 1);
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error<Infallible>> {
        let mut noting = self.new_function_with_parsed_locals(&body)?;
        let to =
            MemArg { offset: self.at, align: 0, target: MemArgTarget::Memory(0), ordering: None };
        let body = Body::read(&body, &[])?;
        let points = body.points();
        for (at, operator) in body.operators.iter().enumerate() {
            if points.contains(&at) {
                noting.instructions().i32_const(self.next).i32_const(1).i32_store8(to);
                self.next += 1;
            }
            noting.instruction(&self.instruction(operator.clone())?);
        }
        code.function(&noting);
        Ok(())
    }
}
