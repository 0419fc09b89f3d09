//! The empty module: of any source, maps every record to nothing. What it costs, no module can cost less.
//!
//! It is written in WebAssembly by hand, after the canonical ABI: what comes back is a list of `ok` outcomes, and those
//! without upserts, handovers and findings are zero bytes from end to end. So memory that nobody has written to is the
//! answer, and the module computes nothing but how much of it there is.

use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    InstructionSink, MemorySection, MemoryType, Module, TypeSection, ValType,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The WIT packages that this host speaks.
const TRANSFORM: [(&str, &str); 3] = [
    ("effects.wit", include_str!("../../../wit/transform/effects.wit")),
    ("manifest.wit", include_str!("../../../wit/transform/manifest.wit")),
    ("values.wit", include_str!("../../../wit/transform/values.wit")),
];

/// Bytes of `result<outcome, rejection>`: a discriminant of four bytes with its padding, then the larger of three lists
/// and of text, optional text and text.
const ANSWER_BYTES: i32 = 32;

/// Bytes of `result<manifest, setting-error>`: four, then two texts and four lists.
const MANIFEST_BYTES: i32 = 52;

const PAGE: i32 = 65_536;

/// The empty module could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the empty module to measure against cannot be made: {0}; hint: this is a fault of odograft, please report it")]
pub struct EmptyError(String);

/// The empty module of a source: `package` is its WIT, `export` the interface with its version, `world` the world.
///
/// # Errors
/// The WIT has changed in a way that this module does not know.
pub fn empty(package: &str, export: &str, world: &str) -> Result<Vec<u8>, EmptyError> {
    let fail = |error: String| EmptyError(error);
    let mut core = core(export);
    let mut resolve = Resolve::default();
    let mut map = wit_parser::SourceMap::default();
    TRANSFORM.iter().for_each(|(name, text)| map.push_str(name, *text));
    let transform = map.parse().map_err(|(_, error)| fail(format!("{error:?}")))?;
    resolve.push_group(transform).map_err(|error| fail(format!("{error:?}")))?;
    let id = resolve.push_str("source.wit", package).map_err(|error| fail(format!("{error:#}")))?;
    let world = resolve.select_world(&[id], Some(world)).map_err(|error| fail(format!("{error:#}")))?;
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| fail(format!("{error:#}")))?;
    ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(ComponentEncoder::encode)
        .map_err(|error| fail(format!("{error:#}")))
}

/// Types of the functions, in the order of their section.
const REALLOC: u32 = 0;
const DESCRIBE: u32 = 1;
const TRANSFORM_FN: u32 = 2;

fn core(export: &str) -> Vec<u8> {
    use ValType::{I32, I64};
    let mut types = TypeSection::new();
    types.ty().function([I32; 4], [I32]);
    types.ty().function([I32; 2], [I32]);
    // The context is a moment and a list of settings; then texts; then the batch.
    types.ty().function([I64, I32, I32, I32, I32, I32, I32], [I32]);

    let mut functions = FunctionSection::new();
    functions.function(REALLOC).function(DESCRIBE).function(TRANSFORM_FN);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
    let mut globals = GlobalSection::new();
    // The first free address: the first eight bytes hold the list that `transform` returns.
    globals.global(GlobalType { val_type: I32, mutable: true, shared: false }, &ConstExpr::i32_const(8));
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("cabi_realloc", ExportKind::Func, REALLOC);
    exports.export(&format!("{export}#describe"), ExportKind::Func, DESCRIBE);
    exports.export(&format!("{export}#transform"), ExportKind::Func, TRANSFORM_FN);

    let mut code = CodeSection::new();
    code.function(&function(1, realloc)).function(&function(1, describe)).function(&function(1, transform));
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&memories).section(&globals).section(&exports).section(&code);
    module.finish()
}

fn function(locals: u32, body: impl FnOnce(&mut InstructionSink<'_>)) -> Function {
    let mut function = Function::new([(locals, ValType::I32)]);
    body(&mut function.instructions());
    function.instructions().end();
    function
}

/// Leaves the address of so many fresh bytes, aligned to eight, in the local `at`. The size is on the stack.
fn allocate(code: &mut InstructionSink<'_>, at: u32) {
    // at = free; free = (free + size + 7) & -8
    code.global_get(0).local_set(at);
    code.global_get(0).i32_add().i32_const(7).i32_add().i32_const(-8).i32_and().global_set(0);
    // Grows by what is missing, in pages; a refusal is a trap.
    code.block(wasm_encoder::BlockType::Empty);
    code.global_get(0).memory_size(0).i32_const(PAGE).i32_mul().i32_le_u().br_if(0);
    code.global_get(0).i32_const(PAGE - 1).i32_add().i32_const(16).i32_shr_u().memory_size(0).i32_sub();
    code.memory_grow(0).i32_const(-1).i32_ne().br_if(0);
    code.unreachable().end();
}

/// `cabi_realloc(old, old size, align, size)`: the host only ever asks for new memory.
fn realloc(code: &mut InstructionSink<'_>) {
    code.local_get(3);
    allocate(code, 4);
    code.local_get(4);
}

/// An `ok` manifest in which everything is empty.
fn describe(code: &mut InstructionSink<'_>) {
    code.i32_const(MANIFEST_BYTES);
    allocate(code, 2);
    code.local_get(2);
}

/// As many `ok` outcomes as there are records, the seventh parameter.
fn transform(code: &mut InstructionSink<'_>) {
    const RECORDS: u32 = 6;
    code.local_get(RECORDS).i32_const(ANSWER_BYTES).i32_mul();
    allocate(code, 7);
    let memory = |offset| wasm_encoder::MemArg { offset, align: 2, memory_index: 0 };
    code.i32_const(0).local_get(7).i32_store(memory(0));
    code.i32_const(0).local_get(RECORDS).i32_store(memory(4));
    code.i32_const(0);
}
