//! The table against the declarations of std on the one side, and against the functions of this crate on the other.

use std::collections::BTreeMap;

use super::*;
use crate::sources::{FLOW_FILES, RUNTIME_FILES};

/// A declaration in a .flow file.
struct Declared {
    parameters: Vec<String>,
    result: String,
}

/// All declarations but `reveal`, which is nothing at run time, by the names that the table gives them.
fn declared() -> BTreeMap<String, Declared> {
    let lines = FLOW_FILES.iter().flat_map(|(_, text)| text.lines());
    let code: String =
        lines.filter(|line| !line.trim().starts_with("//")).map(|line| format!("{line}\n")).collect();
    let mut all = BTreeMap::new();
    for text in code.split("\nfn ").skip(1) {
        let (head, rest) = text.split_once('(').expect("a function has parameters");
        let (parameters, rest) = parameters(rest);
        let result = rest.lines().next().unwrap_or_default().to_string();
        let name = head.split('<').next().unwrap_or_default();
        if name != "reveal" {
            let known = all.insert(table_name(name, &parameters), Declared { parameters, result });
            assert!(known.is_none(), "{name} is declared twice");
        }
    }
    all
}

/// The parameters of a function, and what follows behind the bracket that closes them.
fn parameters(text: &str) -> (Vec<String>, &str) {
    let (mut depth, mut quoted, mut all, mut start) = (1, false, Vec::new(), 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && letter == ',' && !quoted) {
            all.push(text.get(start..at).unwrap_or_default().trim().to_string());
            start = at + 1;
        }
        if depth == 0 {
            all.retain(|one| !one.is_empty());
            return (all, text.get(start..).unwrap_or_default());
        }
    }
    panic!("no bracket closes the parameters");
}

fn table_name(name: &str, parameters: &[String]) -> String {
    let on = parameters.first().and_then(|first| first.strip_prefix("self: ")).unwrap_or_default();
    let module = match on {
        "" if name == "uuid" => "uuid",
        "" => "clock",
        "A" => "json",
        "Ordered" => "order",
        "string" => "text",
        "bool" => "boolean",
        on if on.starts_with('[') && name == "sum" => {
            return format!("list.sum_{}", on.trim_matches(['[', ']']));
        }
        on if on.starts_with('[') => "list",
        on if on.starts_with('{') => "dict",
        on => on,
    };
    format!("{module}.{name}")
}

#[test]
fn each_declaration_has_its_row() {
    let declared = declared();
    let names: Vec<&str> = declared.keys().map(String::as_str).collect();
    let rows: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    assert_eq!(names, rows);
    for (function, declared) in FUNCTIONS.iter().zip(declared.values()) {
        assert_eq!(function.takes.len(), declared.parameters.len(), "{}", function.name);
        assert_eq!(function.fallible, declared.result.ends_with(" fails"), "{}", function.name);
        for (pass, parameter) in function.takes.iter().zip(&declared.parameters) {
            let lambda = match pass {
                Pass::Lambda(modes) => Some(modes.len()),
                _ => None,
            };
            let expected = parameter.split_once(" => ").map(|(from, _)| from.matches(',').count() + 1);
            assert_eq!(lambda, expected, "{}: {parameter}", function.name);
        }
        assert_eq!(find(function.name), Some(function));
    }
    assert_eq!(find("text.padleft"), None);
}

/// The declaration of a function in the files of its module, with what stands in front of it.
fn written(module: &str, name: &str) -> Option<String> {
    let is_of_module =
        |path: &str| path == format!("src/{module}.rs") || path.starts_with(&format!("src/{module}/"));
    let files = RUNTIME_FILES.iter().filter(|(path, _)| is_of_module(path));
    files.into_iter().find_map(|(_, text)| {
        let starts = [format!("\npub fn {name}("), format!("\npub fn {name}<")];
        let at = starts.iter().find_map(|start| text.find(start))?;
        let before = text.get(..at)?.lines().next_back().unwrap_or_default();
        let head = text.get(at..)?.split(" {\n").next().unwrap_or_default();
        Some(format!("{before}{head}"))
    })
}

#[test]
fn each_row_has_its_function() {
    for function in FUNCTIONS {
        let (module, name) = function.path.split_once("::").expect("a path has two parts");
        let text = written(module, name).unwrap_or_else(|| panic!("{} is missing", function.path));
        let result = text.rsplit_once("->").map_or("", |(_, result)| result);
        assert_eq!(result.contains("Fault>"), function.fallible, "{text}");
        if function.takes.iter().any(|pass| matches!(pass, Pass::Lambda(_))) {
            assert!(written(module, &format!("try_{name}")).is_some(), "try_{name}");
        }
        let is_whole_module = ["clock", "date", "datetime", "decimal", "time"].contains(&module);
        let is_whole_file = name.contains("match");
        let told = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("#[cfg(feature = \"")?.strip_suffix("\")]"));
        assert!(is_whole_module || is_whole_file || told == function.feature, "{text}");
    }
}
