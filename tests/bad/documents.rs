//! K001 to K024: documents as a whole.

use std::fs;
use std::process::Command;

use super::*;

#[test]
fn limits() {
    let mut bomb = "x-l:\n  - &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        bomb.push_str(&format!("  - &a{level} [{}]\n", vec![before; 9].join(", ")));
    }
    let large = format!("x-s: &s \"{}\"\nx-l: [{}]", "y".repeat(100_000), vec!["*s"; 5_000].join(", "));
    let flow = format!("x-d: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let block: String = (0..2_000).map(|level| format!("{}k:\n", " ".repeat(level))).collect();
    let limit = ["error contract/limit"];
    for (row, tail) in [
        ("K001", bomb.as_str()),
        ("K002", &large),
        ("K003", "x-a: &a [*a]"),
        ("K004", &flow),
        ("K005", &block),
    ] {
        expect(row, &with_tail(tail), Uses::Call(""), &limit);
    }
    let json = |depth: usize| {
        format!(
            r#"{{"openapi":"3.0.3","info":{{"title":"t","version":"1"}},"paths":{{"/a":{{"get":{{"operationId":"op","responses":{{"200":{{"description":"ok"}}}}}}}}}},"components":{{"schemas":{{"A":{{"example":{}{}}}}}}}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    expect("K006", json(100_000).as_bytes(), Uses::Call(""), &limit);
    let found = expect("K007", json(129).as_bytes(), Uses::Call(""), &limit);
    assert!(found.first.contains("/components/schemas/A/example"), "{}", found.first);
    expect("K007", json(120).as_bytes(), Uses::Call(""), &[]);
}

#[test]
fn keys_that_stand_twice() {
    let twice = format!(
        "{HEAD}paths:\n  /a:\n    get:\n      operationId: op\n{OK}  /a:\n    delete:\n      operationId: gone\n{OK}{OTHER}"
    );
    let found = expect("K008", twice.as_bytes(), Uses::Call(""), &["error contract/duplicate-key"]);
    assert!(found.out.contains("first here") && found.first.starts_with("8:3 "), "{}", found.out);
    expect("K008", twice.as_bytes(), Uses::Nothing, &["warning contract/duplicate-key"]);
    let json = r#"{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"op","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"properties":{"id":{"type":"string"},"id":{"type":"integer"}}}}}}}}}},"paths":{}}"#;
    let errors = ["error contract/duplicate-key"; 2];
    expect("K009", json.as_bytes(), Uses::Answer, &errors);
}

#[test]
fn merge_keys_and_marks() {
    let merged = format!(
        "{HEAD}x-base: &base\n  get:\n    operationId: op\n    responses: {{'200': {{description: ok}}}}\npaths:\n  /a:\n    \
         <<: *base\n    summary: own\n"
    );
    expect("K010", merged.as_bytes(), Uses::Call(""), &[]);
    let good = operation("/a", "get", OK);
    let plain = check("K011", good.as_bytes(), Uses::Call(""));
    let marked = check("K011", format!("\u{feff}{good}").as_bytes(), Uses::Call(""));
    assert_eq!((marked.code, marked.out), (0, plain.out));
    let json = r#"{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"op","responses":{"200":{"description":"ok"}}}}}}"#;
    let found = check_folder(
        project("contracts/api.json", format!("\u{feff}{json}").as_bytes(), Uses::Call("")).path(),
        MEMORY,
        "K011",
    );
    assert_eq!((found.code, found.contract.len()), (0, 0), "{}", found.out);
}

#[test]
fn what_is_not_text() {
    let good = operation("/a", "get", OK);
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(good.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin1 = [good.as_bytes(), b"x-n: caf\xe9\n"].concat();
    let lone = [good.as_bytes(), b"\xff"].concat();
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\xcc";
    let png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR";
    for (row, bytes) in
        [("K012", &utf16[..]), ("K012", &latin1), ("K012", &lone), ("K023", gzip), ("K023", png)]
    {
        let found = expect(row, bytes, Uses::Call(""), &["error contract/encoding"]);
        assert!(found.first.contains(" at byte "), "{row}: {}", found.first);
    }
}

#[test]
fn control_characters() {
    for letter in ["\\u0001", "\\u007f"] {
        let json = |title: &str, path: &str, header: &str| {
            format!(
                r#"{{"openapi":"3.0.3","info":{{"title":"t{title}","version":"1"}},"paths":{{"/a{path}":{{"get":{{"operationId":"op","parameters":[{{"name":"X-A{header}","in":"header","schema":{{"type":"string","enum":["a{title}"]}}}}],"responses":{{"200":{{"description":"ok"}}}}}}}}}}}}"#
            )
        };
        expect("K013", json(letter, "", "").as_bytes(), Uses::Call(""), &[]);
        expect("K013", json("", letter, "").as_bytes(), Uses::Call(""), &["error contract/path"]);
        expect("K013", json("", "", letter).as_bytes(), Uses::Call(""), &["error contract/forbidden-header"]);
    }
    // As bytes of the text itself they are not allowed in YAML or JSON at all; an escape is the only way in.
    let raw = operation("/a", "get", OK).replace("title: t", "title: \"t\u{0}\"");
    expect("K013", raw.as_bytes(), Uses::Call(""), &["error contract/encoding"]);
}

#[test]
fn documents_of_another_shape() {
    for text in ["", "  \n ", "null", "[]", "42", "\"x\""] {
        expect("K014", text.as_bytes(), Uses::Call(""), &["error contract/version"]);
    }
    let two = format!("{}---\nopenapi: 3.0.0\n", operation("/a", "get", OK));
    let found = expect("K015", two.as_bytes(), Uses::Call(""), &["error contract/syntax"]);
    assert!(found.first.starts_with("12:1 "), "{}", found.first);
}

#[test]
fn scalars_of_another_kind() {
    let text = answering("3.0.3", "    A: {properties: {no: {}, on: {}, y: {}, null: {}, 1e3: {}}}\n")
        .replace("'200':", "200:")
        .replace("version: '1'", "version: 1.0");
    // A version that is a number is repaired with a fix, because the flow does not use it.
    let found = expect("K017", text.as_bytes(), Uses::Answer, &["warning contract/repaired"]);
    assert!(found.out.contains(r#""text":"\"1.0\"""#), "{}", found.out);
    let figures = "    A:\n      properties:\n        big: {type: integer, default: 123456789012345678901234567890}\n        \
                   far: {type: number, default: 1e999}\n        none: {type: number, default: .nan}\n        \
                   zero: {type: integer, default: -0}\n        small: {type: integer, format: int32, default: 99999999999}\n";
    let found = check("K018", answering("3.0.3", figures).as_bytes(), Uses::Answer);
    let wrong = |name: &String| {
        !["warning contract/range", "warning contract/value", "warning contract/unused-corners"]
            .contains(&name.as_str())
    };
    assert!(!found.contract.is_empty() && !found.contract.iter().any(wrong), "{}", found.out);
    assert_eq!(found.code, 0, "nothing sends a default of an answer");
}

#[test]
fn large_documents() {
    let paths: String = (0..100_000)
        .map(|at| {
            format!("  /p{at}:\n    get: {{operationId: o{at}, responses: {{'200': {{description: ok}}}}}}\n")
        })
        .collect();
    let large = format!("{}{paths}", operation("/a", "get", OK));
    let folder = project("contracts/api.yaml", large.as_bytes(), Uses::Call(""));
    assert_eq!(check_folder(folder.path(), 1 << 20, "K019").code, 0);
    let values: Vec<String> = (0..50_000).map(|at| format!("v{at}")).collect();
    let listed = answering("3.0.3", &format!("    A: {{type: string, enum: [{}]}}\n", values.join(", ")));
    expect("K020", listed.as_bytes(), Uses::Answer, &[]);
    let long = operation("/a", "get", &format!("      description: \"{}\"\n{OK}", "long ".repeat(2 << 20)));
    expect("K021", long.as_bytes(), Uses::Call(""), &[]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file() {
    let path = "contracts/api.yaml";
    let place = |folder: &TempDir| folder.path().join("project").join(path);
    let named = |folder: &TempDir, row: &str| {
        let found = check_folder(folder.path(), MEMORY, row);
        assert_eq!(found.code, 1, "{row}");
        assert!(found.first.contains(path), "{row}: {}", found.first);
    };
    let fresh = || {
        let folder = project(path, b"", Uses::Call(""));
        fs::remove_file(place(&folder)).expect("removed");
        folder
    };
    let folder = fresh();
    fs::create_dir(place(&folder)).expect("made");
    named(&folder, "a folder");
    let folder = fresh();
    assert!(Command::new("mkfifo").arg(place(&folder)).status().expect("mkfifo runs").success());
    named(&folder, "a pipe");
    let folder = fresh();
    std::os::unix::fs::symlink("/dev/zero", place(&folder)).expect("linked");
    named(&folder, "a device");
    let folder = fresh();
    fs::File::create(place(&folder)).and_then(|file| file.set_len(5 << 30)).expect("sparse");
    named(&folder, "a large file");
    let folder = fresh();
    write(folder.path(), &format!("project/{path}"), operation("/a", "get", OK).as_bytes());
    fs::set_permissions(place(&folder), std::os::unix::fs::PermissionsExt::from_mode(0o000))
        .expect("changed");
    if fs::File::open(place(&folder)).is_err() {
        named(&folder, "a closed file");
    }
}

#[test]
fn versions() {
    let with = |version: &str| operation("/a", "get", OK).replace("openapi: 3.0.3", version);
    for version in ["swagger: \"2.0\"", "openapi: 3.1.0", "openapi: '3.0.3 '"] {
        expect("K024", with(version).as_bytes(), Uses::Call(""), &[]);
    }
    for version in ["openapi: 4.0.0", "x-none: 1", "openapi: [3]"] {
        expect("K024", with(version).as_bytes(), Uses::Call(""), &["error contract/version"]);
    }
    let list = answering("3.1.0", "    A: {type: [string, 'null']}\n");
    expect("K024", list.as_bytes(), Uses::Answer, &[]);
}
