//! The contracts that a project names: where each is named, and the files behind the names. Paths start at
//! the folder of `flow.toml`, and nothing outside that folder is ever read.

use std::path::Path;

use super::files::Root;
use super::read::{self, Fault};
use crate::contract::ReadFault;
use crate::diagnostic::contract::reached_at;
use crate::diagnostic::render::View;
use crate::diagnostic::{Diagnostic, project};
use crate::source::{Sources, Span};
use crate::syntax::ast::{File, Item};

pub const LARGEST: u64 = 128 << 20;

/// `contract: "…"` of a backend, or `implements "…"` of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// As written.
    pub path: String,
    /// The text with its quotes.
    pub place: Span,
    /// The whole declaration.
    pub declaration: Span,
}

/// Every contract that the files name, in their order.
pub fn mentions(files: &[File]) -> Vec<Mention> {
    files.iter().flat_map(|file| &file.items).filter_map(mention).collect()
}

fn mention(item: &Item) -> Option<Mention> {
    let (path, place) = match item {
        Item::Backend(backend) => {
            let setting = backend.settings.iter().find(|setting| setting.name.text == "contract")?;
            (setting.value.plain_text()?, setting.value.span)
        }
        Item::Service(service) => {
            let text = service.implements.as_ref()?;
            (text.value.clone(), text.span)
        }
        Item::Type(_) | Item::Map(_) | Item::Fn(_) | Item::Problem(_) => return None,
        Item::Broker(_) | Item::Event(_) | Item::Test(_) | Item::Broken(_) => return None,
    };
    Some(Mention { path, place, declaration: item.span() })
}

/// A file of a contract, by its path from the project.
pub fn read_file(root: &Root, path: &str) -> Result<Vec<u8>, Fault> {
    read::read_bytes(&read::inside(&root.folder, path)?, LARGEST)
}

/// A path without the steps that lead nowhere, so that one file has one name.
pub fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Findings that name a command for a contract name the file as the working directory reaches it.
pub fn named_from_here(found: &mut [Diagnostic], view: View<'_>) {
    for one in found {
        if let Some(span) = one.span() {
            reached_at(one, &view.path(span.source));
        }
    }
}

/// In the words of the contract reader, for files that other files refer to.
pub fn read_fault(fault: Fault) -> ReadFault {
    match fault {
        Fault::Missing => ReadFault::Missing,
        Fault::Outside => ReadFault::Outside,
        Fault::NotAFile(_) => ReadFault::NotAFile,
        Fault::TooLarge(_) => ReadFault::TooLarge,
        Fault::Encoding { .. } => ReadFault::Other("it is not UTF-8".to_string()),
        Fault::System(reason) => ReadFault::Other(reason),
    }
}

/// What to say where a contract is named that cannot be read.
pub fn describe(fault: &Fault, mention: &Mention, root: &Root, sources: &Sources) -> Diagnostic {
    if *fault == Fault::Missing
        && let Some(from_root) = beside(mention, root, sources)
    {
        return project::missing_file_but_beside(mention.place, &mention.path, &from_root);
    }
    read::describe(fault, mention.place, &mention.path)
}

/// The path from the project, where the author wrote it as seen from the `.flow` file.
fn beside(mention: &Mention, root: &Root, sources: &Sources) -> Option<String> {
    let folder = Path::new(&sources.get(mention.place.source).name).parent()?;
    let written = folder.join(&mention.path);
    let real = read::inside(&root.folder, written.to_str()?).ok()?;
    real.strip_prefix(&root.folder).ok()?.to_str().map(|path| path.replace('\\', "/"))
}
