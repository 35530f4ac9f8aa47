//! Each code has a page in `docs/errors`, and the examples on the pages hold: what stands under `## Wrong` gives
//! the code, what stands under `## Right` does not.
//!
//! A block is a file (its path stands behind the language: a block of `flow` without one is `src/main.flow`), or a
//! script (`sh`). Without a script, `flowc check` is run on the files; without a `flow.toml`, there is a plain one.

use std::fs;
use std::path::Path;
use std::process::Command;

use flowc::diagnostic::{Code, all_codes};

/// The families whose pages are all written.
const WRITTEN: &[&str] = &["00", "02"];

#[test]
fn every_code_has_a_page() {
    let missing: Vec<&str> = all_codes()
        .filter(|code| WRITTEN.iter().any(|family| code.id[1..].starts_with(family)) && text(code).is_none())
        .map(|code| code.id)
        .collect();
    assert!(missing.is_empty(), "no page in docs/errors for {missing:?}");
}

#[test]
fn the_book_lists_every_page() {
    let summary = fs::read_to_string(folder().join("../SUMMARY.md")).expect("the table of contents");
    let missing: Vec<&str> = all_codes()
        .map(|code| code.id)
        .filter(|id| folder().join(format!("{id}.md")).exists() && !summary.contains(&format!("(errors/{id}.md)")))
        .collect();
    assert!(missing.is_empty(), "docs/SUMMARY.md does not list {missing:?}");
}

#[test]
fn every_page_is_about_a_code_and_has_both_examples() {
    for entry in fs::read_dir(folder()).expect("docs/errors") {
        let path = entry.expect("an entry").path();
        let id = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let code = all_codes().find(|code| code.id == id).unwrap_or_else(|| panic!("there is no code {id}"));
        let text = text(&code).expect("it is there");
        assert!(text.starts_with(&format!("# {} {}\n", code.id, code.name)), "{id}: the first line");
        for heading in ["\n## Wrong\n", "\n## Right\n"] {
            assert!(!blocks(&text, heading).is_empty(), "{id}: no example under {}", heading.trim());
        }
    }
}

#[test]
fn the_examples_of_every_page_hold() {
    let mut faults = Vec::new();
    for code in all_codes() {
        let Some(text) = text(&code) else { continue };
        let sign = format!("[{}", code.id);
        let wrong = run(&blocks(&text, "\n## Wrong\n"));
        if !wrong.contains(&sign) {
            faults.push(format!("{}: the wrong example does not give it, but:\n{wrong}", code.id));
        }
        let right = run(&blocks(&text, "\n## Right\n"));
        if right.contains("error[") || right.contains(&sign) {
            faults.push(format!("{}: the right example gives:\n{right}", code.id));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors")
}

fn text(code: &Code) -> Option<String> {
    fs::read_to_string(folder().join(format!("{}.md", code.id))).ok()
}

/// Info string and content of each block in a section.
fn blocks(page: &str, heading: &str) -> Vec<(String, String)> {
    let section = page.split_once(heading).map_or("", |(_, rest)| rest);
    let section = section.split("\n## ").next().unwrap_or("");
    let mut parts = section.split("```");
    parts.next();
    let mut blocks = Vec::new();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (info, content) = block.split_once('\n').unwrap_or((block, ""));
        blocks.push((info.trim().to_string(), content.to_string()));
    }
    blocks
}

/// What flowc says, on both streams.
fn run(blocks: &[(String, String)]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut script = None;
    for (info, content) in blocks {
        let path = match info.split_once(' ') {
            None if info == "sh" => {
                script = Some(content.clone());
                continue;
            }
            Some((_, path)) => folder.path().join(path),
            None => folder.path().join("src/main.flow"),
        };
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }
    if script.is_none() && !folder.path().join("flow.toml").exists() {
        fs::write(folder.path().join("flow.toml"), "[project]\nname = \"example\"\n").expect("written");
    }
    let script = script.unwrap_or_else(|| "flowc check --format short".to_string());
    let bin = Path::new(env!("CARGO_BIN_EXE_flowc")).parent().expect("a folder").display().to_string();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    let done =
        command.args(["-c", &script]).env("PATH", path).current_dir(folder.path()).output().expect("sh runs");
    String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
}
