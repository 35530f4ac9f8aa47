//! Edits of what others see, in a project where each declaration has a file of its own: with each, only the files that can
//! hear of it are looked at, and what is found is what a check of everything finds. `REACH_EDITS` is how many random
//! edits there are, and `REACH_SEED` where to start.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use flowc::cli::{Live, Reach};
use flowc::source::SourceId;
use flowc::syntax::parse;

use super::live::{flows, from_scratch, shop};
use crate::fuzz::Random;

#[test]
fn random_edits_of_declarations_find_what_a_check_of_everything_finds() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().expect(name));
    let (seed, edits) = (number("REACH_SEED", 11), number("REACH_EDITS", 120));
    let mut random = Random::new(seed);
    let project = split();
    let originals: Texts = flows(project.path())
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).expect("read")))
        .collect();
    let mut texts = originals.clone();
    let mut live = Live::open(project.path()).expect("a project");
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for edit in 0..edits {
        let (path, text) = next(&mut random, &texts, &originals);
        fs::write(&path, &text).expect("written");
        let reach = live.edit(&path, &text);
        let wanted = Live::open(project.path()).expect("a project").report();
        let (before, shown) = (&texts[&path], path.display());
        assert_eq!(
            live.report(),
            wanted,
            "seed {seed}, edit {edit} ({reach:?}) of {shown}, from\n{before}\nto\n{text}"
        );
        let kind = match reach {
            Reach::Files(1) => "the file",
            Reach::Files(_) => "some files",
            Reach::All => "everything",
            Reach::Nothing => "nothing",
        };
        *counts.entry(kind).or_default() += 1;
        texts.insert(path, text);
    }
    println!("seed {seed}: {counts:?}");
    assert!(counts.get("some files").is_some_and(|count| *count > 5), "seed {seed}: {counts:?}");
}

/// Mostly two or three files are not what they once were.
fn next(random: &mut Random, texts: &Texts, originals: &Texts) -> (PathBuf, String) {
    let paths: Vec<&PathBuf> = originals.keys().collect();
    let other: Vec<&PathBuf> =
        paths.iter().copied().filter(|path| texts[*path] != originals[*path]).collect();
    if random.below(4) < other.len() {
        let path = *random.pick(&other);
        return (path.clone(), originals[path].clone());
    }
    let path = *random.pick(&paths);
    (path.clone(), edited(random, &texts[path], originals))
}

type Texts = BTreeMap<PathBuf, String>;

/// The shop with a file for each declaration.
fn split() -> tempfile::TempDir {
    let project = shop();
    for path in flows(project.path()) {
        let text = fs::read_to_string(&path).expect("read");
        let file = parse(SourceId(0), &text).file;
        for (at, item) in file.items.iter().enumerate() {
            let name =
                format!("{}{at}.flow", path.file_stem().and_then(|name| name.to_str()).expect("a name"));
            let own = text.get(item.span().range()).expect("a part");
            fs::write(path.with_file_name(name), format!("{own}\n")).expect("written");
        }
        fs::remove_file(path).expect("removed");
    }
    project
}

/// Types to put in the place of others.
const TYPES: [&str; 12] = [
    "string",
    "int",
    "decimal",
    "Money",
    "Tier",
    "CustomerId",
    "[Item]",
    "Customer",
    "Address?",
    "Missing",
    "{string: int}",
    "\"a\" | \"b\"",
];

/// Mostly of what others see.
fn edited(random: &mut Random, text: &str, originals: &Texts) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let heads: Vec<usize> = (0..lines.len()).filter(|at| is_head(&lines[*at])).collect();
    let at = if heads.is_empty() { random.below(lines.len()) } else { *random.pick(&heads) };
    let line = lines[at].clone();
    match random.below(14) {
        // A type becomes another one.
        0..=3 => lines[at] = retyped(random, &line),
        4 => lines[at] = line.replacen(')', ", more: int?)", 1),
        5 => lines[at] = line.replacen('(', &format!("(more: {}, ", random.pick(&TYPES)), 1),
        6 => lines.insert(at + 1, format!("  more: {}", random.pick(&TYPES))),
        7 => drop(lines.remove(at)),
        8 => lines[at] = format!("{line} {}", random.pick(&["@personal", "@secret", "?", "= 1"])),
        // It has another name, perhaps one that there is already.
        9 => {
            let names: Vec<&str> =
                originals.values().filter_map(|text| text.split_whitespace().nth(1)).collect();
            let known = *random.pick(&names);
            let name = *random.pick(&["Customer2", "order2", known]);
            let end = name.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(name.len());
            lines[0] = renamed(&lines[0], &name[..end]);
        }
        // One more declaration, that there is already or that nobody has.
        10 => {
            let others: Vec<&String> = originals.values().collect();
            lines.push(random.pick(&others).trim_end().to_owned());
        }
        11 => {
            lines.push(format!("type More {{ one: {} }}\nfn more(a: More) -> int = 1", random.pick(&TYPES)))
        }
        // It cannot be read.
        12 => lines[at] = line.replacen([':', '{', '('], "", 1),
        // A body that fails, or does not any more.
        _ => {
            let body = random.below(lines.len());
            lines[body] = match random.below(2) {
                0 => lines[body].replacen(".trim()", ".toInt()", 1).replacen(" == ", " != ", 1),
                _ => lines[body].replacen(".toInt()", ".length()", 1).replacen("1", "x", 1),
            };
        }
    }
    lines.join("\n") + "\n"
}

fn is_head(line: &str) -> bool {
    let starts = ["type ", "fn ", "map ", "problem ", "event "].iter().any(|word| line.starts_with(word));
    let is_operation =
        [": GET /", ": POST /", ": PUT /", ": DELETE /"].iter().any(|method| line.contains(method));
    let is_field = line.starts_with("  ") && !line.starts_with("   ") && line.contains(": ");
    starts || is_operation || is_field
}

/// One of the types of a line is another one.
fn retyped(random: &mut Random, line: &str) -> String {
    let ends = |letter: char| !(letter.is_alphanumeric() || "._[]?".contains(letter));
    let places: Vec<(usize, usize)> = [": ", "-> ", "= "]
        .iter()
        .flat_map(|sign| line.match_indices(sign).map(|(at, sign)| at + sign.len()))
        .map(|start| (start, line[start..].find(ends).map_or(line.len(), |end| start + end)))
        .filter(|(start, end)| start < end)
        .collect();
    if places.is_empty() {
        return line.to_owned();
    }
    let (start, end) = *random.pick(&places);
    let by = match random.below(3) {
        0 => format!("{}?", &line[start..end]),
        1 => format!("[{}]", &line[start..end]),
        _ => (*random.pick(&TYPES)).to_owned(),
    };
    format!("{}{by}{}", &line[..start], &line[end..])
}

fn renamed(line: &str, name: &str) -> String {
    let mut words = line.splitn(3, ' ');
    let (word, old) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let rest = old.find(|letter: char| !letter.is_alphanumeric()).map_or("", |at| &old[at..]);
    format!("{word} {name}{rest} {}", words.next().unwrap_or_default())
}

const MENTIONS: [(&str, &str); 9] = [
    crate::cli::MANIFEST,
    ("inner.flow", "type Inner { a: string, b: int? }\n"),
    ("outer.flow", "type Outer { inner: Inner }\n"),
    ("made.flow", "fn made(a: string) -> Outer = { inner: { a: a } }\n"),
    ("used.flow", "fn used(a: string) -> string = made(a).inner.a\n"),
    ("further.flow", "fn further(a: string) -> string = used(a)\n"),
    ("gone.flow", "problem Gone 404 \"It is gone\" { at: int? }\n"),
    (
        "service.flow",
        "process Things v1 {\n  auth: public\n\n  first: GET /first -> string | Gone {\n    return made(\"a\").inner.a\n  }\n\n  second: GET /second -> 204 {\n    return 204\n  }\n}\n",
    ),
    (
        "calls.flow",
        "process Calls v1 {\n  auth: public\n\n  call: GET /call -> string {\n    let a = Things.first() else \"none\"\n    Things.second()\n    return a\n  }\n}\n",
    ),
];

/// How far each edit reaches is known here.
#[test]
fn an_edit_reaches_what_mentions_it() {
    let other = "// Nothing.\n".repeat(200) + "type Other { first: int, second: string }\n";
    let files = [&MENTIONS[..], &[("other.flow", &other)]].concat();
    let project = crate::cli::folder(&files);
    let folder = project.path().canonicalize().expect("it is there");
    let mut live = Live::open(&folder).expect("a project");
    let mut step = |file: &str, from: &str, to: &str, wanted: Reach| {
        let (_, original) = files.iter().find(|(name, _)| *name == file).expect("a file");
        let text = original.replace(from, to);
        assert!(from == to || text != *original, "{from}");
        fs::write(folder.join(file), &text).expect("written");
        let reach = live.edit(&folder.join(file), &text);
        assert_eq!(live.report(), from_scratch(&folder), "{file}: {from} to {to}");
        assert_eq!(reach, wanted, "{file}: {from} to {to}");
        errors(&live)
    };
    // With `Outer`, `made`, and who calls that; but not who calls those.
    assert_eq!(step("inner.flow", "a: string", "a: int", Reach::Files(5)), 3);
    assert_eq!(step("inner.flow", "", "", Reach::Files(5)), 0);
    // It can fail now, and so can its caller.
    assert_eq!(step("used.flow", "made(a).inner.a", "\"{a.toInt()}\"", Reach::Files(2)), 0);
    assert_eq!(step("used.flow", "", "", Reach::Files(2)), 0);
    assert_eq!(step("gone.flow", "404", "409", Reach::Files(3)), 0);
    assert_eq!(step("gone.flow", "", "", Reach::Files(3)), 0);
    assert_eq!(step("service.flow", "GET /second", "POST /second", Reach::Files(2)), 0);
    // What stands behind a new operation has another number.
    let new = "  zero: GET /zero -> 204 {\n    return 204\n  }\n\n  first: GET";
    assert_eq!(step("service.flow", "  first: GET", new, Reach::Files(2)), 0);
    assert_eq!(step("service.flow", "", "", Reach::Files(2)), 0);
    // With a name that is new, or no more.
    assert_eq!(step("used.flow", "fn used", "fn uses", Reach::Files(2)), 1);
    assert_eq!(
        step("other.flow", "Other", "More", Reach::All),
        1,
        "something else is wrong: it could be meant"
    );
    assert_eq!(step("used.flow", "", "", Reach::Files(2)), 0);
    assert_eq!(step("other.flow", "Other", "Another", Reach::Files(1)), 0);
    // What cannot be read.
    assert_eq!(step("made.flow", "(a: string)", "(a string)", Reach::Files(3)), 1);
    assert_eq!(step("made.flow", "", "", Reach::Files(3)), 0);
    assert_eq!(step("service.flow", "Things v1", "Things v2", Reach::All), 0);
}

fn errors(live: &Live) -> usize {
    live.report().matches("\"severity\":\"error\"").count()
}

#[test]
fn a_name_that_is_written_otherwise_is_found() {
    let other = "// Nothing.\n".repeat(100);
    let files = [
        crate::cli::MANIFEST,
        (
            "a.flow",
            "process Things v1 {\n  auth: public\n  first: GET /first -> int {\n    return 1\n  }\n}\n",
        ),
        (
            "b.flow",
            "process Calls v1 {\n  auth: public\n  call: GET /call -> int {\n    return Things.\"f\\u{69}rst\"()\n  }\n}\n",
        ),
        ("c.flow", &other),
    ];
    let project = crate::cli::folder(&files);
    let folder = project.path().canonicalize().expect("it is there");
    let mut live = Live::open(&folder).expect("a project");
    let text = files[1].1.replace("-> int", "-> string").replace("return 1", "return \"a\"");
    fs::write(folder.join("a.flow"), &text).expect("written");
    assert_eq!(errors(&live), 0);
    assert_eq!(live.edit(&folder.join("a.flow"), &text), Reach::Files(2));
    assert_eq!(live.report(), from_scratch(&folder));
    assert_eq!(errors(&live), 1);
}
