//! A batch of cases as a project.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::generate::{Case, Generator};
use super::print;
use super::program::Program;
use super::types::Ty;

/// So many functions are there for programs to call.
const FUNCTIONS: usize = 30;
/// So many cases are one service, and so one crate.
const IN_A_SERVICE: usize = 60;

pub struct Batch {
    pub of: Generator,
    pub cases: Vec<Case>,
    pub programs: Vec<Program>,
}

impl Batch {
    /// Random cases; a third of them is given what a backend answered.
    pub fn new(seed: u64, count: usize) -> Batch {
        let mut of = Generator::new(seed);
        let cases = (0..count).map(|number| of.case(number, number % 3 == 2)).collect();
        Batch { of, cases, programs: Vec::new() }
    }

    /// Random programs, over some functions.
    pub fn programs(seed: u64, count: usize) -> Batch {
        let mut batch = Batch::new(seed ^ 0x0009_06A3, FUNCTIONS);
        batch.programs = (0..count).map(|number| batch.of.program(number)).collect();
        batch
    }

    /// All services.
    pub fn services(&self) -> Vec<String> {
        let programs = self.programs.chunks(IN_A_SERVICE).enumerate().map(|(at, _)| format!("p{at}"));
        self.chunks().map(|(name, _)| name).chain(programs).collect()
    }

    /// The services of the programs by their names, with the programs of each.
    pub fn program_chunks(&self) -> impl Iterator<Item = (String, &[Program])> {
        self.programs.chunks(IN_A_SERVICE).enumerate().map(|(at, some)| (format!("p{at}"), some))
    }

    /// The services by their names, with the cases of each.
    pub fn chunks(&self) -> impl Iterator<Item = (String, &[Case])> {
        self.cases.chunks(IN_A_SERVICE).enumerate().map(|(at, cases)| (format!("s{at}"), cases))
    }

    pub fn write(&self, folder: &Path) {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder.join("contracts")).expect("a folder");
        let put = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
        put("flow.toml", "[project]\nname = \"random\"\n");
        put("types.flow", &print::types(&self.of.world));
        put("same.flow", &self.identities());
        put("back.flow", &self.backend());
        put("contracts/back.json", &print::contract(&self.of.world, &self.asks()));
        for case in &self.cases {
            put(&format!("case{}.flow", case.number), &self.case(case));
        }
        for (at, cases) in self.cases.chunks(IN_A_SERVICE).enumerate() {
            put(&format!("s{at}.flow"), &service(at, cases));
        }
        for program in &self.programs {
            put(&format!("program{}.flow", program.number), &program.types);
        }
        for (name, programs) in self.program_chunks() {
            let operations: Vec<&str> = programs.iter().map(|one| one.operation.as_str()).collect();
            let head = format!("system {} v1 {{\n  auth: public\n  deadline: 5m\n\n", name.to_uppercase());
            put(&format!("{name}.flow"), &format!("{head}{}}}\n", operations.join("\n")));
        }
    }

    fn identities(&self) -> String {
        let mut out = String::new();
        for (at, ty) in self.of.identities.iter().enumerate() {
            let name = print::name(&self.of.world, ty);
            let _ = writeln!(out, "fn same{at}(it: {name}) -> {name} = it\n");
        }
        out
    }

    /// The operations of the backend that give back what they are sent, and what that is read as.
    fn asks(&self) -> Vec<(String, Vec<(String, Ty)>)> {
        let answered = self.cases.iter().filter(|case| case.is_answered);
        let mut asks: Vec<(String, Vec<(String, Ty)>)> =
            answered.map(|case| (format!("get{}", case.number), case.params.clone())).collect();
        for program in &self.programs {
            let own = program.asks.iter().enumerate();
            asks.extend(own.map(|(at, fields)| (program.ask(at), fields.clone())));
        }
        asks
    }

    fn backend(&self) -> String {
        let reads: Vec<String> = self.asks().into_iter().map(|(name, _)| name).collect();
        format!(
            "problem P409 409 \"Stopped\"\n\nproblem P422 422 \"Stopped, too\"\n\nbackend Back {{\n  contract: \"contracts/back.json\"\n  url: env.BACK_URL\n  timeout: 5s\n  reads: [{}]\n}}\n",
            reads.join(", ")
        )
    }

    fn case(&self, case: &Case) -> String {
        let name = |ty| print::name(&self.of.world, ty);
        let number = case.number;
        let mut out = format!("{}\ntype Out{number} {{\n  value: {}\n}}\n", case.text, name(&case.gives));
        if !case.is_answered {
            let fields = case.params.iter().map(|(param, ty)| format!("  {param}: {}\n", name(ty)));
            let _ = writeln!(out, "\ntype In{number} {{\n{}}}", fields.collect::<String>());
        }
        out
    }
}

fn service(at: usize, cases: &[Case]) -> String {
    let mut out = format!("system S{at} v1 {{\n  auth: public\n  deadline: 20s\n");
    for Case { number, is_answered, params, .. } in cases {
        let args = |of: &str| {
            let args: Vec<String> = params.iter().map(|(param, _)| format!("{of}.{param}")).collect();
            args.join(", ")
        };
        let steps = match is_answered {
            true => format!(
                "(body: json) -> 200 Out{number} {{\n    let x = Back.get{number}(body: body)\n    \
                 return {{ value: case{number}({}) }}\n  }}",
                args("x")
            ),
            false => format!(
                "(body: In{number}) -> 200 Out{number} {{\n    return {{ value: case{number}({}) }}\n  }}",
                args("body")
            ),
        };
        let _ = writeln!(out, "\n  case{number}: POST /case{number} {steps}");
    }
    out + "}\n"
}

/// Leaves out the cases that are no programs; gives what was said of them.
pub fn pruned(batch: &mut Batch, folder: &Path) -> Vec<String> {
    let mut said = Vec::new();
    loop {
        batch.write(folder);
        let Err(errors) = flowc::cli::program(folder) else { return said };
        let errors: Vec<&str> = errors.lines().filter(|line| line.contains("error")).collect();
        let blamed: BTreeSet<usize> = errors.iter().filter_map(|line| blamed(line)).collect();
        let programs: BTreeSet<usize> = errors.iter().filter_map(|line| program_at(line, folder)).collect();
        said.extend(errors.iter().map(|line| (*line).to_owned()));
        assert!(!(blamed.is_empty() && programs.is_empty()), "no case is to blame:\n{}", errors.join("\n"));
        batch.cases.retain(|case| !blamed.contains(&case.number));
        batch.programs.retain(|program| !programs.contains(&program.number));
    }
}

/// The program that a finding such as `…/p0.flow:12:7: error…` is in.
fn program_at(line: &str, folder: &Path) -> Option<usize> {
    let mut parts = line.split(':');
    let (path, row) = (Path::new(parts.next()?), parts.next()?.parse::<usize>().ok()?);
    let file = path.file_name()?.to_str().filter(|name| name.starts_with('p'))?;
    let text = fs::read_to_string(folder.join(file)).ok()?;
    let above: Vec<&str> = text.lines().take(row).collect();
    above.iter().rev().find_map(|line| number_of(line.trim_start().strip_prefix("program")?))
}

pub fn number_of(text: &str) -> Option<usize> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The case whose file is in a line.
pub fn blamed(line: &str) -> Option<usize> {
    number_of(line.split_once("case")?.1)
}
