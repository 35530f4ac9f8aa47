//! `flowc check`.

use super::arguments::{CheckArguments, Format};
use super::explain::page;
use super::manifest::{Deny, Manifest};
use super::options::Options;
use super::output::Output;
use super::session::{self, Session};
use super::{Exit, files, watch};
use crate::diagnostic::render::{self, Paint, Summary, View};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::Sources;

pub fn check(arguments: &CheckArguments, options: &Options, output: &mut Output) -> Exit {
    let root = match files::locate(&arguments.path) {
        Ok(root) => root,
        Err(refusal) => return refuse(refusal, options.format.value, output),
    };
    if arguments.watch {
        return watch::watch(&root, "Checked", output, &|| false, &mut |live, output| {
            conclude(live.session(), options.format.value, &arguments.deny, output)
        });
    }
    let mut session = session::open(root);
    output.progress("Checking", &scale(&session));
    session::check(&mut session);
    conclude(&session, options.format.value, &arguments.deny, output)
}

/// Shows everything that was found, and says how the command ends because of it.
pub(super) fn conclude(session: &Session, format: Format, deny: &[Deny], output: &mut Output) -> Exit {
    show(session, format, output);
    ended(session, deny, output)
}

/// The same for a command whose result is something else: quiet leaves of the findings what went wrong.
pub(super) fn conclude_built(session: &Session, format: Format, deny: &[Deny], output: &mut Output) -> Exit {
    let found = loud(session, deny, output);
    output.result(&rendered(&found, session.view(), format));
    ended(session, deny, output)
}

/// The same for one whose standard output is a log, which no finding may stand in.
pub(super) fn conclude_served(session: &Session, format: Format, output: &mut Output) -> Exit {
    let found = loud(session, &[], output);
    output.beside(&rendered(&found, session.view(), format));
    ended(session, &[], output)
}

/// What quiet leaves: errors, and warnings that end the command like errors.
fn loud(session: &Session, deny: &[Deny], output: &Output) -> Vec<Diagnostic> {
    let project = session.project().map(|unit| unit.manifest.clone()).unwrap_or_default();
    let is_loud = |found: &&Diagnostic| {
        let alone = std::slice::from_ref(*found);
        !output.is_quiet() || found.severity == Severity::Error || denied(alone, deny, &project)
    };
    session.diagnostics.iter().filter(is_loud).cloned().collect()
}

/// The count, and how the command ends.
fn ended(session: &Session, deny: &[Deny], output: &mut Output) -> Exit {
    let project = session.project().map(|unit| unit.manifest.clone()).unwrap_or_default();
    let summary = Summary::of(&session.diagnostics);
    let denied = denied(&session.diagnostics, deny, &project);
    let note = if summary.errors == 0 && denied { " (denied)" } else { "" };
    output.count(&format!("{summary}{note}"));
    if is_misconfigured(session) {
        Exit::Usage
    } else if summary.errors > 0 || denied {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// No project is no finding about a text, but a machine that reads the output wants its format all the same.
pub(super) fn refuse(refusal: Diagnostic, format: Format, output: &mut Output) -> Exit {
    if format != Format::Human {
        show(&Session { diagnostics: vec![refusal.clone()], ..Session::default() }, format, output);
    }
    output.refusal(&refusal)
}

/// Where standard output is a log.
pub(super) fn refuse_served(refusal: &Diagnostic, format: Format, output: &mut Output) -> Exit {
    if format == Format::Human {
        return output.refusal(refusal);
    }
    let sources = Sources::default();
    let view = View { sources: &sources, prefixes: &[] };
    output.beside(&rendered(std::slice::from_ref(refusal), view, format));
    Exit::Usage
}

/// `shop (12 files, 5 contracts)`
pub(super) fn scale(session: &Session) -> String {
    let files = session.project().map_or(0, |unit| unit.files.len());
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let name = session.project().map_or("", |unit| unit.manifest.name.value.as_str());
    let name = if name.is_empty() { "project" } else { name };
    format!("{name} ({}, {})", count(files, "file"), count(session.contract_count, "contract"))
}

pub(super) fn show(session: &Session, format: Format, output: &mut Output) {
    output.result(&rendered(&session.diagnostics, session.view(), format));
}

fn rendered(all: &[Diagnostic], view: View<'_>, format: Format) -> String {
    match format {
        Format::Human => all.iter().map(|item| render::human(item, view, Paint::Coloured) + "\n").collect(),
        Format::Short => all.iter().map(|item| render::short(item, view)).collect(),
        Format::Github => all.iter().map(|item| render::github(item, view)).collect(),
        Format::Json => render::json(all, view),
        Format::Sarif => render::sarif(all, view, |code: Code| page(code.id)),
        Format::Gitlab => render::gitlab(all, view),
        Format::Junit => render::junit(all, view),
    }
}

/// What is wrong, for somebody who does not sit at the terminal.
pub(super) fn errors(session: &Session) -> String {
    let errors = session.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| render::human(found, session.view(), Paint::Plain) + "\n").collect()
}

/// Flags and `flow.toml` add up.
fn denied(diagnostics: &[Diagnostic], flags: &[Deny], project: &Manifest) -> bool {
    let deny: Vec<&Deny> = flags.iter().chain(project.deny.iter().map(|said| &said.value)).collect();
    let is_denied = |diagnostic: &Diagnostic| {
        deny.iter().any(|deny| match deny {
            Deny::Warnings => true,
            Deny::Code(id) => *id == diagnostic.code.id,
        })
    };
    diagnostics.iter().filter(|found| found.severity == Severity::Warning).any(is_denied)
}

/// Whether `flow.toml` itself has an error, or that of a dependency.
fn is_misconfigured(session: &Session) -> bool {
    let in_manifest = |found: &Diagnostic| found.code.name.starts_with("manifest/");
    !session.manifest_is_read || session.diagnostics.iter().any(in_manifest)
}
