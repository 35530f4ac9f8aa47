//! What operators get of the shop: as they see it, and as Prometheus's own parser does. Where `promtool` is not installed,
//! its tests say so and pass, unless `FLOW_NEED_SERVERS` is set.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

fn emitted() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    flowc::cli::build_workspace(&project, folder.path()).expect("built");
    folder
}

fn text(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap_or_else(|fault| panic!("{path}: {fault}"))
}

/// `None` when there is none.
fn promtool(folder: &TempDir, arguments: &[&str]) -> Option<String> {
    let ran = Command::new("promtool").args(arguments).current_dir(folder.path()).output();
    let Ok(ran) = ran else {
        assert!(std::env::var_os("FLOW_NEED_SERVERS").is_none(), "`promtool` is not installed");
        eprintln!("skipped: `promtool` is not installed");
        return None;
    };
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    Some(said)
}

#[test]
fn a_page_can_be_read_at_night() {
    let folder = emitted();
    let pages =
        ["web-shop", "orders", "shop"].map(|name| text(&folder, &format!("deploy/runbooks/{name}.md")));
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn rules_say_when_somebody_is_told() {
    let folder = emitted();
    insta::assert_snapshot!(text(&folder, "deploy/prometheus/rules.yaml"));
    if let Some(said) = promtool(&folder, &["check", "rules", "deploy/prometheus/rules.yaml"]) {
        assert!(said.contains("SUCCESS"), "{said}");
    }
}

/// In short: where each panel stands, and what it asks for.
#[test]
fn the_dashboard_shows_each_service() {
    let folder = emitted();
    let dashboard: Value =
        serde_json::from_str(&text(&folder, "deploy/grafana/dashboard.json")).expect("JSON");
    let (mut shown, mut queries) = (String::new(), Vec::new());
    for panel in dashboard["panels"].as_array().expect("panels") {
        let place = &panel["gridPos"];
        shown.push_str(&format!("{},{} {}\n", place["x"], place["y"], panel["title"]));
        for target in panel["targets"].as_array().into_iter().flatten() {
            shown.push_str(&format!("    {}: {}\n", target["legendFormat"], target["expr"]));
            queries.push(target["expr"].as_str().expect("a query").replace("$__rate_interval", "5m"));
        }
    }
    insta::assert_snapshot!(shown);
    let rules = queries
        .iter()
        .enumerate()
        .map(|(at, query)| serde_json::json!({ "record": format!("query:{at}"), "expr": query }));
    let rules = serde_json::json!({ "groups": [{ "name": "queries", "rules": rules.collect::<Vec<_>>() }] });
    fs::write(folder.path().join("queries.yaml"), rules.to_string()).expect("written"); // JSON is YAML
    promtool(&folder, &["check", "rules", "queries.yaml"]);
}

/// What Prometheus makes of the rules when two in a hundred requests fail, when few do, and of a slow operation.
#[test]
fn alerts_come_when_a_promise_is_broken_and_not_before() {
    let folder = emitted();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output/operate.test.yaml");
    fs::copy(source, folder.path().join("operate.test.yaml")).expect("copied");
    promtool(&folder, &["test", "rules", "operate.test.yaml"]);
}
