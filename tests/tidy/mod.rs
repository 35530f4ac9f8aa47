//! The house rules that a compiler does not hold: which module may use which, how files begin, how long they are,
//! and what never belongs into them.

use std::fs;
use std::path::{Path, PathBuf};

/// What each module may use of the others. Everything may use itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("parallel", &[]),
    ("diagnostic", &["source"]),
    ("syntax", &["source", "diagnostic"]),
    ("fmt", &["source", "syntax"]),
    ("contract", &["source", "diagnostic"]),
    ("resolve", &["source", "diagnostic", "syntax", "contract"]),
    ("check", &["source", "diagnostic", "syntax", "resolve", "contract"]),
    ("scaffold", &["source", "diagnostic", "syntax", "fmt", "contract", "check"]),
    ("standin", &["contract"]),
    ("mock", &["contract", "standin"]),
    ("plan", &["source", "diagnostic", "check"]),
    ("ir", &["source", "diagnostic", "check", "contract"]),
    ("emit", &["parallel", "ir"]),
    ("interp", &["ir", "emit"]),
    ("mutate", &["source", "parallel", "ir", "interp"]),
    (
        "cli",
        &[
            "source",
            "parallel",
            "diagnostic",
            "syntax",
            "fmt",
            "contract",
            "resolve",
            "check",
            "scaffold",
            "plan",
            "ir",
            "emit",
            "interp",
            "mutate",
            "mock",
        ],
    ),
];

const LONGEST_FILE: usize = 600;

#[test]
fn modules_use_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let module = module(&path);
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            assert!(["lib", "main"].contains(&module.as_str()), "{module} is not in the table");
            continue;
        };
        for used in uses(production(&path, &text)) {
            // What the emitter writes has modules of its own.
            let is_ours = MAY_USE.iter().any(|(name, _)| *name == used);
            if is_ours && used != module && !allowed.contains(&used.as_str()) {
                faults.push(format!("{}: {module} may not use {used}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn uses_are_found_in_every_form() {
    let text = "use crate::a::B;\nuse crate::{b, c::{d, e}, f as g};\nlet x = crate::h::y(); // crate::no\n";
    assert_eq!(uses(text), ["a", "b", "c", "f", "h"]);
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources().into_iter().chain(tests()) {
        assert!(text.starts_with("//! "), "{} does not begin with `//!`", path.display());
    }
}

/// Comments and empty lines do not count.
#[test]
fn no_file_is_long() {
    for (path, text) in sources().into_iter().chain(tests()) {
        let lines = text.lines().filter(|line| !code(line).trim().is_empty()).count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines: that is two ideas", path.display());
    }
}

#[test]
fn nothing_is_unwrapped() {
    for (path, text) in sources() {
        let text = production(&path, &text);
        for word in [".unwrap()", "panic!(", "todo!(", "dbg!("] {
            let found = text.lines().position(|line| code(line).contains(word));
            assert!(found.is_none(), "{}:{}: {word}", path.display(), found.unwrap_or(0) + 1);
        }
    }
}

/// A simulation puts a world of its own behind this one door.
#[test]
fn the_runtime_has_one_door_to_the_outside() {
    let runtime = rust("std/src").into_iter().filter(|(path, _)| !path.starts_with("std/src/outside"));
    for (path, text) in runtime.filter(|(path, _)| !path.ends_with("tests.rs")) {
        let text = text.find("\n#[cfg(test)]\nmod tests {").map_or(text.as_str(), |end| &text[..end]);
        let is_outside = |line: &str| {
            let is_named = ["SystemTime", "getrandom", "tokio::net"].iter().any(|word| line.contains(word));
            is_named || line.contains("std::time") && line.contains("Instant")
        };
        let found = text.lines().position(|line| is_outside(code(line)));
        assert!(found.is_none(), "{}:{}: only `outside` may", path.display(), found.unwrap_or(0) + 1);
    }
}

#[test]
fn no_file_names_a_path_of_somebodys_machine() {
    let is_prose_or_code = |path: &PathBuf| {
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
        extension
            .is_none_or(|extension| ["rs", "md", "toml", "sh", "snap", "pest"].contains(&extension.as_str()))
    };
    let folders = ["src", "tests", "docs", "std", "grammar", "examples", ".ci"];
    for path in folders.iter().flat_map(|folder| files(&root().join(folder))).filter(is_prose_or_code) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for start in ["home", "root", "Users", "work"] {
            let wanted = format!("/{start}/");
            let absolute = |at: usize| {
                let before = text[..at].chars().next_back().unwrap_or(' ');
                let behind = text[at + wanted.len()..].chars().next().unwrap_or(' ');
                behind.is_ascii_alphabetic() && !before.is_alphanumeric() && !"._-}/~*$>)".contains(before)
            };
            let found = text.match_indices(&wanted).find(|(at, _)| absolute(*at));
            assert!(found.is_none(), "{}: {wanted}", path.display());
        }
    }
}

#[test]
fn the_documents_are_there() {
    for file in ["docs/cli.md", "docs/ci.md", ".ci/run"] {
        assert!(root().join(file).exists(), "{file}");
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Relative paths and texts of all Rust files under `src`.
fn sources() -> Vec<(PathBuf, String)> {
    rust("src")
}

fn tests() -> Vec<(PathBuf, String)> {
    rust("tests")
}

fn rust(folder: &str) -> Vec<(PathBuf, String)> {
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("readable");
        (path.strip_prefix(root()).expect("below the root").to_path_buf(), text)
    };
    files(&root().join(folder)).into_iter().filter(is_rust).map(read).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// `check` for both `src/check.rs` and `src/check/types.rs`.
fn module(path: &Path) -> String {
    let first = path.components().nth(1).expect("below src").as_os_str();
    Path::new(first).file_stem().expect("a name").to_string_lossy().into_owned()
}

/// The text without its tests; nothing of files that are tests as a whole.
fn production<'a>(path: &Path, text: &'a str) -> &'a str {
    if test_modules().iter().any(|module| path.with_extension("").starts_with(module)) {
        return "";
    }
    text.find("\n#[cfg(test)]\nmod tests {").map_or(text, |end| &text[..end])
}

/// The paths of all modules that are declared for tests only, without `.rs`.
fn test_modules() -> &'static [PathBuf] {
    static MODULES: std::sync::LazyLock<Vec<PathBuf>> = std::sync::LazyLock::new(|| {
        let in_file = |(path, text): (PathBuf, String)| {
            let is_root = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| path.ends_with(name));
            let folder = if is_root {
                path.parent().expect("a folder").to_path_buf()
            } else {
                path.with_extension("")
            };
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]").filter_map(|pair| {
                let name = pair[1].strip_suffix(';')?.rsplit_once("mod ")?.1;
                Some(folder.join(name))
            });
            declared.collect::<Vec<_>>()
        };
        sources().into_iter().flat_map(in_file).collect()
    });
    &MODULES
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or("")
}

/// The first names behind `crate::`.
fn uses(text: &str) -> Vec<String> {
    let text: String = text.lines().map(|line| code(line).to_string() + "\n").collect();
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(first_names(list)),
            None => found.push(name(rest)),
        }
    }
    found.retain(|name| name.starts_with(|first: char| first.is_lowercase()));
    found
}

/// The names at the first level of `a, b::{c, d}, e}`.
fn first_names(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![name(list.trim_start())];
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(list[at + 1..].trim_start())),
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}
