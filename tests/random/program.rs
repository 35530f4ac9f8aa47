//! Random programs: operations over a backend, with random expressions in every place where a flow can have one, and
//! calls that fail as a world says.

use super::generate::Generator;
use super::print::name;
use super::types::{Ty, pick};

/// An operation of a service.
#[derive(Clone, Debug)]
pub struct Program {
    pub number: usize,
    /// What comes in, beside the number of the run and what is asked of the backend.
    pub given: Vec<(String, Ty)>,
    /// What the backend gives back, by each operation of it that is only for this program.
    pub asks: Vec<Vec<(String, Ty)>>,
    pub types: String,
    pub operation: String,
}

impl Program {
    /// The operation of the backend that gives back what it is sent.
    pub fn ask(&self, at: usize) -> String {
        ask(self.number, at)
    }
}

fn ask(number: usize, at: usize) -> String {
    format!("ask{number}n{at}")
}

/// While a program is made.
struct Making {
    number: usize,
    asks: Vec<Vec<(String, Ty)>>,
    lines: Vec<String>,
    indent: usize,
    /// Which call it is: the backend makes something else of each.
    calls: usize,
}

impl Making {
    fn line(&mut self, text: &str) {
        self.lines.push(format!("{}{text}", "  ".repeat(self.indent)));
    }

    /// `run: body.run, step: 3`
    fn whose(&mut self) -> String {
        self.calls += 1;
        format!("run: body.run, step: {}", self.calls)
    }
}

/// Expressions within steps are not as deep as those of functions: there are many.
const DEPTH: u32 = 2;

impl Generator {
    pub fn program(&mut self, number: usize) -> Program {
        let given = self.params();
        let gives = self.own();
        self.begin(given.iter().map(|(field, ty)| (format!("body.given.{field}"), ty.clone())).collect());
        let mut making = Making { number, asks: Vec::new(), lines: Vec::new(), indent: 2, calls: 0 };
        for _ in 0..3 + self.dice.below(5) {
            self.step(&mut making, 1);
        }
        let value = self.expr(&gives, DEPTH);
        let status = pick(&mut self.dice, &[200, 201]);
        making.line(&format!("return {status} {{ value: {value} }}"));
        let fields: String =
            given.iter().map(|(field, ty)| format!("  {field}: {}\n", name(&self.world, ty))).collect();
        let deep: String = (0..making.asks.len()).map(|at| format!("  deep{at}: json\n")).collect();
        let types = format!(
            "type Given{number} {{\n{fields}}}\n\ntype Asked{number} {{\n  run: int\n  given: Given{number}\n{deep}}}\n\n\
             type Told{number} {{\n  value: {}\n}}\n",
            name(&self.world, &gives)
        );
        let operation = format!(
            "  program{number}: POST /program{number} (body: Asked{number}) -> 200 Told{number} | 201 Told{number} | P409 | P422 \
             {{\n{}\n  }}\n",
            making.lines.join("\n")
        );
        Program { number, given, asks: making.asks, types, operation }
    }

    fn step(&mut self, making: &mut Making, depth: u32) {
        match self.dice.below(12) {
            0..3 => self.read(making),
            3..6 => self.write(making),
            6 => self.note(making),
            7..9 => self.value(making),
            9 => self.require(making),
            _ if depth > 0 => self.when(making, depth - 1),
            _ => self.value(making),
        }
    }

    fn read(&mut self, making: &mut Making) {
        let fields = self.foreign_params();
        let (bound, at) = (self.fresh(), making.asks.len());
        let arms = match self.dice.below(3) {
            0 => String::new(),
            _ => format!(" else {{ {} }}", self.failing_arms()),
        };
        let whose = making.whose();
        let operation = ask(making.number, at);
        making.line(&format!("let {bound} = Back.{operation}({whose}, body: body.deep{at}){arms}"));
        making.line(&format!("log debug \"read\" {{ a: {bound}.a }}"));
        for (field, ty) in &fields {
            self.bind(format!("{bound}.{field}"), ty.clone());
        }
        making.asks.push(fields);
    }

    fn write(&mut self, making: &mut Making) {
        let (bound, whose) = (self.fresh(), making.whose());
        let body = self.clear(&Ty::Json, DEPTH);
        let after = match self.dice.below(3) {
            0 => " final".to_owned(),
            _ => format!(" undo Back.undo({whose}, of: {bound}.word ?? \"nothing\")"),
        };
        let arms = match self.dice.below(3) {
            0 => String::new(),
            1 => format!(" else {{ {} }}", self.failing_arms()),
            _ => {
                let value = self.expr(&Ty::Int, 1);
                let word = self.expr(&Ty::Text.optional(), 1);
                let when =
                    pick(&mut self.dice, &["404 | 409", "5xx", "unreachable | 409", "malformed", "4xx"]);
                format!(" else {{ {when} => {{ value: {value}, word: {word}, more: [1] }} }}")
            }
        };
        making.line(&format!("let {bound} = Back.make({whose}, body: {body}){after}{arms}"));
        making.line(&format!("log debug \"written\" {{ value: {bound}.value }}"));
        self.bind(format!("{bound}.value"), Ty::Int);
        self.bind(format!("{bound}.word"), Ty::Text.optional());
        self.bind(format!("{bound}.more"), Ty::List(Box::new(Ty::Int)));
    }

    fn note(&mut self, making: &mut Making) {
        let whose = making.whose();
        let body = self.clear(&Ty::Json, DEPTH);
        let after = match self.dice.below(2) {
            0 => " final".to_owned(),
            _ => format!(" undo Back.undo({whose}, of: \"note\")"),
        };
        making.line(&format!("Back.note({whose}, body: {body}){after}"));
    }

    fn failing_arms(&mut self) -> String {
        let patterns = ["404", "409", "5xx", "unreachable", "malformed", "_"];
        let first = usize::try_from(self.dice.below(6)).unwrap_or(0);
        let arm = |made: &mut Generator, pattern: &str| format!("{pattern} => {}", made.fail());
        let mut arms = vec![arm(self, patterns[first])];
        if first < 5 && self.dice.once_in(2) {
            arms.push(arm(self, "_"));
        }
        arms.join(", ")
    }

    fn fail(&mut self) -> String {
        let (status, shown) = (*pick(&mut self.dice, &[409, 422]), self.clear(&Ty::Int, 1));
        format!("fail P{status} {{ detail: \"{} {{{shown}}}\" }}", self.dice.below(100))
    }

    fn value(&mut self, making: &mut Making) {
        let ty = self.own();
        let (value, bound) = (self.clear(&ty, DEPTH), self.fresh());
        making.line(&format!("let {bound} = {value}"));
        making.line(&format!("log debug \"made\" {{ value: {bound} }}"));
        self.bind(bound, ty);
    }

    fn require(&mut self, making: &mut Making) {
        let (condition, fail) = (self.expr(&Ty::Bool, DEPTH), self.fail());
        making.line(&format!("require {condition} else {fail}"));
    }

    fn when(&mut self, making: &mut Making, depth: u32) {
        let condition = self.expr(&Ty::Bool, DEPTH);
        making.line(&format!("when {condition} {{"));
        self.arm(making, depth);
        if self.dice.once_in(2) {
            making.line("} else {");
            self.arm(making, depth);
        }
        making.line("}");
    }

    fn arm(&mut self, making: &mut Making, depth: u32) {
        let before = self.bound();
        making.indent += 1;
        for _ in 0..1 + self.dice.below(2) {
            self.step(making, depth);
        }
        if self.dice.once_in(6) {
            let fail = self.fail();
            making.line(&fail);
        }
        making.indent -= 1;
        self.unbind(before);
    }
}
