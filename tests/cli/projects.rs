//! Which files belong to a project, and what becomes of those that do not.

use super::{MANIFEST, folder, run};

/// The lines of `--format short`.
fn check(files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    run(folder.path(), &["check", "--format", "short"]).out.lines().map(String::from).collect()
}

const BROKEN: &str = "type {";

#[test]
fn hidden_and_output_folders_and_other_projects_are_passed_over() {
    let found = check(&[
        MANIFEST,
        ("main.flow", "type A {\n  a: string\n}\n"),
        (".git/a.flow", BROKEN),
        ("target/a.flow", BROKEN),
        ("dist/a.flow", BROKEN),
        ("other/flow.toml", "not even TOML"),
        ("other/a.flow", BROKEN),
        ("a.flow.txt", BROKEN),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn files_are_shown_in_order_wherever_they_are() {
    let found = check(&[
        MANIFEST,
        ("b.flow", BROKEN),
        ("a/z.flow", BROKEN),
        ("a.flow", BROKEN),
        ("target.flow", BROKEN),
    ]);
    let mut files: Vec<&str> = found.iter().filter_map(|line| line.split(':').next()).collect();
    files.dedup();
    assert_eq!(files, ["a.flow", "a/z.flow", "b.flow", "target.flow"]);
}

#[test]
fn dependencies_are_read_once_and_shown_from_here() {
    let files = [
        (
            "shop/flow.toml",
            "[project]\nname = \"shop\"\n[dependencies]\ncrm = { path = \"../crm\" }\nbase = { path = \"../base\" }\n",
        ),
        ("shop/main.flow", "type A {\n  a: string\n}\n"),
        ("crm/flow.toml", "[project]\nname = \"crm\"\n[dependencies]\nbase = { path = \"../base\" }\n"),
        ("crm/main.flow", "type A {\n  a: string\n}\n"),
        ("base/flow.toml", "[project]\nname = \"base\"\nx = 1\n"),
        ("base/main.flow", "type A {\n  a: string\n}\n"),
    ];
    let folder = folder(&files);
    let found = run(folder.path(), &["check", "shop", "--format", "short"]);
    assert_eq!(found.out, "base/flow.toml:3:1: error[F0011] unknown key `x` in `[project]`\n");
}

/// K076: a dependency is a project, and nothing else is read because of it.
#[test]
fn dependencies_are_projects_in_no_circle() {
    let with =
        |path: &str| format!("[project]\nname = \"shop\"\n[dependencies]\ncrm = {{ path = {path:?} }}\n");
    let flow = ("main.flow", "type A {\n  a: string\n}\n");
    for path in ["../../../../../../etc/passwd", "/etc", "nowhere", "plain"] {
        let found = check(&[("flow.toml", &with(path)), flow, ("plain/a.txt", "")]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("flow.toml:4:16: error[F0014]"), "{found:?}");
    }
    let found = check(&[
        ("flow.toml", &with("crm")),
        flow,
        ("crm/flow.toml", "[project]\nname = \"crm\"\n[dependencies]\nshop = { path = \"..\" }\n"),
        ("crm/main.flow", flow.1),
    ]);
    assert_eq!(
        found,
        ["crm/flow.toml:4:17: error[F0015] projects depend on each other in a circle: shop -> crm -> shop"]
    );
}

const BACKEND: &str = "backend Erp {\n  contract: \"PATH\"\n  url:      env.ERP_URL\n}\n";
const CONTRACT: &str = "openapi: 3.0.3\ninfo: { title: ERP, version: \"1\" }\npaths: {}\n";

#[test]
fn a_contract_is_named_from_the_project() {
    let flow = BACKEND.replace("PATH", "erp.yaml");
    assert!(check(&[MANIFEST, ("src/erp.flow", &flow), ("erp.yaml", CONTRACT)]).is_empty());
    let folder = folder(&[MANIFEST, ("src/erp.flow", &flow), ("src/erp.yaml", CONTRACT)]);
    let beside = run(folder.path(), &["check"]);
    assert!(
        beside.out.contains("paths start at the folder of `flow.toml`: write `src/erp.yaml`"),
        "{}",
        beside.out
    );
    let missing = check(&[MANIFEST, ("src/erp.flow", &flow)]);
    assert_eq!(missing, ["src/erp.flow:2:13: error[F0002] there is no file `erp.yaml`"]);
}

/// K034, K035: what lies outside is neither opened nor quoted.
#[test]
fn a_contract_outside_the_project_is_refused() {
    for path in ["../../../../../../../etc/hostname", "/etc/hostname", "contracts/../../secret.yaml"] {
        let found = check(&[MANIFEST, ("src/erp.flow", &BACKEND.replace("PATH", path)), ("contracts/a", "")]);
        assert_eq!(found, [format!("src/erp.flow:2:13: error[F0006] `{path}` leads out of the project")]);
    }
}

/// K037
#[cfg(unix)]
#[test]
fn links_that_leave_the_project_are_refused() {
    let outer = folder(&[
        ("shop/flow.toml", MANIFEST.1),
        ("shop/erp.flow", &BACKEND.replace("PATH", "erp.yaml")),
        ("secret.flow", "hunter2"),
    ]);
    let link = |name: &str| {
        std::os::unix::fs::symlink("../secret.flow", outer.path().join("shop").join(name)).expect("linked");
    };
    link("erp.yaml");
    link("stolen.flow");
    let found = run(outer.path(), &["check", "shop"]);
    assert_eq!(found.code, 1);
    assert_eq!(found.out.matches("leads out of the project").count(), 2, "{}", found.out);
    assert!(!found.out.contains("hunter2"));
}
