//! From the path of a contract to all of its files as trees, its version and the list of its operations. No
//! more than that: schemas and operations are lowered when somebody asks for them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::documents::{Documents, File, Place, Unread};
use super::faults::{Faults, Weight};
use super::refs::{RefFault, take_apart};
use super::tree::{self, EncodingFault, Kind, ReadError};
use super::{Contract, Version, operations, schema, security};
use crate::diagnostic::{Diagnostic, contract as say};
use crate::source::{Sources, Span};

/// Why a file could not be read. Whoever reads files says so; this folder does no I/O.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadFault {
    Missing,
    /// Outside the project, also by way of a symbolic link.
    Outside,
    /// A folder, a device, a pipe.
    NotAFile,
    TooLarge,
    Other(String),
}

impl ReadFault {
    pub(super) fn reason(&self) -> String {
        match self {
            ReadFault::Missing => "there is no such file".to_owned(),
            ReadFault::Outside => "it lies outside the project".to_owned(),
            ReadFault::NotAFile => "it is not a regular file".to_owned(),
            ReadFault::TooLarge => "it is too large".to_owned(),
            ReadFault::Other(why) => why.clone(),
        }
    }
}

/// How this folder asks for a file: by a path relative to the project, normalised, never outside.
pub type Read<'a> = dyn FnMut(&str) -> Result<Vec<u8>, ReadFault> + 'a;

/// More files than this in one contract are refused.
const MAX_FILES: usize = 20_000;

/// Reads a contract and all files that it refers to. Fails only when the document as a whole is unusable.
pub fn load(sources: &mut Sources, root: &str, read: &mut Read) -> Result<Contract, Vec<Diagnostic>> {
    let mut documents = Documents { files: Vec::new(), by_path: FxHashMap::default() };
    let tree = read_tree(sources, root, read).map_err(|unread| vec![unread.diagnostic])?;
    documents.by_path.insert(root.to_owned(), Ok(0));
    documents.files.push(File { path: root.to_owned(), tree });
    let version = version(&documents).map_err(|fault| vec![*fault])?;
    read_referenced(&mut documents, sources, read)?;
    let contract = unasked(Arc::new(documents), version);
    contract.faults.secrets().for_each(|secret| sources.mask(secret));
    Ok(contract)
}

/// A contract that nobody has asked for anything yet.
pub(super) fn unasked(documents: Arc<Documents>, version: Version) -> Contract {
    let mut faults = Faults::default();
    report_dangers(&documents, &mut faults);
    let index = operations::index(&documents, version, &mut faults);
    let servers = security::servers(&documents, version, &mut faults);
    let security_schemes = security::schemes(&documents, version);
    let info = documents.get(documents.root(), "info").unwrap_or(documents.root());
    let text = |key| documents.scalar_at(info, key).map(|text| text.trim().to_owned()).unwrap_or_default();
    Contract {
        title: text("title"),
        api_version: text("version"),
        spec_version: spec_version(&documents),
        version,
        servers,
        security_schemes,
        index,
        schemas: schema::Schemas::new(&documents, version),
        faults,
        touched: Default::default(),
        asked: None,
        documents,
    }
}

struct NotRead {
    diagnostic: Diagnostic,
    /// The reader's own fault, where the file could not be had at all.
    fault: Option<ReadFault>,
}

fn read_tree(sources: &mut Sources, path: &str, read: &mut Read) -> Result<tree::Tree, Box<NotRead>> {
    let bytes = read(path).map_err(|fault| {
        let source = sources.add(path, "");
        let diagnostic = say::unreadable(Span::new(source, 0, 0), path, &fault.reason());
        Box::new(NotRead { diagnostic, fault: Some(fault) })
    })?;
    let text = tree::decode(bytes).map_err(|(EncodingFault { offset, found }, before)| {
        let end = before.len();
        let source = sources.add(path, before);
        let diagnostic = say::encoding(Span::new(source, end, end), offset, found);
        Box::new(NotRead { diagnostic, fault: None })
    })?;
    let source = sources.add(path, text);
    let text = Arc::clone(&sources.get(source).text);
    tree::read(source, path, text).map_err(|error| {
        let span = |start, end| Span::new(source, start, end);
        let format = if path.ends_with(".json") { "JSON" } else { "YAML" };
        let diagnostic = match error {
            ReadError::Syntax { start, end, what } => say::syntax(span(start, end), format, &what),
            ReadError::Limit { start, end, what } => say::limit(span(start, end), &what),
            ReadError::SecondDocument { start } => say::second_document(span(start, start)),
            ReadError::Empty => say::empty(span(0, 0)),
        };
        Box::new(NotRead { diagnostic, fault: None })
    })
}

/// Reads what the files refer to, and what those refer to. A file that cannot be had is remembered as such; it
/// matters only to what refers to it.
fn read_referenced(
    documents: &mut Documents,
    sources: &mut Sources,
    read: &mut Read,
) -> Result<(), Vec<Diagnostic>> {
    let mut next = 0;
    while let Some(file) = documents.files.get(next) {
        let (path, tree) = (file.path.clone(), &file.tree);
        let mut wanted = Vec::new();
        for target in &tree.references {
            let Some(text) = tree.scalar(*target) else { continue };
            if let Ok(Some(file)) = take_apart(&path, &text).file
                && !documents.by_path.contains_key(&file)
                && looks_like_a_file(&file)
            {
                wanted.push((file, tree.span(*target)));
            }
        }
        for (path, span) in wanted {
            if documents.files.len() >= MAX_FILES {
                return Err(vec![say::limit(span, &format!("more than {MAX_FILES} files"))]);
            }
            read_one(documents, sources, read, path);
        }
        next += 1;
    }
    Ok(())
}

/// A bare name such as `Pet`, which Swagger 2.0 allowed as a reference, is no file.
fn looks_like_a_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.')) || path.contains('/')
}

fn read_one(documents: &mut Documents, sources: &mut Sources, read: &mut Read, path: String) {
    if documents.by_path.contains_key(&path) {
        return;
    }
    let known = match read_tree(sources, &path, read) {
        Ok(tree) => {
            let number = documents.files.len() as u32;
            documents.files.push(File { path: path.clone(), tree });
            Ok(number)
        }
        Err(unread) => match unread.fault {
            Some(fault) => Err(Unread::Fault(fault)),
            None => Err(Unread::NoTree(Box::new(unread.diagnostic))),
        },
    };
    documents.by_path.insert(path, known);
}

fn version(documents: &Documents) -> Result<Version, Box<Diagnostic>> {
    let root = documents.root();
    let whole = documents.short_span(root);
    let found = match documents.kind(root) {
        Kind::Map | Kind::Merged => None,
        Kind::List => Some("a list"),
        Kind::Null => Some("null"),
        Kind::Number => Some("a number"),
        Kind::True | Kind::False => Some("a boolean"),
        Kind::Text | Kind::Quoted | Kind::Escaped | Kind::Made | Kind::Alias => Some("text"),
    };
    if let Some(found) = found {
        return Err(Box::new(say::not_a_contract(whole, found)));
    }
    let stated = documents.get(root, "openapi").or_else(|| documents.get(root, "swagger"));
    let Some(stated) = stated else { return Err(Box::new(say::no_version(whole))) };
    let text = documents.scalar(stated).unwrap_or_default();
    let text = text.trim().trim_start_matches('v');
    let known =
        |of: &str| text == of || text.strip_prefix(of).is_some_and(|rest| rest.starts_with(['.', '-']));
    match text {
        _ if known("2") => Ok(Version::V2),
        _ if known("3.1") => Ok(Version::V31),
        _ if known("3.2") => Ok(Version::V32),
        _ if known("3.0") || text == "3" => Ok(Version::V30),
        _ => Err(Box::new(say::unsupported_version(documents.span(stated), text))),
    }
}

fn spec_version(documents: &Documents) -> String {
    let root = documents.root();
    let stated = documents.scalar_at(root, "openapi").or_else(|| documents.scalar_at(root, "swagger"));
    stated.unwrap_or_default().trim().to_owned()
}

/// References out of the project are a danger wherever they stand; remote ones only matter where they are used.
fn report_dangers(documents: &Documents, faults: &mut Faults) {
    for (number, file) in documents.files.iter().enumerate() {
        if let Some(line) = file.tree.misindented {
            let root = Place { file: number as u32, ..documents.root() };
            faults.add(root, Weight::Repaired, say::misindented(line));
        }
        for target in &file.tree.references {
            let Some(text) = file.tree.scalar(*target) else { continue };
            let place = Place { file: number as u32, node: *target };
            let span = file.tree.span(*target);
            let leads_out = match take_apart(&file.path, &text).file {
                Err(RefFault::Escape) => true,
                Ok(Some(path)) => {
                    matches!(documents.by_path.get(&path), Some(Err(Unread::Fault(ReadFault::Outside))))
                }
                _ => false,
            };
            if leads_out {
                faults.add(place, Weight::Always, say::ref_escape(span, &text));
            } else if text.trim_start().to_ascii_lowercase().starts_with("file:") {
                faults.add(place, Weight::Always, say::ref_external(span, &text));
            }
        }
    }
}
