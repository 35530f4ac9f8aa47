//! The plan as a Mermaid flowchart. Every text stands in quotes, and what could end them is written as a number.

use std::fmt::Write;

use super::{Call, Failure, Plan, Step, StepKind};
use crate::check::budget::milliseconds;
use crate::diagnostic::render::visible;

pub fn mermaid(plan: &Plan) -> String {
    let mut chart = Chart { out: "flowchart TD\n".to_owned(), next: 0, depth: 1 };
    let title = format!("{}<br/>", quoted(&plan.operation));
    let about =
        format!("deadline {}, worst case {}", milliseconds(plan.deadline), milliseconds(plan.worst.time));
    let start = chart.node(&format!("([\"{title}{}\"])", quoted(&about)));
    let ends = chart.steps(&plan.steps, vec![Arrow::from(start)]);
    if !ends.is_empty() {
        let end = chart.node("([\"done\"])");
        chart.arrows(&ends, end);
    }
    chart.failures(&plan.failures);
    chart.out
}

/// Where an arrow comes from, and what stands at it.
#[derive(Clone)]
struct Arrow {
    from: usize,
    text: &'static str,
}

impl From<usize> for Arrow {
    fn from(from: usize) -> Arrow {
        Arrow { from, text: "" }
    }
}

struct Chart {
    out: String,
    next: usize,
    depth: usize,
}

impl Chart {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(self.depth));
    }

    fn node(&mut self, shape: &str) -> usize {
        self.next += 1;
        self.line(&format!("s{}{shape}", self.next));
        self.next
    }

    fn arrows(&mut self, from: &[Arrow], to: usize) {
        for arrow in from {
            match arrow.text {
                "" => self.line(&format!("s{} --> s{to}", arrow.from)),
                text => self.line(&format!("s{} -->|{text}| s{to}", arrow.from)),
            }
        }
    }

    /// The nodes of some steps; what is given back are the ends that the next step goes on from.
    fn steps(&mut self, steps: &[Step], mut ends: Vec<Arrow>) -> Vec<Arrow> {
        for step in steps {
            ends = self.step(step, ends);
        }
        ends
    }

    fn step(&mut self, step: &Step, before: Vec<Arrow>) -> Vec<Arrow> {
        match &step.kind {
            StepKind::Call(call) => {
                let node = self.call(call);
                self.arrows(&before, node);
                vec![Arrow::from(node)]
            }
            StepKind::Overlap(calls) => self.group("at the same time", calls, &before),
            StepKind::Together(calls) => self.group("together", calls, &before),
            StepKind::When { condition, then, otherwise } => {
                let node = self.node(&format!("{{\"{}\"}}", quoted(condition)));
                self.arrows(&before, node);
                let mut ends = self.steps(then, vec![Arrow { from: node, text: "yes" }]);
                ends.extend(self.steps(otherwise, vec![Arrow { from: node, text: "no" }]));
                ends
            }
            StepKind::Require { condition, problem } => {
                let node = self.node(&format!("{{\"{}\"}}", quoted(condition)));
                self.arrows(&before, node);
                let fail = self.node(&format!("([\"fail {}\"])", quoted(problem)));
                self.arrows(&[Arrow { from: node, text: "no" }], fail);
                vec![Arrow { from: node, text: "yes" }]
            }
            StepKind::Emit { event } => {
                let node = self.node(&format!("[\"emit {}\"]", quoted(event)));
                self.arrows(&before, node);
                vec![Arrow::from(node)]
            }
            StepKind::Return { status } => self.end(&before, &format!("return {status}")),
            StepKind::Fail { problem } => self.end(&before, &format!("fail {problem}")),
        }
    }

    fn end(&mut self, before: &[Arrow], text: &str) -> Vec<Arrow> {
        let node = self.node(&format!("([\"{}\"])", quoted(text)));
        self.arrows(before, node);
        Vec::new()
    }

    /// Calls side by side: each from where it can begin, and all are waited for.
    fn group(&mut self, title: &str, calls: &[Step], before: &[Arrow]) -> Vec<Arrow> {
        self.next += 1;
        self.line(&format!("subgraph g{}[\"{title}\"]", self.next));
        self.depth += 1;
        let mut nodes: Vec<(&Call, usize)> = Vec::new();
        for step in calls {
            if let StepKind::Call(call) = &step.kind {
                nodes.push((call, self.call(call)));
            }
        }
        self.depth -= 1;
        self.line("end");
        for (call, node) in &nodes {
            let is_needed =
                |one: &&(&Call, usize)| one.0.binds.as_ref().is_some_and(|name| call.after.contains(name));
            let needed: Vec<Arrow> =
                nodes.iter().filter(is_needed).map(|(_, from)| Arrow::from(*from)).collect();
            self.arrows(if needed.is_empty() { before } else { &needed }, *node);
        }
        let is_last = |one: &&(&Call, usize)| {
            let name = one.0.binds.as_ref();
            !nodes.iter().any(|(other, _)| name.is_some_and(|name| other.after.contains(name)))
        };
        nodes.iter().filter(is_last).map(|(_, node)| Arrow::from(*node)).collect()
    }

    fn call(&mut self, call: &Call) -> usize {
        let mut lines = vec![call.label(), format!("{}, {}", call.word(), call.terms)];
        lines.extend(call.each.as_ref().map(super::Each::bounds));
        lines.extend(call.undo.as_ref().map(|undo| format!("undo {undo}")));
        self.box_of(&lines)
    }

    fn box_of(&mut self, lines: &[String]) -> usize {
        let text: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
        self.node(&format!("[\"{}\"]", text.join("<br/>")))
    }

    /// Beside the chart: what is undone when which step fails.
    fn failures(&mut self, failures: &[Failure]) {
        if failures.is_empty() {
            return;
        }
        self.line("subgraph undone[\"undone when a step fails\"]");
        self.depth += 1;
        self.line("direction TB");
        for failure in failures {
            let lines: Vec<String> =
                [format!("{}:", failure.step)].into_iter().chain(failure.outcome()).collect();
            self.box_of(&lines);
        }
        self.depth -= 1;
        self.line("end");
    }
}

/// A text for between quotes: letters and digits of all scripts, and what means nothing to Mermaid or HTML.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for letter in visible(text).chars() {
        if letter.is_alphanumeric() || " .,:=+-_/()×{}".contains(letter) {
            out.push(letter);
        } else {
            let _ = write!(out, "#{};", u32::from(letter));
        }
    }
    out
}
