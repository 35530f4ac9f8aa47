//! Each code has a page in `docs/errors`, and the examples on the pages hold: what stands under `## Wrong` gives
//! the code and no other, and looks as the page shows it; what stands under `## Right` gives nothing.
//!
//! A block is a file (its path stands behind the language: a block of `flow` without one is `src/main.flow`), or a
//! script (`sh`), or what flowc prints (`text`). Without a script, `flowc check` is run on the files; without a
//! `flow.toml`, there is a plain one. What only building finds (`F12…`) is built. The contracts of the book are there for all. After a change of wording,
//! `FLOWC_UPDATE_PAGES=1 cargo test pages` writes what flowc prints into the pages.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use flowc::diagnostic::{Code, all_codes};

#[test]
fn every_code_has_a_page() {
    let missing: Vec<&str> = all_codes().filter(|code| text(code).is_none()).map(|code| code.id).collect();
    assert!(missing.is_empty(), "no page in docs/errors for {missing:?}");
}

#[test]
fn the_book_lists_every_page() {
    let summary = fs::read_to_string(folder().join("../SUMMARY.md")).expect("the table of contents");
    let missing: Vec<&str> = all_codes()
        .map(|code| code.id)
        .filter(|id| {
            folder().join(format!("{id}.md")).exists() && !summary.contains(&format!("(errors/{id}.md)"))
        })
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
        for heading in [WRONG, RIGHT] {
            assert!(!blocks(&text, heading).is_empty(), "{id}: no example under {}", heading.trim());
        }
    }
}

#[test]
fn the_examples_of_every_page_hold() {
    let codes: Vec<Code> = all_codes().collect();
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(code) = codes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = text(code).map(|page| faults_of(code, &page)).unwrap_or_default();
                    faults.lock().expect("nobody panics with it").extend(found);
                }
            });
        }
    });
    let mut faults = faults.into_inner().expect("nobody panics with it");
    faults.sort();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

const WRONG: &str = "\n## Wrong\n";
const RIGHT: &str = "\n## Right\n";

fn faults_of(code: &Code, page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let examples = blocks(page, WRONG);
    let wrong = run(code, &examples);
    if !wrong.all().contains(&format!("[{}", code.id)) {
        faults.push(format!("{}: the wrong example does not give it, but:\n{}", code.id, wrong.all()));
    }
    for line in wrong.output.lines().filter(|line| is_finding(line) && !line.contains(code.id)) {
        faults.push(format!("{}: the wrong example also gives {line}", code.id));
    }
    faults.extend(compare(code, page, &examples, &wrong.output));
    let right = run(code, &blocks(page, RIGHT));
    if right.all().lines().any(is_finding) {
        faults.push(format!("{}: the right example gives:\n{}", code.id, right.all()));
    }
    faults
}

/// The first line of a finding, as people see it. A page about `flow.toml` needs no flow beside it.
fn is_finding(line: &str) -> bool {
    (line.starts_with("error[") || line.starts_with("warning[")) && !line.contains("[W0009 ")
}

/// What the page shows of the output, against the output; or the page is written anew.
fn compare(code: &Code, page: &str, examples: &[(String, String)], output: &str) -> Option<String> {
    let (_, shown) = examples.iter().find(|(info, _)| info == "text")?;
    let output = format!("{}\n", output.trim_end());
    if *shown == output {
        return None;
    }
    if std::env::var_os("FLOWC_UPDATE_PAGES").is_some() {
        let page = page.replacen(&format!("```text\n{shown}```"), &format!("```text\n{output}```"), 1);
        fs::write(folder().join(format!("{}.md", code.id)), page).expect("the page is written");
        return None;
    }
    Some(format!("{}: the page shows\n{shown}but it is\n{output}", code.id))
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

struct Said {
    output: String,
    errors: String,
}

impl Said {
    fn all(&self) -> String {
        format!("{}{}", self.output, self.errors)
    }
}

/// What flowc says about the files of an example.
fn run(code: &Code, blocks: &[(String, String)]) -> Said {
    let folder = tempfile::tempdir().expect("a folder");
    let script = blocks.iter().find(|(info, _)| info == "sh").map(|(_, content)| content.as_str());
    if script.is_none() {
        lay_out(folder.path(), blocks);
    } else {
        write_files(folder.path(), blocks);
    }
    let usual = if code.id.starts_with("F12") { "flowc build --quiet" } else { "flowc check --color never" };
    let bin = Path::new(env!("CARGO_BIN_EXE_flowc")).parent().expect("a folder").display().to_string();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    let done = Command::new("sh")
        .args(["-c", script.unwrap_or(usual)])
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .current_dir(folder.path())
        .output()
        .expect("sh runs");
    Said {
        output: String::from_utf8_lossy(&done.stdout).into_owned(),
        errors: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

/// A project with the files of an example, and the contracts of the book.
fn lay_out(folder: &Path, blocks: &[(String, String)]) {
    fs::create_dir(folder.join("contracts")).expect("made");
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/contracts")).expect("there") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), folder.join("contracts").join(entry.file_name())).expect("copied");
    }
    fs::write(folder.join("flow.toml"), "[project]\nname = \"example\"\n").expect("written");
    write_files(folder, blocks);
}

fn write_files(folder: &Path, blocks: &[(String, String)]) {
    for (info, content) in blocks {
        let path = match info.split_once(' ') {
            None if info == "flow" => folder.join("src/main.flow"),
            None => continue,
            Some((_, path)) => folder.join(path),
        };
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }
}
