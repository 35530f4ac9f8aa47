//! From a contract to the text of a flow that starts from it: the backend, and a system that passes each
//! operation through. It is the first flow that somebody reads, so it is written as an author would write it:
//! only what has to be there, in the one style, and a comment wherever it could not follow the contract.
//!
//! ```text
//!  Contract ──names, paths, types──▶ text ──fmt──▶ text in the one style
//! ```
//!
//! Nothing is checked here: whoever asks for a flow checks it, and asks again without the operations that the
//! contract itself gets wrong. Every text that comes from a contract goes through [`texts`].

mod access;
mod latin;
mod names;
mod operation;
mod pass_through;
mod paths;
mod reader;

mod signature;
mod texts;
mod types;

pub use names::{backend_name, kebab, pascal, screaming};
pub use pass_through::pass_through;
pub use reader::reader;

use smol_str::SmolStr;

/// What a flow is to be written for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The name of the backend, such as `Erp`.
    pub backend: String,
    /// The name of the system, such as `Shop`.
    pub service: String,
    /// The team that owns it; usually the project's name.
    pub owner: String,
    /// The path of the contract, from the folder of the project.
    pub contract: String,
    /// The operations to write, by their names in the contract.
    pub operations: Vec<SmolStr>,
    /// Operations that are left out, and why.
    pub left_out: Vec<LeftOut>,
}

/// An operation that the contract itself gets wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name in the contract.
    pub name: SmolStr,
    /// `contracts/erp.yaml:12:3: nothing is found at …`
    pub why: String,
}

/// A flow, and which operation of the contract stands behind each of its own.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    pub text: String,
    /// By the operation's own name in the flow.
    pub operations: Vec<(String, SmolStr)>,
    /// What no flow can name or read, and why.
    pub beyond: Vec<LeftOut>,
}

/// The text in the one style. What the formatter cannot read stays as it is.
fn formatted(text: String) -> String {
    let parsed = crate::syntax::parse(crate::source::SourceId(0), &text);
    crate::fmt::format(&parsed.file, &text)
}
