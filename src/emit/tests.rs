//! The workspace as a whole.

use super::fixture::*;
use crate::ir::*;

#[test]
fn every_file_is_there_once_and_in_order() {
    let mut program = program();
    program.bundles = vec![Bundle { name: "all".to_owned(), services: vec![0, 1] }];
    let files = written(&program);
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert!(paths.is_sorted() && paths.windows(2).all(|pair| pair[0] != pair[1]));
    for wanted in [
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        ".env.example",
        "bundles/all/Cargo.toml",
        "bundles/all/openapi.yaml",
        "runtime/src/lib.rs",
        "services/orders/Dockerfile",
        "services/stock/openapi.yaml",
        "deploy/compose.yaml",
    ] {
        assert!(paths.contains(&wanted), "{wanted}");
    }
    assert_eq!(written(&program), files);
}

#[test]
fn manifests_are_read_by_cargo() {
    for file in written(&program()) {
        if file.path.ends_with(".toml") || file.path == "Cargo.lock" {
            let read: Result<toml::Table, _> = file.text.parse();
            assert!(read.is_ok(), "{}: {read:?}", file.path);
        }
    }
    let files = written(&program());
    let stock = files.iter().find(|file| file.path == "services/stock/Cargo.toml").expect("a manifest");
    assert!(stock.text.contains("features = [\"server\"]"), "{}", stock.text);
}

/// Names and descriptions of others are data in every file, and lead to no other folder.
#[test]
fn hostile_texts_stay_texts() {
    let hostile = "\"]\n[dependencies]\nevil = \"1\"\n#![x] */ ../../$(x) `y` \u{202e}";
    let mut program = program();
    program.project = hostile.to_owned();
    program.description = Some(hostile.to_owned());
    program.version = hostile.to_owned();
    program.services[0].name = hostile.to_owned();
    program.services[0].doc = Some(hostile.to_owned());
    program.backends[0].name = hostile.to_owned();
    program.config[0].name = hostile.to_owned();
    program.config[0].default = Some(Literal::Text(hostile.to_owned()));
    program.bundles = vec![Bundle { name: hostile.to_owned(), services: vec![0] }];
    for file in written(&program) {
        assert!(!file.path.contains("..") && file.path.is_ascii(), "{}", file.path);
        assert!(!file.text.contains('\u{202e}') || file.path.starts_with("runtime/"), "{}", file.path);
        if file.path.ends_with(".toml") {
            let read: toml::Table = file.text.parse().expect("TOML");
            let dependencies = read.get("dependencies").and_then(|value| value.as_table());
            assert!(dependencies.is_none_or(|table| !table.contains_key("evil")), "{}", file.path);
        }
        if file.path.ends_with(".yaml") {
            for part in file.text.split("\n---\n") {
                let read: Result<serde_json::Value, _> = serde_yaml_ng::from_str(part);
                assert!(read.is_ok(), "{}: {read:?}", file.path);
            }
        }
        if file.path == ".env.example" || file.path.ends_with("Dockerfile") {
            assert!(!file.text.lines().any(|line| line.starts_with("evil")), "{}", file.text);
        }
    }
}
