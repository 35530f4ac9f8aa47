//! `flowc new --contract`: the files of a project that starts from a contract. The flow is checked before
//! anything is written, so that what a user gets first is a project without an error.

mod import;
mod report;
mod survey;
#[cfg(test)]
mod tests;
mod trial;

use std::path::Path;

use smol_str::SmolStr;

use super::new::{Files, common};
use super::output::Output;
use super::{Exit, session};
use crate::diagnostic::render::{self, Paint, visible};
use crate::diagnostic::{Diagnostic, nearest, project};
use crate::scaffold::{LeftOut, Plan, backend_name, pascal, screaming};
use import::Imported;
pub use report::report;
use trial::{Kind, Trial};

/// The files of the project, or how the command ends without them; that has been said by then.
pub fn project(path: &Path, wanted: &[String], name: &str, output: &mut Output) -> Result<Files, Exit> {
    let mut session = session::with_std();
    let imported = import::import(path, &mut session).map_err(|failed| match failed {
        import::Failed::Refused(refusal) => output.refusal(&refusal),
        import::Failed::Faulty(faults) => tell(&faults, &session, output),
    })?;
    let plan = plan(&imported, name, wanted).map_err(|refusal| output.refusal(&refusal))?;
    let mut trial = Trial::new(session, imported.contract, &imported.root, imported.above, "contracts/");
    let sound =
        trial.sound(plan, Kind::PassThrough).map_err(|faults| tell(&faults, trial.session(), output))?;
    progress(&sound.plan, output);
    let flow = format!("src/{}.flow", file_name(&sound.plan.backend));
    let mut files: Files = vec![
        ("flow.toml".into(), manifest(name, &sound.plan).into_bytes()),
        (".gitignore".into(), common("dot-gitignore")),
        ("README.md".into(), readme(name, &flow, &sound.plan).into_bytes()),
        (flow, sound.tried.flow.text.into_bytes()),
    ];
    files.extend(imported.files);
    Ok(files)
}

fn plan(imported: &Imported, name: &str, wanted: &[String]) -> Result<Plan, Diagnostic> {
    let contract = &imported.contract;
    let known: Vec<SmolStr> = contract.operation_names().map(SmolStr::from).collect();
    let mut operations: Vec<SmolStr> = Vec::new();
    for one in wanted {
        match known.iter().find(|name| *name == one) {
            Some(name) if operations.contains(name) => {}
            Some(name) => operations.push(name.clone()),
            None => {
                let near = nearest(one, known.iter().map(SmolStr::as_str));
                return Err(project::no_such_operation(&visible(one), &imported.shown, near));
            }
        }
    }
    let stem = Path::new(&imported.root).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok(Plan {
        backend: backend_name(&stem.unwrap_or_default(), contract.title(), name),
        service: pascal(name, "Service"),
        owner: name.to_owned(),
        contract: imported.root.clone(),
        operations: if wanted.is_empty() { known } else { operations },
        left_out: Vec::new(),
    })
}

/// What is wrong with the document as a whole.
fn tell(faults: &[Diagnostic], session: &session::Session, output: &mut Output) -> Exit {
    for fault in faults {
        output.result(&(render::human(fault, session.view(), Paint::Coloured) + "\n"));
    }
    Exit::Findings
}

fn progress(plan: &Plan, output: &mut Output) {
    let count = plan.operations.len();
    let noun = if count == 1 { "operation" } else { "operations" };
    output.progress("Passing on", &format!("{count} {noun} of {}", plan.contract));
    for LeftOut { name, why } in plan.left_out.iter().take(SHOWN) {
        output.progress("Left out", &format!("`{name}`: {why}"));
    }
    if let Some(more @ 1..) = plan.left_out.len().checked_sub(SHOWN) {
        output.progress("Left out", &format!("{more} more; they stand at the end of the flow"));
    }
}

/// So many operations that are left out are told of.
const SHOWN: usize = 10;

fn file_name(backend: &str) -> String {
    crate::scaffold::kebab(backend)
}

fn manifest(name: &str, plan: &Plan) -> String {
    format!(
        "[project]\nname = \"{name}\"\nversion = \"0.1.0\"\ndescription = \"What {} offers, for the services of this project\"\n",
        plan.backend
    )
}

fn readme(name: &str, flow: &str, plan: &Plan) -> String {
    format!(
        "# {name}\n\nAn integration in `.flow` that starts from the contract of {}.\n\n- `{}` is the contract, untouched. \
         Replace it when there is a new one: `flowc check` tells what has changed for you.\n- `{flow}` passes its \
         operations on. Keep those that you need.\n- \
         `{}_URL` is the address of {}. While nobody has set it, `flowc run` stands in for it.\n\n```sh\nflowc check\n\
         flowc run --watch\n```\n",
        plan.backend,
        plan.contract,
        screaming(&plan.backend),
        plan.backend
    )
}
