//! A batch of cases as a project.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::generate::{Case, Generator};
use super::print;
use super::types::Ty;

/// So many cases are one service, and so one crate.
const IN_A_SERVICE: usize = 60;

pub struct Batch {
    pub of: Generator,
    pub cases: Vec<Case>,
}

impl Batch {
    /// Random cases; a third of them is given what a backend answered.
    pub fn new(seed: u64, count: usize) -> Batch {
        let mut of = Generator::new(seed);
        let cases = (0..count).map(|number| of.case(number, number % 3 == 2)).collect();
        Batch { of, cases }
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
        let answered = self.cases.iter().filter(|case| case.is_answered);
        let answered: Vec<(usize, Vec<(String, Ty)>)> =
            answered.map(|case| (case.number, case.params.clone())).collect();
        put("contracts/back.json", &print::contract(&self.of.world, &answered));
        for case in &self.cases {
            put(&format!("case{}.flow", case.number), &self.case(case));
        }
        for (at, cases) in self.cases.chunks(IN_A_SERVICE).enumerate() {
            put(&format!("s{at}.flow"), &service(at, cases));
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

    fn backend(&self) -> String {
        let reads: Vec<String> = self
            .cases
            .iter()
            .filter(|case| case.is_answered)
            .map(|case| format!("get{}", case.number))
            .collect();
        format!(
            "backend Back {{\n  contract: \"contracts/back.json\"\n  url: env.BACK_URL\n  timeout: 5s\n  reads: [{}]\n}}\n",
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
        said.extend(errors.iter().map(|line| (*line).to_owned()));
        assert!(!blamed.is_empty(), "no case is to blame:\n{}", errors.join("\n"));
        batch.cases.retain(|case| !blamed.contains(&case.number));
    }
}

/// The case whose file is in a line.
pub fn blamed(line: &str) -> Option<usize> {
    let (_, rest) = line.split_once("case")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
