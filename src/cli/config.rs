//! `flowc config`: what is in force, and where it came from.

use std::path::Path;

use super::manifest::{Deny, Said};
use super::options::Options;
use super::output::Output;
use super::session::{self, Session};
use super::{Exit, files};
use crate::diagnostic::Severity;
use crate::diagnostic::render::{Paint, human, visible};
use crate::source::Span;

pub fn config(path: &Path, options: &Options, output: &mut Output) -> Exit {
    let root = match files::locate(path) {
        Ok(root) => root,
        Err(refusal) => return output.refusal(&refusal),
    };
    let folder = if root.prefix.is_empty() { "./".to_string() } else { root.prefix.clone() };
    let session = session::open(root);
    let mut lines = vec![
        line("folder", &folder, "where `flow.toml` is"),
        line("format", &format!("{:?}", options.format.value).to_lowercase(), &options.format.by.to_string()),
        line("color", &format!("{:?}", options.color.value).to_lowercase(), &options.color.by.to_string()),
    ];
    lines.extend(of_manifest(&session));
    output.result(&lines.concat());
    let faults =
        session.diagnostics.iter().filter(|found| found.span().map(|span| span.source) == session.manifest);
    let mut exit = Exit::Clean;
    for fault in faults.filter(|fault| fault.severity == Severity::Error) {
        output.result(&format!("\n{}", human(fault, session.view(), Paint::Coloured)));
        exit = Exit::Usage;
    }
    exit
}

fn of_manifest(session: &Session) -> Vec<String> {
    let Some(unit) = session.project() else { return Vec::new() };
    let manifest = &unit.manifest;
    let by = |span: Option<Span>| match span {
        Some(span) => {
            let place = session.view().place(span);
            format!("{}:{}", place.path, place.start.line)
        }
        None => "default".to_string(),
    };
    let mut lines = vec![line("project.name", &manifest.name.value, &by(manifest.name.span))];
    for (key, said) in
        [("project.version", &manifest.version), ("project.description", &manifest.description)]
    {
        lines.extend(said.iter().map(|said| line(key, &said.value, &by(said.span))));
    }
    for dependency in &manifest.dependencies {
        lines.push(line(
            &format!("dependencies.{}", dependency.name),
            &dependency.path,
            &by(Some(dependency.span)),
        ));
    }
    for bundle in &manifest.bundles {
        let services: Vec<&str> = bundle.services.iter().map(|said| said.value.as_str()).collect();
        lines.push(line(
            &format!("bundle.{}.services", bundle.name),
            &services.join(", "),
            &by(Some(bundle.span)),
        ));
    }
    let Said { value, span } = &manifest.experience_may_call_systems;
    lines.push(line("layers.experience_may_call_systems", &value.to_string(), &by(*span)));
    for said in &manifest.deny {
        let what = match said.value {
            Deny::Warnings => "warnings",
            Deny::Code(id) => id,
        };
        lines.push(line("check.deny", what, &by(said.span)));
    }
    if manifest.deny.is_empty() {
        lines.push(line("check.deny", "nothing", "default"));
    }
    lines
}

fn line(key: &str, value: &str, by: &str) -> String {
    format!("{key:<36} {:<24} {by}\n", visible(value))
}
