//! The reference pages of the book are made from `std`, so that they cannot tell anything else. When `std` has
//! changed, `FLOWC_BLESS=1 cargo test reference` writes them anew.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use flow_std::metrics::names;
use flowc::source::{SourceId, Span};
use flowc::syntax::ast::{Doc, Field, FnDecl, Item, TypeBody, TypeDecl};

const FUNCTIONS: &[(&str, &str)] = &[
    ("types", "Types"),
    ("text", "Text"),
    ("number", "Numbers"),
    ("list", "Lists"),
    ("dict", "Dictionaries"),
    ("time", "Dates and times"),
    ("encoding", "Bytes and encodings"),
    ("json", "JSON"),
    ("context", "What is in scope"),
];

#[test]
fn the_page_of_functions_is_that_of_std() {
    let mut page =
        String::from("# Functions and types\n\nEverything that is there without being declared.\n");
    for (file, title) in FUNCTIONS {
        let _ = write!(page, "\n## {title}\n");
        add_file(&mut page, file);
    }
    compare("std.md", &page);
}

#[test]
fn the_page_of_settings_is_that_of_std() {
    let mut page =
        String::from("# All settings\n\nWhat can be set, where, and what holds where nothing is said.\n");
    add_file(&mut page, "settings");
    compare("settings-reference.md", &page);
}

#[test]
fn the_page_of_operators_has_all_metrics() {
    const BEGIN: &str = "<!-- metrics: made from std/src/metrics/names.rs -->\n";
    const END: &str = "<!-- end -->\n";
    let page = read("docs/operations.md");
    let (before, rest) = page.split_once(BEGIN).expect("the page says where they stand");
    let (_, after) = rest.split_once(END).expect("the page says where they end");
    let mut table = String::from("| metric | kind | labels | what it counts |\n| --- | --- | --- | --- |\n");
    for metric in names::ALL {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, kind, help) = (metric.name, metric.kind.as_str(), metric.help);
        let _ = writeln!(table, "| `{name}` | {kind} | {} | {help} |", labels.join(", "));
    }
    compare("operations.md", &format!("{before}{BEGIN}{table}{END}{after}"));
}

#[test]
fn every_declaration_of_std_has_documentation() {
    for (file, _) in FUNCTIONS.iter().chain([&("settings", "")]) {
        let text = read(&format!("std/{file}.flow"));
        for item in flowc::syntax::parse(SourceId(0), &text).file.items {
            match item {
                Item::Fn(one) => assert!(doc(&one.doc).contains("Example: `"), "{file}: {}", one.name.text),
                Item::Type(one) => {
                    assert!(!doc(&one.doc).is_empty(), "{file}: {}", one.name.text);
                    if let TypeBody::Record(fields) = &one.body {
                        let bare = fields.iter().find(|field| field.doc.is_none());
                        assert!(
                            bare.is_none(),
                            "{file}: {}.{:?}",
                            one.name.text,
                            bare.map(|field| &field.name.text)
                        );
                    }
                }
                _ => {}
            }
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

fn compare(name: &str, page: &str) {
    let path = format!("docs/{name}");
    if std::env::var_os("FLOWC_BLESS").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path), page).expect("written");
    }
    assert!(read(&path) == page, "{path} is not what std says: run `FLOWC_BLESS=1 cargo test reference`");
}

fn add_file(page: &mut String, file: &str) {
    let text = read(&format!("std/{file}.flow"));
    for item in flowc::syntax::parse(SourceId(0), &text).file.items {
        match item {
            Item::Fn(one) => add_function(page, &one, &text),
            Item::Type(one) => add_type(page, &one, &text),
            _ => {}
        }
    }
}

fn add_function(page: &mut String, one: &FnDecl, text: &str) {
    let _ = write!(
        page,
        "\n### {}\n\n```text\n{}\n```\n\n{}\n",
        one.name.text,
        code(text, one.span),
        doc(&one.doc)
    );
}

fn add_type(page: &mut String, one: &TypeDecl, text: &str) {
    let _ = write!(page, "\n### {}\n\n{}\n", one.name.text, doc(&one.doc));
    match &one.body {
        TypeBody::Builtin => {}
        TypeBody::Alias(_) => {
            let _ = write!(page, "\n```text\n{}\n```\n", code(text, one.span));
        }
        TypeBody::Record(fields) => {
            page.push_str("\n| field | type | default | meaning |\n| --- | --- | --- | --- |\n");
            fields.iter().for_each(|field| add_field(page, field, text));
        }
    }
}

fn add_field(page: &mut String, field: &Field, text: &str) {
    let ty = code(text, field.ty.span);
    let default = match &field.default {
        Some(default) => format!("`{}`", code(text, default.span)),
        None if ty.ends_with('?') => "off".to_owned(),
        None => "must be set".to_owned(),
    };
    let labels: String = field.labels.iter().map(|label| format!(" @{}", label.name.text)).collect();
    let cells = [format!("`{}`", field.name.text), format!("`{ty}{labels}`"), default, doc(&field.doc)];
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

/// The lines of a documentation; an example stands apart.
fn doc(doc: &Option<Doc>) -> String {
    let text = doc.as_ref().map_or("", |doc| doc.text.as_str());
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().replace("\nExample:", "\n\nExample:")
}

fn code(text: &str, span: Span) -> String {
    let code = text.get(span.range()).unwrap_or("");
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Each example is a condition that checks. That it holds is seen by running it.
#[test]
fn every_example_of_std_checks() {
    let mut flow = String::new();
    for (file, _) in FUNCTIONS {
        let text = read(&format!("std/{file}.flow"));
        let examples = text.lines().filter_map(|line| line.strip_prefix("/// Example: `")?.strip_suffix('`'));
        for (number, example) in examples.enumerate() {
            let _ = write!(flow, "test \"{file} {number}\" {{\n  expect {example}\n}}\n\n");
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("flow.toml"), "[project]\nname = \"examples\"\n").expect("written");
    fs::write(folder.path().join("main.flow"), &flow).expect("written");
    let run = Command::new(env!("CARGO_BIN_EXE_flowc"))
        .args(["check", "--format", "short"])
        .arg(folder.path())
        .output();
    let run = run.expect("flowc runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}
