//! The place of every form begins and ends with a character of its own: no white space and no comment, be it
//! behind the form or in front of what could have followed.

use std::path::{Path, PathBuf};

use regex::Regex;

use super::super::ast::File;
use super::super::parse;
use crate::source::SourceId;

/// Every span of a tree, from its debugging form, so that no form can be forgotten here.
fn spans(file: &File) -> Vec<(usize, usize)> {
    let shown = format!("{:?}", file.items);
    // Characters of a text begin and end with what the author wrote there.
    let within_text = r#"Chars\("(?:[^"\\]|\\.)*", Span \{[^{}]*\}"#;
    let shown = Regex::new(within_text).expect("a good pattern").replace_all(&shown, "");
    let place = Regex::new(r"SourceId\(0\), start: (\d+), end: (\d+)").expect("a good pattern");
    let number = |digits: &str| digits.parse().expect("digits are a number");
    place.captures_iter(&shown).map(|found| (number(&found[1]), number(&found[2]))).collect()
}

#[track_caller]
fn places_are_tight(text: &str) {
    let file = parse(SourceId(0), text).file;
    let comments: Vec<_> = file.comments.iter().map(|comment| comment.span.range()).collect();
    for (start, end) in spans(&file) {
        let form = &text[start..end];
        if form.starts_with("///") || form.is_empty() {
            continue;
        }
        assert_eq!(form.trim(), form, "{text}");
        assert!(!form.starts_with("//"), "{form}\n--- in\n{text}");
        let last = end - 1;
        assert!(!comments.iter().any(|comment| comment.contains(&last)), "{form}\n--- in\n{text}");
    }
}

fn flows(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("folders of the repository can be read") {
        let path = entry.expect("entries can be read").path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with(".git") {
            flows(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "flow" || ending == "md") {
            found.push(path);
        }
    }
}

fn texts() -> Vec<String> {
    let mut paths = Vec::new();
    flows(Path::new(env!("CARGO_MANIFEST_DIR")), &mut paths);
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("texts can be read");
    let texts: Vec<String> = paths.iter().map(read).collect();
    assert!(texts.len() > 20, "std, the pages and the tests are texts");
    // A page without its prose: the examples, one after the other.
    let examples = |text: String| match text.contains("\n```flow") {
        true => text
            .split("```")
            .skip(1)
            .step_by(2)
            .filter(|block| block.starts_with("flow"))
            .map(|block| block.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>())
            .collect(),
        false => text,
    };
    texts.into_iter().map(examples).collect()
}

#[test]
fn places_end_where_their_form_ends() {
    for text in texts() {
        places_are_tight(&text);
    }
}

#[test]
fn places_are_tight_among_comments() {
    for text in texts() {
        let commented: Vec<String> = text.lines().map(|line| format!("{line}   // é \"{{ \n\t\n")).collect();
        places_are_tight(&commented.concat());
        places_are_tight(&commented.concat().replace('\n', "\r\n"));
    }
}

/// Wherever a blank stands there can be a comment; in texts and routes this breaks the form, which has a place,
/// too.
#[test]
fn places_are_tight_with_a_comment_at_every_blank() {
    for text in texts() {
        places_are_tight(&text.replace(' ', " // note\n "));
        places_are_tight(
            &text.replace(": ", " // note\n : // note\n\n").replace(" }", " // } \n /// doc\n }"),
        );
    }
}
