//! `flowc eval`: the value of one expression, or what a map makes of a sample. The expression becomes a function of a flow
//! that is added to the project, so that it is checked and means what it would mean there.

use std::collections::HashMap;
use std::fmt::Write;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use flow_std::Json;

use super::arguments::{EvalArguments, Format};
use super::check::{conclude, refuse};
use super::files;
use super::manifest::{Manifest, Said};
use super::options::Options;
use super::output::Output;
use super::session::{self, Session, Unit};
use super::{Exit, stages};
use crate::diagnostic::render::Summary;
use crate::diagnostic::{Diagnostic, Severity, project};
use crate::interp::{Code, Scope, Value, eval};
use crate::ir::Program;
use crate::syntax::{self, ast};

/// What the function of the expression is called, and the test that asks for it.
const NAME: &str = "evaluatedExpression";
/// A sample is no larger than that.
const LARGEST: u64 = 64 << 20;

pub fn evaluate(arguments: &EvalArguments, options: &Options, output: &mut Output) -> Exit {
    let format = options.format.value;
    let sample = match sample(arguments.with.as_deref()) {
        Ok(sample) => sample,
        Err(refusal) => return refuse(refusal, format, output),
    };
    if arguments.expression.trim().is_empty() {
        return refuse(project::no_value("there is no expression"), format, output);
    }
    let mut session = match opened(&arguments.project, arguments.is_project_named()) {
        Ok(session) => session,
        Err(refusal) => return refuse(refusal, format, output),
    };
    let applied = applied(&session, arguments.expression.trim());
    if applied.is_some() && arguments.with.is_none() {
        let why = format!("`{}` wants a sample: `--with FILE`", arguments.expression.trim());
        return refuse(project::no_value(&why), format, output);
    }
    add(&mut session, applied.as_deref().unwrap_or(&arguments.expression));
    let mut found = std::mem::take(&mut session.diagnostics);
    let (stages, tested) = stages::tests(&mut session, NAME);
    found.extend(stages.diagnostics);
    // Warnings are for `flowc check`.
    found.retain(|found| found.severity == Severity::Error);
    let tested = tested.filter(|tested| Summary::of(&found).errors == 0 && !tested.program.tests.is_empty());
    let Some(tested) = tested else {
        session::conclude(&mut session, found, &stages.texts);
        return conclude(&session, format, &[], output);
    };
    match value(tested.program, sample) {
        Ok(json) => {
            output.result(&(pretty(&json, 0) + "\n"));
            Exit::Clean
        }
        Err(why) => failed(&why, format, output),
    }
}

/// That it has no value is a finding about the expression or the sample, and no fault of the command line.
fn failed(why: &str, format: Format, output: &mut Output) -> Exit {
    refuse(project::no_value(why), format, output);
    Exit::Findings
}

fn sample(path: Option<&Path>) -> Result<Json, Diagnostic> {
    let Some(path) = path else { return Ok(Json::Null) };
    let shown = path.to_string_lossy();
    let unread = |why: String| project::bad_sample(&shown, &why);
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| unread(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unread(format!("it has more than {LARGEST} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| unread("it is not UTF-8".to_owned()))?;
    Json::parse(&text).map_err(|fault| unread(format!("it is {}{}", fault.message, place(&text))))
}

/// Where a text stops to be JSON, as editors count it.
fn place(text: &str) -> String {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => String::new(),
        Err(error) => format!(" in line {}, column {}", error.line(), error.column()),
    }
}

/// The project at hand; an expression that needs none can do without.
fn opened(path: &Path, is_named: bool) -> Result<Session, Diagnostic> {
    match files::locate(path) {
        Ok(root) => Ok(session::open(root)),
        Err(refusal) if is_named => Err(refusal),
        Err(_) => {
            let mut session = session::with_std();
            session.manifest_is_read = true;
            let name = Said { value: "expression".to_owned(), span: None };
            session.units.push(Unit {
                root: None,
                manifest: Manifest { name, ..Manifest::default() },
                files: Vec::new(),
                dependencies: HashMap::new(),
            });
            Ok(session)
        }
    }
}

/// Adds the expression as a function, with a test that reaches it. It is a text of its own, so that what is wrong with it is
/// shown as it was written.
fn add(session: &mut Session, expression: &str) {
    session.names_start_at("");
    let source = session.sources.add("<expression>", expression);
    let (value, diagnostics) = syntax::parse_expression(source, expression);
    session.diagnostics.extend(diagnostics);
    let around = session.sources.add("<evaluation>", AROUND);
    let mut parsed = syntax::parse(around, AROUND);
    for item in &mut parsed.file.items {
        if let ast::Item::Fn(function) = item
            && let Some(body) = &mut function.body
        {
            put(body, value.clone());
        }
    }
    if let Some(unit) = session.units.get_mut(1) {
        unit.files.push(parsed.file);
    }
}

/// The function and the test; the expression comes where its value is `it`.
const AROUND: &str = "fn evaluatedExpression(it: json) -> json = { value: it }.toJson()\n\n\
    test \"evaluatedExpression\" {\n  let value = evaluatedExpression(\"\".toJson())\n  expect value == value\n}\n";

/// Puts the value where the innermost expression of the function is.
fn put(at: &mut ast::Expr, value: ast::Expr) {
    match &mut at.kind {
        ast::ExprKind::Call { callee, .. } => put(callee, value),
        ast::ExprKind::Member { of, .. } => put(of, value),
        ast::ExprKind::Record(entries) => {
            if let Some(ast::Entry::Field { value: innermost, .. }) = entries.first_mut() {
                *innermost = value;
            }
        }
        _ => *at = value,
    }
}

/// The name of a map or function with one parameter stands for what it makes of the sample.
fn applied(session: &Session, name: &str) -> Option<String> {
    let files = session.project().into_iter().flat_map(|unit| &unit.files);
    let params = files.flat_map(|file| &file.items).find_map(|item| match item {
        ast::Item::Map(map) if map.name.text == name => Some(&map.params),
        ast::Item::Fn(function) if function.name.text == name => Some(&function.params),
        _ => None,
    })?;
    let [param] = params.as_slice() else { return None };
    let span = param.ty.span;
    let ty = session.sources.get(span.source).text.get(span.range())?;
    Some(format!("{name}(it as {ty})"))
}

fn value(program: Program, sample: Json) -> Result<Json, String> {
    let code = Code::whole(program);
    let function = code.program.functions.iter().find(|function| function.name == NAME);
    let function = function.ok_or("it was not reached")?;
    let mut scope = Scope::new(&code, &[], function.locals.len());
    for local in &function.params {
        scope.set(*local, Value::Json(Arc::new(sample.clone())));
    }
    match eval(&mut scope, &function.body) {
        // A value that is absent is a field that is.
        Ok(Value::Json(json)) => Ok(flow_std::json::get(&json, "value").unwrap_or(Json::Null)),
        Ok(_) => Err("it is no value".to_owned()),
        Err(stop) => Err(placed(&stop.message()).to_owned()),
    }
}

/// What is wrong, without the field around the expression: `value.since: not a date` is at `since`.
fn placed(why: &str) -> &str {
    let Some(rest) = why.strip_prefix("value") else { return why };
    let inside = rest.strip_prefix('.').or_else(|| rest.strip_prefix(": "));
    inside.unwrap_or(if rest.starts_with('[') { rest } else { why })
}

/// JSON with a line for each part, but for what is short.
fn pretty(json: &Json, depth: usize) -> String {
    const SHORT: usize = 60;
    let whole = json.to_string();
    let inner = "  ".repeat(depth + 1);
    let lines: Vec<String> = match json {
        _ if whole.len() <= SHORT => return whole,
        Json::List(items) => items.iter().map(|item| format!("{inner}{}", pretty(item, depth + 1))).collect(),
        Json::Object(fields) => {
            let line = |(name, value): (&String, &Json)| {
                format!("{inner}{}: {}", Json::Text(name.clone()), pretty(value, depth + 1))
            };
            fields.iter().map(line).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => return whole,
    };
    let (open, close) = if matches!(json, Json::List(_)) { ('[', ']') } else { ('{', '}') };
    let mut text = String::new();
    let _ = write!(text, "{open}\n{}\n{}{close}", lines.join(",\n"), "  ".repeat(depth));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_that_in_the_expression() {
        let said = [
            ("value.since: not a date", "since: not a date"),
            ("value[2].since: not a date", "[2].since: not a date"),
            ("value: not a date", "not a date"),
            ("…below.below: not a date", "…below.below: not a date"),
        ];
        said.iter().for_each(|(why, wanted)| assert_eq!(placed(why), *wanted));
    }

    #[test]
    fn what_is_long_has_lines() {
        let json = |text: &str| Json::parse(text).expect("JSON");
        assert_eq!(pretty(&json(r#"{"a":[1,2.50]}"#), 0), r#"{"a":[1,2.50]}"#);
        let long = "x".repeat(60);
        let text = format!(r#"{{"a":["{long}",{{}}],"b":1}}"#);
        let wanted = format!("{{\n  \"a\": [\n    \"{long}\",\n    {{}}\n  ],\n  \"b\": 1\n}}");
        assert_eq!(pretty(&json(&text), 0), wanted);
    }
}
