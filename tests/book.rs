//! The book is true: each of its programs is a project that checks without findings, and stands there in the
//! one style. A block of `flow fragment` is a piece that cannot stand alone; with `of=FILE` behind it, it stands in
//! that file, word by word, and other tests check the file. What the book says that an expression gives, it gives.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Program {
    page: String,
    line: usize,
    text: String,
}

#[test]
fn every_program_of_the_book_checks() {
    let mut faults = String::new();
    for program in programs() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("flow.toml"), "[project]\nname = \"book\"\n").expect("written");
        fs::write(folder.path().join("main.flow"), &program.text).expect("written");
        copy_contracts(&folder.path().join("contracts"));
        let run = Command::new(env!("CARGO_BIN_EXE_flowc"))
            .args(["check", "--deny", "warnings", "--format", "short"])
            .arg(folder.path())
            .output()
            .expect("flowc runs");
        if !run.status.success() {
            let found = String::from_utf8_lossy(&run.stdout);
            faults.push_str(&format!("{}:{}:\n{found}\n", program.page, program.line));
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn every_program_of_the_book_is_formatted() {
    for program in programs() {
        let parsed = flowc::syntax::parse(flowc::source::SourceId(0), &program.text);
        let formatted = flowc::fmt::format(&parsed.file, &program.text);
        assert_eq!(formatted, program.text, "{}:{}", program.page, program.line);
    }
}

#[test]
fn every_quotation_of_the_book_stands_where_it_is_from() {
    let mut count = 0;
    for (page, text) in pages() {
        let mut lines = text.lines();
        while let Some(opening) = lines.next() {
            let Some((_, file)) = opening.split_once("```flow fragment of=") else { continue };
            let quoted: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let source = fs::read_to_string(&path).expect("the file that is quoted");
            assert!(contains(&source, &quoted), "{page}: not in {file}:\n{}", quoted.join("\n"));
            count += 1;
        }
    }
    assert!(count > 0, "there are no quotations");
}

/// Whether the lines stand in the text one after the other, all moved to the right by the same width.
/// `Example: …` of the page of std, and what stands behind `$ flowc eval`.
#[test]
fn every_expression_of_the_book_is_what_the_book_says() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/std.md")).expect("a page");
    let example = |line: &str| Some(line.strip_prefix("Example: `")?.strip_suffix('`')?.to_owned());
    let examples: Vec<String> = text.lines().filter_map(example).collect();
    assert!(examples.len() > 180, "there are {} examples only", examples.len());
    let folder = tempfile::tempdir().expect("a folder");
    for some in examples.chunks(40) {
        let all: Vec<String> = some.iter().map(|one| format!("({one})")).collect();
        let said = evaluated(folder.path(), &["eval", &format!("[{}]", all.join(", "))]);
        let holds = said.matches("true").count() == some.len() && !said.contains("false");
        let wrong = |one: &&String| evaluated(folder.path(), &["eval", one]) != "true\n";
        let wrong: Vec<&String> = if holds { Vec::new() } else { some.iter().filter(wrong).collect() };
        assert!(holds, "{said}\nthese do not hold: {wrong:#?}");
    }
}

fn evaluated(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowc"));
    let run = command.args(arguments).current_dir(folder).output().expect("flowc runs");
    format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
}

#[test]
#[cfg(unix)]
fn what_the_book_evaluates_is_what_comes_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    std::os::unix::fs::symlink(shop, folder.path().join("shop")).expect("a link");
    let record = r#"{"cust_no":"C000001","first_nm":"Ada","last_nm":"L","segment":"B","created_dt":"01/31/2024","blk_flg":"N","addr":[]}"#;
    fs::write(folder.path().join("record.json"), record).expect("written");
    let mut count = 0;
    for (page, text) in pages() {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(arguments) = line.strip_prefix("$ flowc eval ") else { continue };
            let mut said = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with('$') && *line != "```") {
                said += &format!("{line}\n");
            }
            let script = format!("\"$FLOWC\" eval {arguments}");
            let mut shell = Command::new("sh");
            shell.args(["-c", &script]).env("FLOWC", env!("CARGO_BIN_EXE_flowc")).current_dir(folder.path());
            let run = shell.output().expect("a shell");
            let came = [run.stdout, run.stderr].concat();
            assert_eq!(String::from_utf8_lossy(&came), said, "{page}: {line}");
            count += 1;
        }
    }
    assert!(count >= 3, "{count} are too few");
}

fn contains(text: &str, quoted: &[&str]) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    lines.windows(quoted.len()).any(|window| {
        let width = window.first().map_or(0, |line| line.len() - line.trim_start().len());
        let moved = |line: &str| if line.is_empty() { String::new() } else { " ".repeat(width) + line };
        window.iter().zip(quoted).all(|(line, quoted)| *line == moved(quoted))
    })
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn copy_contracts(target: &Path) {
    fs::create_dir(target).expect("a folder");
    for entry in fs::read_dir(docs().join("contracts")).expect("the contracts of the book") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), target.join(entry.file_name())).expect("copied");
    }
}

fn programs() -> Vec<Program> {
    let programs: Vec<Program> = pages().iter().flat_map(|(page, text)| blocks(page, text)).collect();
    assert!(programs.len() > 10, "there are {} programs only", programs.len());
    programs
}

/// Names and texts.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(docs()).expect("the book") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let page = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            pages.push((page, fs::read_to_string(&path).expect("a page")));
        }
    }
    pages
}

fn blocks(page: &str, text: &str) -> Vec<Program> {
    let mut programs = Vec::new();
    let mut open: Option<Program> = None;
    for (number, line) in text.lines().enumerate() {
        match open.take() {
            None if line.starts_with("```flow") && !line.contains("fragment") => {
                open = Some(Program { page: page.to_owned(), line: number + 2, text: String::new() });
            }
            None => {}
            Some(program) if line == "```" => programs.push(program),
            Some(program) => open = Some(Program { text: program.text + line + "\n", ..program }),
        }
    }
    programs
}
