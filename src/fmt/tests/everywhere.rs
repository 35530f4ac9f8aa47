//! The promises of the formatter on every flow of the repository, and with a comment at every place at which
//! one can stand.

use std::path::{Path, PathBuf};

use super::{format, formatted, parse, same_meaning};
use crate::source::SourceId;

const SKIPPED_FOLDERS: [&str; 2] = ["target", ".git"];

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("folders of the repository can be read");
    for entry in entries {
        let path = entry.expect("entries can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if path.is_dir() && !SKIPPED_FOLDERS.contains(&name) {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|ending| ending == extension) {
            found.push(path);
        }
    }
}

/// Every flow without a syntax error: files, and the examples of the book.
fn flows() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut paths, mut pages) = (vec![], vec![]);
    files(root, "flow", &mut paths);
    files(&root.join("docs"), "md", &mut pages);
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap_or_default();
    let mut flows: Vec<(String, String)> =
        paths.iter().map(|path| (path.display().to_string(), read(path))).collect();
    for page in &pages {
        let text = read(page);
        let blocks = text.split("\n```flow").skip(1).filter_map(|rest| rest.split_once('\n'));
        let blocks =
            blocks.filter_map(|(_, rest)| rest.split_once("\n```").map(|(block, _)| block.to_owned()));
        flows.extend(blocks.map(|block| (page.display().to_string(), block)));
    }
    flows.retain(|(_, text)| parse(SourceId(0), text).diagnostics.is_empty());
    assert!(flows.len() > 20, "there should be more flows than {}", flows.len());
    flows
}

#[test]
fn every_flow_of_the_repository_keeps_its_meaning() {
    for (name, text) in flows() {
        println!("{name}");
        formatted(&text);
    }
}

/// A comment at the end of each line, and one before each line, of the text as it is formatted.
#[test]
fn a_comment_behind_every_line_is_kept() {
    for (name, text) in flows() {
        let lines =
            |text: &str, change: fn(&str) -> String| text.lines().map(change).collect::<Vec<_>>().join("\n");
        println!("{name}");
        formatted(&lines(&text, |line| match line.contains("//") {
            true => line.to_owned(),
            false => format!("{line} // c"),
        }));
        formatted(&lines(&text, |line| match line.trim_start().starts_with("///") {
            true => line.to_owned(),
            false => format!("// c\n{line}"),
        }));
    }
}

/// A comment and a new line at each space outside of texts: wherever that can still be read, nothing is lost.
#[test]
fn a_comment_between_any_two_words_is_kept() {
    let text = include_str!("../../syntax/tests/taste.flow");
    let mut tried = 0;
    for (at, _) in text.match_indices([' ', '\n']) {
        let line = text[..at].rsplit('\n').next().unwrap_or("");
        if line.contains("//") || line.matches('"').count() % 2 == 1 {
            continue;
        }
        let changed = format!("{} // c\n{}", &text[..at], &text[at..]);
        let parsed = parse(SourceId(0), &changed);
        if parsed.diagnostics.is_empty() {
            tried += 1;
            let once = format(&parsed.file, &changed);
            let again = parse(SourceId(0), &once);
            assert!(again.diagnostics.is_empty(), "{once}");
            assert!(same_meaning(&parsed.file, &again.file), "from:\n{changed}\nto:\n{once}");
            assert_eq!(format(&again.file, &once), once, "from:\n{changed}");
        }
    }
    assert!(tried > 300, "only {tried} places took a comment");
}
