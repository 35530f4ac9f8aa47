//! `flowc contract`: what a contract offers, and everything that is odd about it. A check of a project tells
//! only what concerns its flows; whoever looks after the contract wants the rest, too.

use super::arguments::{ContractArguments, Format};
use super::check::show;
use super::files::{self, Root};
use super::options::Options;
use super::output::Output;
use super::session::Session;
use super::{Exit, contracts};
use crate::contract::{self, Contract, Listed};
use crate::diagnostic::render::{self, Summary, visible};

pub fn contract(arguments: &ContractArguments, options: &Options, output: &mut Output) -> Exit {
    let (root, path) = match files::locate_contract(&arguments.file) {
        Ok(found) => found,
        Err(refusal) => return output.refusal(&refusal),
    };
    let (session, contract) = read(&root, &path);
    let format = options.format.value;
    if let (Some(contract), Format::Human | Format::Short) = (&contract, format) {
        output.result(&list(contract));
    }
    show(&session, format, output);
    let summary = Summary::of(&session.diagnostics);
    output.count(&summary.to_string());
    if summary.errors > 0 { Exit::Findings } else { Exit::Clean }
}

/// A session of one contract and no flow.
fn read(root: &Root, path: &str) -> (Session, Option<Contract>) {
    let mut session = Session::default();
    session.names_start_at(&root.prefix);
    let mut read = |path: &str| contracts::read_file(root, path).map_err(contracts::read_fault);
    let (contract, mut found) = match contract::load(&mut session.sources, path, &mut read) {
        Ok(contract) => {
            let found = contract.all_findings();
            (Some(contract), found)
        }
        Err(found) => (None, found),
    };
    render::sort(&mut found, session.view());
    session.diagnostics = found;
    (session, contract)
}

/// A heading, and a line for each operation.
fn list(contract: &Contract) -> String {
    let operations: Vec<Listed<'_>> = contract.operations().collect();
    let count = match operations.len() {
        1 => "1 operation".to_string(),
        number => format!("{number} operations"),
    };
    let title = format!("{} {}", contract.title(), contract.version());
    let heading = format!("{} (OpenAPI {}): {count}", title.trim(), contract.spec_version());
    let names: Vec<String> = operations.iter().map(|operation| callable(operation.name)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(WIDEST);
    let line = |(name, operation): (&String, &Listed<'_>)| {
        format!("  {name:width$}  {:7}  {}\n", operation.method.as_str(), visible(operation.path))
    };
    let lines: String = names.iter().zip(&operations).map(line).collect();
    format!("{}\n{lines}\n", visible(&heading))
}

/// Longer names push what is behind them to the right.
const WIDEST: usize = 40;

/// A name as a flow calls it.
fn callable(name: &str) -> String {
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if starts_well && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        name.to_string()
    } else {
        format!("\"{}\"", visible(name))
    }
}
