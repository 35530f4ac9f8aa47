//! The workspace in which services are tested as they are emitted: the services without what is there to run them
//! somewhere, and a program that has all of them in one process and does what a tester says.

use proc_macro2::{Ident, Span};
use quote::quote;

use super::name::{self, Scope};
use super::print::{self, Comments};
use super::text::toml;
use super::{File, cargo, names};
use crate::ir::Program;

/// What is built and run.
pub struct Tested {
    pub files: Vec<File>,
    /// The package with the program, which is called like it.
    pub package: String,
    /// What the services are called by those who send them requests, by their numbers.
    pub hosts: Vec<String>,
}

/// `program` is one that is there to be tested (`ir::testable`).
pub fn tested(program: &Program) -> Result<Tested, String> {
    let hosts = names::names(program).services;
    // Other projects may be built into the same folder.
    let wanted = format!("{}-tested", name::kebab(&program.project));
    let package = Scope::with(hosts.iter().map(String::as_str)).unique_kebab(wanted);
    let is_needed = |file: &File| {
        let is_rust = file.path.ends_with(".rs") || file.path.ends_with(".toml");
        let is_code = file.path.starts_with("runtime/") || file.path.starts_with("services/");
        (is_code
            && (is_rust
                || file.path.ends_with(".flow")
                || file.path.ends_with("openapi.yaml")
                || file.path.ends_with("docs.html")))
            || ["Cargo.toml", "Cargo.lock"].contains(&file.path.as_str())
    };
    let mut files: Vec<File> = super::files(program)?.into_iter().filter(is_needed).collect();
    for file in files.iter_mut().filter(|file| file.path == "Cargo.toml") {
        file.text = cargo::with_member(&file.text, &package);
    }
    files.push(File::new(format!("{package}/Cargo.toml"), manifest(&package, &hosts)));
    files.push(File::new(format!("{package}/src/main.rs"), main(&hosts)?));
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(Tested { files, package, hosts })
}

fn manifest(package: &str, services: &[String]) -> String {
    let name = toml::string(package);
    let mut text = format!("[package]\nname = {name}\n");
    for key in ["version", "edition", "rust-version", "publish"] {
        text.push_str(&format!("{key}.workspace = true\n"));
    }
    text.push_str("\n[dependencies]\nflow-std = { workspace = true, features = [\"given\"] }\n");
    for service in services {
        let path = toml::string(&format!("../services/{service}"));
        text.push_str(&format!("{service} = {{ path = {path} }}\n"));
    }
    text
}

fn main(services: &[String]) -> Result<String, String> {
    let each = services.iter().map(|service| {
        let library = Ident::new(&names::crate_in_rust(service), Span::call_site());
        quote! { Served { host: #service, service: #library::service() } }
    });
    let doc = print::module_doc("The services, as a tester asks them.");
    print::file(
        quote! {
            #doc
            use flow_std::given::{Served, serve};
            use std::process::ExitCode;
            fn main() -> ExitCode {
                serve(vec![#(#each),*])
            }
        },
        &Comments::default(),
    )
}
