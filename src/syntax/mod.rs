//! From text to [`ast`]. Total: any bytes give a tree and a list of findings.

pub mod ast;
