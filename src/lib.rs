//! The compiler of `.flow`.
//!
//! ```text
//!  .flow text ──syntax──▶ AST + diagnostics ─┐
//!                                            ├─resolve─▶ names bound ──check──▶ typed program ─┐
//!  OpenAPI text ─contract─▶ contract model ──┘                                                 │
//!                        files of a workspace ◀──emit──┬─ program, all explicit ◀──lower (ir)────┘
//!                         answers, in process ◀─interp─┘
//! ```
//!
//! Each arrow is one pure function from one type to the next. `syntax` and `contract` are total: they always
//! return a tree and a list of diagnostics. The core does no I/O: only `cli` reads and writes files.

pub mod check;
pub mod cli;
pub mod contract;
pub mod diagnostic;
pub mod emit;
pub mod fmt;
pub mod interp;
pub mod ir;
pub mod mock;
pub mod mutate;
mod parallel;
pub mod plan;
pub mod resolve;
pub mod scaffold;
pub mod source;
pub mod standin;
pub mod syntax;
