//! Projects that start from a contract. Small documents with the oddities that contracts have: what is written for
//! them is a snapshot, and checks. Real ones, where they are at hand, and the report about them.

use std::path::{Path, PathBuf};

use crate::cli::{Ran, folder, run};

fn document(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts/documents").join(name).display().to_string()
}

/// Starts a project, checks it, and gives what it says on the way and the flow.
fn started(name: &str, more: &[&str]) -> (String, String) {
    let folder = folder(&[]);
    let path = document(name);
    let new = run(folder.path(), &[&["new", "demo", "--contract", &path], more].concat());
    assert_eq!(new.code, 0, "{}{}", new.out, new.err);
    let check = run(folder.path(), &["check", "demo", "--format", "short"]);
    assert_eq!(check.code, 0, "{}", check.out);
    let ours: Vec<&str> = check.out.lines().filter(|line| line.contains("demo/src/")).collect();
    assert!(ours.is_empty(), "{ours:?}");
    let formatted = run(folder.path(), &["fmt", "--check", "demo"]);
    assert_eq!(formatted.code, 0, "{}", formatted.err);
    let sources = folder.path().join("demo/src");
    let flow = std::fs::read_dir(sources).expect("src").next().expect("a flow").expect("an entry").path();
    (new.err, std::fs::read_to_string(flow).expect("readable"))
}

#[test]
fn a_flow_for_each_oddity() {
    for name in ["shapes", "modern", "names", "media", "paths", "broken"] {
        let (_, flow) = started(&format!("{name}.yaml"), &[]);
        insta::assert_snapshot!(name, flow);
    }
    let (_, flow) = started("old.json", &[]);
    insta::assert_snapshot!("old", flow);
}

#[test]
fn what_the_contract_gets_wrong_is_left_out_and_told() {
    let (said, flow) = started("broken.yaml", &[]);
    assert!(said.contains("Passing on 1 operation of contracts/broken.yaml"), "{said}");
    for name in ["remote", "missing", "impossible"] {
        assert!(said.contains(&format!("Left out `{name}`: ")), "{said}");
        assert!(flow.contains(&format!("// Left out: {name}, because ")), "{flow}");
    }
    assert!(flow.contains("(contracts/broken.yaml:"), "{flow}");
}

#[test]
fn some_operations_are_picked() {
    let (_, flow) = started("shapes.yaml", &["--operation", "getThing", "deleteThing"]);
    assert!(flow.contains("  getThing: GET") && flow.contains("  deleteThing: DELETE"), "{flow}");
    assert!(!flow.contains("findThings") && !flow.contains("createThing"), "{flow}");
    let folder = folder(&[]);
    let path = document("shapes.yaml");
    let refused = run(folder.path(), &["new", "demo", "--contract", &path, "--operation", "getThin"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("did you mean `getThing`?"), "{}", refused.err);
    assert!(!folder.path().join("demo").exists());
}

#[test]
fn the_files_that_a_contract_refers_to_come_along() {
    let folder = folder(&[]);
    let path = document("files/api/openapi.yaml");
    assert_eq!(run(folder.path(), &["new", "demo", "--contract", &path]).code, 0);
    for file in ["api/openapi.yaml", "api/paths.yaml", "common/common.json"] {
        assert!(folder.path().join("demo/contracts").join(file).is_file(), "{file}");
    }
    let check = run(folder.path(), &["check", "demo"]);
    assert_eq!((check.code, check.out.as_str()), (0, ""));
}

/// K035: a reference to a file that is none of the contract's is not opened, and nothing is copied.
#[test]
fn nothing_else_comes_along() {
    let contract = |reference: &str| {
        format!(
            "openapi: 3.0.3\ninfo: {{ title: t, version: '1' }}\nservers: [{{ url: 'https://a.example.com' }}]\npaths:\n  /a:\n    get:\n      operationId: a\n      responses: {{ '200': {{ description: d, content: {{ application/json: {{ schema: {{ $ref: '{reference}' }} }} }} }} }}\n"
        )
    };
    for reference in [".hidden/a.yaml", "secret.txt", "../../../../../../../../../etc/hostname", "link.yaml"]
    {
        let text = contract(reference);
        let folder = folder(&[
            ("in/api.yaml", text.as_str()),
            ("in/.hidden/a.yaml", "type: string"),
            ("in/secret.txt", "type: string"),
        ]);
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("in/link.yaml")).expect("linked");
        let new = run(folder.path(), &["new", "demo", "--contract", "in/api.yaml"]);
        let copied = folder.path().join("demo/contracts");
        let count = std::fs::read_dir(&copied).map_or(0, |entries| entries.count());
        assert!(count <= 1, "{reference}: {}{}", new.out, new.err);
        assert!(new.code <= 1, "{reference}: {}{}", new.out, new.err);
    }
}

#[test]
fn what_is_no_contract_is_refused_and_nothing_is_written() {
    let folder = folder(&[("a.yaml", "just: text"), ("b.yaml", "a: [")]);
    let new = |file: &str| -> Ran { run(folder.path(), &["new", "demo", "--contract", file]) };
    assert_eq!(new("a.yaml").code, 1);
    assert!(new("a.yaml").out.contains("F0205"), "{}", new("a.yaml").out);
    assert_eq!(new("b.yaml").code, 1);
    assert_eq!(new("nowhere.yaml").code, 2);
    let fetched = new("https://example.com/a.yaml");
    assert_eq!(fetched.code, 2);
    assert!(fetched.err.contains("nothing is ever fetched"), "{}", fetched.err);
    assert!(!folder.path().join("demo").exists());
}

/// From the working directory, as everywhere: what is printed can be opened.
#[test]
fn what_is_wrong_stands_where_the_working_directory_finds_it() {
    let folder = folder(&[
        ("a/b/y.yaml", "just: text"),
        ("c/notes", ""),
        ("w/x/a/b/y.yaml", "just: text"),
        ("w/x/c/notes", ""),
    ]);
    let at = |from: &str, file: &str| {
        let new = run(&folder.path().join(from), &["new", "demo", "--contract", file]);
        new.out
            .lines()
            .find_map(|line| line.trim().strip_prefix("--> ").map(str::to_owned))
            .unwrap_or(new.out)
    };
    assert_eq!(at("", "a/b/y.yaml"), "a/b/y.yaml:1:1");
    assert_eq!(at("a", "b/y.yaml"), "b/y.yaml:1:1");
    assert_eq!(at("c", "../a/b/y.yaml"), "../a/b/y.yaml:1:1");
    // What it refers to may lie above the working directory.
    assert_eq!(at("w/x", "a/b/y.yaml"), "a/b/y.yaml:1:1");
    assert_eq!(at("w/x/a", "b/y.yaml"), "b/y.yaml:1:1");
    assert_eq!(at("w/x/c", "../a/b/y.yaml"), "../a/b/y.yaml:1:1");
    let whole = folder.path().join("a/b/y.yaml").display().to_string();
    assert_eq!(at("c", &whole), "../a/b/y.yaml:1:1");
}

/// A project that was just begun calls nobody's production.
#[test]
fn the_address_of_a_contract_is_a_comment() {
    let (_, flow) = started("shapes.yaml", &[]);
    let contract = std::fs::read_to_string(document("shapes.yaml")).expect("readable");
    assert!(contract.contains("https://"), "the contract has an address that could be called");
    let url: Vec<&str> = flow.lines().filter(|line| line.contains("url:")).map(str::trim).collect();
    assert_eq!(url.len(), 1, "{flow}");
    assert!(url[0].starts_with("url:") && url[0].ends_with("env.SHAPES_URL"), "{flow}");
    assert!(flow.contains("  // The contract says: https://"), "{flow}");
}

#[test]
fn a_report_says_what_stands_in_the_way() {
    let folder = folder(&[]);
    let documents =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts/documents").display().to_string();
    let report = run(folder.path(), &["contracts", &documents]);
    assert_eq!(report.code, 0, "{}", report.err);
    insta::assert_snapshot!("report", report.out);
    let write =
        |more: &[&str]| run(folder.path(), &[&["contracts", &documents, "--write", "r.md"], more].concat());
    assert_eq!(write(&["--check"]).code, 3);
    assert_eq!(write(&[]).code, 0);
    assert_eq!(write(&["--check"]).code, 0);
}

/// Some of the published documents that are small enough for every run; all of them where `FLOWC_CONTRACTS` names a
/// folder that they are laid out in, with an `index.tsv`. Then the committed report has to hold, too.
#[test]
fn published_contracts_are_passed_on_as_a_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = folder(&[]);
    if let Ok(laid_out) = std::env::var("FLOWC_CONTRACTS") {
        let committed = root.join("docs/contracts-report.md").display().to_string();
        let report = run(here.path(), &["contracts", &laid_out, "--write", &committed, "--check"]);
        assert_eq!(report.code, 0, "{}", report.err);
        return;
    }
    let sample = sample(&root.join("../shared/contracts"));
    if sample.is_empty() {
        return; // not everybody has them
    }
    let paths: Vec<String> = sample.iter().map(|path| path.display().to_string()).collect();
    let words: Vec<&str> = ["contracts"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let report = run(here.path(), &words);
    assert!(!report.out.contains("not passed on:") && !report.out.contains("not read:"), "{}", report.out);
}

/// Those that are good as a whole and small.
fn sample(folder: &Path) -> Vec<PathBuf> {
    let wanted =
        ["museum", "OAI__learn", "nytimes", "slas-admin", "catalogItems", "openfga", "polaris", "PokeAPI"];
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| wanted.iter().any(|part| path.to_string_lossy().contains(part)))
        .filter(|path| path.extension().is_some_and(|extension| extension != "gz"))
        .collect();
    files.sort();
    files
}
