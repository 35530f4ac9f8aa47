//! From the intermediate form to the files of a workspace that needs flowc no more. One file here for each kind of
//! thing that is emitted. The same program gives the same bytes everywhere.

mod cargo;
mod deploy;
#[cfg(test)]
pub mod fixture;
mod lock;
pub mod name;
pub mod names;
pub mod openapi;
pub mod page;
mod print;
mod prose;
mod purpose;
mod readme;
pub mod rust;
mod settings;
#[cfg(test)]
pub mod shapes;
mod tested;
#[cfg(test)]
mod tests;
pub mod text;
mod unit;

use flow_std::sources::{FLOW_FILES, RUNTIME_FILES};

use crate::ir::Program;
use crate::parallel;
pub use tested::{Tested, tested};
use unit::Unit;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// With `/`, below the output folder.
    pub path: String,
    pub text: String,
}

impl File {
    fn new(path: impl Into<String>, text: impl Into<String>) -> File {
        File { path: path.into(), text: text.into() }
    }
}

/// Everything that a program becomes, in the order of the paths.
pub fn files(program: &Program) -> Result<Vec<File>, String> {
    let modules = rust::modules(program);
    files_around(program, &|unit| {
        rust::crate_files(program, &modules, &unit.slice, unit.kind, &names::crate_in_rust(&unit.name))
    })
}

/// The Rust sources of a crate; their paths start at its folder.
type Sources<'a> = &'a (dyn Fn(&Unit<'_>) -> Result<Vec<File>, String> + Sync);

/// Everything, with the Rust sources that are handed in.
fn files_around(program: &Program, sources: Sources<'_>) -> Result<Vec<File>, String> {
    let names = names::names(program);
    let units = unit::units(program, &names);
    let mut files = runtime();
    let crates = parallel::map(&units, &|unit| {
        let files = crate_files(program, unit, sources)?;
        Ok::<_, String>((cargo::member(unit, &files), files))
    });
    let mut members = Vec::with_capacity(units.len());
    for of_crate in crates {
        let (member, own) = of_crate?;
        members.push(member);
        files.extend(own);
    }
    let manifests: Vec<File> = members.iter().map(|member| cargo::manifest(program, member)).collect();
    files.extend(manifests);
    files.push(File::new("Cargo.toml", cargo::workspace(program, &members)));
    files.push(File::new("Cargo.lock", lock::lock(program, &members)));
    files.push(File::new("README.md", readme::readme(program, &units)));
    files.push(File::new(".env.example", settings::example(program, &units)));
    files.push(File::new(".gitignore", "/target\n.env\n"));
    files.push(File::new(".dockerignore", "target\n.env\n.git\ndeploy\n"));
    files.extend(deploy::files(program, &names, &units));
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

fn crate_files(program: &Program, unit: &Unit<'_>, sources: Sources<'_>) -> Result<Vec<File>, String> {
    let below = |path: &str| format!("{}/{path}", unit.folder);
    let rust = sources(unit)?.into_iter();
    let mut files: Vec<File> = rust.map(|file| File { path: below(&file.path), ..file }).collect();
    let document = openapi::value(program, unit.title, &unit.slice.services);
    files.push(File::new(below("docs.html"), page::page(&document)));
    files.push(File::new(below("openapi.yaml"), text::yaml::document(&document)));
    files.push(File::new(below("Dockerfile"), deploy::dockerfile(unit)));
    Ok(files)
}

/// The runtime as it is: the very files that it was built and tested with. The first line of its manifest says which
/// version that is.
fn runtime() -> Vec<File> {
    let version = lock::version("flow-std").unwrap_or_default();
    let mut files: Vec<File> = Vec::new();
    for (path, text) in RUNTIME_FILES.iter().chain(FLOW_FILES) {
        let first = if *path == "Cargo.toml" { format!("# flow-std {version}\n") } else { String::new() };
        files.push(File::new(format!("runtime/{path}"), first + text));
    }
    // Our own lines are longer than the usual ones.
    files.push(File::new("runtime/rustfmt.toml", include_str!("../../rustfmt.toml")));
    files
}
