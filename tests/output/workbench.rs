//! From a contract to the files of a workspace, in memory: the flow that `flowc new --contract` would write, and a
//! second one that reads what comes back.

use std::collections::HashMap;

use flow_std::sources::FLOW_FILES;
use flowc::check::{self, Contracts, Explorer, Input};
use flowc::contract::{self, Contract, ReadFault};
use flowc::diagnostic::{Diagnostic, Severity};
use flowc::emit::{self, File};
use flowc::ir::lower::{self, Project};
use flowc::resolve::{Unit, resolve};
use flowc::scaffold::{Plan, pass_through, reader};
use flowc::source::{SourceId, Sources};
use flowc::syntax::{self, ast};

/// Std, parsed once.
pub struct Workbench {
    std: Vec<ast::File>,
}

/// What a contract became.
pub struct Emitted {
    pub files: Vec<File>,
    /// The operation with the odd texts is in them.
    pub is_whole: bool,
}

const PATH: &str = "contracts/api.json";

pub fn workbench() -> Workbench {
    let mut sources = Sources::default();
    let ids = add_std(&mut sources);
    let parse = |(id, (_, text)): (SourceId, &(_, &str))| syntax::parse(id, text).file;
    Workbench { std: ids.into_iter().zip(FLOW_FILES).map(parse).collect() }
}

/// The texts of std come first everywhere, so that the parsed ones fit to all sources.
fn add_std(sources: &mut Sources) -> Vec<SourceId> {
    FLOW_FILES.iter().map(|(name, text)| sources.add(*name, *text)).collect()
}

impl Workbench {
    /// Everything that is emitted for a contract; without its first operation where that cannot be used.
    pub fn emit(&self, document: &str) -> Result<Emitted, String> {
        let mut sources = Sources::default();
        add_std(&mut sources);
        let mut read = |path: &str| {
            if path == PATH { Ok(document.as_bytes().to_vec()) } else { Err(ReadFault::Missing) }
        };
        let contract = contract::load(&mut sources, PATH, &mut read).map_err(|faults| messages(&faults))?;
        let all = contract.operation_names().map(Into::into).collect();
        match self.try_plan(&mut sources, &contract, plan(all)) {
            Ok(files) => Ok(Emitted { files, is_whole: true }),
            Err(_) => {
                let files = self.try_plan(&mut sources, &contract, plan(vec!["plain".into()]))?;
                Ok(Emitted { files, is_whole: false })
            }
        }
    }

    fn try_plan(&self, sources: &mut Sources, contract: &Contract, plan: Plan) -> Result<Vec<File>, String> {
        let front = pass_through(&mut contract.fresh(), &plan).text;
        let mirror = self.reader(contract, &plan);
        self.build(sources, Some(contract), &[&front, &mirror])
    }

    /// Functions that read every field, and a service that calls one of them.
    fn reader(&self, contract: &Contract, plan: &Plan) -> String {
        let (names, _) = resolve(&[unit("std", &self.std)]);
        let plan = Plan { backend: "Mirror".to_owned(), ..plan.clone() };
        let flow = reader(&mut Explorer::new(&names, contract.fresh()), &plan);
        let read = flow.operations.iter().find(|(_, name)| name == "plain");
        let read = read.map_or("asJson", |(own, _)| own.as_str());
        format!(
            "{}\nsystem Reading v1 {{\n  auth: public\n\n  read: GET /read -> json {{\n    let thing = Mirror.plain()\n    \
             return {read}(thing)\n  }}\n\n  same: GET /same -> Mirror.plain.Response {{\n    return Mirror.plain()\n  }}\n}}\n",
            flow.text
        )
    }

    /// A project of these flows.
    pub fn build(
        &self,
        sources: &mut Sources,
        contract: Option<&Contract>,
        flows: &[&str],
    ) -> Result<Vec<File>, String> {
        let mut files = Vec::new();
        for (number, text) in flows.iter().enumerate() {
            let id = sources.add(format!("src/{number}.flow"), *text);
            let parsed = syntax::parse(id, text);
            refuse(&parsed.diagnostics)?;
            files.push(parsed.file);
        }
        let (names, found) = resolve(&[unit("std", &self.std), unit("demo", &files)]);
        refuse(&found)?;
        let all: Vec<Contract> = contract.map(Contract::fresh).into_iter().collect();
        let by_path = all.iter().map(|_| ((1, PATH.to_owned()), 0)).collect();
        let contracts = Contracts { all, by_path };
        let mut output = check::check(Input { names: &names, contracts, thin_reads: false });
        refuse(&output.diagnostics)?;
        let project = Project { name: "demo".to_owned(), version: "1.0.0".to_owned(), ..Project::default() };
        let input = lower::Input {
            program: &output.program,
            explorer: &mut output.explorer,
            sources,
            std: self.std.iter().map(|file| file.source).collect(),
            project,
        };
        let program = lower::lower(input).map_err(|faults| messages(&faults))?;
        emit::files(&program).map_err(|fault| panic!("a fault of ours: {fault}"))
    }
}

fn plan(operations: Vec<smol_str::SmolStr>) -> Plan {
    Plan {
        backend: "Api".to_owned(),
        service: "Demo".to_owned(),
        owner: "demo".to_owned(),
        contract: PATH.to_owned(),
        operations,
        left_out: Vec::new(),
    }
}

fn unit<'f>(name: &str, files: &'f [ast::File]) -> Unit<'f> {
    Unit { name: name.into(), files, dependencies: HashMap::new() }
}

fn refuse(found: &[Diagnostic]) -> Result<(), String> {
    let errors: Vec<Diagnostic> =
        found.iter().filter(|one| one.severity == Severity::Error).cloned().collect();
    if errors.is_empty() { Ok(()) } else { Err(messages(&errors)) }
}

fn messages(found: &[Diagnostic]) -> String {
    found.iter().map(|one| format!("{} {}; ", one.code.id, one.message)).collect()
}
