//! The manifests of the workspace and of its crates. Crates of others have the exact versions that the runtime was
//! tested with.

use std::collections::BTreeSet;

use proc_macro2::{Spacing, TokenStream, TokenTree};

use super::File;
use super::lock;
use super::rust::CrateKind;
use super::text::{line, toml};
use super::unit::Unit;
use crate::ir::Program;

/// A crate of the workspace, and what it depends on beside the runtime.
pub struct Member<'u> {
    pub unit: &'u Unit<'u>,
    /// Other crates that its code names.
    pub uses: Vec<&'static str>,
    has_library: bool,
}

/// Crates that emitted code may name.
const DIRECT: &[&str] = &["axum", "tokio"];

pub fn member<'u>(unit: &'u Unit<'u>, files: &[File]) -> Member<'u> {
    let folder = format!("{}/", unit.folder);
    let own: Vec<&File> =
        files.iter().filter(|file| file.path.starts_with(&folder) && file.path.ends_with(".rs")).collect();
    let names = |word: &str| own.iter().any(|file| names_crate(&file.text, word));
    Member {
        unit,
        uses: DIRECT.iter().copied().filter(|word| names(word)).collect(),
        has_library: own.iter().any(|file| file.path == format!("{folder}src/lib.rs")),
    }
}

/// Whether code begins a path with the crate. What a text or comment says of it is not asked.
fn names_crate(text: &str, word: &str) -> bool {
    text.contains(&format!("{word}::")) && text.parse().is_ok_and(|tokens| begins_path(tokens, word))
}

fn begins_path(tokens: TokenStream, wanted: &str) -> bool {
    let (mut is_start, mut rest) = (true, tokens.into_iter().peekable());
    while let Some(token) = rest.next() {
        let is_path = matches!(rest.peek(), Some(TokenTree::Punct(sign)) if sign.spacing() == Spacing::Joint);
        let is_found = match &token {
            TokenTree::Ident(word) => is_start && is_path && word == wanted,
            TokenTree::Group(group) => begins_path(group.stream(), wanted),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        };
        if is_found {
            return true;
        }
        is_start = !matches!(&token, TokenTree::Punct(sign) if sign.as_char() == ':');
    }
    false
}

pub fn workspace(program: &Program, members: &[Member<'_>]) -> String {
    let mut folders: Vec<&str> = members.iter().map(|member| member.unit.folder.as_str()).collect();
    folders.push("runtime");
    folders.sort_unstable();
    let folders: String = folders.iter().map(|folder| format!("    {},\n", toml::string(folder))).collect();
    let uses: BTreeSet<&str> = members.iter().flat_map(|member| member.uses.iter().copied()).collect();
    let others: String = uses
        .iter()
        .filter_map(|name| Some((name, lock::version(name)?)))
        .map(|(name, version)| {
            let version = toml::string(&format!("={version}"));
            format!("{name} = {{ version = {version}, default-features = false }}\n")
        })
        .collect();
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\n{folders}]\n\n\
         [workspace.package]\nversion = {}\nedition = \"2024\"\nrust-version = \"1.89\"\npublish = false\n\n\
         [workspace.dependencies]\n{others}flow-std = {{ path = \"runtime\" }}\n\n{REST}",
        toml::string(version(program)),
    )
}

/// The manifest of the workspace with one more member.
pub fn with_member(workspace: &str, folder: &str) -> String {
    workspace.replacen("members = [\n", &format!("members = [\n    {},\n", toml::string(folder)), 1)
}

const REST: &str = "\
[workspace.lints.rust]
unsafe_code = \"forbid\"

[workspace.lints.clippy]
unwrap_used = \"warn\"
# Numbers are those of the flows.
approx_constant = \"allow\"
# The members of a union are as large as their contract makes them.
large_enum_variant = \"allow\"
# A contract may call something `foo`.
disallowed_names = \"allow\"

[profile.dev]
debug = \"line-tables-only\"

# Nobody steps through the crates of others.
[profile.dev.package.\"*\"]
debug = false

# The service and all below it are optimised as one: a tenth less processor time, and a smaller executable.
[profile.release]
codegen-units = 1
lto = \"fat\"
strip = \"debuginfo\"
";

/// Cargo takes semantic versions only.
pub fn version(program: &Program) -> &str {
    let core = program.version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let is_number = |text: &&str| text.parse::<u64>().is_ok_and(|number| number.to_string() == **text);
    let is_rest = |letter: char| letter.is_ascii_digit() || letter == '.';
    let is_good = numbers.len() == 3 && numbers.iter().all(is_number) && program.version.chars().all(is_rest);
    if is_good { &program.version } else { "0.0.0" }
}

pub fn manifest(program: &Program, member: &Member<'_>) -> File {
    let unit = member.unit;
    let name = toml::string(&unit.name);
    let mut text = format!("[package]\nname = {name}\n");
    if let Some(description) = description(program, unit) {
        text.push_str(&format!("description = {}\n", toml::string(&line(&description))));
    }
    for key in ["version", "edition", "rust-version", "publish"] {
        text.push_str(&format!("{key}.workspace = true\n"));
    }
    if member.has_library {
        // Text of others that stands in documentation is never run.
        text.push_str("\n[lib]\ndoctest = false\n");
        text.push_str(&format!("\n[[bin]]\nname = {name}\npath = \"src/main.rs\"\ndoc = false\n"));
    }
    text.push_str("\n[dependencies]\n");
    for name in &member.uses {
        text.push_str(&format!("{name}.workspace = true\n"));
    }
    let features = toml::strings(features(unit));
    text.push_str(&format!("flow-std = {{ workspace = true, features = {features} }}\n"));
    text.push_str("\n[lints]\nworkspace = true\n");
    File::new(format!("{}/Cargo.toml", unit.folder), text)
}

fn description(program: &Program, unit: &Unit<'_>) -> Option<String> {
    match unit.kind {
        CrateKind::Service(at) => program.services.get(at)?.doc.clone(),
        CrateKind::Bundle(_) => program.description.clone(),
    }
}

/// What the service needs of the runtime: always the server.
fn features<'u>(unit: &'u Unit<'_>) -> BTreeSet<&'u str> {
    let of_function = |name: &String| flow_std::functions::find(name)?.feature;
    let functions = unit.slice.std.iter().filter_map(of_function);
    // Which engine it is, is said where the service runs.
    let engines = match unit.slice.features.contains("store") {
        true => &["store-postgres", "store-redis"][..],
        false => &[],
    };
    let own = unit.slice.features.iter().copied();
    own.chain(functions).chain(engines.iter().copied()).chain(["server"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_used_where_code_names_it() {
        let names = |text: &str| names_crate(text, "tokio");
        assert!(
            names("use tokio::x;")
                && names("fn a() { b(tokio::spawn(c)) }")
                && names("fn a() -> tokio::B {}")
        );
        assert!(!names("const A: &str = \"tokio::x\"; // tokio::x\n/// tokio::x\nmod b {}"));
        assert!(!names("fn a() { crate::tokio::b(); tokio: 1, my_tokio::x() }"));
    }
}
