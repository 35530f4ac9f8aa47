//! What each command prints, and how it ends.

use flow_std::codec::TextRule;

use super::{MANIFEST, folder, run};

#[test]
fn a_new_project_checks() {
    let folder = folder(&[]);
    let made = run(folder.path(), &["new", "shop"]);
    assert_eq!((made.code, made.out.as_str()), (0, ""), "{}", made.err);
    let mut files: Vec<String> = walk(&folder.path().join("shop"));
    files.sort();
    assert_eq!(files, [".gitignore", "README.md", "contracts/erp.yaml", "flow.toml", "src/customers.flow"]);
    let checked = run(folder.path(), &["check", "shop"]);
    assert_eq!((checked.code, checked.out.as_str()), (0, ""), "{}", checked.err);
    assert_eq!(checked.err, "    Checking shop (1 file, 1 contract)\nno findings\n");
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("below").to_string_lossy().into_owned());
            }
        }
    }
    found
}

/// K080: nothing that is there is touched.
#[test]
fn new_refuses_what_is_in_use() {
    let folder =
        folder(&[("full/notes", "mine"), ("file", "mine"), ("empty/", "")].map(|(path, text)| match path {
            "empty/" => ("empty/.keep", text),
            _ => (path, text),
        }));
    std::fs::remove_file(folder.path().join("empty/.keep")).expect("removed");
    for name in ["full", "file"] {
        let refused = run(folder.path(), &["new", name]);
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains("error[F0021 command/folder-in-use]"), "{}", refused.err);
    }
    assert_eq!(run(folder.path(), &["new", "empty"]).code, 0);
    assert_eq!(run(folder.path(), &["new", "/"]).code, 2);
    let mut files = walk(folder.path());
    files.retain(|file| !file.starts_with("empty/"));
    files.sort();
    assert_eq!(files, ["file", "full/notes"], "nothing was left behind");
}

#[cfg(unix)]
#[test]
fn new_refuses_a_link() {
    let folder = folder(&[]);
    std::fs::create_dir(folder.path().join("real")).expect("made");
    std::os::unix::fs::symlink("real", folder.path().join("link")).expect("linked");
    assert_eq!(run(folder.path(), &["new", "link"]).code, 2);
    assert!(walk(folder.path()).is_empty());
}

#[test]
fn exit_codes_tell_findings_from_configuration() {
    let clean = ("src/main.flow", "type A {\n  a: string\n}\n");
    let check = |files: &[(&str, &str)], arguments: &[&str]| {
        let folder = folder(files);
        run(folder.path(), &[&["check"], arguments].concat()).code
    };
    assert_eq!(check(&[MANIFEST, clean], &[]), 0);
    assert_eq!(check(&[MANIFEST], &[]), 0, "a warning");
    assert_eq!(check(&[MANIFEST], &["--deny", "warnings"]), 1);
    assert_eq!(check(&[MANIFEST], &["--deny", "W0009"]), 1);
    assert_eq!(check(&[MANIFEST], &["--deny", "W0020"]), 0);
    assert_eq!(check(&[("flow.toml", "[project]\nname=\"a\"\n[check]\ndeny=[\"warnings\"]\n")], &[]), 1);
    assert_eq!(check(&[("flow.toml", "[projct]\nname=\"a\"\n"), clean], &[]), 2);
    assert_eq!(check(&[clean], &[]), 2, "no project");
    assert_eq!(check(&[MANIFEST, clean], &["--deny", "F0001"]), 2, "usage");
    assert_eq!(check(&[MANIFEST, clean], &["--format", "xml"]), 2, "usage");
}

#[test]
fn a_check_starts_from_a_folder_inside_or_a_file() {
    let folder = folder(&[MANIFEST, ("src/deep/main.flow", "type A {\n"), ("notes.txt", "")]);
    let at = |path: &str, arguments: &[&str]| run(&folder.path().join(path), arguments);
    let inside = at("src", &["check", "--format", "short"]);
    assert!(inside.out.starts_with("../src/deep/main.flow:"), "{}", inside.out);
    let file = at("", &["check", "src/deep/main.flow", "--format", "short"]);
    assert!(file.out.starts_with("src/deep/main.flow:"), "{}", file.out);
    assert_eq!(at("", &["check", "notes.txt"]).code, 2);
    assert_eq!(at("", &["check", "nowhere"]).code, 2);
}

#[test]
fn explain_prints_a_page_by_code_or_name() {
    let folder = folder(&[]);
    let by_code = run(folder.path(), &["explain", "f0011"]);
    assert!(by_code.out.starts_with("# F0011 manifest/unknown-key\n"), "{}", by_code.out);
    assert_eq!(run(folder.path(), &["explain", "manifest/unknown-key"]).out, by_code.out);
    let unknown = run(folder.path(), &["explain", "manifest/unknown-kei"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("did you mean `manifest/unknown-key`?"), "{}", unknown.err);
    let list = run(folder.path(), &["explain"]).out;
    assert!(list.contains("F0011  manifest/unknown-key\n") && list.contains("W0009  project/empty\n"));
}

#[test]
fn config_says_what_is_in_force_and_why() {
    let manifest = "[project]\nname = \"shop\"\n\n[layers]\nexperience_may_call_systems = true\n\n[bundle.all]\nservices = [\"Orders\", \"Stock\"]\n";
    let folder = folder(&[("flow.toml", manifest)]);
    let mut command = super::flowc(folder.path(), &["config", "--color", "never"]);
    let shown = super::ran(command.env("FLOWC_FORMAT", "sarif").output().expect("flowc runs"));
    insta::assert_snapshot!(shown.out);
}

#[test]
fn flags_go_over_the_environment() {
    let folder = folder(&[MANIFEST]);
    let with = |arguments: &[&str], format: &str| {
        super::ran(
            super::flowc(folder.path(), arguments).env("FLOWC_FORMAT", format).output().expect("flowc runs"),
        )
    };
    assert!(with(&["check"], "json").out.starts_with("{\"version\":1,"));
    assert!(with(&["check", "--format", "short"], "json").out.starts_with("flow.toml:1:1: warning[W0009]"));
    let wrong = with(&["check"], "xml");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("FLOWC_FORMAT"), "{}", wrong.err);
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    let folder = folder(&[MANIFEST]);
    assert!(!run(folder.path(), &["check"]).out.contains('\u{1b}'));
    assert!(run(folder.path(), &["check", "--color", "always"]).out.contains('\u{1b}'));
}

/// A command that is advised is one that can be given where the advice is read.
#[test]
fn advice_about_a_contract_names_it_from_here() {
    let schemas: String = (0..6).map(|at| format!("    S{at}: {{type: string, default: [1]}}\n")).collect();
    let contract = format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\nservers: [{{url: 'https://a.example.com'}}]\n\
         paths:\n  /a:\n    get:\n      operationId: a\n      responses: {{'204': {{description: d}}}}\n\
         components:\n  schemas:\n{schemas}"
    );
    let flow = "backend A {\n  contract: \"contracts/a.yaml\"\n}\n\nsystem S v1 {\n  auth: public\n\n  \
                a: GET /a -> 204 {\n    A.a()\n    return 204\n  }\n}\n";
    let (name, manifest) = MANIFEST;
    let folder =
        folder(&[(&format!("p/{name}"), manifest), ("p/contracts/a.yaml", &contract), ("p/a.flow", flow)]);
    let advised = |from: &str, path: &str| {
        let out = run(&folder.path().join(from), &["check", path]).out;
        let help = out.lines().find_map(|line| line.trim().strip_prefix("= help: `flowc contract "));
        help.and_then(|help| help.split_once('`')).map(|(path, _)| path.to_owned()).unwrap_or(out)
    };
    assert_eq!(advised("", "p"), "p/contracts/a.yaml");
    assert_eq!(advised("p", "."), "contracts/a.yaml");
    assert_eq!(advised("p/contracts", ".."), "../contracts/a.yaml");
}

/// The same words as of the service that is emitted.
#[test]
fn the_length_of_a_text_is_told_as_services_tell_it() {
    let flow = "fn a() -> string of 8..8 = \"c1\"\nfn b() -> string of 3..9 = \"c1\"\n\
                fn c() -> string of 3.. = \"c1\"\nfn d() -> string of ..1 = \"c1\"\n";
    let folder = folder(&[MANIFEST, ("main.flow", flow)]);
    let out = run(folder.path(), &["check"]).out;
    let told: Vec<&str> =
        out.lines().filter_map(|line| line.trim().strip_prefix("= help: it has ")).collect();
    let any = TextRule::new;
    let rules = [any().of(8, 8), any().of(3, 9), any().min(3), any().max(1)];
    let wanted = rules.map(|rule| rule.check("c1").expect_err("it does not fit").replace("must have ", ""));
    assert_eq!(told, wanted, "{out}");
    assert_eq!(told.first(), Some(&"exactly 8 characters"));
}

#[test]
fn quiet_leaves_only_results() {
    let folder = folder(&[MANIFEST]);
    let quiet = run(folder.path(), &["check", "--quiet"]);
    assert_eq!(quiet.err, "");
    assert!(quiet.out.contains("W0009"));
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = folder(&[]);
    for command in ["check", "build", "fmt", "explain", "mock", "new", "config", "schema", "completions"] {
        let help = run(folder.path(), &[command, "--help"]);
        assert_eq!(help.code, 0);
        assert!(help.out.contains("Example") && help.out.contains(":\n  flowc "), "{command}: {}", help.out);
    }
    let version = run(folder.path(), &["--version"]);
    assert_eq!((version.code, version.out), (0, format!("flowc {}\n", env!("CARGO_PKG_VERSION"))));
    assert_eq!(run(folder.path(), &[]).code, 2);
    assert!(run(folder.path(), &["completions", "bash"]).out.contains("_flowc()"));
}

#[test]
fn contract_lists_what_can_be_called_and_all_that_is_odd() {
    let schemas: String = (0..9).map(|at| format!("    S{at}: {{type: string, default: [1]}}\n")).collect();
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: Erp, version: '7'}}\npaths:\n  /a/{{id}}:\n    \
         parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]\n    \
         get: {{operationId: get-a, responses: {{'200': {{description: ok}}}}}}\n    \
         delete: {{operationId: deleteA, responses: {{'204': {{description: ok}}}}}}\ncomponents:\n  schemas:\n{schemas}"
    );
    let folder = folder(&[("erp.yaml", &text), ("broken.yaml", "openapi: [")]);
    let listed = run(folder.path(), &["contract", "erp.yaml", "--format", "short"]);
    assert_eq!((listed.code, listed.err.as_str()), (0, "9 warnings\n"));
    let (operations, findings) = listed.out.split_once("\n\n").expect("two parts");
    assert_eq!(
        operations,
        "Erp 7 (OpenAPI 3.0.3): 2 operations\n  \"get-a\"  GET      /a/{id}\n  deleteA  DELETE   /a/{id}"
    );
    assert_eq!(findings.lines().filter(|line| line.contains("warning[F0221]")).count(), 9);
    let json = run(folder.path(), &["contract", "erp.yaml", "--format", "json"]);
    assert!(json.out.starts_with("{\"version\":1,"), "{}", json.out);
    assert_eq!(run(folder.path(), &["contract", "broken.yaml"]).code, 1);
    assert_eq!(run(folder.path(), &["contract", "missing.yaml"]).code, 2);
}
