//! Edit by edit, a project that is kept at hand has exactly the findings of a check from scratch: random edits of random
//! files, good ones and broken ones, against `flowc check` as a process of its own. `LIVE_EDITS` is how many, and
//! `LIVE_SEED` where to start.

use std::fs;
use std::path::{Path, PathBuf};

use flowc::cli::{Live, Reach};

use crate::cli::{flowc, ran};
use crate::fuzz::Random;

#[test]
fn random_edits_find_what_a_check_from_scratch_finds() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().expect(name));
    let mut random = Random::new(number("LIVE_SEED", 7));
    let project = shop();
    let files = flows(project.path());
    let mut live = Live::open(project.path()).expect("a project");
    let (mut bodies, mut findings) = (0, 0);
    for edit in 0..number("LIVE_EDITS", 60) {
        let path = random.pick(&files);
        let before = fs::read_to_string(path).expect("read");
        let text = edited(&mut random, &before, path, &files);
        fs::write(path, &text).expect("written");
        let reach = live.edit(path, &text);
        assert_ne!(reach, Reach::Nothing);
        let wanted = from_scratch(project.path());
        assert_eq!(
            live.report(),
            wanted,
            "after edit {edit} ({reach:?}) of {}, from\n{before}\nto\n{text}",
            path.display()
        );
        bodies += u32::from(reach == Reach::Files(1));
        findings += u32::from(live.finding_count() > 0);
    }
    assert!(bodies > 5 && findings > 5, "{bodies} edits of bodies, findings after {findings}");
}

/// Each says something about bodies only, and others hear of it.
#[test]
fn what_a_body_says_to_others_is_found() {
    let types = "type A { a: string }\n\nfn one(a: int) -> int = a + 1\n\nfn two(text: string) -> int = text.length()\n";
    let uses = "fn three(a: int) -> int = one(a)\n\ntest \"it\" {\n  expect three(1) == 2\n  expect two(\"a\") == 1\n}\n";
    // So that looking at all is more than looking at those two.
    let other = "// Nothing.\n".repeat(100);
    let files = [crate::cli::MANIFEST, ("a.flow", types), ("b.flow", uses), ("c.flow", &other)];
    let project = crate::cli::folder(&files);
    let folder = project.path().canonicalize().expect("it is there");
    let mut live = Live::open(&folder).expect("a project");
    let mut step = |file: &str, text: &str, wanted: Reach| {
        let path = folder.join(file);
        fs::write(&path, text).expect("written");
        let reach = live.edit(&path, text);
        assert_eq!(live.report(), from_scratch(&folder), "{text}");
        assert_eq!(reach, wanted, "{text}");
        live.finding_count()
    };
    assert_eq!(step("a.flow", &types.replace("a + 1", "1 + a"), Reach::Files(1)), 0);
    assert_eq!(step("a.flow", &types.replace("a + 1", "a + 2"), Reach::Files(1)), 0);
    let unknown = types.replace("a + 1", "a + b");
    assert_eq!(step("a.flow", &unknown, Reach::Files(2)), 1, "it cannot be said to fail any more");
    assert_eq!(step("a.flow", types, Reach::Files(2)), 0);
    // Behind an edit places have moved, also for those who were not looked at again: this one points at `one`.
    assert_eq!(step("b.flow", &uses.replace("three(1)", "one(\"x\")"), Reach::Files(1)), 1);
    assert_eq!(step("a.flow", &format!("// a comment\n\n{types}"), Reach::Files(1)), 1);
    let fails = types.replace("text.length()", "text.toInt()");
    assert_eq!(step("a.flow", &fails, Reach::Files(2)), 1, "`two` can fail");
    assert_eq!(step("a.flow", &types.replace("a + 1", "three(a)"), Reach::All), 2, "a circle");
    assert_eq!(step("a.flow", types, Reach::All), 1);
    assert_eq!(
        step("a.flow", &types.replace("text: string", "text: int"), Reach::Files(2)),
        3,
        "a signature"
    );
    assert_eq!(step("b.flow", uses, Reach::Files(1)), 2);
    assert_eq!(step("a.flow", types, Reach::Files(2)), 0);
}

/// A fault of a contract is an error as long as something uses it.
#[test]
fn what_a_body_uses_of_a_contract_counts() {
    let flow = |calls: &str| {
        let head = "backend B {\n  contract: \"c.json\"\n  url: env.B_URL\n}\n\nsystem S v1 {\n  owner: \"team\"\n  auth: service\n";
        format!("{head}\n  one: GET /one -> 204 {{\n    {calls}\n    return 204\n  }}\n}}\n")
    };
    let operation = |name: &str, schema: &str| {
        format!(
            r#""/{name}": {{"get": {{"operationId": "{name}", "responses": {{"200": {{"description": "It", "content":
               {{"application/json": {{"schema": {schema}}}}}}}}}}}}}"#
        )
    };
    let contract = format!(
        r#"{{"openapi": "3.0.3", "info": {{"title": "B", "version": "1"}}, "paths": {{{}, {}}}}}"#,
        operation("good", r#"{"type": "string"}"#),
        operation("bad", r##"{"$ref": "#/components/schemas/Missing"}"##)
    );
    let files = [crate::cli::MANIFEST, ("a.flow", &flow("B.good()")), ("c.json", &contract)];
    let project = crate::cli::folder(&files);
    let folder = project.path().canonicalize().expect("it is there");
    let mut live = Live::open(&folder).expect("a project");
    let mut errors = |calls: &str, wanted: Reach| {
        let path = folder.join("a.flow");
        fs::write(&path, flow(calls)).expect("written");
        let reach = live.edit(&path, &flow(calls));
        assert_eq!(live.report(), from_scratch(&folder), "{calls}");
        assert_eq!(reach, wanted, "{calls}");
        live.report().matches("\"severity\":\"error\"").count()
    };
    assert_eq!(errors("B.good()\n    B.bad()", Reach::Files(1)), 1);
    assert_eq!(errors("B.good()", Reach::All), 0, "less is used of it");
    assert_eq!(errors("B.good()\n    // a comment", Reach::Files(1)), 0);
}

pub fn from_scratch(folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    let here = Path::new(".").canonicalize().expect("it is there");
    ran(flowc(&here, &["check", &folder, "--format", "json"]).output().expect("flowc runs")).out
}

/// A copy of the example shop.
pub fn shop() -> tempfile::TempDir {
    let project = tempfile::tempdir().expect("a folder");
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    for part in ["src", "tests", "contracts"] {
        fs::create_dir_all(project.path().join(part)).expect("made");
        for entry in fs::read_dir(shop.join(part)).expect("read").flatten() {
            fs::copy(entry.path(), project.path().join(part).join(entry.file_name())).expect("copied");
        }
    }
    fs::copy(shop.join("flow.toml"), project.path().join("flow.toml")).expect("copied");
    project
}

pub fn flows(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.canonicalize().expect("it is there");
    let entries =
        ["src", "tests"].iter().flat_map(|part| fs::read_dir(folder.join(part)).expect("read").flatten());
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|is| is == "flow"))
        .collect();
    files.sort();
    files
}

/// Mostly small changes in lines, as somebody types them. Now and then the file is as it once was.
fn edited(random: &mut Random, text: &str, path: &Path, files: &[PathBuf]) -> String {
    let original = || {
        let name = path.strip_prefix(path.ancestors().nth(2).expect("a folder")).expect("below");
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop").join(name))
            .expect("read")
    };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = random.below(lines.len().max(1));
    match random.below(12) {
        0..=2 => return original(),
        3 => lines.insert(at, "// a comment".to_owned()),
        4 => lines.insert(at, lines.get(at).cloned().unwrap_or_default()),
        5 if !lines.is_empty() => drop(lines.remove(at)),
        6 => lines.insert(at, "    let something = 1 + missing".to_owned()),
        7 => replace_word(random, lines.get_mut(at), "1"),
        8 => replace_word(random, lines.get_mut(at), ""),
        _ => {
            let other = fs::read_to_string(random.pick(files)).expect("read");
            let words: Vec<&str> = other.split(|letter: char| !letter.is_alphanumeric()).collect();
            let word = random.pick(&words);
            replace_word(random, lines.get_mut(at), word);
        }
    }
    lines.join("\n") + "\n"
}

fn replace_word(random: &mut Random, line: Option<&mut String>, by: &str) {
    let Some(line) = line else { return };
    let words: Vec<String> = line
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if !words.is_empty() {
        *line = line.replacen(random.pick(&words).as_str(), by, 1);
    }
}
